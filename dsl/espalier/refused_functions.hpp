// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Functions that formulas do not have, and numbers on the left of what they do not take: each says what to write.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/functions.hpp>  // IWYU pragma: export
#include <espalier/refused_members.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no sin; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag sin(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no cos; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag cos(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no atan; a smooth bound is esp::tanh(w)")
constexpr expression_tag atan(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no erf; a smooth bound is esp::tanh(w)")
constexpr expression_tag erf(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no floor; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag floor(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no ceil; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag ceil(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no round; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag round(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no cbrt; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag cbrt(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no sign; write select(w < 0, -1, select(w > 0, 1, 0))")
constexpr expression_tag sign(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no isnan; comparisons with NaN are false, so select(w <= 0, a, select(w > 0, b, c)) gives "
    "c for it")
constexpr expression_tag isnan(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no fabs; write esp::abs(w)")
constexpr expression_tag fabs(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no norm; write esp::l2(w) or esp::l1(w)")
constexpr expression_tag norm(const expression_tag&) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: pow takes its exponent in angle brackets, a whole number: esp::pow<3>(w); the power 0.5 is esp::sqrt(w)")
constexpr expression_tag pow(const expression_tag&, detail::held::any_operand) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no fmax; write esp::max(w, 0)")
constexpr expression_tag fmax(const expression_tag&, detail::held::any_operand) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no fmin; write esp::min(w, 1)")
constexpr expression_tag fmin(const expression_tag&, detail::held::any_operand) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no fmod; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag fmod(const expression_tag&, detail::held::any_operand) { return {}; }
ESPALIER_UNAVAILABLE(
    "ESP-058: formulas have no atan2; formulas have + - * /, sqrt, exp, log, tanh, sigmoid, softplus, pow<n>, abs, "
    "square, min, max, select and the reductions")
constexpr expression_tag atan2(const expression_tag&, detail::held::any_operand) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no hypot; write esp::sqrt(x * x + y * y)")
constexpr expression_tag hypot(const expression_tag&, detail::held::any_operand) { return {}; }
ESPALIER_UNAVAILABLE("ESP-058: formulas have no dot; write esp::sum(x * y)")
constexpr expression_tag dot(const expression_tag&, detail::held::any_operand) { return {}; }

/// A C++ bool as the condition of `select`, or three things that are none of a condition and two values.
template <class C, class X, class Y>
requires(!Condition<C> || !Operand<X> || !Operand<Y>)
ESPALIER_UNAVAILABLE(
    "ESP-062: select takes a condition of a formula and two values: select(w > 0, w, 0); for a bool of "
    "C++ write if constexpr, for a mask inside(center_tap)")
constexpr expression_tag select(C, X, Y) {
  return {};
}

namespace detail::held {

/// Base of what is done to a layer's outputs, which is no policy: include/espalier/epilogue.hpp.
struct epilogue_tag {};

}  // namespace detail::held

/// What `relu` is: an epilogue of a layer, `then(conv, relu)`; of formulas it is refused.
struct relu_t : detail::held::epilogue_tag {
  ESPALIER_UNAVAILABLE(
      "ESP-058: formulas have no relu; write esp::max(w, 0); for a layer's output, .activation = "
      "esp::activation::relu, or then(conv, esp::relu)")
  constexpr expression_tag operator()(const expression_tag&) const { return {}; }
};
/// 0 where a sum is at most 0, else the sum.
inline constexpr relu_t relu{};

namespace detail {

/// What is done to outputs, before `>>` and a layer ask whether it is a policy.
template <class F>
concept IsAnEpilogue = std::is_base_of_v<held::epilogue_tag, F>;

/// Neither a formula nor a condition: what the members of refused_members.hpp do not see on the left.
template <class X>
concept Foreign = !Expression<X> && !Condition<X>;

}  // namespace detail

// A number on the left of a formula is a better match for the operator that formulas have: that takes the exact type.
template <detail::Foreign X>
ESPALIER_UNAVAILABLE(
    "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is called: "
    "mean(w), and 0 < w < 1 is 0 < w && w < 1")
constexpr expression_tag
operator+(const X&, const detail::held::formula_tag&) {
  return {};
}
template <detail::Foreign X>
ESPALIER_UNAVAILABLE(
    "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is called: "
    "mean(w), and 0 < w < 1 is 0 < w && w < 1")
constexpr expression_tag
operator-(const X&, const detail::held::formula_tag&) {
  return {};
}
template <detail::Foreign X>
ESPALIER_UNAVAILABLE(
    "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is called: "
    "mean(w), and 0 < w < 1 is 0 < w && w < 1")
constexpr expression_tag
operator*(const X&, const detail::held::formula_tag&) {
  return {};
}
template <detail::Foreign X>
ESPALIER_UNAVAILABLE(
    "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is called: "
    "mean(w), and 0 < w < 1 is 0 < w && w < 1")
constexpr expression_tag
operator/(const X&, const detail::held::formula_tag&) {
  return {};
}
template <detail::Foreign X>
ESPALIER_UNAVAILABLE(
    "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
    "example esp::abs(w) < 1e-6")
constexpr condition_tag
operator==(const X&, const expression_tag&) {
  return {};
}
template <detail::Foreign X>
ESPALIER_UNAVAILABLE(
    "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
    "example esp::abs(w) < 1e-6")
constexpr condition_tag
operator!=(const X&, const expression_tag&) {
  return {};
}
template <detail::Foreign X>
ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
constexpr expression_tag operator%(const X&, const expression_tag&) {
  return {};
}

}  // namespace esp::inline ESPALIER_ABI
