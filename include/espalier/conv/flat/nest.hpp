// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The convolution of extent 1 without stride and padding: a matrix times a matrix whose rows are channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/flat_tile.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI {

/// A correlation with taps of extent 1: D, H and W are one axis. The forward convolution, or the gradient of its input.
struct flat_problem {
  index_t N = 1;
  index_t groups = 1;
  index_t IC = 1;         ///< Channels of a group of the input.
  index_t OC = 1;         ///< Channels of a group of the output.
  index_t positions = 0;  ///< D H W.
};

/// The cut of one call. A task is one range of positions and of output channels of one (n, group); it walks over its
/// range a block at a time.
struct flat_blocking {
  bool in_place = false;  ///< Tiles read the input itself, else a copy of a block.
  index_t block = 1;      ///< Positions of a block: whole tiles.
  index_t ic = 1;         ///< Input channels summed at a time.
  index_t range = 1;      ///< Positions of a task: whole blocks.
  index_t ranges = 0;
  index_t oc = 1;        ///< Output channels of a task.
  index_t elements = 0;  ///< Scratch of one worker.
  index_t tasks = 0;

  /// From one channel of a copy to the next: not a power of two, so that channels do not share a set of the cache.
  template <class T>
  [[nodiscard]] constexpr index_t pitch() const {
    constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
    return (block + line - 1) / line * line + line;
  }
};

/// Cuts a problem for a team of `workers`, with tiles of `tile_oc` channels by `tile_positions`.
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
[[nodiscard]] constexpr flat_blocking flat_blocks_for(const flat_problem& p, index_t tile_oc, index_t tile_positions,
                                                      index_t workers) {
  using detail::ceil_div, detail::clamp_index;
  constexpr index_t element = static_cast<index_t>(sizeof(T));
  flat_blocking b;
  constexpr index_t narrow = static_cast<index_t>(alignment) / (lanes<T> * element);  // registers in a cache line
  b.in_place = p.OC <= tile_oc;
  const auto blocks_of = [&](index_t bytes) {
    return clamp_index(bytes / element / tile_positions, 1, 4096) * tile_positions;
  };
  if (b.in_place) {
    // What was asked for waits in the second cache until its turn comes.
    constexpr index_t budget = index_t{256} * 1024;
    b.block = blocks_of(clamp_index(budget / p.IC, 0, p.OC <= 3 ? 4096 : 2048));
    b.ic = p.OC == 1 ? 8 : p.OC * narrow / 2;
  } else {
    constexpr index_t budget = index_t{192} * 1024 / element;
    b.block = blocks_of(2048);
    while (b.block > tile_positions && p.IC * b.pitch<T>() > budget) b.block -= tile_positions;
    b.ic = budget / b.pitch<T>();
  }
  b.ic = clamp_index(b.ic, 1, p.IC);
  const index_t wanted = workers > 1 ? 4 * workers : 1, others = p.N * p.groups;
  if (others == 0 || p.positions == 0) return b;
  const index_t pieces = clamp_index(ceil_div(wanted, others), 1, ceil_div(p.positions, b.block));
  b.range = ceil_div(ceil_div(p.positions, pieces), b.block) * b.block;
  b.ranges = ceil_div(p.positions, b.range);
  // Few positions: channels are shared out too, each task with a copy of its own.
  const index_t blocks = ceil_div(p.OC, tile_oc);
  const index_t shares = clamp_index(wanted / (others * b.ranges), 1, blocks);
  b.oc = ceil_div(blocks, shares) * tile_oc;
  b.elements = b.in_place ? 0 : b.ic * b.pitch<T>();
  b.tasks = others * b.ranges * ceil_div(p.OC, b.oc);
  return b;
}

namespace detail {

/// The loop nest of one tile shape. All but the tile is known at run time.
template <index_t TileOC, index_t Vectors, class T>
struct flat_nest {
  static constexpr index_t tile_positions = Vectors * lanes<T>;
  static constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));

  static index_t scratch_size(const flat_problem& p, index_t workers) {
    // Room to start at a cache line wherever the caller's buffer starts.
    return (workers > 1 ? workers : 1) * flat_blocks_for<T>(p, TileOC, tile_positions, workers).elements + line;
  }

  /// x (N, groups IC, positions), packed (groups, OC blocks, IC, TileOC), y (N, groups OC, positions), scratch of
  /// `scratch_size`.
  template <Epilogue<T> Finish, Executor E>
  static void run(const flat_problem& p, const T* x, const T* packed, const Finish& epilogue, T* y, T* scratch,
                  const E& executor) {
    const flat_blocking b = flat_blocks_for<T>(p, TileOC, tile_positions, static_cast<index_t>(executor.workers()));
    while (reinterpret_cast<std::uintptr_t>(scratch) % alignment != 0) ++scratch;
    call<Finish> c{p, b, x, packed, epilogue, y, 0, false};
    // Where all channels of the output have the same alignment, the first vector is cut so that the others are aligned.
    const std::uintptr_t off = reinterpret_cast<std::uintptr_t>(y) % sizeof(batch<T>);
    if (p.positions % lanes<T> == 0 && off % sizeof(T) == 0) {
      c.lead = static_cast<index_t>(off / sizeof(T));
      c.stream = b.ic == p.IC && stores_past_caches<T>(p.N * p.groups * p.OC * p.positions);
    }
    executor.run(b.tasks, [&c, scratch](index_t number, index_t worker) {
      run_task(c, number, scratch + worker * c.b.elements);
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  template <class Finish>
  struct call {
    flat_problem p;
    flat_blocking b;
    const T* x;
    const T* packed;
    Finish epilogue;
    T* y;
    index_t lead;  ///< Position 0 is this lane of the first vector.
    bool stream;
  };

  /// Some input channels of a block, where tiles read them, and output channels `[oc0, oc1)` of group `g`.
  struct operands {
    const T* x;
    index_t pitch;
    const T* next;  ///< The same channels in the tensor, a block further on.
    index_t ic0, IC;
    index_t g, oc0, oc1;
    T* y;  ///< Channel 0 of the group.
  };

  template <class Call>
  static void run_task(const Call& c, index_t number, T* scratch) {
    const flat_problem& p = c.p;
    const index_t at = number % c.b.ranges * c.b.range;
    number /= c.b.ranges;
    const index_t shares = ceil_div(p.OC, c.b.oc);
    const index_t oc0 = number % shares * c.b.oc, image = number / shares;
    const T* const x = c.x + image * p.IC * p.positions;
    // Vectors start at multiples of their size from -lead on; the last range takes what that moves past its end.
    const index_t begin = at - c.lead, end = at + c.b.range < p.positions ? begin + c.b.range : p.positions;
    for (index_t q0 = begin; q0 < end; q0 += c.b.block) {
      const index_t count = rest(q0, c.b.block, end), first = q0 < 0 ? -q0 : 0;
      for (index_t ic0 = 0; ic0 < p.IC; ic0 += c.b.ic) {
        operands o{x + ic0 * p.positions + q0,
                   p.positions,
                   x + ic0 * p.positions + q0 + c.b.block,
                   ic0,
                   rest(ic0, c.b.ic, p.IC),
                   image % p.groups,
                   oc0,
                   oc0 + rest(oc0, c.b.oc, p.OC),
                   c.y + image * p.OC * p.positions + q0};
        if (!c.b.in_place) {
          for (index_t ic = 0; ic < o.IC; ++ic) {
            copy_vectors(o.x + ic * p.positions, first, count, scratch + ic * c.b.template pitch<T>());
          }
          o.x = scratch;
          o.pitch = c.b.template pitch<T>();
        }
        if (ic0 + o.IC == p.IC) {
          run_block(c, o, first, count, c.epilogue);
        } else {
          run_block(c, o, first, count, no_epilogue<T>);
        }
      }
    }
  }

  // Positions `[first, count)` of a block; only the first and the last vector may have fewer lanes.
  template <class Call, class Finish>
  static void run_block(const Call& c, const operands& o, index_t first, index_t count, const Finish& epilogue) {
    const flat_problem& p = c.p;
    // Each block of output channels asks for its share of the next block of positions while it computes.
    const index_t share = ceil_div(o.IC, ceil_div(o.oc1 - o.oc0, TileOC));
    const T* next = o.next;
    for (index_t oc = o.oc0; oc < o.oc1; oc += TileOC, next += share * p.positions) {
      const index_t asked = rest((oc - o.oc0) / TileOC * share, share, o.IC);
      const T* const weight = c.packed + ((o.g * ceil_div(p.OC, TileOC) + oc / TileOC) * p.IC + o.ic0) * TileOC;
      const Finish own = epilogue.from(o.g * p.OC + oc);
      T* const y = o.y + oc * p.positions;
      const flat_sums sums{rest(oc, TileOC, p.OC), o.ic0 == 0, c.stream};
      index_t q = 0;
      const auto part = [&](index_t begin) {
        flat_tile<TileOC, 1, T>::run_part(o.x + q, o.pitch, o.IC, weight, own, y + q, p.positions, sums,
                                          lane_range<T>(begin, count - q));
        q += lanes<T>;
      };
      if (first > 0) part(first);
      for (; q + tile_positions <= count; q += tile_positions) {
        ask_for(next + q, p.positions, asked);
        flat_tile<TileOC, Vectors, T>::run(o.x + q, o.pitch, o.IC, weight, own, y + q, p.positions, sums);
      }
      while (q < count) part(0);
    }
  }

  static void ask_for(const T* x, index_t pitch, index_t channels) {
    for (index_t ic = 0; ic < channels; ++ic) {
      for (index_t i = 0; i < tile_positions; i += line) simd::prefetch(x + ic * pitch + i);
    }
  }
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
