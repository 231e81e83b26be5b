// SPDX-License-Identifier: BSD-3-Clause
// Laws of policies that a program declares, and of lambdas.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using laws::after_nan;
using laws::check;

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
constexpr whiten_t whiten{};

/// w * w / sum(w * w): shares of the energy.
struct energy_t : esp::policy<energy_t> {
  static constexpr auto map(auto w) { return w * w / (esp::sum_of_squares(w) + esp::eps); }
};
constexpr energy_t energy{};

/// Weights between 0 and 1 that keep their order: w - min over max - min.
struct stretch_t : esp::policy<stretch_t> {
  static constexpr auto map(auto w) { return (w - esp::min(w)) / (esp::max(w) - esp::min(w) + esp::eps); }
};
constexpr stretch_t stretch{};

/// Keeps what is larger than a share of the largest magnitude.
struct sparse_t : esp::policy<sparse_t> {
  static constexpr auto map(auto w) { return esp::select(esp::abs(w) < esp::max(esp::abs(w)) * 0.25, 0, w); }
};
constexpr sparse_t sparse{};

constexpr auto soft = [](auto w) { return w / (1 + esp::abs(w)); };
constexpr auto centred = [](auto w) {
  auto c = w - esp::mean(w);
  return c / (1 + esp::max(esp::abs(c)));
};
constexpr auto residual = [](auto w) {
  return esp::select(esp::inside(esp::center_tap), -esp::sum(w, esp::neighbors), w);
};

constexpr laws::claims spreads{.nan = after_nan::spreads};

}  // namespace

TEST_CASE("laws of custom policies") {
  check<whiten, laws::modes_shape>("whiten", {.idempotent = true, .nan = after_nan::spreads});
  check<energy>("energy", spreads);
  check<stretch>("stretch", {.idempotent = true, .nan = after_nan::spreads});
  check<sparse>("sparse", {.idempotent = true, .exact = true});
}

TEST_CASE("laws of lambdas") {
  check<soft>("soft", {.nan = after_nan::stays});
  check<centred>("centred", spreads);
  check<residual>("residual", {.idempotent = true, .exact = true});
}

TEST_CASE("laws of custom policies in pipelines and scopes") {
  check<(esp::clamp<-1, 1> >> whiten)>("clamp >> whiten", spreads);
  check<esp::per_filter(whiten)>("per_filter(whiten)", spreads);
  check<(soft >> esp::modes::zero_mean >> soft)>("lambda >> zero_mean >> lambda", spreads);
  check<esp::on<esp::neighbors>(energy)>("on<neighbors>(energy)");
}
