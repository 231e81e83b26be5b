// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the value of exp, log, tanh, sigmoid or softplus is between.
#pragma once

#include <algorithm>
#include <cmath>
#include <espalier/operation.hpp>
#include <limits>

#include "drawn/enclosure.hpp"
#include "support/units.hpp"

namespace drawn {

inline long double long_function_of(esp::detail::operation op, long double x) {
  switch (op) {
    case esp::detail::operation::exp:
      return std::exp(x);
    case esp::detail::operation::log:
      return std::log(x);
    case esp::detail::operation::tanh:
      return std::tanh(x);
    case esp::detail::operation::sigmoid:
      return support::exact_sigmoid(x);
    default:
      return support::exact_softplus(x);
  }
}

/// An upper end for the function at x, or with `Sign` -1 the negative of a lower one. Two units in the last place are
/// the evaluation's, some are those of the C library, which is no better in this rounding mode.
template <class T, int Sign>
T end_of_function(esp::detail::operation op, T x) {
  const long double value = Sign * long_function_of(op, x);
  if (std::isinf(x)) return static_cast<T>(value);
  if (std::isinf(value)) {  // an overflow, or the logarithm of zero
    if (op == esp::detail::operation::log || value > 0) return static_cast<T>(value);
    return -std::numeric_limits<T>::max();
  }
  const long double unit = std::numeric_limits<T>::epsilon();
  return static_cast<T>(value + 16 * unit * std::fabs(value) + 4 * std::numeric_limits<T>::denorm_min());
}

/// All of them grow with their argument.
template <class T>
enclosure<T> function_of(esp::detail::operation op, enclosure<T> a) {
  using esp::detail::operation;
  if (a.is_nan()) return a;
  if (op == operation::log && a.hi < 0) return enclosure<T>::nan();
  if (a.is_unknown() || (op == operation::log && a.lo < 0)) return enclosure<T>::unknown();
  enclosure<T> r{-end_of_function<T, -1>(op, a.lo), end_of_function<T, 1>(op, a.hi)};
  if (op == operation::exp || op == operation::sigmoid || op == operation::softplus) r.lo = std::max(r.lo, T{0});
  if (op == operation::tanh) r.lo = std::max(r.lo, T{-1});
  if (op == operation::tanh || op == operation::sigmoid) r.hi = std::min(r.hi, T{1});
  return r;
}

}  // namespace drawn
