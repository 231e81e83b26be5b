// SPDX-License-Identifier: BSD-3-Clause
// Formulas about which a careless proof would claim too much: conditions, scopes, and forms too long to keep.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using esp::abs, esp::eps, esp::inside, esp::max, esp::mean, esp::min, esp::select, esp::sum;
using esp::center_tap, esp::tap_index;
using laws::check;

template <auto P, esp::fact Fact>
constexpr bool claims_for = esp::establishes<P, Fact, esp::extents{1, 3, 3}>;

constexpr auto row = esp::mask<[](tap_index t) { return t.h == 0; }>;
constexpr auto scaled = [](auto w) { return w / (sum(w) + eps); };

}  // namespace

TEST_CASE("conditions that overlap, and conditions of the block") {
  constexpr auto either = [](auto w) { return select(inside(center_tap) || w < 0, 0, w); };
  static_assert(!claims_for<either, esp::center_is<1>>);
  check<either>("select(centre or negative, 0, w)");
  constexpr auto both = [](auto w) { return select(w < 0 && !inside(row), 0, w); };
  static_assert(!claims_for<both, esp::nonnegative>);
  check<both>("select(negative and not row, 0, w)");
  constexpr auto turned = [](auto w) { return select(mean(w) < 0, -w, w); };
  static_assert(!claims_for<turned, esp::nonnegative>);
  check<turned>("select(mean < 0, -w, w)");
  constexpr auto both_scalar = [](auto w) {
    return select(mean(w) < 0 && !(max(w) <= 1), min(w), w) + select(0 <= sum(w) || min(w) > -2, 1, 2);
  };
  check<both_scalar>("conditions of conditions of the block");
}

TEST_CASE("a block's fact is not a filter's, and the other way round") {
  static_assert(!claims_for<esp::per_filter(scaled), esp::sum_is<1>>);
  static_assert(!claims_for<scaled, esp::per_filter(esp::sum_is<1>)>);
  static_assert(!claims_for<scaled, esp::per_filter(esp::sum_is<2>)>);  // of two input channels only
  static_assert(esp::establishes<scaled, esp::per_filter(esp::sum_is<2>),
                                 esp::weight_shape{.out = 3, .in = 2, .kernel = {1, 3, 3}}>);
  check<esp::per_filter(scaled)>("per_filter(sum 1)");
  check<(esp::per_filter(esp::subtract<mean>) >> scaled)>("per_filter(zero_mean) >> sum 1");
}

TEST_CASE("results that are the same for every tap") {
  constexpr auto flat = [](auto w) { return mean(w); };
  static_assert(!claims_for<flat, esp::center_is<0>>);
  check<flat>("mean(w)");
  static_assert(!claims_for<esp::assign<5>, esp::center_is<0>> && claims_for<esp::assign<5>, esp::center_is<5>>);
  check<esp::assign<5>>("assign<5>");
}

TEST_CASE("products too long for the algebra") {
  constexpr auto long_product = [](auto w) {
    auto p = abs(w) * max(w, 1) * max(w, 2) * max(w, 3) * max(w, 4) * max(w, 5) * max(w, 6) * max(w, 7);
    return p * (max(w, 8) - max(w, 9));
  };
  static_assert(!claims_for<long_product, esp::zero_sum> && !claims_for<long_product, esp::center_is<0>>);
  check<long_product>("nine factors");
}
