// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How far a reduction reaches: over one kernel block, over all blocks of an output channel, or over the whole weight.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Where a value of a formula is constant, from the finest to the coarsest: each level divides the weight into fewer
/// parts.
///
/// `tap` is one value per weight; `block` one per (output channel, input channel of the group), the reach of a
/// reduction unless a policy says otherwise; `filter` one per output channel; `whole` one for the weight tensor.
enum class scope : unsigned char { tap, block, filter, whole };

/// Parts of the next finer scope that one part of `s` consists of, taps of a block excepted (those depend on the
/// region).
[[nodiscard]] constexpr index_t parts_per(scope s, const weight_shape& shape) {
  return s == scope::filter ? shape.in : s == scope::whole ? shape.out : shape.kernel.volume();
}

/// The next coarser scope; one beyond `whole` for the whole weight, where loops end.
[[nodiscard]] constexpr scope next_coarser(scope s) { return static_cast<scope>(static_cast<unsigned char>(s) + 1); }
[[nodiscard]] constexpr scope coarser(scope a, scope b) { return a < b ? b : a; }

[[nodiscard]] constexpr const char* name_of(scope s) {
  return s == scope::tap ? "tap" : s == scope::block ? "block" : s == scope::filter ? "filter" : "whole weight";
}

}  // namespace esp::inline ESPALIER_ABI::detail
