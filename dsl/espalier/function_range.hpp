// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of the value of a function: the rules of exp, log, tanh, sigmoid and softplus beside those of
/// value_range.hpp.
#pragma once

#include <espalier/config.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/operation.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The values of a function, which all grow with their argument, where that is in `a`; each end is moved outward by
/// the two units in the last place that the computed one may be off, but where it is exact.
[[nodiscard]] constexpr interval values_of_function(operation op, interval a) {
  const bool starts_at_zero = op == operation::exp || op == operation::sigmoid || op == operation::softplus;
  const double least = starts_at_zero ? 0 : op == operation::tanh ? -1 : -interval::infinity;
  const double most = op == operation::tanh || op == operation::sigmoid ? 1 : interval::infinity;
  const double neutral = op == operation::log ? 1 : 0;
  const auto is_exact = [&](double x) { return !ieee::is_finite(x) || (x == neutral && op != operation::softplus); };
  if (op == operation::log && !(a.lo > 0)) a.lo = 0;
  if (op == operation::log && !(a.hi > 0)) return {};
  const double lo = function_of(op, a.lo), hi = function_of(op, a.hi);
  return {is_exact(a.lo) ? lo : larger(least, next_below(next_below(lo))),
          is_exact(a.hi) ? hi : smaller(most, next_above(next_above(hi)))};
}

/// The rule of a function.
///
/// In floating point e^x may be zero or infinite although its argument's interval is finite: an argument that nearly
/// cancelled is off by more than its bounds tell. So distances from zero are those of the argument's sign alone.
[[nodiscard]] constexpr value_range range_of_function(operation op, const value_range& a) {
  value_range r;
  static_cast<interval&>(r) = values_of_function(op, a);
  r.nan = a.nan || (op == operation::log && !a.surely_nonnegative());
  r.minus_zero = op == operation::tanh && a.minus_zero;
  switch (op) {
    case operation::exp:
      r.finite = a.surely_nonpositive();
      r.away = a.surely_nonnegative() ? 1 : 0;
      break;
    case operation::log:
      r.finite = a.finite && !a.may_be_zero();
      // What is infinite or zero in float although no bound says so.
      if (!a.finite && a.hi > value_range::large) r.hi = interval::infinity;
      if (a.may_be_zero()) r.lo = -interval::infinity;
      r.sure = r.lo > 1e-3 || r.hi < -1e-3 || !(r.nonnegative() || r.nonpositive());
      break;
    case operation::tanh:
      r.finite = true;
      r.sure = a.sure;
      r.away = a.away > 0 ? hyperbolic_tangent(smaller(a.away, 1)) / 2 : 0;
      break;
    case operation::sigmoid:
      r.finite = true;
      r.away = a.surely_nonnegative() ? 0.5 : 0;
      break;
    default:
      r.finite = !a.may_reach_infinity();
      r.away = a.surely_nonnegative() ? 0.5 : 0;
      break;
  }
  return r;
}

}  // namespace esp::inline ESPALIER_ABI::detail
