// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The cycles that a step of a register tile takes on a core: the one model by which all tiles are chosen.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Registers for accumulators and operands. Without a fused multiply-add one holds the product on its way to the sum.
inline constexpr index_t operand_registers = vector_registers - (has_fma ? 0 : 1);

/// Vector instructions of one step of a tile.
struct tile_step {
  index_t multiply_adds = 0;
  index_t loads = 0;  ///< Aligned ones and broadcasts.
  index_t shifted_loads =
      0;  ///< Moved by a tap: they straddle two cache lines half the time with registers of 32 bytes.
};

/// Quarter cycles of a step on a core with two multiply-adds and two loads a cycle, where a sum waits 4 cycles for the
/// product before.
constexpr index_t step_cost(const tile_step& s) {
  constexpr index_t latency = 4 * 4;
  const index_t multiply_adds = 2 * s.multiply_adds, loads = 2 * s.loads + 3 * s.shifted_loads;
  const index_t busiest = multiply_adds > loads ? multiply_adds : loads;
  return busiest > latency ? busiest : latency;
}

}  // namespace esp::inline ESPALIER_ABI::detail
