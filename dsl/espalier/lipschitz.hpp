// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How much a convolution lengthens a difference of two inputs at most, from sums of absolute values of its weight.
///
/// With N[o][i] the sum of absolute values of block (o, i), one input channel reaches one output channel with an
/// operator of norm N[o][i] at most, by Young's inequality: a stride leaves rows out, padding with zeros and a cut
/// input leave columns out, a dilation moves taps, and circular padding folds both without adding to a row's or a
/// column's sum. The norm of the whole is then at most that of the matrix N, and Schur's test bounds that by sqrt(R C),
/// R being the largest row sum of N and C the largest column sum. Padding with copies of the border adds to column
/// sums: nothing is said of it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/shape.hpp>
#include <espalier/square_root.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Bounds of the sum of absolute values of every block, every output and input channel, and the whole weight; infinite
/// where none is known.
struct l1_bounds {
  double block = interval::infinity;
  double filter = interval::infinity;
  double input = interval::infinity;
  double whole = interval::infinity;
};

/// Schur's bound of the operator norm of a convolution whose weight has these bounds, infinite where they give none.
///
/// A number of channels of 0 stands for any. `groups` divides the output channels that an input channel reaches; 1 is
/// right for every number of groups, as it bounds more.
[[nodiscard]] constexpr double operator_bound(const l1_bounds& sums, const weight_shape& shape, index_t groups = 1) {
  const auto times = [](index_t count, double x) {
    return count == 0 ? interval::infinity : ieee::product(static_cast<double>(count), x);
  };
  const double entry = smaller(sums.block, smaller(smaller(sums.filter, sums.input), sums.whole));
  const double row = smaller(times(shape.in, entry), smaller(sums.filter, sums.whole));
  const double column = smaller(times(shape.out / groups, entry), smaller(sums.input, sums.whole));
  if (row == 0 || column == 0) return 0;
  if (!ieee::is_finite(row) || !ieee::is_finite(column)) return interval::infinity;
  return ieee::product(square_root(row), square_root(column));  // of numbers whose product leaves the range too
}

}  // namespace esp::inline ESPALIER_ABI::detail
