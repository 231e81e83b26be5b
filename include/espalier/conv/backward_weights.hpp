// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the weight, and the family that computes it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/channel/gradient_nest.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/flat/gradient_nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/plane/gradient_nest.hpp>
#include <espalier/conv/plane/kept_gradient_nest.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The nest by which a family computes the gradient of a weight.
template <choice Chosen, class T, kept_taps Kept, kernel_family = Chosen.family>
struct gradient_family;
template <choice Chosen, class T, kept_taps Kept>
struct gradient_family<Chosen, T, Kept, kernel_family::plane> {
  using nest = backward_weights_nest<Chosen.tile.rows, Chosen.tile.vectors, T>;
};
template <choice Chosen, class T, kept_taps Kept>
requires(!Kept.all())
struct gradient_family<Chosen, T, Kept, kernel_family::plane> {
  using nest = kept_gradient<Chosen.tile.rows, Chosen.tile.vectors, T, Kept>;
};
template <choice Chosen, class T, kept_taps Kept>
struct gradient_family<Chosen, T, Kept, kernel_family::flat> {
  using nest = flat_gradient<Chosen.tile.rows, Chosen.tile.vectors, T>;
};
template <choice Chosen, class T, kept_taps Kept>
struct gradient_family<Chosen, T, Kept, kernel_family::channel> {
  using nest = outer_gradient<Chosen.tile.rows, Chosen.tile.vectors, T, Kept>;
};

/// `grad_w[oc,ic,k] (+)= sum over (n, o) of grad_y[n,oc,o] x[n,ic,o S - P + k L]` on raw pointers.
///
/// Lanes run along output channels where they fill registers, else along W over rows that follow each other, so a
/// narrow volume costs no more than a wide one; with few channels and extent 1, along D, H and W as one axis. Allocates
/// nothing: the caller owns the scratch. The order of every sum depends on the shape alone: results are bitwise equal
/// for every executor and number of workers. With lanes along W a value of x meets zeros between the rows: one that is
/// not finite may make every tap of its channel NaN.
///
/// Taps that are not `Kept` are not computed: their gradients are zeros, or stay what they are where they are added to,
/// and what they would have read reaches no other: then a value of x that is not finite meets the kept taps that read
/// it alone. A kernel of more taps than a list can name is computed whole. Rejected when `validated<Config>` or
/// `validated_element<T>` is.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct direct_backward_weights {
  static_assert(sizeof(validated<Config>) > 0 && sizeof(validated_element<T>) > 0, "instantiates the rules");
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};

  /// The taps that are computed: all, where none is dropped.
  static constexpr kept_taps computed = config.kernel_size.volume() > kept_taps::most ||
                                                Kept.count(config.kernel_size) == config.kernel_size.volume()
                                            ? kept_taps{}
                                            : Kept;

  static constexpr choice chosen = choose_direct(config, direction::backward_weights, this_machine<T>, computed);
  using nest = typename gradient_family<chosen, T, computed>::nest;

  /// What one call knows before it runs.
  using plan_type = gradient_plan<typename nest::cut_type>;

  /// Plans a call for an input of this shape and a team of `workers`. @pre `output` is `output_dims(config, input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned_gradient<nest, T>(config, input, output, workers);
  }

  /// Plans a call of `run_window` for a window of the output of an input of shape `input`. @pre as `part_read`.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    return planned_gradient<nest, T>(config, input, window, workers);
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// x (N, IC, ID, IH, IW), grad_y (N, OC, OD, OH, OW), grad_w (OC, ICG, KD, KH, KW): overwritten, or added to where
  /// `accumulate`; scratch of `p.scratch` elements. No two of them overlap. @pre `p` was made for a team of
  /// `executor.workers()`.
  template <Executor E>
  static void run(const plan_type& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                  const E& executor) {
    T* const start = line_start(scratch);
    nest::run({config, p.input, p.output, x, grad_y, grad_w, accumulate, start + p.partial, start}, p.cut, executor);
  }
  /// The same over a window of the output: x is the part of the input that it reads, grad_y the window, a tensor each.
  /// The order of its sums depends on the shapes of both alone; over the windows of a division they add up to the
  /// whole's but for rounding.
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
