// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The arithmetic of blocks that loops are cut into.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What one task computes: the first position and the number of positions on each axis.
struct task_range {
  index_t n, g, oc0, od0, oh0, ow0;
  index_t OC, OD, OH, OW;
};

constexpr index_t ceil_div(index_t a, index_t b) { return (a + b - 1) / b; }
constexpr index_t clamp_index(index_t value, index_t low, index_t high) {
  return value < low ? low : (value > high ? high : value);
}

/// Elements of `[first, size)` that a block takes.
constexpr index_t rest(index_t first, index_t block, index_t size) {
  return size - first < block ? size - first : block;
}

/// Blocks of at most `block` elements, all but the last of equal size: a multiple of `unit`.
constexpr index_t even_block(index_t size, index_t block, index_t unit = 1) {
  const index_t units = ceil_div(size, unit), most = block / unit < 1 ? 1 : block / unit;
  return ceil_div(units, ceil_div(units, most)) * unit;
}

}  // namespace esp::inline ESPALIER_ABI::detail
