// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the input: a direct convolution of the output's gradient with the transposed weight.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/channel/nest.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation_problem.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/flat/nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/phases.hpp>
#include <espalier/conv/plane/cut.hpp>
#include <espalier/conv/plane/phased_nest.hpp>
#include <espalier/conv/row/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/weight/packed_order.hpp>
#include <espalier/conv/weight/phased_order.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

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
    channel_nest::run(problems, grad_y, weights, detail::no_epilogue<T>, grad_x, scratch, executor);
  }

  /// grad_y (N, OC, OD, OH, OW), input: shape of the forward's input, packed as `pack` left it, grad_x (N, IC, ID, IH,
  /// IW): overwritten, scratch of `scratch_size(input, executor.workers())` elements. No two of them overlap. Throws
  /// before anything is written.
  template <Executor E>
  static void run(const T* grad_y, dims5 input, const T* packed, T* grad_x, T* scratch, const E& executor) {
    const dims5 output = output_dims(config, input);
    if constexpr (kernel == direct_kernel::row_tiles) {
      row_nest::run(problem(input, output), grad_y, packed, detail::no_epilogue<T>, grad_x, scratch, executor);
    } else if constexpr (kernel == direct_kernel::flat) {
      flat_nest::run(flat(input), grad_y, packed, detail::no_epilogue<T>, grad_x, scratch, executor);
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
