// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The register tile of the direct convolution, as a constexpr function of the static shape and the instruction set.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Taps whose offsets, in scratch and in the input, a call of `channel_nest` holds: 8 KiB.
inline constexpr index_t channel_taps = 512;

}  // namespace detail

/// How the direct convolution computes a static shape.
enum class direct_kernel {
  along_w,        ///< Lanes along W over all rows of a plane: several output channels share a vector of input.
  flat,           ///< Lanes along D, H and W as one axis: kernels of extent 1.
  row_tiles,      ///< Lanes along W within rows: several output rows of one channel share a vector of input.
  channel_tiles,  ///< Lanes along output channels: several output positions share a vector of weights.
};

/// What a kernel with lanes along output channels is compiled for.
struct channel_form {
  index_t vectors = 1;  ///< Registers of a block of output channels.
  index_t columns = 1;  ///< Taps along W whose weights are held in registers at once: all of them, or 1.
  index_t step = 1;     ///< Elements between two positions of a row: stride 2 is read as it lies, others taken apart.

  friend constexpr bool operator==(const channel_form&, const channel_form&) = default;
};

/// The form that computes the fewest channels that are not there. With one register of channels a broadcast of the
/// input serves one product, unless the taps along W share it; half of the registers at most hold weights.
[[nodiscard]] constexpr channel_form channel_form_for(index_t out, const extents& taps, const extents& stride,
                                                      const extents& dilation, index_t lane_count,
                                                      index_t registers = vector_registers) {
  channel_form best;
  index_t computed = 0;
  for (const index_t vectors : {2, 3, 1}) {
    const index_t width = vectors * lane_count, whole = (out + width - 1) / width * width;
    if (computed > 0 && whole >= computed) continue;
    computed = whole;
    best.vectors = vectors;
  }
  best.step = stride.w == 2 ? 2 : 1;
  if (best.vectors == 1 && dilation.w == 1 && stride.w <= 2 && taps.w <= registers / 2 - 1) best.columns = taps.w;
  return best;
}

/// The direct kernel for a correlation from `in` to `out` channels: the one place that decides.
///
/// A vector of input that straddles cache lines costs as much as two multiply-adds. With many output channels it serves
/// them all; with few, rows must share it. Measured on AVX-512, along_w's time over row_tiles': depthwise 2.3 (3^3) to
/// 4.6 (9^3), 2 > 2 channels 1.4 to 1.6, 1 > 3 1.4, 3 > 3 1.1 to 1.5; but 6 > 6 0.8, 1 > 4 0.7, 64 > 3 0.97. Rows are
/// shared where H has neither stride nor dilation; above 9 taps their weights leave no registers.
///
/// A kernel of extent 1 with neither stride nor padding is `flat`. Measured on AVX-512, 64^3 positions, along_w's time
/// over flat's: 32 > 3 channels 4.2, 3 > 32 4.5, 16 > 16 3.3, 32 > 32 2.2, depthwise 2.2; 64 > 64 on 32^3 1.6.
///
/// Where output channels fill registers, lanes along them need neither the positions between two rows nor a stride's
/// phases taken apart. along_w's time over channel_tiles' (float, AVX-512; then AVX2; double is alike): 3^3 stride 2
/// 1.5, 1.3; 2^3 stride 2 2.0, 1.6; 4^3 voxels 3.0, 2.2; (7,1,1) 1.6, 1.1; dilation 4 1.25, 1.2; 5^3 1.1, 1.1; 4 > 32
/// 1.1, 1.05; 64 > 64 1.1, 1.07; but 4 > 8 0.56, and on 16 registers, of which one channel register leaves too few
/// sums for its broadcasts, 0.95.
[[nodiscard]] constexpr direct_kernel direct_kernel_for(index_t in, index_t out, const extents& taps,
                                                        const extents& stride, const extents& dilation, const pads& pad,
                                                        index_t lane_count, index_t registers = vector_registers) {
  if (taps == extents{1} && stride == extents{1} && pad == pads{}) return direct_kernel::flat;
  constexpr index_t most_out = 3, most_in = 32, most_taps = 9;
  const bool shares_rows = taps.h >= 2 && taps.h <= most_taps && stride.h == 1 && dilation.h == 1;
  if (shares_rows && out <= most_out && in <= most_in && taps.d * taps.w <= 1024) return direct_kernel::row_tiles;
  const index_t vectors = channel_form_for(out, taps, stride, dilation, lane_count, registers).vectors;
  const index_t width = vectors * lane_count, whole = (out + width - 1) / width * width;
  const bool filled = lane_count > 1 && 8 * out >= 7 * whole && (vectors > 1 || registers > 16);
  return filled && taps.volume() <= detail::channel_taps ? direct_kernel::channel_tiles : direct_kernel::along_w;
}

/// Accumulators held in registers: `oc` output channels by `vectors` vectors of output positions.
struct register_tile {
  index_t oc = 1;
  index_t vectors = 1;

  friend constexpr bool operator==(const register_tile&, const register_tile&) = default;
};

namespace detail {

/// Quarter cycles one tap takes on a core with two multiply-adds and two loads a cycle, a latency of 4 cycles.
constexpr index_t tap_cost(register_tile t) {
  const index_t multiply_adds = 2 * t.oc * t.vectors;
  // A load shifted by a tap straddles two cache lines half the time (32 byte registers): 1.5 loads each.
  const index_t loads = 3 * t.vectors + 2 * t.oc;
  const index_t latency = 4 * 4;
  const index_t busiest = multiply_adds > loads ? multiply_adds : loads;
  return busiest > latency ? busiest : latency;
}

/// Accumulators, the smaller operand set held, one register for the other operand as it streams by.
constexpr index_t registers_used(register_tile t) {
  return t.oc * t.vectors + (t.oc < t.vectors ? t.oc : t.vectors) + 1;
}

}  // namespace detail

/// The tile that needs the fewest cycles for `oc_per_group` channels; channels that fill no block are computed and
/// dropped. Without a fused multiply-add one register holds the product on its way to the sum. On 16 registers 4 x 3
/// for 4 or 8 channels and 6 x 2 for 6; on 32 registers 8 x 3, 6 x 4, 4 x 6, 3 x 8.
[[nodiscard]] constexpr register_tile tile_for(index_t oc_per_group,
                                               index_t registers = vector_registers - (has_fma ? 0 : 1)) {
  // More than 8 channels a block only shortens `vectors`, and more than 8 vectors waste the end of short rows.
  constexpr index_t most = 8;
  register_tile best{};
  index_t best_cost = -1;
  for (index_t oc = 1; oc <= most && oc <= oc_per_group; ++oc) {
    for (index_t vectors = 1; vectors <= most; ++vectors) {
      const register_tile t{oc, vectors};
      if (detail::registers_used(t) > registers) break;
      const index_t blocks = (oc_per_group + oc - 1) / oc;
      // 840 is divisible by every number of vectors: an exact comparison.
      const index_t cost = blocks * detail::tap_cost(t) * (840 / vectors);
      // On a tie the later one. More channels: the input is read once for all of them; more vectors: fewer loop turns.
      if (best_cost < 0 || cost <= best_cost) {
        best = t;
        best_cost = cost;
      }
    }
  }
  return best;
}

}  // namespace esp::inline ESPALIER_ABI
