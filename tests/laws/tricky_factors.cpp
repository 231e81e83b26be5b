// SPDX-License-Identifier: BSD-3-Clause
// Formulas about which a careless proof would claim too much: factors, sums and quotients. The battery checks whatever
// is derived; the assertions say what must not be, and where the proof should still succeed.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using esp::abs, esp::eps, esp::l2, esp::max, esp::mean, esp::min, esp::select, esp::sum;
using laws::check;

template <auto P, esp::fact Fact>
constexpr bool claims_for = esp::establishes<P, Fact, esp::extents{1, 3, 3}>;

}  // namespace

TEST_CASE("the larger of sums and taps") {
  constexpr auto larger = [](auto w) { return max(w, sum(w)) - max(sum(w), w); };
  static_assert(!claims_for<larger, esp::bounds<0, 1>>);
  check<larger>("max(w, sum) - max(sum, w)");
  constexpr auto above = [](auto w) { return w - min(w); };
  check<above>("w - min(w)");
  constexpr auto floor = [](auto w) { return select(w < mean(w), mean(w), w); };
  static_assert(!claims_for<floor, esp::nonnegative>);
  check<floor>("select(w < mean, mean, w)");
}

TEST_CASE("a factor below zero caps nothing") {
  constexpr auto turned = [](auto w) { return w * min(1, -1 / (l2(w) + eps)); };
  static_assert(claims_for<turned, esp::l2_is<1>>);  // the second operand is always the smaller one
  check<turned>("w * min(1, -1 / l2)");
  constexpr auto either = [](auto w) { return w * min(1, 2 - l2(w)); };
  static_assert(!claims_for<either, esp::l2_at_most<2>>);
  check<either>("w * min(1, 2 - l2)");
  constexpr auto grown = [](auto w) { return w * max(1, 1 / (l2(w) + eps)); };
  static_assert(!claims_for<grown, esp::l2_at_most<1>>);
  check<grown>("w * max(1, 1 / l2)");
  constexpr auto doubled = [](auto w) { return 2 * w; };
  static_assert(!claims_for<(esp::cap<esp::l2, 1> >> doubled), esp::l2_at_most<1>>);
  static_assert(claims_for<(esp::cap<esp::l2, 1> >> doubled), esp::l2_at_most<2>>);
  check<(esp::cap<esp::l2, 1> >> doubled)>("cap >> 2 * w");
}

TEST_CASE("sums that may be zero") {
  constexpr auto one_sided = [](auto w) { return w / (sum(w) - sum(abs(w)) + eps); };
  static_assert(!claims_for<one_sided, esp::sum_is<1>>);
  check<one_sided>("w / (sum(w) - sum|w|)");
  constexpr auto squared = [](auto w) { return w * sum(w) / (sum(w) * sum(w) + eps); };
  static_assert(claims_for<squared, esp::sum_is<1>>);
  check<squared>("w * sum(w) / sum(w)^2");
  constexpr auto inverse = [](auto w) { return 1 / (max(w, 0) + 1); };
  static_assert(claims_for<inverse, esp::bounds<0, 1>> && !claims_for<inverse, esp::bounds<0.5, 1>>);
  check<inverse>("1 / (max(w, 0) + 1)");
}
