// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// exp, log, tanh, sigmoid and softplus of a number with a wide exponent.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/operation.hpp>
#include <espalier/wide_number.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// e^x. Beyond a magnitude of 2^30 it is infinite or zero: its exponent would fit, but of x too few digits say what its
/// mantissa is.
[[nodiscard]] constexpr wide_number exponential(wide_number x) {
  constexpr double most = 0x1p30;
  const double nearest = x.to<double>();
  if (!(nearest > -most && nearest < most) || (nearest > -700 && nearest < 700)) return exponential(nearest);
  // ln 2 in parts of 22, 22 and 53 bits: the products of the first two with n, which has 31 bits at most, are exact.
  constexpr double first = 0x1.62e428p-1, second = 0x1.fbe8ep-23, third = 0x1.ef35793c7673p-45;
  const auto n = static_cast<std::int64_t>(nearest / (first + second));
  const double whole = static_cast<double>(n);
  const double rest = ((nearest - whole * first) - whole * second) - one_number<double>::product(whole, third);
  return wide_number(exponential(rest)).scaled_by(n);
}

/// The natural logarithm.
[[nodiscard]] constexpr wide_number logarithm(wide_number x) {
  if (x < wide_number(0.0)) return logarithm(-1.0);
  const double nearest = x.to<double>();
  if ((nearest >= 0x1p-1000 && nearest <= 0x1p1000) || !x.is_regular()) return logarithm(nearest);
  constexpr double ln2 = 0x1.62e42fefa39efp-1;
  return wide_number(logarithm(x.fraction())) + wide_number(static_cast<double>(x.exponent())) * wide_number(ln2);
}

/// The function `op` of x. What is beside its steep part is x, e^x or a limit.
[[nodiscard]] constexpr wide_number wide_function_of(operation op, wide_number x) {
  const double nearest = x.to<double>();
  switch (op) {
    case operation::exp:
      return exponential(x);
    case operation::log:
      return logarithm(x);
    case operation::tanh:
      return nearest > -0x1p-30 && nearest < 0x1p-30 ? x : wide_number(hyperbolic_tangent(nearest));
    case operation::sigmoid:
      return nearest < -40 ? exponential(x) : wide_number(logistic(nearest));
    default:
      return nearest < -40 ? exponential(x) : nearest > 40 ? x : wide_number(soft_plus(nearest));
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
