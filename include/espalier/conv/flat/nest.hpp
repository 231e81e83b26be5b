// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The convolution of extent 1 without stride and padding: a matrix times a matrix whose rows are channels.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/flat/cut.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/flat_tile.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. All but the tile is known at run time.
template <index_t TileOC, index_t Vectors, class T>
struct flat_nest {
  static constexpr index_t tile_positions = Vectors * lanes<T>;

  using cut_type = flat_blocking;
  static cut_type cut(const correlation& p, index_t workers) {
    return flat_blocks_for<T>(p, TileOC, tile_positions, workers);
  }

  /// x (N, groups IC, positions), packed (groups, OC blocks, IC, TileOC), y (N, groups OC, positions), scratch:
  /// `elements` for each worker, from a cache line on.
  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const flat_blocking& b, const T* x, const T* packed, const Finish& epilogue,
                  T* y, T* scratch, const E& executor) {
    call<Finish> c{p, b, x, packed, epilogue, y, 0, false};
    // Where all channels of the output have the same alignment, the first vector is cut so that the others are aligned.
    const std::uintptr_t off = reinterpret_cast<std::uintptr_t>(y) % sizeof(batch<T>);
    if (b.positions % lanes<T> == 0 && off % sizeof(T) == 0) {
      c.lead = static_cast<index_t>(off / sizeof(T));
      c.stream = b.ic == p.in && stores_past_caches<T>(p.size());
    }
    executor.run(b.tasks, [&c, scratch](index_t number, index_t worker) {
      run_task(c, number, scratch + worker * c.b.elements);
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  template <class Finish>
  struct call {
    const correlation& p;
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
    const correlation& p = c.p;
    const index_t at = number % c.b.ranges * c.b.range;
    number /= c.b.ranges;
    const index_t shares = ceil_div(p.out, c.b.oc);
    const index_t oc0 = number % shares * c.b.oc, image = number / shares;
    const T* const x = c.x + image * p.in * c.b.positions;
    // Vectors start at multiples of their size from -lead on; the last range takes what that moves past its end.
    const index_t begin = at - c.lead, end = at + c.b.range < c.b.positions ? begin + c.b.range : c.b.positions;
    for (index_t q0 = begin; q0 < end; q0 += c.b.block) {
      const index_t count = rest(q0, c.b.block, end), first = q0 < 0 ? -q0 : 0;
      for (index_t ic0 = 0; ic0 < p.in; ic0 += c.b.ic) {
        operands o{x + ic0 * c.b.positions + q0,
                   c.b.positions,
                   x + ic0 * c.b.positions + q0 + c.b.block,
                   ic0,
                   rest(ic0, c.b.ic, p.in),
                   image % p.groups,
                   oc0,
                   oc0 + rest(oc0, c.b.oc, p.out),
                   c.y + image * p.out * c.b.positions + q0};
        if (!c.b.in_place) {
          for (index_t ic = 0; ic < o.IC; ++ic) {
            copy_vectors(o.x + ic * c.b.positions, first, count, scratch + ic * c.b.template pitch<T>());
          }
          o.x = scratch;
          o.pitch = c.b.template pitch<T>();
        }
        if (ic0 + o.IC == p.in) {
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
    const correlation& p = c.p;
    // Each block of output channels asks for its share of the next block of positions while it computes.
    const index_t share = ceil_div(o.IC, ceil_div(o.oc1 - o.oc0, TileOC));
    const T* next = o.next;
    for (index_t oc = o.oc0; oc < o.oc1; oc += TileOC, next += share * c.b.positions) {
      const index_t asked = rest((oc - o.oc0) / TileOC * share, share, o.IC);
      const T* const weight = c.packed + ((o.g * ceil_div(p.out, TileOC) + oc / TileOC) * p.in + o.ic0) * TileOC;
      const Finish own = epilogue.from(o.g * p.out + oc);
      T* const y = o.y + oc * c.b.positions;
      const flat_sums sums{rest(oc, TileOC, p.out), o.ic0 == 0, c.stream};
      index_t q = 0;
      const auto some_lanes = [&](index_t begin) {
        flat_tile<TileOC, 1, T>::run_lanes(o.x + q, o.pitch, o.IC, weight, own, y + q, c.b.positions, sums,
                                           lane_range<T>(begin, count - q));
        q += lanes<T>;
      };
      if (first > 0) some_lanes(first);
      for (; q + tile_positions <= count; q += tile_positions) {
        ask_for(next + q, c.b.positions, asked);
        flat_tile<TileOC, Vectors, T>::run(o.x + q, o.pitch, o.IC, weight, own, y + q, c.b.positions, sums);
      }
      while (q < count) some_lanes(0);
    }
  }

  static void ask_for(const T* x, index_t pitch, index_t channels) {
    for (index_t ic = 0; ic < channels; ++ic) {
      for (index_t i = 0; i < tile_positions; i += line_elements<T>) simd::prefetch(x + ic * pitch + i);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
