// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The direct convolution of few channels, a row tile at a time: its packed weight and its loop nest.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/row/cut.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// weight (OC, ICG, KD, KH, KW) -> packed (groups, OC, IC, KD, KW, KH) of the correlation. `Transposed`: input and
/// output channels change places, and taps are read backwards: the weight of the gradient of the input.
template <bool Transposed, class T>
void pack_columns(const correlation& p, const T* weight, T* packed) {
  const extents& K = p.taps;
  const index_t taps = K.volume();
  for (index_t g = 0; g < p.groups; ++g, weight += p.in * p.out * taps)
    for (index_t oc = 0; oc < p.out; ++oc)
      for (index_t ic = 0; ic < p.in; ++ic) {
        const T* const kernel = weight + (Transposed ? ic * p.out + oc : oc * p.in + ic) * taps;
        for (index_t kd = 0; kd < K.d; ++kd)
          for (index_t kw = 0; kw < K.w; ++kw)
            for (index_t kh = 0; kh < K.h; ++kh) {
              const index_t tap = (kd * K.h + kh) * K.w + kw;
              *packed++ = kernel[Transposed ? taps - 1 - tap : tap];
            }
      }
}

/// The loop nest of one number of kernel rows. All else is known at run time.
template <index_t TapsH, class T>
struct row_nest {
  static constexpr row_tile_shape tile = row_tile_for(TapsH);
  static constexpr index_t positions = tile.vectors * lanes<T>;

  /// Operands of one call. x (N, groups IC, ID, IH, IW), packed by `pack_columns`, y (N, groups OC, OD, OH,
  /// OW), scratch: `elements` for each worker, from a cache line on.
  template <class Finish>
  struct call {
    const correlation& p;
    row_blocking b;
    const T* x;
    const T* packed;
    Finish epilogue;
    T* y;
    T* scratch;
    /// Of pairs (kd, kw), of which a choice of row tiles allows no more.
    std::array<index_t, static_cast<std::size_t>(offset_table)> offset;
  };

  using cut_type = row_blocking;
  static cut_type cut(const correlation& p, index_t workers) {
    return row_blocks_for<T>(p, tile.rows, positions, workers);
  }

  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const row_blocking& b, const T* x, const T* packed, const Finish& epilogue,
                  T* y, T* scratch, const E& executor) {
    call<Finish> c{p, b, x, packed, epilogue, y, scratch, {}};
    index_t* next = c.offset.data();
    for (index_t kd = 0; kd < p.taps.d; ++kd) {
      for (index_t kw = 0; kw < p.taps.w; ++kw) *next++ = kd * c.b.plane.size() + c.b.plane.tap_offset(0, kw);
    }
    executor.run(c.b.tasks, [&c = std::as_const(c)](index_t number, index_t worker) {
      run_task(c, number, c.scratch + worker * c.b.elements);
    });
  }

 private:
  struct range {
    index_t n, g, od0, OD, oh0, OH, ow0, OW;
  };

  template <class Call>
  static void run_task(const Call& c, index_t number, T* scratch) {
    const correlation& p = c.p;
    const row_blocking& b = c.b;
    digits left(number);
    const axis_block w = left.take(p.outputs.w, b.ow), h = left.take(p.outputs.h, b.oh),
                     d = left.take(p.outputs.d, b.od);
    const index_t g = left.take(p.groups);
    const range t{left.last(), g, d.first, d.count, h.first, h.count, w.first, w.count};
    copy_input(p, b, c.x, t, scratch);
    const index_t plane = p.outputs.h * p.outputs.w, weights = p.in * p.taps.volume();
    for (index_t od = 0; od < t.OD; ++od) {
      // From the top; the last tile of rows moves up until it ends with the block, and computes some rows again.
      for (index_t row = 0; row < t.OH; row += tile.rows) {
        const index_t oh = row + tile.rows <= t.OH || t.OH < tile.rows ? row : t.OH - tile.rows;
        for (index_t oc = 0; oc < p.out; ++oc) {
          const index_t channel = t.g * p.out + oc;
          T* const y = c.y + ((t.n * p.groups * p.out + channel) * p.outputs.d + t.od0 + od) * plane +
                       (t.oh0 + oh) * p.outputs.w + t.ow0;
          sweep_row(c, scratch + od * b.plane.size() + oh * b.plane.pitch, c.packed + channel * weights,
                    c.epilogue.of(channel), y, t.OH - oh, t.OW);
        }
      }
    }
  }

  // One row of tiles.
  template <class Call, class Finish>
  static void sweep_row(const Call& c, const T* input, const T* weight, const Finish& finish, T* y, index_t rows,
                        index_t width) {
    for (index_t ow = 0; ow < width;) {
      const index_t left = width - ow;
      if (tile.vectors > 1 && left <= lanes<T>) {
        run_tile<1>(c, input, weight, finish, y, rows, width, ow);
        ow += lanes<T>;
      } else {
        run_tile<tile.vectors>(c, input, weight, finish, y, rows, width, ow);
        ow += positions;
      }
    }
  }
  template <index_t Vectors, class Call, class Finish>
  static void run_tile(const Call& c, const T* input, const T* weight, const Finish& finish, T* y, index_t rows,
                       index_t width, index_t ow) {
    constexpr index_t whole = Vectors * lanes<T>;
    const index_t at = ow + whole <= width || width < whole ? ow : width - whole;
    row_tile<TapsH, tile.rows, Vectors, T>::run(input + at, c.b.planes * c.b.plane.size(), c.p.in, c.offset.data(),
                                                c.p.taps.d * c.p.taps.w, c.b.plane.pitch, weight, finish, y + at,
                                                c.p.outputs.w, rows, width - at);
  }

  // Plane p of a task is input plane (od0 + o) SD - PD + kd LD with p = o + kd: one output plane, or stride 1.
  static void copy_input(const correlation& p, const row_blocking& b, const T* x, const range& t, T* to) {
    const index_t plane = p.X.h * p.X.w, step = b.od > 1 ? 1 : p.dilation.d, id0 = t.od0 * p.stride.d - p.before.d;
    const index_t rows = t.OH < tile.rows ? tile.rows : t.OH;
    for (index_t ic = 0; ic < p.in; ++ic) {
      const T* const channel = x + ((t.n * p.groups + t.g) * p.in + ic) * p.X.d * plane;
      for (index_t i = 0; i < p.taps.d + t.OD - 1; ++i) {
        copy_plane(b.plane, plane_at(p.boundary, channel, id0 + i * step, p.X.d, plane), p.X.h, p.X.w, t.oh0, rows,
                   t.ow0, t.OW, to + (ic * b.planes + i) * b.plane.size());
      }
    }
    // Read by tiles that reach past the last row, and dropped: defined, so that no garbage slows the arithmetic down.
    T* const end = to + ((p.in - 1) * b.planes + p.taps.d + t.OD - 1) * b.plane.size();
    fill_zero(end, positions + b.plane.pitch);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
