// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The direct forward convolution for a static configuration: packing, and the family that computes it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/channel/nest.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/flat/nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/merged/nest.hpp>
#include <espalier/conv/plane/nest.hpp>
#include <espalier/conv/row/in_place.hpp>
#include <espalier/conv/row/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tap_list.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <espalier/conv/tile/tap_columns.hpp>
#include <espalier/conv/weight/kept_rows.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What the forward asks of a family: the nest, its problem, which is made of a correlation, and how the weight is
/// packed for it.
template <conv3d Config, choice Chosen, class T, kept_taps Kept, kernel_family = Chosen.family>
struct forward_family;

/// Packed by blocks of `block` output channels: the taps that are kept.
template <conv3d Config, index_t Block, class T, kept_taps Kept = kept_taps{}>
struct forward_blocks {
  static constexpr index_t packed_size() {
    constexpr weight_shape shape = weight_shape_of(Config);
    return Config.groups * ceil_div(shape.out / Config.groups, Block) * Block * shape.in * Kept.count(shape.kernel);
  }
  static void pack(const T* weight, T* packed) {
    pack_kept<Kept, Config.kernel_size>(weight_shape_of(Config), Config.groups, Block, weight, packed);
  }
  static constexpr auto block_sink(T* packed) { return columns<false>(packed); }
  static constexpr auto filter_sink(T* packed) { return columns<true>(packed); }

 private:
  template <bool WholeFilters>
  static constexpr auto columns(T* packed) {
    return kept_columns<Kept, Config.kernel_size>(weight_shape_of(Config), Config.groups, Block, WholeFilters, packed);
  }
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct forward_family<Config, Chosen, T, Kept, kernel_family::plane>
    : forward_blocks<Config, Chosen.tile.rows, T, Kept> {
  using nest = forward_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = correlation;
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct forward_family<Config, Chosen, T, Kept, kernel_family::merged> : forward_blocks<Config, 1, T, Kept> {
  using nest = merged_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = correlation;
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct forward_family<Config, Chosen, T, Kept, kernel_family::flat> : forward_blocks<Config, Chosen.tile.rows, T> {
  using nest = flat_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
  using problem = correlation;
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct forward_family<Config, Chosen, T, Kept, kernel_family::row> {
  using columns = columns_of<Config.kernel_size, Kept>;
  static constexpr row_ends ends =
      ends_in_place<T>(Config.in_channels / Config.groups, Config.stride, boundary_of(Config).w,
                       pads_of(Config).before.w, pads_of(Config).after.w);
  using nest = row_nest<columns, T, ends>;
  using problem = correlation;
  static constexpr index_t packed_size() {
    return Config.out_channels * (Config.in_channels / Config.groups) * columns::taps(Config.kernel_size);
  }
  static void pack(const T* weight, T* packed) {
    pack_columns<false, columns>(forward_of(Config, dims5{}, dims5{}), weight, packed);
  }
};

template <conv3d Config, choice Chosen, class T, kept_taps Kept>
struct forward_family<Config, Chosen, T, Kept, kernel_family::channel>
    : forward_blocks<Config, Chosen.channels.vectors * lanes<T>, T, Kept> {
  using nest = channel_nest<Chosen.channels.vectors, Chosen.channels.step, Chosen.channels.run_taps, T>;
  using problem = forward_problems;
};

/// `y[n,oc,o] = sum over (ic, kd, kh, kw) of w[oc,ic,k] x[n,ic,o S - P + k L] + bias[oc]` on raw pointers.
///
/// Allocates nothing: the caller owns the packed weight and the scratch. Every output is summed in an order that
/// is that of the static shape, from zero, then its epilogue follows, whatever the executor, the number of workers and
/// the cut into tasks: results are bitwise equal. Padding is zeros that take part in the sum, so a NaN or infinite
/// weight makes the border NaN. The taps that are not `Kept` are zero in every block of the weight, which the families
/// that take a list of taps do not compute. Rejected when `validated<Config>` or `validated_element<T>` is.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct direct_forward {
  static_assert(sizeof(validated<Config>) > 0 && sizeof(validated_element<T>) > 0, "instantiates the rules");
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};

  static constexpr choice chosen = choose_direct(config, direction::forward, this_machine<T>, Kept);
  /// The taps that are computed.
  static constexpr kept_taps computed = chosen.dropped > 0 ? Kept : kept_taps{};
  using family = forward_family<config, chosen, T, computed>;

  /// Elements of the packed weight.
  static constexpr index_t packed_size() { return family::packed_size(); }

  /// Reorders weight (OC, ICG, KD, KH, KW), already constrained, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) { family::pack(weight, packed); }

  /// What packs a weight as `pack` does while it is still in tiles: the blocks of a weight in the order it wants, or
  /// whole filters.
  static constexpr auto block_sink(T* packed)
  requires(chosen.family != kernel_family::row)
  {
    return family::block_sink(packed);
  }
  static constexpr auto filter_sink(T* packed)
  requires(chosen.family != kernel_family::row)
  {
    return family::filter_sink(packed);
  }

  /// What one call knows before it runs.
  using plan_type = call_plan<typename family::problem, typename family::nest::cut_type>;

  /// Plans a call for an input of this shape and a team of `workers`. @pre `output` is `output_dims(config, input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned<nest, T>(input, output, problem{listed(forward_of(config, input, output))}, output.size() == 0,
                            workers);
  }

  /// Windows of the output whose results are those of the whole, bit by bit, begin at multiples of this and end at one
  /// or with the output (`on_grid`): here any.
  static constexpr extents window_grid{1};

  /// Plans a call for a window of the output of an input of shape `input`: `run` takes the part of x that
  /// `part_read` says, as a tensor of its own, and writes a y of the window's sizes. The bits are those of the
  /// whole, but for the sign of a zero to which products underflowed: which products with padding are left out depends
  /// on how many there are. @pre as `part_read`.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    const correlation windowed = listed(forward_of(config, input, window));
    const dims5 output = resized({input.n, config.out_channels, 0, 0, 0}, window.size);
    return planned<nest, T>(windowed.X, output, problem{windowed}, output.size() == 0, workers);
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Whether parts of the weight can be packed when they are needed, and the elements of a part if a call would read
  /// each once, else 0.
  static constexpr bool takes_parts = chosen.family == kernel_family::channel;
  static index_t part_size(const plan_type& p) { return nest::part_size(p.problem, p.cut); }

  /// As `run`, with weights from anywhere.
  template <class Added, Executor E>
  static void run_parts(const plan_type& p, const T* x, const weight_source<T>& weights, const Added& added, T* y,
                        T* scratch, const E& executor) {
    nest::run(p.problem, p.cut, x, weights, epilogue_of<config.activation, T>(added), y, line_start(scratch), executor);
  }

  /// x (N, IC, ID, IH, IW), packed as `pack` left it, what is added: bias (OC) or null, or an epilogue in place of the
  /// configuration's, y (N, OC, OD, OH, OW), scratch of `p.scratch` elements. No two of them overlap. @pre `p` was made
  /// for a team of `executor.workers()`.
  template <class Added, Executor E>
  static void run(const plan_type& p, const T* x, const T* packed, const Added& added, T* y, T* scratch,
                  const E& executor) {
    nest::run(p.problem, p.cut, x, {packed}, epilogue_of<config.activation, T>(added), y, line_start(scratch),
              executor);
  }
  /// The same with a plan of its own. Throws as `output_dims` does, before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* packed, const T* bias, T* y, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), x, packed, bias, y, scratch,
        executor);
  }

 private:
  using nest = typename family::nest;
  using problem = typename family::problem;

  static constexpr correlation listed(correlation asked) {
    asked.listed = listed_taps<computed, config.kernel_size>::list();
    return asked;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
