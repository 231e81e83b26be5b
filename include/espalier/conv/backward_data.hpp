// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the input: a direct convolution of the output's gradient with the transposed weight.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/channel/nest.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation_problem.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/flat/nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/phases.hpp>
#include <espalier/conv/plane/cut.hpp>
#include <espalier/conv/row/nest.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/conv/weight/packed_order.hpp>
#include <espalier/conv/weight/phased_order.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The loops over elements: channels change places, and one copy of the rows serves every phase.
[[nodiscard]] constexpr loop_bounds transposed_loops(const conv3d& config) {
  const transposed_axes axes(config);
  loop_bounds l;
  l.groups = config.groups;
  l.in = config.out_channels / config.groups;
  l.out = config.in_channels / config.groups;
  l.taps = config.kernel_size.volume();
  l.tap_rows = config.kernel_size.d * config.kernel_size.h;
  l.planes = axes.planes();
  l.sliding = axes.sliding();
  l.h = axes.h.rows();
  l.w = axes.w.rows();
  l.phases_w = axes.w.phases();
  l.phases = axes.d.phases() * axes.h.phases() * axes.w.phases();
  return l;
}

/// The loop nest of one tile shape, as `forward_nest`. In its names IC are the channels of the input's gradient, which
/// are computed, and OC those of the output's gradient, which are summed over.
template <index_t TileIC, index_t Vectors, class T>
struct backward_data_nest {
  /// Operands of one call. grad_y (N, OC, OD, OH, OW), packed (groups, IC blocks, phases, OCG, taps of the phase,
  /// TileIC), grad_x (N, IC, ID, IH, IW), scratch: `worker_elements` for each worker, from a cache line on.
  struct call {
    conv3d config;
    transposed_axes axes;
    blocking b;
    dims5 X, Y, elements;
    const T* grad_y;
    const T* packed;
    T* grad_x;
    T* scratch;
    bool stream;  ///< Whole registers of grad_x go past the caches.
  };

  template <Executor E>
  static void run(const call& c, const E& executor) {
    executor.run(c.b.tasks, [&c](index_t number, index_t worker) {
      run_task(c, task_at(c.b, c.config.groups, c.elements, number), c.scratch + worker * c.b.worker_elements());
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
    const index_t together = b.taps <= tap_table ? a.w.phases() : 1;
    for (index_t oc0 = 0; oc0 < b.ICG; oc0 += b.ic) {
      row_phases r{};
      r.channel0 = oc0;
      r.channels = rest(oc0, b.ic, b.ICG);
      copy_rows(c, t, oc0, r.channels, scratch);
      for (r.d = 0; r.d < a.d.phases(); ++r.d)
        for (r.h = 0; r.h < a.h.phases(); ++r.h)
          for (r.w0 = 0; r.w0 < a.w.phases(); r.w0 += together) {
            r.w1 = r.w0 + together;
            const index_t taps = a.taps({r.d, r.h, r.w0});
            for (r.tap0 = 0; r.tap0 < taps; r.tap0 += tap_table) {
              r.first = oc0 == 0 && r.tap0 == 0;
              r.last = oc0 + r.channels == b.ICG && r.tap0 + tap_table >= taps;
              run_rows(c, t, r, scratch);
            }
          }
    }
    fill_unread(c, t);
  }

  static void run_rows(const call& c, const task_range& t, const row_phases& r, T* scratch) {
    const blocking& b = c.b;
    std::array<index_t, static_cast<std::size_t>(tap_table)> offset;
    index_t* next = offset.data();
    for (index_t w = r.w0; w < r.w1; ++w) {
      const index_t taps = c.axes.taps({r.d, r.h, w});
      for (index_t i = 0; i < rest(r.tap0, tap_table, taps); ++i) {
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
        const index_t taps = c.axes.taps(phase), listed = rest(r.tap0, tap_table, taps);
        for (index_t ic = ic0; ic < ic0 + IC; ic += TileIC) {
          const T* const block = c.packed + (t.g * b.oc_blocks() + ic / TileIC) * b.block_size();
          const T* const weight = block + (c.axes.taps_before(phase) * b.ICG + r.channel0 * taps + r.tap0) * TileIC;
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
    const T* grad_y = c.grad_y + (t.n * Y.c + t.g * b.ICG + oc0) * Y.d * Y.h * Y.w;
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
    const index_t stride = c.axes.w.forward.stride, iw0 = c.axes.w.position(t.ow0, 0);
    for (index_t o = 0; o < rest(ic, TileIC, c.b.OCG); ++o) {
      T* plane = c.grad_x + ((t.n * X.c + t.g * c.b.OCG + ic + o) * X.d + id) * X.h * X.w;
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
            stream_row(row + iw + inside.begin, from + inside.begin, inside.end - inside.begin, T(0));
          } else if (stride == 1) {
            store_row(row + iw + inside.begin, from + inside.begin, inside.end - inside.begin, T(0));
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
    if (a.d.phases() == a.d.forward.stride && a.h.phases() == a.h.forward.stride &&
        a.w.phases() == a.w.forward.stride) {
      return;
    }
    const index_t d0 = edge(a.d, t.od0, X.d), d1 = edge(a.d, t.od0 + t.OD, X.d);
    const index_t h0 = edge(a.h, t.oh0, X.h), h1 = edge(a.h, t.oh0 + t.OH, X.h);
    const index_t w0 = edge(a.w, t.ow0, X.w), w1 = edge(a.w, t.ow0 + t.OW, X.w);
    for (index_t ic = t.oc0; ic < t.oc0 + t.OC; ++ic) {
      T* channel = c.grad_x + (t.n * X.c + t.g * c.b.OCG + ic) * X.d * X.h * X.w;
      for (index_t id = d0; id < d1; ++id) {
        for (index_t ih = h0; ih < h1; ++ih) {
          T* row = channel + (id * X.h + ih) * X.w;
          if (!a.d.reads(id) || !a.h.reads(ih)) {
            fill_zero(row + w0, w1 - w0);
          } else if (a.w.phases() < a.w.forward.stride) {
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

}  // namespace detail

/// `grad_x[n,ic,i] = sum over (oc, k) with o S - P + k L = i of w[oc,ic,k] grad_y[n,oc,o]` on raw pointers: the
/// transpose of `direct_forward`.
///
/// Each residue of the input position modulo the stride is a stride-1 convolution over grad_y with its own taps, so no
/// multiplication by a zero that the stride inserts is ever done, and every element of grad_x is written, with zero
/// where no product reads the input. Allocates nothing: the caller owns the packed weight and the scratch. Every sum is
/// taken in an order that is that of the static shape, from zero, whatever the executor, the number of workers and the
/// cut into tasks: results are bitwise equal. Around grad_y are zeros that take part in the sum: a NaN or infinite
/// weight makes every element whose phase has that tap NaN. Rejected when `validated<Config>` or `validated_element<T>`
/// is.
template <conv3d Config, class T>
struct direct_backward_data {
  static_assert(sizeof(validated<Config>) > 0 && sizeof(validated_element<T>) > 0, "instantiates the rules");
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};

  /// Phases are convolutions of stride 1, with fewer taps than the kernel.
  static constexpr channel_form form =
      channel_form_for(config.in_channels / config.groups,
                       config.stride == extents{1} ? config.kernel_size : extents{1}, 1, config.dilation, lanes<T>);

  /// With strides the sums of a phase are a convolution of its own, which row tiles do not know. Where one register of
  /// channels is computed with a stride along W, the turns that its phases take cost channel tiles more than their sums
  /// save (16 channels of 2^3 stride 2, AVX-512: 0.95 of along_w's speed; 32 channels of 3^3 stride 2: 1.25).
  static constexpr direct_kernel kernel = [] {
    constexpr direct_kernel fastest =
        direct_kernel_for(config.out_channels / config.groups, config.in_channels / config.groups, config.kernel_size,
                          config.stride, config.dilation, pads_of(config), lanes<T>);
    constexpr bool slow =
        fastest == direct_kernel::row_tiles ? config.stride != extents{1} : config.stride.w > 1 && form.vectors == 1;
    return slow ? direct_kernel::along_w : fastest;
  }();

  /// Elements of the packed weight.
  static constexpr index_t packed_size() {
    if constexpr (kernel == direct_kernel::row_tiles) return weight_shape_of(config).size();
    return detail::ceil_div(config.in_channels / config.groups, block) * block * config.out_channels *
           config.kernel_size.volume();
  }

  /// Reorders weight (OC, ICG, KD, KH, KW), the one the forward used, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) {
    if constexpr (kernel == direct_kernel::row_tiles) {
      pack_columns<true>(problem({}, {}), weight, packed);
    } else {
      copy_columns(weight, config.kernel_size.volume(), block_sink(packed));
    }
  }

  /// What packs the blocks of a weight as `pack` does while they are still in tiles, in the order it wants.
  static constexpr auto block_sink(T* packed)
  requires(kernel != direct_kernel::row_tiles)
  {
    return detail::transposed_columns<config>(block, packed);
  }

  /// Elements of scratch `run` needs for a forward input of this shape and a team of `workers`; throws as `output_dims`
  /// does.
  static index_t scratch_size(dims5 input, index_t workers) {
    const dims5 output = output_dims(config, input);
    if constexpr (kernel == direct_kernel::row_tiles) {
      return row_nest::scratch_size(problem(input, output), workers);
    } else if constexpr (kernel == direct_kernel::flat) {
      return flat_nest::scratch_size(flat(input), workers);
    } else if constexpr (kernel == direct_kernel::channel_tiles) {
      return input.size() == 0 ? 0 : channel_nest::scratch_size(backward_problems(config, input, output), workers);
    } else {
      if (input.size() == 0) return 0;
      // Room to start at a cache line wherever the caller's buffer starts.
      return (workers > 1 ? workers : 1) * cut(input, workers).worker_elements() +
             static_cast<index_t>(alignment / sizeof(T));
    }
  }

  /// Whether parts of the weight can be packed when they are needed, and the elements of a part if a call would read
  /// each once, else 0.
  static constexpr bool takes_parts = kernel == direct_kernel::channel_tiles && config.stride == extents{1};
  static index_t part_size(dims5 input, index_t workers) {
    if (input.size() == 0) return 0;
    return channel_nest::part_size(backward_problems(config, input, output_dims(config, input)), workers);
  }

  /// As `run`, with weights from anywhere.
  template <Executor E>
  static void run_parts(const T* grad_y, dims5 input, const weight_source<T>& weights, T* grad_x, T* scratch,
                        const E& executor) {
    if (input.size() == 0) return;
    const backward_problems problems(config, input, output_dims(config, input));
    const index_t volume = input.d * input.h * input.w;
    if (problems.skips()) {
      executor.run(input.n * input.c,
                   [=](index_t number, index_t) { detail::fill_zero(grad_x + number * volume, volume); });
    }
    const T* const no_bias = nullptr;
    channel_nest::run(problems, grad_y, weights, no_bias, grad_x, scratch, executor);
  }

  /// grad_y (N, OC, OD, OH, OW), input: shape of the forward's input, packed as `pack` left it, grad_x (N, IC, ID, IH,
  /// IW): overwritten, scratch of `scratch_size(input, executor.workers())` elements. No two of them overlap. Throws
  /// before anything is written.
  template <Executor E>
  static void run(const T* grad_y, dims5 input, const T* packed, T* grad_x, T* scratch, const E& executor) {
    const dims5 output = output_dims(config, input);
    if constexpr (kernel == direct_kernel::row_tiles) {
      const T* const no_bias = nullptr;
      row_nest::run(problem(input, output), grad_y, packed, no_bias, grad_x, scratch, executor);
    } else if constexpr (kernel == direct_kernel::flat) {
      const T* const no_bias = nullptr;
      flat_nest::run(flat(input), grad_y, packed, no_bias, grad_x, scratch, executor);
    } else if constexpr (kernel == direct_kernel::channel_tiles) {
      run_parts(grad_y, input, {packed}, grad_x, scratch, executor);
    } else {
      if (input.size() == 0) return;
      const blocking b = cut(input, static_cast<index_t>(executor.workers()));
      while (reinterpret_cast<std::uintptr_t>(scratch) % alignment != 0) ++scratch;
      using nest = detail::backward_data_nest<tile.oc, tile.vectors, T>;
      const transposed_axes axes(config);
      nest::run(typename nest::call{config, axes, b, input, output, axes.elements(input), grad_y, packed, grad_x,
                                    scratch, stores_past_caches<T>(input.size())},
                executor);
    }
  }

 private:
  static constexpr register_tile tile = tile_for(config.in_channels / config.groups);
  using row_nest = detail::row_nest<config.kernel_size.h, T>;
  using flat_nest = detail::flat_nest<tile.oc, tile.vectors, T>;

  static constexpr flat_problem flat(dims5 input) {
    return {input.n, config.groups, config.out_channels / config.groups, config.in_channels / config.groups,
            input.d * input.h * input.w};
  }
  using channel_nest = detail::channel_nest<form.vectors, form.step, form.columns, T>;

  /// Channels of the result that the packed weight interleaves.
  static constexpr index_t block = kernel == direct_kernel::channel_tiles ? form.vectors * lanes<T> : tile.oc;

  static blocking cut(dims5 input, index_t workers) {
    constexpr transposed_axes axes(config);
    return block_for<T>(detail::transposed_loops(config), axes.elements(input), workers);
  }

  /// A correlation of grad_y with the taps read backwards: `(K - 1) L - P` zeros before it.
  static constexpr row_problem problem(dims5 input, dims5 output) {
    const extents &K = config.kernel_size, &L = config.dilation, before = pads_of(config).before;
    return {config.groups,
            config.out_channels / config.groups,
            config.in_channels / config.groups,
            K,
            1,
            L,
            {(K.d - 1) * L.d - before.d, (K.h - 1) * L.h - before.h, (K.w - 1) * L.w - before.w},
            output,
            input};
  }
};

}  // namespace esp::inline ESPALIER_ABI
