// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/prior/pointwise_formula.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/internals.hpp"

namespace {

template <auto P>
using formula_of = esp::detail::formula<esp::detail::to_policy_t<decltype(P)>, esp::detail::pointwise_shape>;
template <auto P>
using gradient_of =
    esp::detail::gradient_formula<esp::detail::to_policy_t<decltype(P)>, esp::detail::pointwise_shape, 1e-12>;
template <auto P>
constexpr bool pointwise = esp::detail::is_pointwise(formula_of<P>::value);

constexpr auto silu = [](auto s) { return s * esp::sigmoid(s); };
constexpr auto kinked = [](auto s) { return esp::select(s < -1, 0.5, esp::max(s, 2) - esp::eps); };

static_assert(pointwise<silu> && pointwise<kinked> && pointwise<esp::clamp<-1, 1>> && pointwise<esp::identity>);
static_assert(!pointwise<[](auto w) { return w - esp::mean(w); }>);
static_assert(!pointwise<[](auto w) { return w * esp::param<"c">; }>);
static_assert(!pointwise<[](auto w) { return esp::select(esp::inside(esp::center_tap), w, 0); }>);
static_assert(
    !pointwise<[](auto w) { return w * esp::at<[](esp::tap_index t) { return 1.0 + static_cast<double>(t.w); }>; }>);

template <class F, class T>
T value(T w, T incoming) {
  std::vector<T> lanes(static_cast<std::size_t>(esp::lanes<T>));
  esp::simd::store_unaligned(lanes.data(), esp::detail::pointwise_formula<F, T>::value(esp::simd::broadcast(w),
                                                                                       esp::simd::broadcast(incoming)));
  return lanes.back();
}

}  // namespace

TEMPLATE_TEST_CASE("a formula of one number is a function of registers", "[epilogue]", float, double) {
  using T = TestType;
  for (const T s : {T(-3), T(-1), T(0.5), T(2), T(7)}) {
    const T sigmoid = 1 / (1 + std::exp(-s));
    REQUIRE(std::abs(value<formula_of<silu>>(s, T(0)) - s * sigmoid) <= 1e-6);
    REQUIRE(std::abs(value<gradient_of<silu>>(s, T(3)) - 3 * (sigmoid + s * sigmoid * (1 - sigmoid))) <= 3e-6);
    REQUIRE(value<formula_of<esp::clamp<-1, 1>>>(s, T(0)) == std::min(std::max(s, T(-1)), T(1)));
    REQUIRE(value<formula_of<esp::identity>>(s, T(0)) == s);
  }
  REQUIRE(value<formula_of<kinked>>(T(-3), T(0)) == T(0.5));
  REQUIRE(std::abs(value<formula_of<kinked>>(T(0), T(0)) - 2) < 1e-6);
  REQUIRE(value<gradient_of<kinked>>(T(-3), T(4)) == 0);
  REQUIRE(value<gradient_of<kinked>>(T(5), T(4)) == 4);
}
