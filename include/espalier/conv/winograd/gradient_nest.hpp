// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the weight of a Winograd convolution.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/panel.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/tile/outer_product.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/gradient_cut.hpp>
#include <espalier/conv/winograd/gradient_tiles.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest. Per unit: copies with channels next to each other; per point along D the transforms of both, then for
/// every point along H and W a product of matrices, (IC, tiles) by (tiles, OC), added to the sums of all units.
template <axis_tiles Axes, index_t Broadcasts, index_t Vectors, class T>
struct winograd_gradient_nest {
  using transform = winograd_gradient_tiles<Axes, T>;
  static constexpr index_t width = Vectors * lanes<T>;

  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    winograd_gradient_blocking b;
  };

  using cut_type = winograd_gradient_blocking;
  static cut_type cut(const conv3d& config, const dims5& output) {
    return winograd_gradient_blocks_for<T>(config, output);
  }

  template <Executor E>
  static void run(const gradient_operands<T>& o, const winograd_gradient_blocking& b, const E& executor) {
    const call c{o, b};
    run_gradient_shares<T>(
        c, c.b, [&c](index_t number, index_t share, T* scratch) { run_task(c, number, share, scratch); }, executor);
  }

 private:
  /// A block of channels of one group.
  struct job {
    index_t g, ic0, IC, oc0, OC;
  };

  static void run_task(const call& c, index_t number, index_t share, T* scratch) {
    const winograd_gradient_blocking& b = c.b;
    digits left(number);
    const axis_block inputs = left.take(b.ICG, b.ic), outputs = left.take(b.OCG, b.oc);
    const job j{left.last(), inputs.first, inputs.count, outputs.first, outputs.count};
    T* const x = scratch;
    T* const y = x + b.x_copy;
    T* const x_tiles = y + b.y_copy;
    T* const y_tiles = x_tiles + b.x_elements;
    T* const sums = y_tiles + b.y_elements;
    const index_t begin = b.units * share / b.shares, end = b.units * (share + 1) / b.shares;
    if (begin == end) fill_zero(sums, b.sum_elements);
    for (index_t unit = begin; unit < end; ++unit) {
      digits tiles_left(unit);
      const axis_block w = tiles_left.take(b.tiles.w, b.box.w), h = tiles_left.take(b.tiles.h, b.box.h),
                       d = tiles_left.take(b.tiles.d, b.box.d);
      const extents tiles{d.count, h.count, w.count};
      copy(c, j, tiles_left.last(), {d.first, h.first, w.first}, x, y);
      for (index_t point = 0; point < Axes.d.points(); ++point) {
        for (index_t ic = 0; ic < j.IC; ic += lanes<T>) {
          transform::inputs(x + ic * b.x_box.volume(), b.x_box, tiles, point, x_tiles + ic * b.box.volume(), b.x_plane);
        }
        for (index_t oc = 0; oc < j.OC; oc += width) {
          transform::outputs(y + oc * b.y_box.volume(), b.y_box, width, tiles, point, y_tiles + oc * b.box.volume(),
                             b.y_plane);
        }
        multiply(b, j, tiles.volume(), x_tiles, y_tiles, sums + point * b.points * b.sum_plane, unit > begin);
      }
    }
    store(c, j, sums, b.shares == 1 ? c.grad_w : c.partial + share * weight_shape_of(c.config).size(),
          b.shares == 1 && c.accumulate);
  }

  static void copy(const call& c, const job& j, index_t n, const extents& tile, T* x, T* y) {
    const winograd_gradient_blocking& b = c.b;
    const extents before = pads_of(c.config).before, &step = transform::step;
    const extents at{tile.d * step.d, tile.h * step.h, tile.w * step.w};
    const T* const x_block = c.x + (n * c.X.c + j.g * b.ICG + j.ic0) * c.X.d * c.X.h * c.X.w;
    const T* const y_block = c.grad_y + (n * c.Y.c + j.g * b.OCG + j.oc0) * c.Y.d * c.Y.h * c.Y.w;
    copy_panel(x_block, c.X, boundary_of(c.config), j.IC, {at.d - before.d, at.h - before.h, at.w - before.w}, b.x_box,
               lanes<T>, x);
    copy_panel<T>(y_block, c.Y, boundary::zeros, j.OC, at, b.y_box, width, y);
  }

  // sums: per point (panel of output channels, input channel, width).
  static void multiply(const winograd_gradient_blocking& b, const job& j, index_t tiles, const T* x, const T* y,
                       T* sums, bool accumulate) {
    const extents count{1, 1, tiles}, x_step{0, 0, lanes<T>}, y_step{0, 0, width};
    const index_t room = b.box.volume();
    for (index_t f = 0; f < b.points; ++f, x += b.x_plane, y += b.y_plane, sums += b.sum_plane) {
      for (index_t oc = 0; oc < j.OC; oc += width) {
        for (index_t ic = 0; ic < j.IC; ic += Broadcasts) {
          const T* const from = x + ic / lanes<T> * lanes<T> * room + ic % lanes<T>;
          outer_product<Broadcasts, Vectors, T>::run(from, x_step, y + oc * room, y_step, count,
                                                     sums + oc * b.ic + ic * width, accumulate);
        }
      }
    }
  }

  static void store(const call& c, const job& j, const T* sums, T* to, bool accumulate) {
    constexpr index_t volume = Axes.taps().volume();
    const winograd_gradient_blocking& b = c.b;
    for (index_t oc = 0; oc < j.OC; oc += lanes<T>) {
      for (index_t ic = 0; ic < j.IC; ++ic) {
        batch<T> taps[static_cast<std::size_t>(volume)];
        transform::taps(sums + oc / width * width * b.ic + ic * width + oc % width, b.sum_plane, taps);
        T lane[static_cast<std::size_t>(volume * lanes<T>)];
        for (index_t k = 0; k < volume; ++k) simd::store_unaligned(lane + k * lanes<T>, taps[k]);
        for (index_t o = 0; o < rest(oc, lanes<T>, j.OC); ++o) {
          T* const kernel = to + ((j.g * b.OCG + j.oc0 + oc + o) * b.ICG + j.ic0 + ic) * volume;
          for (index_t k = 0; k < volume; ++k) {
            kernel[k] = accumulate ? kernel[k] + lane[k * lanes<T> + o] : lane[k * lanes<T> + o];
          }
        }
      }
    }
  }
};

/// The same function as `direct_backward_weights`, by the transposed identity of F(2, 3): tiles of x and of grad_y are
/// transformed, their products summed over all tiles, and the sums transformed to taps once, at the end.
///
/// Lanes run along channels. Allocates nothing: the caller owns the scratch. The order of every sum depends on the
/// shape alone: results are bitwise equal for every executor and number of workers. They differ from the direct ones by
/// rounding, and a NaN or infinity reaches every tap of its channels. @pre `Config` is valid and `winograd_serves`
/// holds.
template <conv3d Config, class T>
struct winograd_backward_weights {
  static constexpr conv3d config = Config;

  static constexpr register_tile tile = winograd_gradient_tile(config.out_channels / config.groups, lanes<T>);
  static constexpr axis_tiles axes = axis_tiles_for(config.kernel_size, algorithm::winograd);
  using nest = winograd_gradient_nest<axes, tile.rows, tile.vectors, T>;

  /// What one call knows before it runs.
  using plan_type = gradient_plan<typename nest::cut_type>;

  /// Plans a call for an input of this shape and a team of `workers`. @pre `output` is `output_dims(config, input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned_gradient<nest, T>(config, input, output, workers);
  }

  /// Plans a call of `run_window`, as `direct_backward_weights` does.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    return planned_gradient<nest, T>(config, input, window, workers);
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Operands as in `direct_backward_weights`.
  template <Executor E>
  static void run(const plan_type& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                  const E& executor) {
    T* const start = line_start(scratch);
    nest::run({config, p.input, p.output, x, grad_y, grad_w, accumulate, start + p.partial, start}, p.cut, executor);
  }
  template <Executor E>
  static void run_window(const plan_type& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                         const E& executor) {
    T* const start = line_start(scratch);
    const conv3d part = padded_by(config, p.before);
    nest::run({part, p.input, p.output, x, grad_y, grad_w, accumulate, start + p.partial, start}, p.cut, executor);
  }
  /// The same with a plan of its own. Throws as `output_dims` does, before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* grad_y, T* grad_w, bool accumulate, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), x, grad_y, grad_w,
        accumulate, scratch, executor);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
