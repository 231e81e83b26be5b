// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the input: a direct convolution of the output's gradient with the transposed weight.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/channel/nest.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/flat/nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/merged/nest.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/plane/nest.hpp>
#include <espalier/conv/plane/phased_nest.hpp>
#include <espalier/conv/row/in_place.hpp>
#include <espalier/conv/row/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tap_list.hpp>
#include <espalier/conv/tile/tap_columns.hpp>
#include <espalier/conv/weight/phased_order.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// What the gradient of the input asks of a family: the nest, its problem, with so much padding before the input, and
/// how the weight is packed for it.
template <conv3d Config, choice Chosen, class T, kept_taps Kept, kernel_family = Chosen.family>
struct backward_data_family;

/// Packed by blocks of `block` channels of the result.
template <conv3d Config, index_t Block, class T, kept_taps Kept = kept_taps{}>
struct transposed_blocks {
  static constexpr index_t packed_size() {
    return ceil_div(Config.in_channels / Config.groups, Block) * Block * Config.out_channels *
           Kept.count(Config.kernel_size);
  }
  static void pack(const T* weight, T* packed) {
    copy_columns(weight, Config.kernel_size.volume(), block_sink(packed));
  }
  static constexpr auto block_sink(T* packed) { return transposed_columns<Config, Kept>(Block, packed); }
};

/// Without a stride one correlation, else its phases together.
template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct backward_data_family<Config, Chosen, T, Kept, kernel_family::plane>
    : transposed_blocks<Config, Chosen.tile.rows, T> {
  using nest = backward_data_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = backward_problems;

  static problem ask(const dims5& input, const dims5& output, const extents& before) {
    return {Config, input, output, before};
  }
};
template <conv3d Config, choice Chosen, class T, kept_taps Kept>
requires(Config.stride == extents{1})
struct backward_data_family<Config, Chosen, T, Kept, kernel_family::plane>
    : transposed_blocks<Config, Chosen.tile.rows, T, Kept> {
  using nest = forward_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = correlation;

  static problem ask(const dims5& input, const dims5& output, const extents& before) {
    correlation p = input_gradient_of(Config, input, output, before);
    p.backwards = true;  // Taps are packed as they lie in the weight.
    p.listed = listed_taps<Kept, Config.kernel_size>::list();
    return p;
  }
};

/// A listed correlation whose weight is packed in the order of the list.
template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct backward_data_family<Config, Chosen, T, Kept, kernel_family::merged> : transposed_blocks<Config, 1, T, Kept> {
  using nest = merged_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = correlation;

  static problem ask(const dims5& input, const dims5& output, const extents& before) {
    correlation p = input_gradient_of(Config, input, output, before);
    p.backwards = true;
    p.listed = listed_taps<Kept, Config.kernel_size>::list();
    return p;
  }
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct backward_data_family<Config, Chosen, T, Kept, kernel_family::flat>
    : transposed_blocks<Config, Chosen.tile.rows, T> {
  using nest = flat_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = correlation;

  static problem ask(const dims5& input, const dims5& output, const extents& before) {
    return input_gradient_of(Config, input, output, before);
  }
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct backward_data_family<Config, Chosen, T, Kept, kernel_family::row> {
  // A constant of its own: g++ 12 fails on the call as a template argument.
  static constexpr kept_taps backwards = read_backwards(Config.kernel_size, Kept);
  using columns = columns_of<Config.kernel_size, backwards>;
  using nest = row_nest<columns, T, ends_in_place<T>(Config.out_channels / Config.groups, Config.stride)>;
  using problem = correlation;

  static problem ask(const dims5& input, const dims5& output, const extents& before) {
    return input_gradient_of(Config, input, output, before);
  }
  static constexpr index_t packed_size() {
    return Config.in_channels * (Config.out_channels / Config.groups) * columns::taps(Config.kernel_size);
  }
  static void pack(const T* weight, T* packed) { pack_columns<true, columns>(ask({}, {}, {}), weight, packed); }
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct backward_data_family<Config, Chosen, T, Kept, kernel_family::channel>
    : transposed_blocks<Config, Chosen.channels.vectors * lanes<T>, T, Kept> {
  using nest = channel_nest<Chosen.channels.vectors, Chosen.channels.step, Chosen.channels.run_taps, T>;
  using problem = backward_problems;

  static problem ask(const dims5& input, const dims5& output, const extents& before) {
    return {Config, input, output, before, listed_taps<Kept, Config.kernel_size>::list()};
  }
};

/// `grad_x[n,ic,i] = sum over (oc, k) with o S - P + k L = i of w[oc,ic,k] grad_y[n,oc,o]` on raw pointers: the
/// transpose of `direct_forward`.
///
/// Each residue of the input position modulo the stride is a stride-1 convolution over grad_y with its own taps, so no
/// multiplication by a zero that the stride inserts is ever done, and every element of grad_x is written, with zero
/// where no product reads the input. Allocates nothing: the caller owns the packed weight and the scratch. Every sum is
/// taken in an order that is that of the static shape, from zero, whatever the executor, the number of workers and the
/// cut into tasks: results are bitwise equal. Around grad_y are zeros that take part in the sum: a NaN or infinite
/// weight makes every element whose phase has that tap NaN. Taps that are not `Kept` as in the forward. Rejected when
/// `validated<Config>` or `validated_element<T>` is.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct direct_backward_data {
  static_assert(sizeof(validated<Config>) > 0 && sizeof(validated_element<T>) > 0, "instantiates the rules");
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};
  static_assert(!folds_gradient(config), "folded_backward_data serves a boundary that repeats the input");

  static constexpr choice chosen = choose_direct(config, direction::backward_data, this_machine<T>, Kept);
  /// The taps that are computed.
  static constexpr kept_taps computed = chosen.dropped > 0 ? Kept : kept_taps{};
  using family = backward_data_family<config, chosen, T, computed>;

  /// Elements of the packed weight.
  static constexpr index_t packed_size() { return family::packed_size(); }

  /// Reorders weight (OC, ICG, KD, KH, KW), the one the forward used, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) { family::pack(weight, packed); }

  /// What packs the blocks of a weight as `pack` does while they are still in tiles, in the order it wants.
  static constexpr auto block_sink(T* packed)
  requires(chosen.family != kernel_family::row)
  {
    return family::block_sink(packed);
  }

  /// What one call knows before it runs.
  using plan_type = call_plan<typename family::problem, typename family::nest::cut_type>;

  /// Plans a call for a forward input of this shape and a team of `workers`. @pre `output` is `output_dims(config,
  /// input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return plan_padded(input, output, pads_of(config).before, workers);
  }

  /// Windows of the input whose gradients have the bits of the whole begin at multiples of this and end at one or with
  /// the input: here any.
  static constexpr extents window_grid{1};

  /// Plans a call for a window of the input of a forward input of shape `input`: `run` takes the part of grad_y that is
  /// read as a tensor of its own, and writes a grad_x of the sizes that are computed. The bits are those of the whole,
  /// but for the sign of a zero to which products underflowed. @pre `part` is `gradient_part_of` on this grid.
  static plan_type plan(const dims5& input, const gradient_part& part, index_t workers) {
    return plan_padded(part.computed_of(input), part.read_of(input.n, config.out_channels), part.before, workers);
  }

  /// Elements of scratch `run` needs for a forward input of this shape and a team of `workers`; throws as `output_dims`
  /// does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Whether parts of the weight can be packed when they are needed, and the elements of a part if a call would read
  /// each once, else 0.
  static constexpr bool takes_parts = chosen.family == kernel_family::channel && config.stride == extents{1};
  static index_t part_size(const plan_type& p) { return nest::part_size(p.problem, p.cut); }

  /// As `run`, with weights from anywhere.
  template <Executor E>
  static void run_parts(const plan_type& p, const T* grad_y, const weight_source<T>& weights, T* grad_x, T* scratch,
                        const E& executor) {
    const dims5& X = p.input;
    const index_t volume = X.d * X.h * X.w;
    if (p.problem.skips()) {
      executor.run(X.n * X.c, [=](index_t number, index_t) { fill_zero(grad_x + number * volume, volume); });
    }
    nest::run(p.problem, p.cut, grad_y, weights, no_epilogue<T>, grad_x, line_start(scratch), executor);
  }

  /// grad_y (N, OC, OD, OH, OW), packed as `pack` left it, grad_x (N, IC, ID, IH, IW): overwritten, scratch of
  /// `p.scratch` elements. No two of them overlap. @pre `p` was made for a team of `executor.workers()`.
  template <Executor E>
  static void run(const plan_type& p, const T* grad_y, const T* packed, T* grad_x, T* scratch, const E& executor) {
    if (p.input.size() == 0) return;
    if constexpr (chosen.family == kernel_family::channel) {
      run_parts(p, grad_y, {packed}, grad_x, scratch, executor);
    } else if constexpr (std::is_same_v<typename family::problem, backward_problems>) {
      nest::run(p.problem, p.cut, grad_y, packed, grad_x, line_start(scratch), executor);
    } else {
      nest::run(p.problem, p.cut, grad_y, packed, no_epilogue<T>, grad_x, line_start(scratch), executor);
    }
  }
  /// The same with a plan of its own, for a forward input of this shape. Throws as `output_dims` does, before anything
  /// is written.
  template <Executor E>
  static void run(const T* grad_y, dims5 input, const T* packed, T* grad_x, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), grad_y, packed, grad_x,
        scratch, executor);
  }

 private:
  using nest = typename family::nest;

  static plan_type plan_padded(const dims5& input, const dims5& output, const extents& before, index_t workers) {
    const bool empty = input.size() == 0;
    plan_type p = planned<nest, T>(input, output, family::ask(input, output, before), empty, workers);
    if (empty) p.scratch = 0;
    return p;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
