// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The number of a task as digits: which block of each axis it is.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A block of an axis: its first element, and how many it has.
struct axis_block {
  index_t first = 0;
  index_t count = 0;
};

/// Reads a number whose digits count the blocks of several axes, the axis that is asked for first fastest.
class digits {
 public:
  explicit constexpr digits(index_t number) : left_(number) {}

  /// The next digit, below `base`.
  constexpr index_t take(index_t base) {
    const index_t digit = left_ % base;
    left_ /= base;
    return digit;
  }
  /// The next digit as a block of `block` elements of an axis of `size`, of which the last may have fewer.
  constexpr axis_block take(index_t size, index_t block) {
    const index_t first = take(ceil_div(size, block)) * block;
    return {first, rest(first, block, size)};
  }
  /// What is left: the slowest digit.
  [[nodiscard]] constexpr index_t last() const { return left_; }

 private:
  index_t left_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
