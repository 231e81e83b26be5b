// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How far a reduction reaches: over one kernel block, over all blocks of an output or an input channel, or over the
/// whole weight.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Where a value of a formula is constant: each level divides the weight into parts.
///
/// `tap` is one value per weight; `block` one per (output channel, input channel of the group), the reach of a
/// reduction unless a policy says otherwise; `filter` one per output channel; `input` one per input channel; `whole`
/// one for the weight tensor. A part of each is made of parts of the levels before it, but for filters and inputs:
/// these cross. The order is that in which a walk over the weight, filter by filter, has seen all of a part.
enum class scope : unsigned char { tap, block, filter, input, whole };

/// Whether a value at `level` is the same in all of each part of `part`.
[[nodiscard]] constexpr bool covers(scope level, scope part) {
  return level >= part && !(level == scope::input && part == scope::filter);
}
/// The finest parts that are made of whole parts of both.
[[nodiscard]] constexpr scope coarser(scope a, scope b) { return covers(a, b) ? a : covers(b, a) ? b : scope::whole; }
/// Where a value is constant that is computed from one at `a` and one at `b`.
[[nodiscard]] constexpr scope finer(scope a, scope b) { return covers(a, b) ? b : covers(b, a) ? a : scope::block; }

/// What a reduction of values at `from` to `to` runs over, where `to` is the next coarser level: named by the level to
/// which it brings blocks, or taps. `block` is all taps, `filter` the input channels, `input` the output channels.
[[nodiscard]] constexpr scope direction_of(scope from, scope to) {
  if (to != scope::whole) return to;
  return from == scope::input ? scope::filter : scope::input;
}
/// The direction in which values at `from` come nearer to the coarser level `to`.
[[nodiscard]] constexpr scope next_direction(scope from, scope to) {
  if (from == scope::tap) return scope::block;
  return to == scope::input || from == scope::filter ? scope::input : scope::filter;
}

/// How many values a reduction in this direction makes one of, taps excepted (those depend on the region). `whole` is
/// one of filters.
[[nodiscard]] constexpr index_t parts_per(scope direction, const weight_shape& shape) {
  return direction == scope::filter ? shape.in : direction > scope::filter ? shape.out : shape.kernel.volume();
}

[[nodiscard]] constexpr const char* name_of(scope s) {
  constexpr const char* names[] = {"tap", "block", "filter", "input", "whole weight"};
  return names[static_cast<unsigned char>(s)];
}

}  // namespace esp::inline ESPALIER_ABI::detail
