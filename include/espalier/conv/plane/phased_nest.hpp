// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the gradient of the input with lanes along W and a stride: the phases of a row together.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/phases.hpp>
#include <espalier/conv/plane/cut.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What the phases read and compute together, as one correlation of stride 1 over elements. Its taps are all outputs
/// within reach of an element, of which each phase uses some: it says what is copied and which tasks there are.
[[nodiscard]] inline correlation phases_together(const backward_problems& p) {
  const transposed_axes& axes = p.axes;
  const stride_axis h = axes.h.rows(), w = axes.w.rows();
  const dims5 elements = axes.elements(p.input);
  correlation c;
  c.groups = p.config.groups;
  c.in = p.config.out_channels / c.groups;
  c.out = p.config.in_channels / c.groups;
  c.taps = {axes.planes(), h.kernel, w.kernel};
  // Above 1 where each tap's plane is a copy of its own.
  c.dilation.d = ceil_div(axes.d.strided.dilation, axes.d.strided.stride);
  c.before = {axes.d.reach() - axes.d.first(), h.before, w.before};
  c.X = p.output;
  c.outputs = {elements.d, elements.h, elements.w};
  return c;
}

/// The taps of the phases: one copy of the rows serves every phase.
[[nodiscard]] inline tap_lists phased_taps(const backward_problems& p) {
  const extents& K = p.config.kernel_size;
  return {K.volume(), K.d * K.h, p.count(), p.axes.w.phases()};
}

/// The loop nest of one tile shape, as `forward_nest`, for strides: without any the gradient is one correlation, and
/// `forward_nest` computes it.
///
/// Phases are a list of correlations and could be computed one after the other. But one copy of grad_y serves all, and
/// a row of the result is filled at once, where a phase alone would leave gaps in each cache line: hence the phases of
/// a row meet a tile of the input together, each with taps and sums of its own. In the names of this nest IC are the
/// channels of the input's gradient, which are computed, and OC those of the output's gradient, which are summed over.
template <index_t TileIC, index_t Vectors, class T>
struct backward_data_nest {
  /// Operands of one call. grad_y (N, OC, OD, OH, OW), packed (groups, IC blocks, phases, OCG, taps of the phase,
  /// TileIC), grad_x (N, IC, ID, IH, IW), scratch: `worker_elements` for each worker, from a cache line on.
  struct call {
    const correlation& together;
    const transposed_axes& axes;
    blocking b;
    dims5 X, Y;
    const T* grad_y;
    const T* packed;
    T* grad_x;
    T* scratch;
    bool stream;  ///< Whole registers of grad_x go past the caches.
  };

  using cut_type = blocking;
  static cut_type cut(const backward_problems& p, index_t workers) {
    return block_for<T>(phases_together(p), phased_taps(p), workers);
  }

  template <Executor E>
  static void run(const backward_problems& p, const blocking& b, const T* grad_y, const T* packed, T* grad_x,
                  T* scratch, const E& executor) {
    const correlation together = phases_together(p);
    const bool stream = stores_past_caches<T>(p.input.size());
    const call c{together, p.axes, b, p.input, p.output, grad_y, packed, grad_x, scratch, stream};
    executor.run(c.b.tasks, [&c](index_t number, index_t worker) {
      run_task(c, task_at(c.together, c.b, number), c.scratch + worker * c.b.worker_elements());
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  /// The phases of a row that are computed together, and what one table holds of their taps.
  struct row_phases {
    index_t d, h, w0, w1;
    index_t tap0;
    index_t channel0, channels;
    bool first, last;
  };

  static void run_task(const call& c, const task_range& t, T* scratch) {
    const blocking& b = c.b;
    const transposed_axes& a = c.axes;
    // All phases of a row together where one table holds their taps, so that a row of the result is filled at once.
    const index_t together = b.taps <= offset_table ? a.w.phases() : 1;
    for (index_t oc0 = 0; oc0 < b.in; oc0 += b.ic) {
      row_phases r{};
      r.channel0 = oc0;
      r.channels = rest(oc0, b.ic, b.in);
      copy_rows(c, t, oc0, r.channels, scratch);
      for (r.d = 0; r.d < a.d.phases(); ++r.d)
        for (r.h = 0; r.h < a.h.phases(); ++r.h)
          for (r.w0 = 0; r.w0 < a.w.phases(); r.w0 += together) {
            r.w1 = r.w0 + together;
            const index_t taps = a.taps({r.d, r.h, r.w0});
            for (r.tap0 = 0; r.tap0 < taps; r.tap0 += offset_table) {
              r.first = oc0 == 0 && r.tap0 == 0;
              r.last = oc0 + r.channels == b.in && r.tap0 + offset_table >= taps;
              run_rows(c, t, r, scratch);
            }
          }
    }
    fill_unread(c, t);
  }

  static void run_rows(const call& c, const task_range& t, const row_phases& r, T* scratch) {
    const blocking& b = c.b;
    std::array<index_t, static_cast<std::size_t>(offset_table)> offset;
    index_t* next = offset.data();
    for (index_t w = r.w0; w < r.w1; ++w) {
      const index_t taps = c.axes.taps({r.d, r.h, w});
      for (index_t i = 0; i < rest(r.tap0, offset_table, taps); ++i) {
        const tap_index k = c.axes.tap({r.d, r.h, w}, r.tap0 + i);
        *next++ = c.axes.plane_of(k.d) * b.plane.size() + b.plane.tap_offset(c.axes.h.lag(k.h), c.axes.w.lag(k.w));
      }
    }
    for (index_t od = 0; od < t.OD; ++od) {
      // Sums that wait have a place for every block of channels: then all blocks meet a tile of the input at once.
      const index_t together = b.one_pass ? TileIC : t.OC;
      for (index_t ic = t.oc0; ic < t.oc0 + t.OC; ic += together) {
        sweep(c, t, r, ic, rest(ic, together, t.oc0 + t.OC), od, offset.data(), scratch);
        if (!r.last) continue;
        for (index_t i = ic; i < rest(ic, together, t.oc0 + t.OC) + ic; i += TileIC) store(c, t, r, i, od, scratch);
      }
    }
  }

  // All positions of some blocks of channels. The phases of a row meet a tile of the input one after the other.
  static void sweep(const call& c, const task_range& t, const row_phases& r, index_t ic0, index_t IC, index_t od,
                    const index_t* offset, T* scratch) {
    const blocking& b = c.b;
    const index_t positions = (t.OH - 1) * b.plane.pitch + t.OW;
    for (index_t q = 0; q < positions; q += Vectors * lanes<T>) {
      const index_t* list = offset;
      for (index_t w = r.w0; w < r.w1; ++w) {
        const tap_index phase{r.d, r.h, w};
        const index_t taps = c.axes.taps(phase), listed = rest(r.tap0, offset_table, taps);
        for (index_t ic = ic0; ic < ic0 + IC; ic += TileIC) {
          const T* const block = c.packed + (t.g * b.oc_blocks() + ic / TileIC) * b.block_size();
          const T* const weight = block + (c.axes.taps_before(phase) * b.in + r.channel0 * taps + r.tap0) * TileIC;
          microkernel<TileIC, Vectors, T>::run(scratch + od * b.plane.size() + q, b.planes * b.plane.size(), r.channels,
                                               list, listed, weight, taps * TileIC,
                                               sums_of(c, t, r, ic, w, scratch) + q, b.sum_pitch, !r.first);
        }
        list += listed;
      }
    }
  }

  // Sums that wait for more channels have a place of their own; else the phases of a row have one each.
  static T* sums_of(const call& c, const task_range& t, const row_phases& r, index_t ic, index_t w, T* scratch) {
    const blocking& b = c.b;
    const index_t phase = (r.d * c.axes.h.phases() + r.h) * c.axes.w.phases() + w;
    const index_t channels = ceil_div(b.oc, TileIC) * TileIC;
    const index_t row = b.one_pass ? (w - r.w0) * TileIC : phase * channels + ic - t.oc0;
    return scratch + b.input_elements + row * b.sum_pitch;
  }

  static void copy_rows(const call& c, const task_range& t, index_t oc0, index_t channels, T* to) {
    const blocking& b = c.b;
    const dims5& Y = c.Y;
    const T* grad_y = c.grad_y + (t.n * Y.c + t.g * b.in + oc0) * Y.d * Y.h * Y.w;
    const index_t planes = c.axes.planes() + t.OD - 1;
    for (index_t oc = 0; oc < channels; ++oc) {
      for (index_t p = 0; p < planes; ++p) {
        const index_t od = c.axes.source_plane(t.od0, p);
        const T* plane = od >= 0 && od < Y.d ? grad_y + (oc * Y.d + od) * Y.h * Y.w : nullptr;
        copy_plane(b.plane, plane, Y.h, Y.w, t.oh0, t.OH, t.ow0, t.OW, to + (oc * b.planes + p) * b.plane.size());
      }
    }
    // Read by the last tile and dropped: defined, so that no signalling garbage slows the arithmetic down.
    T* const end = to + ((channels - 1) * b.planes + planes) * b.plane.size();
    for (index_t v = 0; v < Vectors; ++v) simd::store_unaligned(end + v * lanes<T>, simd::broadcast(T(0)));
  }

  // The sums of all phases that were computed together, for one block of channels.
  static void store(const call& c, const task_range& t, const row_phases& r, index_t ic, index_t od, T* scratch) {
    const dims5& X = c.X;
    const index_t id = c.axes.d.position(t.od0 + od, c.axes.d.residue(r.d));
    if (id < 0 || id >= X.d) return;
    constexpr auto keep = no_epilogue<T>.of(0);
    const index_t stride = c.axes.w.strided.stride, iw0 = c.axes.w.position(t.ow0, 0);
    for (index_t o = 0; o < rest(ic, TileIC, c.b.out); ++o) {
      T* plane = c.grad_x + ((t.n * X.c + t.g * c.b.out + ic + o) * X.d + id) * X.h * X.w;
      for (index_t oh = 0; oh < t.OH; ++oh) {
        const index_t ih = c.axes.h.position(t.oh0 + oh, c.axes.h.residue(r.h));
        if (ih < 0 || ih >= X.h) continue;
        T* const row = plane + ih * X.w;
        const auto sums = [&](index_t w) {
          return sums_of(c, t, r, ic, w, scratch) + o * c.b.sum_pitch + oh * c.b.plane.pitch;
        };
        if (stride == 2 && r.w1 - r.w0 == 2) {
          interleave_row(sums(0), sums(1), t.OW, row, iw0, X.w, c.stream);
          continue;
        }
        for (index_t w = r.w0; w < r.w1; ++w) {
          const index_t iw = iw0 + c.axes.w.residue(w);
          const inside_range inside(iw, stride, X.w, t.OW);
          const T* const from = sums(w);
          if (stride == 1 && c.stream) {
            stream_row(row + iw + inside.begin, from + inside.begin, inside.end - inside.begin, keep);
          } else if (stride == 1) {
            store_row(row + iw + inside.begin, from + inside.begin, inside.end - inside.begin, keep);
          } else {
            for (index_t i = inside.begin; i < inside.end; ++i) row[iw + i * stride] = from[i];
          }
        }
      }
    }
  }

  // Zeros at the positions that no tap reads.
  static void fill_unread(const call& c, const task_range& t) {
    const transposed_axes& a = c.axes;
    const dims5& X = c.X;
    if (a.d.phases() == a.d.strided.stride && a.h.phases() == a.h.strided.stride &&
        a.w.phases() == a.w.strided.stride) {
      return;
    }
    const index_t d0 = edge(a.d, t.od0, X.d), d1 = edge(a.d, t.od0 + t.OD, X.d);
    const index_t h0 = edge(a.h, t.oh0, X.h), h1 = edge(a.h, t.oh0 + t.OH, X.h);
    const index_t w0 = edge(a.w, t.ow0, X.w), w1 = edge(a.w, t.ow0 + t.OW, X.w);
    for (index_t ic = t.oc0; ic < t.oc0 + t.OC; ++ic) {
      T* channel = c.grad_x + (t.n * X.c + t.g * c.b.out + ic) * X.d * X.h * X.w;
      for (index_t id = d0; id < d1; ++id) {
        for (index_t ih = h0; ih < h1; ++ih) {
          T* row = channel + (id * X.h + ih) * X.w;
          if (!a.d.reads(id) || !a.h.reads(ih)) {
            fill_zero(row + w0, w1 - w0);
          } else if (a.w.phases() < a.w.strided.stride) {
            for (index_t iw = w0; iw < w1; ++iw) {
              if (!a.w.reads(iw)) row[iw] = T(0);
            }
          }
        }
      }
    }
  }

  // First position of an element, moved into the axis.
  static index_t edge(const transposed_axis& axis, index_t element, index_t size) {
    return clamp_index(axis.position(element, 0), 0, size);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
