// SPDX-License-Identifier: BSD-3-Clause
// Laws of formulas with exp, log, tanh, sigmoid, softplus and powers.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using laws::after_nan;
using laws::check;

struct softmax_t : esp::policy<softmax_t> {
  static constexpr auto map(auto w) {
    auto e = esp::exp(w - esp::max(w));
    return e / esp::sum(e);
  }
};
constexpr softmax_t softmax{};

/// The same without the largest value, which keeps exponentials in range: what leaves it is computed again.
struct plain_softmax_t : esp::policy<plain_softmax_t> {
  static constexpr auto map(auto w) { return esp::exp(w) / esp::sum(esp::exp(w)); }
};
constexpr plain_softmax_t plain_softmax{};

constexpr auto positive = [](auto w) { return esp::softplus(w); };
constexpr auto bounded = [](auto w) { return esp::tanh(w); };
constexpr auto gate = [](auto w) { return w * esp::sigmoid(w); };
constexpr auto bell = [](auto w) { return esp::exp(-w * w); };
constexpr auto logarithmic = [](auto w) { return esp::select(w < 0, -esp::log(1 - w), esp::log(1 + w)); };
constexpr auto powers = [](auto w) { return esp::pow<3>(w) / (1 + esp::pow<4>(w)) + esp::pow<-2>(1 + esp::abs(w)); };

constexpr laws::claims spreads{.nan = after_nan::spreads};
constexpr laws::claims stays{.nan = after_nan::stays};

}  // namespace

TEST_CASE("laws of a softmax") {
  check<softmax>("softmax", spreads);
  check<plain_softmax>("softmax without a shift", spreads);
  check<esp::per_filter(softmax), laws::small_weight>("per_filter(softmax)");
  check<esp::on<esp::neighbors>(softmax)>("on<neighbors>(softmax)");
}

TEST_CASE("laws of functions tap by tap") {
  check<positive>("softplus", stays);
  check<bounded>("tanh", stays);
  check<gate>("w * sigmoid(w)", stays);
  check<bell>("exp(-w^2)", stays);
  check<logarithmic>("log(1 + |w|) with its sign", stays);
  check<powers>("powers", stays);
}

TEST_CASE("laws of functions in pipelines") {
  check<(positive >> esp::normalize<esp::l1>)>("softplus >> normalize<l1>", spreads);
  check<(bounded >> esp::cap<esp::l2, esp::param<"c">>)>("tanh >> cap<l2>", spreads);
  check<(esp::clamp<-2, 2> >> softmax >> esp::normalize<esp::l2>)>("clamp >> softmax >> normalize<l2>", spreads);
}
