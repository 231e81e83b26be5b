// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A constrained convolution on raw pointers: no container, no state, and no allocation when given its scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/constrained_formula.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/backward_activation.hpp>
#include <espalier/conv/backward_bias.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/either_plan.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dims.hpp>
#include <espalier/element_range.hpp>
#include <espalier/executor.hpp>
#include <espalier/gradient.hpp>
#include <espalier/lower.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/weights/learned_numbers.hpp>
#include <espalier/weights/parameters.hpp>
#include <span>
#include <type_traits>

#if defined(__GNUC__) && !defined(__OPTIMIZE__) && !defined(ESPALIER_UNOPTIMIZED)
#pragma message(                                                                                      \
    "espalier: compiled without optimisation, which makes a layer hundreds of times slower: add -O2 " \
    "-march=native, or define ESPALIER_UNOPTIMIZED where that is meant")
#endif

namespace esp::inline ESPALIER_ABI {

/// The operations of a layer as static functions: what embedders without xtensor call, and what the layer itself calls.
///
/// Shapes: x (N, IC, D, H, W), weight (OC, IC / groups, KD, KH, KW), bias (OC), y (N, OC, OD, OH, OW), all contiguous.
/// Rejected when `validated<Config>` (ESP-001 to ESP-014) or `valid_prior` (ESP-020 to ESP-042) is.
/// Example: examples/raw_pointers.cpp
template <conv3d Config, auto Prior = identity, class T = float>
struct convolution {
  using element = std::conditional_t<validated_element<T>::value, T, float>;
  using asked_formula = typename detail::constrained_formula<Config, std::remove_const_t<decltype(Prior)>,
                                                             validated<Config>::value>::type;
  using formula_type =
      std::conditional_t<detail::fitting_numbers<asked_formula, element>::value, asked_formula,
                         detail::formula<detail::held::refused_t, asked_formula::value.shape, asked_formula::eps>>;
  using gradient_type =
      detail::gradient_formula<typename formula_type::policy_type, formula_type::value.shape, formula_type::eps>;
  using parameters_type = detail::parameters<formula_type, element>;
  using learned_type = detail::learned_numbers<formula_type, element>;

  static constexpr conv3d config = detail::direct_forward<Config, element>::config;
  static_assert(!validated<Config>::value || detail::fits_element<element>(Config.eps),
                "ESP-191: eps is infinite or zero in the layer's element type (float reaches from 1e-45 to 3e38), so "
                "it guards nothing; write one that the type can hold, or .eps = 0 for none");

  /// Numbers that are learned beside the weight; their gradients lie in this order: name after name of the formula.
  static constexpr index_t learned_count = learned_type::count;
  /// Whether `backward` needs what `forward` wrote: with an activation.
  static constexpr bool needs_output = config.activation != activation::none;

  /// The algorithm of one direction, never `automatic`: of the kernel that the prior leaves.
  static constexpr algorithm algorithm_of(direction what) { return plans::algorithm_of(what); }
  /// The family of kernels that computes one direction, and its form.
  static constexpr choice choice_of(direction what) { return plans::choice_of(what); }
  /// The extents of the kernel that is computed: without the planes that the prior makes zero at its ends.
  static constexpr extents computed_kernel(direction what) { return plans::computed_kernel(what); }
  static constexpr weight_shape weights = detail::weight_shape_of(config);

 private:
  using plans = detail::convolution_plans<config, formula_type, element>;
  using weight_sweep = typename plans::weight_sweep;

 public:
  /// Elements of the stored weight and of its gradient: 0, and both may be null, where every tap is a known number.
  static constexpr index_t weight_size = plans::weight_size;

  /// Shape of the output for an input of this shape. Throws ESP-101 to ESP-104.
  [[nodiscard]] static dims5 output_shape(dims5 input) { return output_dims(config, input); }

  /// Elements of scratch for `constrain`: a constant, one tile of the sweep and the scalars of its blocks.
  [[nodiscard]] static constexpr index_t constrain_scratch_size() { return plans::line + weight_sweep::scratch_size; }

  /// What a call of `forward` knows before it runs: the output's shape, the plan of its kernel, the scratch it needs.
  using forward_plan = typename plans::forward_plan;
  /// Plans a call for an input of this shape and a team of `workers`. Cheap: no memory is touched. Throws ESP-101 to
  /// ESP-104; ESP-103 too for a team whose scratch no 64-bit size can count.
  [[nodiscard]] static forward_plan plan_forward(dims5 input, index_t workers = 1) {
    return plans::plan_forward(input, workers);
  }
  /// The same for a call of `backward`.
  using backward_plan = typename plans::backward_plan;
  [[nodiscard]] static backward_plan plan_backward(dims5 input, index_t workers = 1) {
    return plans::plan_backward(input, workers);
  }

  /// Elements of scratch for `forward` on an input of this shape with a team of `workers`: the packed weight, and what
  /// its sweep and then the convolution work in; a copy of the weight only where the sweep cannot pack (few channels by
  /// row tiles; reductions of filters into the transposed weight of `backward`). Throws as `plan_forward`.
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) {
    return plan_forward(input, workers).scratch;
  }

  /// Elements of scratch for `backward` on an input of this shape with a team of `workers`; with enforcement in forward
  /// a copy of the weight too, for its gradient before the prior's, with an activation one of the output's gradient,
  /// and with a replicated border the padded gradient of a few samples. Throws as `scratch_size`.
  [[nodiscard]] static index_t backward_scratch_size(dims5 input, index_t workers = 1) {
    return plan_backward(input, workers).scratch;
  }

  /// Throws ESP-105 for scratch of fewer elements than `needed`, which the call `ask` tells.
  static void require_scratch(std::span<element> scratch, index_t needed, const char* ask) {
    detail::require_scratch(scratch.size(), needed, ask);
  }

  /// Writes the constrained value of `weight` to `result`; both may be the same memory. Allocates nothing.
  /// Throws ESP-105 for scratch that is too small, ESP-106 for a null pointer, ESP-180 for memory that no element may
  /// lie at, ESP-110 for a parameter without a value, and as `parameters::set` for one that breaks a rule of the prior.
  static void constrain(const element* weight, element* result, std::span<element> scratch,
                        const parameters_type& named = {}) {
    require_scratch(scratch, constrain_scratch_size(), "constrain_scratch_size()");
    if (is_missing(weight) || result == nullptr) throw detail::null_pointer("weight or result");
    detail::require_elements<element>({weight, result, scratch.data()});
    named.require_all();
    weight_sweep::run(weight, result, named.data(), detail::aligned(scratch.data()));
  }

  /// Gives learned numbers that have a `starts_at` its value for this weight. Allocates nothing. Throws ESP-105, 106.
  static void start_learned(const element* weight, parameters_type& named, std::span<element> scratch) {
    require_scratch(scratch, start_scratch_size(), "start_scratch_size()");
    if (weight == nullptr) throw detail::null_pointer("weight");
    learned_type::start(weight, named.data(), detail::aligned(scratch.data()));
  }
  [[nodiscard]] static constexpr index_t start_scratch_size() { return learned_type::start_scratch_size + plans::line; }

  /// y = convolution of x with the weight, which is constrained on the way where the configuration enforces in forward;
  /// then the bias, then the activation.
  ///
  /// `bias` is read only where the configuration has one. Allocates nothing: `scratch` has `scratch_size(input,
  /// executor.workers())` elements. Results depend on neither executor nor scratch. Throws ESP-101 to ESP-105, ESP-106
  /// for a null pointer, ESP-180, ESP-108 where y overlaps x, ESP-110; y is then unchanged. Cost: one sweep over the
  /// weight, which packs it on the way, then 2 * N * OC * IC / groups * taps * OD * OH * OW operations.
  template <Executor E = serial>
  static void forward(const element* x, dims5 input, const element* weight, const element* bias, element* y,
                      std::span<element> scratch, const E& executor = {}, const parameters_type& named = {}) {
    forward(plan_forward(input, static_cast<index_t>(executor.workers())), x, weight, bias, y, scratch, executor,
            named);
  }
  /// The same for who has planned the call. @pre `p` was made for a team of `executor.workers()`.
  template <Executor E = serial>
  static void forward(const forward_plan& p, const element* x, const element* weight, const element* bias, element* y,
                      std::span<element> scratch, const E& executor = {}, const parameters_type& named = {}) {
    forward_finished(p, x, weight, bias, [](const element* added) { return added; }, y, scratch, executor, named);
  }
  /// The same with what `finish(bias)`, or of null, makes of the sums (conv/store/epilogue.hpp): for who fuses more.
  template <class Finish, Executor E>
  static void forward_finished(const forward_plan& p, const element* x, const element* weight, const element* bias,
                               const Finish& finish, element* y, std::span<element> scratch, const E& executor,
                               const parameters_type& named) {
    require_scratch(scratch, p.scratch, "scratch_size(input, workers)");
    if (is_missing(weight) || (config.bias && bias == nullptr) || (p.input.size() > 0 && x == nullptr) ||
        (p.output.size() > 0 && y == nullptr)) {
      throw detail::null_pointer("x, weight, bias or y");
    }
    const element* const added = config.bias ? bias : nullptr;
    detail::require_elements<element>({x, weight, added, y, scratch.data()});
    detail::require_output_apart(detail::elements(y, p.output.size()), detail::elements(x, p.input.size()));
    if constexpr (through_prior) named.require_all();
    plans::run_forward(p, x, weight, named.data(), finish(added), y, detail::aligned(scratch.data()), executor);
  }

  /// The gradients of a loss from `grad_y`, its gradient with respect to y: with respect to the input, which is
  /// overwritten, and to the stored weight and the bias, which are added to `grad_weight` and `grad_bias`.
  ///
  /// `y` is what forward wrote for these operands. It is read only where the configuration has an activation: the
  /// gradient of the sums is then that of y where y is not at most 0, copied once into the scratch.
  /// Where the configuration enforces in forward, the weight's gradient runs through the prior's; with `post_step` it
  /// is the plain one. `grad_x` null: not wanted. `grad_bias` is used only where the configuration has a bias. Those of
  /// the prior's learned numbers are added to the `learned_count` elements of `grad_learned`.
  /// Allocates nothing: `scratch` has `backward_scratch_size(input, executor.workers())` elements. Results depend on
  /// neither executor nor scratch. Throws as forward does, ESP-108 where an output overlaps another operand; all
  /// gradients are then unchanged. Cost: per wanted gradient the operations of forward, and the sweeps of the prior and
  /// its gradient.
  template <Executor E = serial>
  static void backward(const element* x, dims5 input, const element* weight, const element* y, const element* grad_y,
                       element* grad_x, element* grad_weight, element* grad_bias, std::span<element> scratch,
                       const E& executor = {}, const parameters_type& named = {}, element* grad_learned = nullptr) {
    backward(plan_backward(input, static_cast<index_t>(executor.workers())), x, weight, y, grad_y, grad_x, grad_weight,
             grad_bias, scratch, executor, named, grad_learned);
  }
  /// The same for who has planned the call. @pre `p` was made for a team of `executor.workers()`.
  template <Executor E = serial>
  static void backward(const backward_plan& p, const element* x, const element* weight, const element* y,
                       const element* grad_y, element* grad_x, element* grad_weight, element* grad_bias,
                       std::span<element> scratch, const E& executor = {}, const parameters_type& named = {},
                       element* grad_learned = nullptr) {
    const dims5 &input = p.input, &output = p.output;
    require_scratch(scratch, p.scratch, "backward_scratch_size(input, workers)");
    const index_t biases = config.bias ? config.out_channels : 0;
    detail::require_backward_operands<element>(
        {.grad_weight = {grad_weight, weight_size},
         .grad_bias = {config.bias ? grad_bias : nullptr, biases},
         .grad_x = {grad_x, grad_x == nullptr ? 0 : input.size()},
         .grad_learned = {learned_count > 0 ? grad_learned : nullptr, learned_count},
         .x = {x, input.size()},
         .weight = {weight, weight_size},
         .grad_y = {grad_y, output.size()},
         .y = {needs_output ? y : nullptr, needs_output ? output.size() : 0}},
        scratch.data());
    if constexpr (through_prior) named.require_all();
    element* packed = detail::aligned(scratch.data());
    if constexpr (needs_output) {
      detail::backward_relu(y, grad_y, output.size(), packed, executor);
      grad_y = packed;  // that of the sums, from here on
      packed += plans::passed_room(output);
    }
    p.kernels.visit([&]<class Data, class Weights>(detail::backward_kernels<Data, Weights>, const auto& plan) {
      element* const copy = packed + plans::template packed_room<Data>;
      element* const weight_part = copy + plans::template copy_room<Data>;
      element* const rest = weight_part + plans::part_room;
      if (grad_x != nullptr) {
        const index_t workers = static_cast<index_t>(executor.workers());
        const bool in_parts = packing<Data>::run_in_parts(
            plan.data, weight, named.data(), workers, packed, [&](auto kernel_type, const auto& parts) {
              decltype(kernel_type)::run_parts(plan.data, grad_y, parts, grad_x, rest, executor);
            });
        if (!in_parts) {
          const element* const read = packing<Data>::run(weight, named.data(), packed, copy, rest);
          Data::run(plan.data, grad_y, read, grad_x, rest, executor);
        }
      }
      add_weight_gradient(
          weight, named, grad_weight, grad_learned, weight_part, rest,
          [&](element* to, bool accumulate) { Weights::run(plan.weights, x, grad_y, to, accumulate, rest, executor); });
    });
    if constexpr (config.bias) detail::direct_backward_bias(grad_y, output, grad_bias, true, executor);
  }

  /// The same for a configuration without an activation, which needs no y.
  template <Executor E = serial>
  requires(!needs_output)
  static void backward(const element* x, dims5 input, const element* weight, const element* grad_y, element* grad_x,
                       element* grad_weight, element* grad_bias, std::span<element> scratch, const E& executor = {},
                       const parameters_type& named = {}, element* grad_learned = nullptr) {
    backward(x, input, weight, nullptr, grad_y, grad_x, grad_weight, grad_bias, scratch, executor, named, grad_learned);
  }
  template <Executor E = serial>
  requires(!needs_output)
  static void backward(const backward_plan& p, const element* x, const element* weight, const element* grad_y,
                       element* grad_x, element* grad_weight, element* grad_bias, std::span<element> scratch,
                       const E& executor = {}, const parameters_type& named = {}, element* grad_learned = nullptr) {
    backward(p, x, weight, nullptr, grad_y, grad_x, grad_weight, grad_bias, scratch, executor, named, grad_learned);
  }
  template <Executor E = serial>
  requires(needs_output)
  ESPALIER_UNAVAILABLE(
      "ESP-201: the gradient of an activation needs the output y that forward wrote; pass it before "
      "grad_y: backward(x, input, weight, y, grad_y, ...)")
  static void backward(const element*, dims5, const element*, const element*, element*, element*, element*,
                       std::span<element>, const E& = {}, const parameters_type& = {}) {}

 private:
  using gradient_sweep = typename plans::gradient_sweep;
  template <class Kernel>
  using packing = typename plans::template packing<Kernel>;
  static constexpr bool through_prior = plans::through_prior;
  static constexpr bool is_missing(const element* weight) { return weight_size > 0 && weight == nullptr; }

  /// Adds the gradient of the stored weight, through the prior's where that is enforced in forward; `compute(to,
  /// accumulate)` makes that of the constrained one. `part` has room for it, `scratch` for the sweep.
  template <class Compute>
  static void add_weight_gradient(const element* weight, const parameters_type& named, element* grad_weight,
                                  [[maybe_unused]] element* grad_learned, element* part, element* scratch,
                                  const Compute& compute) {
    if constexpr (through_prior && !plans::is_constant) {
      compute(part, false);
      if constexpr (learned_count > 0) {
        learned_type::add_gradients(weight, named.data(), grad_learned, scratch, part);
      }
      gradient_sweep::run(weight, part, named.data(), scratch, part);
      for (index_t i = 0; i < weights.size(); ++i) grad_weight[i] += part[i];
    } else {
      compute(grad_weight, true);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
