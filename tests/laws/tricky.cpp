// SPDX-License-Identifier: BSD-3-Clause
// Formulas about which a careless proof would claim too much: signs and roots. The battery checks whatever is
// derived; the assertions say what must not be, and where the proof should still succeed.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using esp::abs, esp::eps, esp::l1, esp::max, esp::mean, esp::min, esp::select, esp::sqrt, esp::sum;
using laws::check;

template <auto P, esp::fact Fact>
constexpr bool claims_for = esp::establishes<P, Fact, esp::extents{1, 3, 3}>;

}  // namespace

TEST_CASE("a root of a square is a magnitude, not the number") {
  constexpr auto shares = [](auto w) { return w / (sum(sqrt(w * w)) + eps); };
  static_assert(!claims_for<shares, esp::sum_is<1>>);
  check<shares>("w / sum(sqrt(w * w))");
  constexpr auto by_magnitude = [](auto w) { return w / sqrt(sum(w) * sum(w) + eps); };
  static_assert(!claims_for<by_magnitude, esp::sum_is<1>>);
  static_assert(!claims_for<by_magnitude, esp::sum_is<-1>>);
  check<by_magnitude>("w / sqrt(sum(w) * sum(w))");
}

TEST_CASE("a magnitude over a sum is no share") {
  constexpr auto mixed = [](auto w) { return abs(w) / (sum(w) + eps); };
  static_assert(!claims_for<mixed, esp::sum_is<1>>);
  static_assert(!claims_for<mixed, esp::nonnegative>);
  check<mixed>("abs(w) / sum(w)");
  constexpr auto minus = [](auto w) { return -abs(w) / (l1(w) + eps); };
  static_assert(claims_for<minus, esp::sum_is<-1>>);
  static_assert(!claims_for<minus, esp::nonnegative>);
  check<minus>("-abs(w) / l1(w)");
}

TEST_CASE("a product of two differences has any sign, a square has one") {
  constexpr auto two = [](auto w) { return (w - 1) * (w - 2); };
  static_assert(!claims_for<two, esp::nonnegative>);
  check<two>("(w - 1) * (w - 2)");
  constexpr auto spread = [](auto w) { return (w - mean(w)) * (w - mean(w)); };
  static_assert(claims_for<spread, esp::nonnegative>);
  static_assert(!claims_for<spread, esp::zero_sum>);
  check<spread>("(w - mean) * (w - mean)");
  constexpr auto opposite = [](auto w) { return w * -w; };
  static_assert(!claims_for<opposite, esp::nonnegative>);
  check<opposite>("w * -w");
}

TEST_CASE("a bound that may be NaN binds nothing") {
  constexpr auto raised = [](auto w) { return max(w, sqrt(w) + 5); };
  static_assert(!claims_for<raised, esp::bounds<5, 1e308>>);
  static_assert(!claims_for<raised, esp::nonnegative>);
  check<raised>("max(w, sqrt(w) + 5)");
  constexpr auto lowered = [](auto w) { return select(sqrt(w) < w * w + 5, sqrt(w), w * w + 5); };
  check<lowered>("select(sqrt(w) < w * w + 5, ...)");
  constexpr auto unknown_root = [](auto w) { return min(sqrt(w) * 0, abs(sum(w))) + w; };
  check<unknown_root>("min(sqrt(w) * 0, |sum|) + w", {.differentiable = false});  // NaN on most weights
}
