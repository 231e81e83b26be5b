// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Entries for kernels with tied taps, in all three directions.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/folded_backward_data.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tied/cut.hpp>
#include <espalier/conv/tied/gradient_cut.hpp>
#include <espalier/conv/tied/gradient_nest.hpp>
#include <espalier/conv/tied/groups.hpp>
#include <espalier/conv/tied/nest.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/conv/weight/kept_rows.hpp>
#include <espalier/conv/weight/phased_order.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// What is known of the taps of `Config`'s kernel while it compiles: `Taps::value` is an array of `known_tap` by tap.
template <conv3d Config, class Taps, tap_numbering Order>
struct tied_taps {
  static_assert(static_cast<index_t>(Taps::value.size()) == Config.kernel_size.volume(), "a table of another kernel");
  static_assert(Config.stride == extents{1}, "strides are served by the other families");

  static constexpr auto groups = tied_groups_of(Taps::value, Order);
  static constexpr auto plan = plan_sums(Taps::value, Config.kernel_size, Order);
  static constexpr sums_view sums = sums_view::of(plan);
  static constexpr kept_taps packed = packed_taps(groups, Order);
};

/// The same function as `direct_forward`, for a weight whose taps are tied as `Taps` says.
///
/// Of each group of taps the weight is read at its first one alone; what it holds at the others, and at taps that are
/// zero, is not looked at. For each input channel the elements that a group reads are added, or subtracted, then
/// multiplied once; what nothing reads spreads nothing. Allocates nothing. The order of every sum is that of the table
/// and the static shape: results are bitwise equal for every executor, number of workers and cut. They differ from
/// `direct_forward`'s by rounding: the error of an output is at most `gamma(ICG groups + largest group - 1)` times the
/// sum of |w x| over all its products, with `gamma(n) = n u / (1 - n u)` and the unit roundoff u; not above the bound
/// of the plain sum, `gamma(ICG taps)`. Where the sum of a group overflows, a product that would not is lost. @pre
/// `Config` is valid, stride 1, at most `kept_taps::most` taps.
template <conv3d Config, class T, class Taps>
struct tied_forward {
  static constexpr conv3d config = Config;
  using taps = tied_taps<Config, Taps, tap_numbering::forwards>;

  /// Elements of the packed weight: one for each group.
  static constexpr index_t packed_size() {
    return config.groups * ceil_div(OCG, tile.rows) * tile.rows * ICG * taps::groups.count;
  }

  /// Reorders weight (OC, ICG, KD, KH, KW), already constrained, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) {
    pack_kept<taps::packed, config.kernel_size>(weight_shape_of(config), config.groups, tile.rows, weight, packed);
  }

  /// What packs a weight as `pack` does while it is still in tiles: the blocks of a weight in the order it wants, or
  /// whole filters.
  static constexpr auto block_sink(T* packed) { return columns<false>(packed); }
  static constexpr auto filter_sink(T* packed) { return columns<true>(packed); }

  /// What one call knows before it runs.
  using plan_type = call_plan<tied_correlation, tied_blocking>;

  /// Plans a call, as `direct_forward` does.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    const tied_correlation asked{forward_of(config, input, output), taps::sums};
    return planned<nest, T>(input, output, asked, output.size() == 0, workers);
  }

  /// Windows of the output whose results are those of the whole, bit by bit: any.
  static constexpr extents window_grid{1};

  /// Plans a call for a window of the output, as `direct_forward` does.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    const tied_correlation windowed{forward_of(config, input, window), taps::sums};
    const dims5 output = resized({input.n, config.out_channels, 0, 0, 0}, window.size);
    return planned<nest, T>(windowed.X, output, windowed, output.size() == 0, workers);
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Operands as in `direct_forward`.
  template <class Added, Executor E>
  static void run(const plan_type& p, const T* x, const T* packed, const Added& added, T* y, T* scratch,
                  const E& executor) {
    nest::run(p.problem, p.cut, x, packed, epilogue_of<config.activation, T>(added), y, line_start(scratch), executor);
  }
  /// The same with a plan of its own. Throws before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* packed, const T* bias, T* y, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), x, packed, bias, y, scratch,
        executor);
  }

 private:
  static constexpr index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
  static constexpr register_tile tile = tile_for(OCG);
  using nest = tied_nest<tile.rows, tile.vectors, T>;

  template <bool WholeFilters>
  static constexpr auto columns(T* packed) {
    return kept_columns<taps::packed, config.kernel_size>(weight_shape_of(config), config.groups, tile.rows,
                                                          WholeFilters, packed);
  }
};

/// The same function as `direct_backward_data`: a correlation of grad_y whose taps are tied as the weight's are,
/// mirrored. Of each group the weight is read at its last tap. Everything else is as in `tied_forward`.
template <conv3d Config, class T, class Taps>
struct tied_backward_data {
  static constexpr conv3d config = Config;
  static_assert(!folds_gradient(config), "folded_backward_data serves a boundary that repeats the input");
  using taps = tied_taps<Config, Taps, tap_numbering::mirrored>;

  /// Elements of the packed weight: one for each group.
  static constexpr index_t packed_size() {
    return ceil_div(ICG, tile.rows) * tile.rows * config.out_channels * taps::groups.count;
  }

  /// Reorders weight (OC, ICG, KD, KH, KW), the one the forward used, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) {
    copy_columns(weight, config.kernel_size.volume(), block_sink(packed));
  }

  /// What packs the blocks of a weight as `pack` does while they are still in tiles, in the order it wants.
  static constexpr auto block_sink(T* packed) { return transposed_columns<config, taps::packed>(tile.rows, packed); }

  /// What one call knows before it runs.
  using plan_type = call_plan<tied_correlation, tied_blocking>;

  /// Plans a call, as `direct_backward_data` does.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    const tied_correlation asked{input_gradient_of(config, input, output), taps::sums};
    return planned<nest, T>(input, output, asked, input.size() == 0, workers);
  }

  /// Windows of the input whose gradients have the bits of the whole: any.
  static constexpr extents window_grid{1};

  /// Plans a call for a window of the input, as `direct_backward_data` does.
  static plan_type plan(const dims5& input, const gradient_part& part, index_t workers) {
    const dims5 X = part.computed_of(input), Y = part.read_of(input.n, config.out_channels);
    const tied_correlation windowed{input_gradient_of(config, X, Y, part.before), taps::sums};
    return planned<nest, T>(X, Y, windowed, X.size() == 0, workers);
  }

  /// Elements of scratch `run` needs for a forward input of this shape and a team of `workers`; throws as `output_dims`
  /// does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Operands as in `direct_backward_data`.
  template <Executor E>
  static void run(const plan_type& p, const T* grad_y, const T* packed, T* grad_x, T* scratch, const E& executor) {
    nest::run(p.problem, p.cut, grad_y, packed, no_epilogue<T>, grad_x, line_start(scratch), executor);
  }
  /// The same with a plan of its own. Throws before anything is written.
  template <Executor E>
  static void run(const T* grad_y, dims5 input, const T* packed, T* grad_x, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), grad_y, packed, grad_x,
        scratch, executor);
  }

 private:
  static constexpr index_t ICG = config.in_channels / config.groups;
  static constexpr register_tile tile = tile_for(ICG);
  using nest = tied_nest<tile.rows, tile.vectors, T>;
};

/// What computes the gradient of the input, folded where the boundary repeats it.
template <conv3d Config, class T, class Taps>
using tied_input_gradient =
    std::conditional_t<folds_gradient(Config),
                       folded_backward_data<Config, tied_backward_data<unpadded(Config), T, Taps>, T>,
                       tied_backward_data<Config, T, Taps>>;

/// The gradient with respect to the number of each group of taps, at the group's first tap, and zero at the others:
/// what the gradient of a formula whose taps are tied asks for, since it adds up what comes to taps of a group.
///
/// `grad_w[oc,ic,first of group] (+)= sum over (n, o) of grad_y[n,oc,o] sum over k of the group of +-x[n,ic,o - P + k
/// L]`. Bounds and conditions as in `direct_backward_weights` and `tied_forward`.
template <conv3d Config, class T, class Taps>
struct tied_backward_weights {
  static constexpr conv3d config = Config;
  using taps = tied_taps<Config, Taps, tap_numbering::forwards>;

  /// What one call knows before it runs.
  using plan_type = gradient_plan<tied_gradient_blocking>;

  /// Plans a call for an input of this shape and a team of `workers`. @pre `output` is `output_dims(config, input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned_gradient<cutter, T>(config, input, output, workers);
  }

  /// Plans a call of `run_window`, as `direct_backward_weights` does.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    return planned_gradient<cutter, T>(config, input, window, workers);
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
    nest::run({config, p.input, p.output, x, grad_y, grad_w, accumulate, start + p.partial, start}, p.cut,
              taps::groups.first.data(), executor);
  }
  template <Executor E>
  static void run_window(const plan_type& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                         const E& executor) {
    T* const start = line_start(scratch);
    const conv3d part = padded_by(config, p.before);
    nest::run({part, p.input, p.output, x, grad_y, grad_w, accumulate, start + p.partial, start}, p.cut,
              taps::groups.first.data(), executor);
  }
  /// The same with a plan of its own. Throws as `output_dims` does, before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* grad_y, T* grad_w, bool accumulate, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), x, grad_y, grad_w,
        accumulate, scratch, executor);
  }

 private:
  static constexpr register_tile tile = tied_gradient_tile(config, taps::groups.count);
  using nest = tied_gradient_nest<tile.rows, tile.vectors, T>;

  /// The cut of a nest that knows its table.
  struct cutter {
    using cut_type = tied_gradient_blocking;
    static cut_type cut(const conv3d& asked, const dims5& output) {
      return tied_gradient_blocks_for<T>(asked, taps::sums, tile, output);
    }
  };
};

}  // namespace esp::inline ESPALIER_ABI::detail
