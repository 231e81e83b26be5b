// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Functions of formulas beyond arithmetic, tap by tap: exp, log, tanh, sigmoid, softplus and whole powers.
///
/// Each is within 2 units in the last place (elementary.hpp), the same in constant expressions and on every instruction
/// set.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/operation.hpp>
#include <espalier/refused_members.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

/// x to a whole power: products of squares, and one division where it is negative.
template <int N, class X>
struct power : expression_tag {
  using expression_tag::operator=;
  X x;
  constexpr explicit power(X operand) : x(operand) {}
};

}  // namespace detail::held

/// e^x. A softmax over the block: `auto e = esp::exp(w - esp::max(w)); return e / esp::sum(e);`
template <Expression X>
[[nodiscard]] constexpr auto exp(X x) {
  return detail::held::unary<detail::operation::exp, X>{x};
}

/// The natural logarithm: minus infinity at 0, NaN below.
template <Expression X>
[[nodiscard]] constexpr auto log(X x) {
  return detail::held::unary<detail::operation::log, X>{x};
}

/// The hyperbolic tangent, from -1 to 1.
template <Expression X>
[[nodiscard]] constexpr auto tanh(X x) {
  return detail::held::unary<detail::operation::tanh, X>{x};
}

/// 1 / (1 + e^-x), from 0 to 1.
template <Expression X>
[[nodiscard]] constexpr auto sigmoid(X x) {
  return detail::held::unary<detail::operation::sigmoid, X>{x};
}

/// log(1 + e^x): a smooth max(x, 0).
template <Expression X>
[[nodiscard]] constexpr auto softplus(X x) {
  return detail::held::unary<detail::operation::softplus, X>{x};
}

/// x^N for a whole N: `pow<3>(w)`, `pow<-2>(w)`. `pow<0>(x)` is 1 whatever x is.
template <auto N, Expression X>
requires std::is_integral_v<decltype(N)>
[[nodiscard]] constexpr auto pow(X x) {
  return detail::held::power<static_cast<int>(N), X>{x};
}
template <auto N, Expression X>
requires(!std::is_integral_v<decltype(N)>)
ESPALIER_UNAVAILABLE(
    "ESP-058: pow<n> takes a whole number; the power 0.5 is esp::sqrt(w), another one esp::exp(0.3 * esp::log(w)) of "
    "positive taps")
constexpr expression_tag pow(X) {
  return {};
}

}  // namespace esp::inline ESPALIER_ABI
