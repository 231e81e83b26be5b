// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the convolution of extent 1 is cut into tasks.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The cut of one call. A task is one range of positions and of output channels of one (n, group); it walks over its
/// range a block at a time.
struct flat_blocking {
  index_t positions = 0;  ///< Outputs of a channel: D, H and W are one axis.
  bool in_place = false;  ///< Tiles read the input itself, else a copy of a block.
  index_t block = 1;      ///< Positions of a block: whole tiles.
  index_t ic = 1;         ///< Input channels summed at a time.
  index_t range = 1;      ///< Positions of a task: whole blocks.
  index_t ranges = 0;
  index_t oc = 1;        ///< Output channels of a task.
  index_t elements = 0;  ///< Scratch of one worker.
  index_t tasks = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return elements; }
  /// From one channel of a copy to the next: not a power of two, so that channels do not share a set of the cache.
  template <class T>
  [[nodiscard]] constexpr index_t pitch() const {
    return whole_lines<T>(block) + line_elements<T>;
  }
};

/// Cuts a correlation of extent 1 for a team of `workers`, with tiles of `tile_oc` channels by `tile_positions`.
///
/// Few output channels are summed in place, some input channels at a time: enough that the sums' way through the first
/// cache costs less than the input's from memory, and no more streams than that. Each asks for its part of the next
/// block. Measured on AVX-512, 64^3 positions, 32 > 3 channels, ms (float in the third cache, double not): all channels
/// at a time 1.01, 2 over blocks of 2 KiB 0.84 and 2.5, 1 over blocks of 4 KiB 0.88 and 1.85; through a copy 1.65. 32 >
/// 8: all 2.2, 4 over 2 KiB 1.24, over 4 KiB 1.52. With more than one block of output channels the copy wins, since
/// channels that lie a power of two apart push each other out of the cache before the second block comes: 16 > 16 1.30
/// against 1.71. Its size hardly matters from 2 KiB on. Tiles ask for the next block as they compute: asked for all at
/// once by the copy, 32 > 32 took 3.85 in place of 2.80.
template <class T>
[[nodiscard]] constexpr flat_blocking flat_blocks_for(const correlation& p, index_t tile_oc, index_t tile_positions,
                                                      index_t workers) {
  using budget = flat_budget;
  flat_blocking b;
  b.positions = p.outputs.volume();
  b.in_place = p.out <= tile_oc;
  const auto blocks_of = [&](index_t bytes) {
    const index_t tiles = elements_in<T>(bytes) / tile_positions;
    return (tiles < 1 ? 1 : tiles) * tile_positions;
  };
  if (b.in_place) {
    const index_t most = p.out <= 3 ? budget::long_run : budget::run;
    b.block = blocks_of(clamp_index(budget::asked / p.in, 0, most));
    constexpr index_t registers_in_line = line_elements<T> / lanes<T>;
    b.ic = p.out == 1 ? 8 : p.out * registers_in_line / 2;
  } else {
    constexpr index_t copied = elements_in<T>(budget::copied);
    b.block = blocks_of(budget::run);
    while (b.block > tile_positions && p.in * b.pitch<T>() > copied) b.block -= tile_positions;
    b.ic = copied / b.pitch<T>();
  }
  b.ic = clamp_index(b.ic, 1, p.in);
  const index_t wanted = tasks_wanted(workers), others = p.X.n * p.groups;
  if (others == 0 || b.positions == 0) return b;
  const index_t pieces = clamp_index(ceil_div(wanted, others), 1, ceil_div(b.positions, b.block));
  b.range = ceil_div(ceil_div(b.positions, pieces), b.block) * b.block;
  b.ranges = ceil_div(b.positions, b.range);
  // Few positions: channels are shared out too, each task with a copy of its own.
  const index_t blocks = ceil_div(p.out, tile_oc);
  const index_t shares = clamp_index(wanted / (others * b.ranges), 1, blocks);
  b.oc = ceil_div(blocks, shares) * tile_oc;
  b.elements = b.in_place ? 0 : b.ic * b.pitch<T>();
  b.tasks = others * b.ranges * ceil_div(p.out, b.oc);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
