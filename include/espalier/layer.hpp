// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The layer: a convolution with its weight, its bias and its prior.
#pragma once

// First, so that a compiler that quotes it names few files on the way.
#include <espalier/valid_prior.hpp>  // IWYU pragma: keep

#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/convolution.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/explain.hpp>
#include <espalier/expression.hpp>
#include <espalier/frozen_layer.hpp>
#include <espalier/layer_numbers.hpp>
#include <espalier/layer_rules.hpp>
#include <espalier/layer_text.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/text.hpp>
#include <espalier/tracked.hpp>
#include <espalier/weights/initialize.hpp>
#include <iosfwd>
#include <span>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// A 3-D convolution layer whose kernels obey `Prior`.
///
/// out = floor((in + pad_before + pad_after - dilation * (kernel - 1) - 1) / stride) + 1 per axis; the weight has shape
/// (out_channels, in_channels / groups, KD, KH, KW). With `enforcement::forward` the stored weight is free and each
/// forward uses its constrained value, and where that is known while the program compiles no weight is stored; with
/// `post_step` forward uses the stored weight as it is, and `project()` overwrites it. A const layer can be called from
/// several threads at once. Rejected when: ESP-001 to ESP-045. An optimiser follows it. Example: examples/unit_l2.cpp
template <conv3d Config, auto Prior = identity, class T = float>
#if !defined(__clang__)  // which drops a class whose constraint has an error, and says so twice more
requires(!detail::HasAType<decltype(Prior)> || detail::named_layer<Config, decltype(Prior), T>)
#endif
class constrained_conv3d : public detail::held::tracked,
                           public detail::layer_tensors_of<Config, T>,
                           public detail::held::layer_numbers<constrained_conv3d<Config, Prior, T>>,
                           private detail::layer_refusals_of<Config, T> {
  static_assert(detail::HasAType<decltype(Prior)>,
                "ESP-075: a mode that takes numbers stands here without them; write modes::max_l2<0.8>, "
                "modes::fixed_center<>, clamp<0>");
  using stored = typename constrained_conv3d::layer_tensors;
  using refused = typename constrained_conv3d::layer_refusals;
  using numbers = typename constrained_conv3d::layer_numbers;
  friend numbers;

 public:
  using convolution_type = typename detail::layer_convolution<Config, Prior, T>::type;
  using element = typename convolution_type::element;
  static constexpr conv3d config = convolution_type::config;
  using numbers::get, numbers::set, numbers::zero_gradients;
  using refused::backward, refused::backward_weights, refused::get, refused::set, refused::operator();
  using stored::require_gradients, stored::require_shapes;
  /// Whether the gradients need what forward returned: with an activation.
  static constexpr bool needs_output = convolution_type::needs_output;

  /// Weight uniform in +-sqrt(6 / fan_in), bias uniform in +-1 / sqrt(fan_in); equal seeds give equal layers.
  explicit constrained_conv3d(seed s = {}) : stored(stores_weight) {
    detail::initialize(stores_weight ? weight_.data() : nullptr, convolution_type::weights,
                       config.bias ? bias_.data() : nullptr, s);
    numbers::start_learned();
  }
  template <Number N>
  ESPALIER_UNAVAILABLE("ESP-071: a layer is made from a seed and not from a number: conv{esp::seed{42}}")
  explicit constrained_conv3d(N) : constrained_conv3d(seed{}) {}

  /// Gives the prior's named parameters values: `conv.set<"c">(0.8)`, `conv.set<"lo", "hi">(2, 3)`. Rejected when:
  /// ESP-045. Throws where a value breaks the rule of a policy that uses it (ESP-026, 027, 029, 032, 115), is NaN
  /// (ESP-115) or beyond the element type (ESP-116); nothing is then changed.
  template <fixed_string... Names, class... Values>
  requires(sizeof...(Names) == sizeof...(Values) && (std::is_arithmetic_v<Values> && ...))
  void set(Values... values) {
    named_.template set<Names...>(values...);
  }

  /// The prior applied to the stored weight, as a new tensor. Throws ESP-109, ESP-110.
  [[nodiscard]] tensor<element, 5> constrained_weight() const {
    tensor<element, 5> result(stored::kernel_dims());
    require_shapes();
    const detail::aligned_buffer<element> scratch(project_scratch_size());
    convolution_type::constrain(weight_.data(), result.data(), scratch.span(), named_);
    return result;
  }

  /// Overwrites the stored weight, if there is one, with its constrained value, in place. Throws ESP-109, ESP-110; the
  /// weight is then unchanged.
  void project() { project(detail::aligned_buffer<element>(project_scratch_size()).span()); }

  /// The same with the caller's scratch of `project_scratch_size()` elements: allocates nothing. Throws ESP-105 too.
  void project(std::span<element> scratch) {
    require_shapes();
    convolution_type::require_scratch(scratch, project_scratch_size(), "project_scratch_size()");
    if constexpr (stores_weight) convolution_type::constrain(weight_.data(), weight_.data(), scratch, named_);
  }
  [[nodiscard]] static constexpr index_t project_scratch_size() { return convolution_type::constrain_scratch_size(); }

  /// Overwrites the stored weight, if there is one, with what the prior `Start` makes of it: training starts where this
  /// layer's prior changes little, for example `conv.start_from<modes::shifted_fixed_center<>>()` under
  /// `modes::fixed_center<>`, which makes large taps of blocks whose sum is near zero. Throws ESP-109; ESP-110 for a
  /// `Start` with named parameters.
  template <auto Start>
  void start_from() {
    using start = convolution<Config, Start, T>;
    require_shapes();
    if constexpr (stores_weight) {
      const detail::aligned_buffer<element> scratch(start::constrain_scratch_size());
      start::constrain(weight_.data(), weight_.data(), scratch.span());
      numbers::start_learned();
    }
  }

  /// Throws what `project` would throw, and changes nothing.
  void require_projectable() const {
    require_shapes();
    named_.require_all();
  }

  /// The values of the prior's named parameters.
  [[nodiscard]] auto& named_parameters() { return named_; }
  [[nodiscard]] const auto& named_parameters() const { return named_; }

  /// The output for any tensor expression of shape (N, in_channels, D, H, W), as a new tensor.
  ///
  /// A contiguous tensor of `T` is read in place, anything else through one copy. Throws ESP-100 to ESP-104, ESP-109,
  /// ESP-110. Cost: see convolution::forward, plus one allocation of scratch.
  template <TensorExpression X, Executor E = serial>
  [[nodiscard]] tensor<element, 5> operator()(const X& x, const E& executor = {}) const {
    const detail::input_view<element> input(x);
    const auto plan = convolution_type::plan_forward(input.dims(), executor.workers());
    tensor<element, 5> y = empty(plan.output);
    const detail::aligned_buffer<element> scratch(plan.scratch);
    run(plan, input.data(), y.data(), scratch.span(), executor);
    return y;
  }

  /// The same into a tensor of the caller, which has the output's shape. Throws ESP-107 and ESP-108 too; y is then
  /// unchanged.
  template <TensorExpression X, TensorExpression Y, Executor E = serial>
  void forward(const X& x, Y&& y, const E& executor = {}) const {
    const detail::input_view<element> input(x);
    const auto plan = convolution_type::plan_forward(input.dims(), executor.workers());
    detail::output_view<element, std::remove_reference_t<Y>> output(y, plan.output);
    const detail::aligned_buffer<element> scratch(plan.scratch);
    run(plan, input.data(), output.data(), scratch.span(), executor);
    output.commit();
  }

  /// The same on raw pointers, with scratch of its own.
  template <Executor E = serial>
  void forward(const element* x, dims5 input, element* y, const E& executor = {}) const {
    const auto plan = convolution_type::plan_forward(input, executor.workers());
    const detail::aligned_buffer<element> scratch(plan.scratch);
    run(plan, x, y, scratch.span(), executor);
  }

  /// The same on raw pointers and with the caller's scratch: allocates nothing. `scratch_size` tells how much.
  template <Executor E = serial>
  void forward(const element* x, dims5 input, element* y, std::span<element> scratch, const E& executor = {}) const {
    run(convolution_type::plan_forward(input, executor.workers()), x, y, scratch, executor);
  }
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) {
    return convolution_type::scratch_size(input, workers);
  }

  /// The weight as it is now, constrained and packed once, with calls of its own. Throws ESP-109, ESP-110.
  template <direction What = direction::forward>
  [[nodiscard]] auto freeze() const {
    return frozen_layer<Config, Prior, T, What>(*this);
  }

  /// The gradient with respect to the input, as a new tensor, from that with respect to the output; the gradients of
  /// weight and bias are added to what the layer holds.
  ///
  /// `x` is what forward was called with, `y` what it returned, and `grad_y` has y's shape; all are any tensor
  /// expression. A layer without an activation does not read y, and has the calls without it too. Throws ESP-100 to
  /// ESP-104, ESP-109, ESP-110, and ESP-114 or ESP-202 where grad_y or y has another shape; the gradients are then
  /// unchanged. Cost: see convolution::backward, plus one allocation of scratch.
  template <TensorExpression X, TensorExpression Y, TensorExpression G, Executor E = serial>
  tensor<element, 5> backward(const X& x, const Y& y, const G& grad_y, const E& executor = {}) {
    const detail::input_view<element> input(x), output(y), gradient(grad_y);
    tensor<element, 5> grad_x;
    run_backward(input, &output, gradient, &grad_x, executor);
    return grad_x;
  }
  template <TensorExpression X, TensorExpression G, Executor E = serial>
  requires(!needs_output)
  tensor<element, 5> backward(const X& x, const G& grad_y, const E& executor = {}) {
    const detail::input_view<element> input(x), gradient(grad_y);
    tensor<element, 5> grad_x;
    run_backward(input, nullptr, gradient, &grad_x, executor);
    return grad_x;
  }

  /// The same without the gradient of the input: for the first layer of a sequence.
  template <TensorExpression X, TensorExpression Y, TensorExpression G, Executor E = serial>
  void backward_weights(const X& x, const Y& y, const G& grad_y, const E& executor = {}) {
    const detail::input_view<element> input(x), output(y), gradient(grad_y);
    run_backward(input, &output, gradient, nullptr, executor);
  }
  template <TensorExpression X, TensorExpression G, Executor E = serial>
  requires(!needs_output)
  void backward_weights(const X& x, const G& grad_y, const E& executor = {}) {
    const detail::input_view<element> input(x), gradient(grad_y);
    run_backward(input, nullptr, gradient, nullptr, executor);
  }

  /// The same on raw pointers, with scratch of its own; `grad_x` null: not wanted.
  template <Executor E = serial>
  void backward(const element* x, dims5 input, const element* y, const element* grad_y, element* grad_x,
                const E& executor = {}) {
    const auto plan = convolution_type::plan_backward(input, executor.workers());
    const detail::aligned_buffer<element> scratch(plan.scratch);
    run_backward(plan, x, y, grad_y, grad_x, scratch.span(), executor);
  }
  template <Executor E = serial>
  requires(!needs_output)
  void backward(const element* x, dims5 input, const element* grad_y, element* grad_x, const E& executor = {}) {
    backward(x, input, nullptr, grad_y, grad_x, executor);
  }

  /// The same with the caller's scratch: allocates nothing once the gradients have their memory.
  template <Executor E = serial>
  void backward(const element* x, dims5 input, const element* y, const element* grad_y, element* grad_x,
                std::span<element> scratch, const E& executor = {}) {
    run_backward(convolution_type::plan_backward(input, executor.workers()), x, y, grad_y, grad_x, scratch, executor);
  }
  template <Executor E = serial>
  requires(!needs_output)
  void backward(const element* x, dims5 input, const element* grad_y, element* grad_x, std::span<element> scratch,
                const E& executor = {}) {
    backward(x, input, nullptr, grad_y, grad_x, scratch, executor);
  }
  [[nodiscard]] static index_t backward_scratch_size(dims5 input, index_t workers = 1) {
    return convolution_type::backward_scratch_size(input, workers);
  }

  /// What the prior is on this layer's kernel: formula, passes, operations, proved facts.
  [[nodiscard]] static consteval explanation explain() {
    return detail::explain_formula<typename convolution_type::formula_type>();
  }
  /// The layer as a constructor call, defaults left out; what `<<` prints.
  [[nodiscard]] static constexpr std::string_view description() { return described.view(); }
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const constrained_conv3d&) {
    return os << description();
  }

 private:
  using stored::bias_, stored::bias_gradient_, stored::empty, stored::weight_, stored::weight_gradient_;
  static constexpr bool stores_weight = convolution_type::weight_size > 0;
  static constexpr text described =
      detail::layer_text<config, typename convolution_type::formula_type::policy_type, element>();

  template <Executor E>
  void run_backward(const detail::input_view<element>& x, const detail::input_view<element>* y,  // null: not known
                    const detail::input_view<element>& grad_y, tensor<element, 5>* grad_x,       // null: not wanted
                    const E& executor) {
    const auto plan = convolution_type::plan_backward(x.dims(), executor.workers());
    if (y != nullptr) detail::require_output_shape(y->dims(), plan.output);
    detail::require_gradient_shape(grad_y.dims(), plan.output);
    if (grad_x != nullptr) *grad_x = empty(plan.input);
    const detail::aligned_buffer<element> scratch(plan.scratch);
    run_backward(plan, x.data(), y == nullptr ? nullptr : y->data(), grad_y.data(),
                 grad_x == nullptr ? nullptr : grad_x->data(), scratch.span(), executor);
  }
  template <Executor E>
  void run(const typename convolution_type::forward_plan& plan, const element* x, element* y,
           std::span<element> scratch, const E& executor) const {
    require_shapes();
    convolution_type::forward(plan, x, weight_.data(), config.bias ? bias_.data() : nullptr, y, scratch, executor,
                              named_);
  }
  template <Executor E>
  void run_backward(const typename convolution_type::backward_plan& plan, const element* x, const element* y,
                    const element* grad_y, element* grad_x, std::span<element> scratch, const E& executor) {
    require_shapes();
    require_gradients();
    element* const bias = config.bias ? bias_gradient_.data() : nullptr;
    convolution_type::backward(plan, x, weight_.data(), y, grad_y, grad_x, weight_gradient_.data(), bias, scratch,
                               executor, named_, numbers::gradients_to_add_to());
  }

  typename convolution_type::parameters_type named_{};
  [[no_unique_address]] detail::learned_gradients<element, (convolution_type::learned_count > 0)> learned_gradients_{};
};

}  // namespace esp::inline ESPALIER_ABI
