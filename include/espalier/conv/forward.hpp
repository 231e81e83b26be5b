// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The direct forward convolution for a static configuration: packing, and the family that computes it.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/channel/nest.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/correlation_problem.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/flat/nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/plane/cut.hpp>
#include <espalier/conv/plane/nest.hpp>
#include <espalier/conv/row/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/weight/packed_order.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

/// `y[n,oc,o] = sum over (ic, kd, kh, kw) of w[oc,ic,k] x[n,ic,o S - P + k L] + bias[oc]` on raw pointers.
///
/// Allocates nothing: the caller owns the packed weight and the scratch. Every output is summed in an order that
/// is that of the static shape, from zero, then the bias is added, whatever the executor, the number of workers and the
/// cut into tasks: results are bitwise equal. Padding is zeros that take part in the sum, so a NaN or infinite weight
/// makes the border NaN. Rejected when `validated<Config>` or `validated_element<T>` is.
template <conv3d Config, class T>
struct direct_forward {
  static_assert(sizeof(validated<Config>) > 0 && sizeof(validated_element<T>) > 0, "instantiates the rules");
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};

  static constexpr direct_kernel kernel =
      direct_kernel_for(config.in_channels / config.groups, config.out_channels / config.groups, config.kernel_size,
                        config.stride, config.dilation, pads_of(config), lanes<T>);

  /// Elements of the packed weight.
  static constexpr index_t packed_size() {
    constexpr weight_shape shape = weight_shape_of(config);
    if constexpr (kernel == direct_kernel::row_tiles) return shape.size();
    return config.groups * detail::ceil_div(shape.out / config.groups, block) * block * shape.in *
           shape.kernel.volume();
  }

  /// Reorders weight (OC, ICG, KD, KH, KW), already constrained, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) {
    if constexpr (kernel == direct_kernel::row_tiles) {
      pack_columns<false>(problem({}, {}), weight, packed);
    } else {
      detail::pack_weight(weight_shape_of(config), config.groups, block, weight, packed);
    }
  }

  /// What packs a weight as `pack` does while it is still in tiles: the blocks of a weight in the order it wants, or
  /// whole filters.
  static constexpr auto block_sink(T* packed)
  requires(kernel != direct_kernel::row_tiles)
  {
    return detail::forward_columns(weight_shape_of(config), config.groups, block, false, packed);
  }
  static constexpr auto filter_sink(T* packed)
  requires(kernel != direct_kernel::row_tiles)
  {
    return detail::forward_columns(weight_shape_of(config), config.groups, block, true, packed);
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    const dims5 output = output_dims(config, input);
    if constexpr (kernel == direct_kernel::row_tiles) {
      return row_nest::scratch_size(problem(input, output), workers);
    } else if constexpr (kernel == direct_kernel::flat) {
      return flat_nest::scratch_size(flat(output), workers);
    } else if constexpr (kernel == direct_kernel::channel_tiles) {
      return channel_nest::scratch_size(forward_problems(config, input, output), workers);
    } else {
      const blocking b = block_for<T>(config, output, workers);
      // Room to start at a cache line wherever the caller's buffer starts.
      return (workers > 1 ? workers : 1) * b.worker_elements() + static_cast<index_t>(alignment / sizeof(T));
    }
  }

  /// Whether parts of the weight can be packed when they are needed, and the elements of a part if a call would read
  /// each once, else 0.
  static constexpr bool takes_parts = kernel == direct_kernel::channel_tiles;
  static index_t part_size(dims5 input, index_t workers) {
    return channel_nest::part_size(forward_problems(config, input, output_dims(config, input)), workers);
  }

  /// As `run`, with weights from anywhere.
  template <Executor E>
  static void run_parts(const T* x, dims5 input, const weight_source<T>& weights, const T* bias, T* y, T* scratch,
                        const E& executor) {
    channel_nest::run(forward_problems(config, input, output_dims(config, input)), x, weights,
                      detail::epilogue<config.activation, T>{bias}, y, scratch, executor);
  }

  /// x (N, IC, ID, IH, IW), packed as `pack` left it, bias (OC) or null, y (N, OC, OD, OH, OW), scratch of
  /// `scratch_size(input, executor.workers())` elements. No two of them overlap. Throws before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* packed, const T* bias, T* y, T* scratch, const E& executor) {
    const dims5 output = output_dims(config, input);
    [[maybe_unused]] const detail::epilogue<config.activation, T> epilogue{bias};
    if constexpr (kernel == direct_kernel::row_tiles) {
      row_nest::run(problem(input, output), x, packed, epilogue, y, scratch, executor);
    } else if constexpr (kernel == direct_kernel::flat) {
      flat_nest::run(flat(output), x, packed, epilogue, y, scratch, executor);
    } else if constexpr (kernel == direct_kernel::channel_tiles) {
      run_parts(x, input, {packed}, bias, y, scratch, executor);
    } else {
      const blocking b = block_for<T>(config, output, static_cast<index_t>(executor.workers()));
      while (reinterpret_cast<std::uintptr_t>(scratch) % alignment != 0) ++scratch;
      using nest = detail::forward_nest<tile.oc, tile.vectors, T>;
      typename nest::call c{config, b, input, output, x, packed, y, scratch, stores_past_caches<T>(output.size()), {}};
      nest::run(c, epilogue, executor);
    }
  }

 private:
  static constexpr register_tile tile = tile_for(config.out_channels / config.groups);
  static constexpr channel_form form = channel_form_for(config.out_channels / config.groups, config.kernel_size,
                                                        config.stride, config.dilation, lanes<T>);
  using row_nest = detail::row_nest<config.kernel_size.h, T>;
  using flat_nest = detail::flat_nest<tile.oc, tile.vectors, T>;

  static constexpr flat_problem flat(dims5 output) {
    return {output.n, config.groups, config.in_channels / config.groups, config.out_channels / config.groups,
            output.d * output.h * output.w};
  }
  using channel_nest = detail::channel_nest<form.vectors, form.step, form.columns, T>;

  /// Output channels that the packed weight interleaves.
  static constexpr index_t block = kernel == direct_kernel::channel_tiles ? form.vectors * lanes<T> : tile.oc;

  static constexpr row_problem problem(dims5 input, dims5 output) {
    return {config.groups,
            config.in_channels / config.groups,
            config.out_channels / config.groups,
            config.kernel_size,
            config.stride,
            config.dilation,
            pads_of(config).before,
            input,
            output};
  }
};

}  // namespace esp::inline ESPALIER_ABI
