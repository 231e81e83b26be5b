// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Finds a threshold: the number above which the values of a block sum to a given one.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The t for which the sum of max(x(i) - largest - t, 0) over `count` values is `c`, for c > 0.
///
/// Newton's method on that sum, which is convex and falls with t: a step never ends beyond the root, and each one but
/// the last leaves a value out that was above t, so that there are at most `count` of them (Michelot: A finite
/// algorithm for finding the projection of a point onto the canonical simplex of R^n, 1986). It starts from the root
/// for all values, kept between those for one value and for equal ones, -c and -c / count: rounding may take it beyond
/// the root, from where the first step comes back. What is summed then is what stands above t, so the rounding is that
/// of c, however large the values are. Of NaN nothing is above; the largest value is NaN then, and so is what t is
/// added to. Four partial sums, as include/espalier/prior/block_threshold.hpp has them: the same bits. `Number` has + -
/// /, < and
/// <=, and is made from a double.
template <class Number, class Value>
[[nodiscard]] constexpr Number search_threshold(index_t count, const Value& x, const Number& largest, const Number& c) {
  const Number zero = 0.0, one = 1.0, every = static_cast<double>(count);
  const auto joined = [](const Number* parts) { return (parts[0] + parts[2]) + (parts[1] + parts[3]); };
  Number all[4]{zero, zero, zero, zero};
  for (index_t i = 0; i < count; ++i) all[i % 4] = all[i % 4] + x(i);
  const Number least = zero - c, most = least / every, from_all = (joined(all) / every - largest) + most;
  Number t = least < from_all ? from_all : least, before = zero;
  if (most < t) t = most;
  for (int step = 0;; ++step) {
    Number above[4]{zero, zero, zero, zero}, counted = zero;
    for (index_t i = 0; i < count; ++i) {
      const Number rest = (x(i) - largest) - t;
      if (!(zero < rest)) continue;
      above[i % 4] = above[i % 4] + rest;
      counted = counted + one;
    }
    if (!(zero < counted)) return t;
    t = t + (joined(above) - c) / counted;
    // More than before are above where the start was beyond the root.
    if (before <= counted && (step > 1 || counted <= before)) return t;
    before = counted;
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
