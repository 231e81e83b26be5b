// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The direct convolution of few channels, a row tile at a time: its packed weight and its loop nest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/row/cut.hpp>
#include <espalier/conv/row/in_place.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// weight (OC, ICG, KD, KH, KW) -> packed (groups, OC, IC, KD, KW, KH) of the correlation, without the taps that
/// `Columns` does not have. `Transposed`: input and output channels change places, and taps are read backwards: the
/// weight of the gradient of the input.
template <bool Transposed, class Columns, class T>
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
              if (Columns::has(tap)) *packed++ = kernel[Transposed ? taps - 1 - tap : tap];
            }
      }
}

/// Operands of one call. x (N, groups IC, ID, IH, IW), packed by `pack_columns`, y (N, groups OC, OD, OH, OW), scratch:
/// `elements` for each worker, from a cache line on.
template <class T, class Finish>
struct row_call {
  const correlation& p;
  row_blocking b;
  const T* x;
  const T* packed;
  Finish epilogue;
  T* y;
  T* scratch;
  index_t weights;  ///< Of an output channel.
  bool stream;      ///< y is stored past the caches where its rows are aligned.
  /// Of columns (kd, kw), of which a choice of row tiles allows no more.
  std::array<index_t, static_cast<std::size_t>(offset_table)> offset;
};

/// The loop nest of one set of columns. All else is known at run time. Large volumes are read where they lie, with
/// these ends, unless there are none.
template <class Columns, class T, row_ends Ends>
struct row_nest {
  static constexpr row_tile_shape tile = row_tile_for(Columns::taps_h);
  static constexpr index_t positions = tile.vectors * lanes<T>;

  using cut_type = row_blocking;
  static cut_type cut(const correlation& p, index_t workers) {
    if (Ends != row_ends::none && pays_in_place<T>(p, p.in * Columns::taps(p.taps))) {
      return row_slabs_for<T>(p, tile.rows, positions, workers);
    }
    return row_blocks_for<T>(p, tile.rows, positions, workers);
  }

  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const row_blocking& b, const T* x, const T* packed, const Finish& epilogue,
                  T* y, T* scratch, const E& executor) {
    row_call<T, Finish> c{
        p, b, x, packed, epilogue, y, scratch, p.in * Columns::taps(p.taps), stores_past_caches<T>(p.size()), {}};
    index_t* next = c.offset.data();
    for (index_t kd = 0; kd < p.taps.d; ++kd) {
      for (index_t kw = 0; kw < p.taps.w; ++kw) {
        *next++ = b.in_place ? kd * p.dilation.d * p.X.h * p.X.w + kw * p.dilation.w
                             : kd * b.plane.size() + b.plane.tap_offset(0, kw);
      }
    }
    executor.run(c.b.tasks, [&c = std::as_const(c)](index_t number, index_t worker) {
      T* const own = c.scratch + worker * c.b.elements;
      if constexpr (Ends != row_ends::none) {
        if (c.b.in_place) read_task(c, range_of(c, number), own);
      }
      if (!c.b.in_place) copy_task(c, range_of(c, number), own);
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  struct range {
    index_t n, g, od0, OD, oh0, OH, ow0, OW;
  };

  template <class Call>
  static range range_of(const Call& c, index_t number) {
    digits left(number);
    const axis_block w = left.take(c.p.outputs.w, c.b.ow), h = left.take(c.p.outputs.h, c.b.oh),
                     d = left.take(c.p.outputs.d, c.b.od);
    const index_t g = left.take(c.p.groups);
    return {left.last(), g, d.first, d.count, h.first, h.count, w.first, w.count};
  }
  template <class Call>
  static const T* group_of(const Call& c, const range& t) {
    return c.x + (t.n * c.p.groups + t.g) * c.p.in * c.p.X.d * c.p.X.h * c.p.X.w;
  }
  // From the top; the last tile of rows moves up until it ends with the block, and computes some rows again.
  static index_t row_of(index_t row, index_t OH) {
    return row + tile.rows <= OH || OH < tile.rows ? row : OH - tile.rows;
  }

  // One row of tiles, from row `oh` of the task on, of output channel `oc` of its group.
  template <row_ends Beside, class Call>
  static void sweep(const Call& c, const range& t, const row_tile_input<T>& in, index_t oc, index_t od, index_t oh) {
    const extents& Y = c.p.outputs;
    const index_t channel = t.g * c.p.out + oc, width = t.OW;
    T* const y = c.y + (((t.n * c.p.groups * c.p.out + channel) * Y.d + t.od0 + od) * Y.h + t.oh0 + oh) * Y.w + t.ow0;
    const bool aligned = reinterpret_cast<std::uintptr_t>(y) % sizeof(batch<T>) == 0 && Y.w % lanes<T> == 0;
    const row_tile_output<T> out{y, Y.w, t.OH - oh, width, c.stream && aligned};
    const T* const weight = c.packed + channel * c.weights;
    const auto finish = c.epilogue.of(channel);
    const index_t whole = width / positions, left = width - whole * positions;
    if (whole > 0) run_tiles<Beside, tile.vectors>(in, 0, whole, weight, finish, out);
    if (left == 0) return;
    // The last tile moves back into the row, so that it begins at no multiple of a register.
    row_tile_output<T> last = out;
    last.stream = false;
    if (tile.vectors > 1 && left <= lanes<T>) {
      run_tiles<Beside, 1>(in, width < lanes<T> ? 0 : width - lanes<T>, 1, weight, finish, last);
    } else {
      run_tiles<Beside, tile.vectors>(in, width < positions ? 0 : width - positions, 1, weight, finish, last);
    }
  }
  template <row_ends Beside, index_t Vectors, class Finish>
  static void run_tiles(const row_tile_input<T>& in, index_t at, index_t tiles, const T* weight, const Finish& finish,
                        const row_tile_output<T>& out) {
    row_tile<Columns, tile.rows, Vectors, Beside, T>::run(in, at, tiles, weight, finish, out);
  }

  // Rows outermost: a tile reads most of what the one before it, of the plane before, has left in the first cache.
  template <class Call>
  static void read_task(const Call& c, const range& t, T* scratch) {
    const index_t outputs = t.OW > positions ? t.OW : positions;
    in_place_rows<T> rows(c.p, c.b, group_of(c, t), c.offset.data(), t.ow0, outputs, scratch);
    for (index_t row = 0; row < t.OH; row += tile.rows) {
      const index_t oh = row_of(row, t.OH);
      for (index_t od = 0; od < t.OD; ++od) {
        const row_tile_input<T>& in = rows.at(t.od0 + od, t.oh0 + oh);
        for (index_t oc = 0; oc < c.p.out; ++oc, rows.again()) sweep<Ends>(c, t, in, oc, od, oh);
      }
    }
  }

  template <class Call>
  static void copy_task(const Call& c, const range& t, T* scratch) {
    const correlation& p = c.p;
    const row_blocking& b = c.b;
    copy_input(p, b, group_of(c, t), t, scratch);
    row_tile_input<T> in;
    in.taps = p.taps;
    in.channels = p.in;
    in.offset = c.offset.data();
    in.channel = b.planes * b.plane.size();
    in.pitch = b.plane.pitch;
    for (index_t row = 0; row < t.OH; row += tile.rows) {
      const index_t oh = row_of(row, t.OH);
      for (index_t od = 0; od < t.OD; ++od) {
        in.first = scratch + od * b.plane.size() + oh * b.plane.pitch;
        for (index_t oc = 0; oc < p.out; ++oc) sweep<row_ends::none>(c, t, in, oc, od, oh);
      }
    }
  }

  // Plane p of a task is input plane (od0 + o) SD - PD + kd LD with p = o + kd: one output plane, or stride 1.
  static void copy_input(const correlation& p, const row_blocking& b, const T* x, const range& t, T* to) {
    const index_t plane = p.X.h * p.X.w, step = b.od > 1 ? 1 : p.dilation.d, id0 = t.od0 * p.stride.d - p.before.d;
    const index_t rows = t.OH < tile.rows ? tile.rows : t.OH;
    for (index_t ic = 0; ic < p.in; ++ic) {
      const T* const channel = x + ic * p.X.d * plane;
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
