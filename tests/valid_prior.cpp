// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/modes.hpp>
#include <espalier/valid_prior.hpp>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;

template <auto Prior, esp::extents Kernel>
using formula_of =
    esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = Kernel}>;

constexpr auto fixed = modes::fixed_center<-1, 1>;
constexpr auto second_plane = esp::on<esp::mask<[](esp::tap_index t) { return t.d == 1; }>>(esp::assign<0>);
constexpr auto corner = esp::on<esp::tap<2, 2, 2>>(esp::assign<0>);

/// Bit `Bit` of a tap's number in a kernel of extent 4.
template <int Bit>
struct bit_t {
  static constexpr bool contains(esp::tap_index t, esp::extents) {
    return ((t.d * 16 + t.h * 4 + t.w) >> Bit & 1) != 0;
  }
};
template <int Bits>
constexpr auto bit_masks = [](auto w) {
  if constexpr (Bits == 0) {
    return w;
  } else {
    return esp::select(esp::inside(bit_t<Bits - 1>{}), Bits, bit_masks<Bits - 1>(w));
  }
};

template <int Terms>
constexpr auto long_sum = [](auto w) {
  if constexpr (Terms == 0) {
    return w;
  } else {
    return long_sum<Terms - 1>(w) + esp::min(w, Terms);
  }
};

}  // namespace

TEST_CASE("a prior that speaks of the centre needs odd extents") {
  STATIC_REQUIRE(esp::KernelHasACenter<formula_of<fixed, esp::extents{3}>>);
  STATIC_REQUIRE(esp::KernelHasACenter<formula_of<fixed, esp::extents{1, 5, 7}>>);
  STATIC_REQUIRE(!esp::KernelHasACenter<formula_of<fixed, esp::extents{2, 3, 3}>>);
  STATIC_REQUIRE(!esp::KernelHasACenter<formula_of<fixed, esp::extents{3, 3, 4}>>);
  STATIC_REQUIRE(esp::KernelHasACenter<formula_of<modes::unit_l2, esp::extents{2}>>);
  STATIC_REQUIRE(esp::KernelHasACenter<formula_of<second_plane, esp::extents{2}>>);
}

TEST_CASE("every region holds a tap of the kernel") {
  STATIC_REQUIRE(esp::RegionsHoldTaps<formula_of<second_plane, esp::extents{2, 3, 3}>>);
  STATIC_REQUIRE(!esp::RegionsHoldTaps<formula_of<second_plane, esp::extents{1, 3, 3}>>);
  STATIC_REQUIRE(esp::RegionsHoldTaps<formula_of<corner, esp::extents{3}>>);
  STATIC_REQUIRE(!esp::RegionsHoldTaps<formula_of<corner, esp::extents{3, 3, 2}>>);
  STATIC_REQUIRE(!esp::RegionsHoldTaps<formula_of<fixed, esp::extents{1}>>);
}

TEST_CASE("a formula fits the graph and its classes of taps") {
  STATIC_REQUIRE(esp::FormulaFits<formula_of<modes::unit_l2, esp::extents{3}>>);
  STATIC_REQUIRE(esp::FormulaFits<formula_of<bit_masks<5>, esp::extents{4}>>);
  STATIC_REQUIRE(!esp::FormulaFits<formula_of<bit_masks<6>, esp::extents{4}>>);
  STATIC_REQUIRE(esp::FormulaFits<formula_of<long_sum<100>, esp::extents{3}>>);
  STATIC_REQUIRE(!esp::FormulaFits<formula_of<long_sum<200>, esp::extents{3}>>);
}

TEST_CASE("a divisor that is always zero on this kernel") {
  STATIC_REQUIRE(esp::DivisorsCanBeNonzero<formula_of<modes::sum_to_one, esp::extents{3}>>);
  constexpr auto about_27 = [](auto w) { return w / (esp::sum(0 * w + 1) - 27); };
  STATIC_REQUIRE(!esp::DivisorsCanBeNonzero<formula_of<about_27, esp::extents{3}>>);
  STATIC_REQUIRE(esp::DivisorsCanBeNonzero<formula_of<about_27, esp::extents{5}>>);
}

TEST_CASE("a prior of planes is judged on the kernel that has them") {
  constexpr auto last = esp::on<esp::mask<[](esp::tap_index t) { return t.d == 4; }>>(modes::zero_mean);
  constexpr auto prior = esp::clamp<-1, 1> >> last;
  using p = std::remove_const_t<decltype(prior)>;
  STATIC_REQUIRE(esp::valid_prior<p, esp::weight_shape{.out = 1, .in = 1, .kernel = 5}, 1e-12>::value);
  STATIC_REQUIRE(!esp::RegionsHoldTaps<formula_of<prior, esp::extents{3}>>);
  constexpr auto shares = [](auto w) { return w / esp::sum(w); };
  constexpr auto zero = last >> esp::on<esp::mask<[](esp::tap_index t) { return t.d == 4; }>>(shares);
  STATIC_REQUIRE(!esp::DivisorsCanBeNonzero<formula_of<zero, esp::extents{5}>>);
}

TEST_CASE("a valid prior is valid") {
  STATIC_REQUIRE(
      esp::valid_prior<decltype(esp::clamp<0>), esp::weight_shape{.out = 8, .in = 4, .kernel = 3}, 1e-12>::value);
  STATIC_REQUIRE(esp::valid_prior<std::remove_const_t<decltype(fixed)>,
                                  esp::weight_shape{.out = 1, .in = 1, .kernel = 5}, 0.0>::value);
}
