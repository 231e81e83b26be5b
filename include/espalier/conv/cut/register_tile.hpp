// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The register tile of the direct convolution, as a constexpr function of the static shape and the instruction set.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Accumulators held in registers: `rows` by `vectors` of them. In most kernels a row is a channel that is computed and
/// a vector has its positions; in the gradient of a weight each is a channel, or a channel and a tap.
struct register_tile {
  index_t rows = 1;
  index_t vectors = 1;

  friend constexpr bool operator==(const register_tile&, const register_tile&) = default;
};

/// Quarter cycles one tap takes: a row is a broadcast or an aligned load, a vector a load moved by the tap.
constexpr index_t tap_cost(register_tile t) { return step_cost({t.rows * t.vectors, t.rows, t.vectors}); }

/// Accumulators, the smaller operand set held, one register for the other operand as it streams by.
constexpr index_t registers_used(register_tile t) {
  return t.rows * t.vectors + (t.rows < t.vectors ? t.rows : t.vectors) + 1;
}

/// The tile that needs the fewest cycles for `oc_per_group` channels; channels that fill no block are computed and
/// dropped. On 16 registers 4 x 3 for 4 or 8 channels and 6 x 2 for 6; on 32 registers 8 x 3, 6 x 4, 4 x 6, 3 x 8.
[[nodiscard]] constexpr register_tile tile_for(index_t oc_per_group, index_t registers = operand_registers) {
  // More than 8 channels a block only shortens `vectors`, and more than 8 vectors waste the end of short rows.
  constexpr index_t most = 8;
  register_tile best{};
  index_t best_cost = -1;
  for (index_t oc = 1; oc <= most && oc <= oc_per_group; ++oc) {
    for (index_t vectors = 1; vectors <= most; ++vectors) {
      const register_tile t{oc, vectors};
      if (registers_used(t) > registers) break;
      const index_t blocks = ceil_div(oc_per_group, oc);
      // 840 is divisible by every number of vectors: an exact comparison.
      const index_t cost = blocks * tap_cost(t) * (840 / vectors);
      // On a tie the later one. More channels: the input is read once for all of them; more vectors: fewer loop turns.
      if (best_cost < 0 || cost <= best_cost) {
        best = t;
        best_cost = cost;
      }
    }
  }
  return best;
}

}  // namespace esp::inline ESPALIER_ABI::detail
