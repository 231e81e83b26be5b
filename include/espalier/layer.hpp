// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The layer: a convolution with its weight, its bias and its prior.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/convolution.hpp>
#include <espalier/error.hpp>
#include <espalier/explain.hpp>
#include <espalier/layer_text.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/weights/initialize.hpp>
#include <iosfwd>
#include <span>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// A 3-D convolution layer whose kernels obey `Prior`.
///
/// out = floor((in + pad_before + pad_after - dilation * (kernel - 1) - 1) / stride) + 1 per axis; the weight has shape
/// (out_channels, in_channels / groups, KD, KH, KW). With `enforcement::forward` the stored weight is free and each
/// forward uses its constrained value; with `post_step` forward uses the stored weight as it is, and `project()`
/// overwrites it. A const layer can be called from several threads at once. Rejected when: ESP-001 to ESP-045, each
/// with one sentence. Example: examples/unit_l2.cpp
template <conv3d Config, auto Prior = identity, class T = float>
class constrained_conv3d {
 public:
  using convolution_type = convolution<Config, Prior, T>;
  using element = typename convolution_type::element;
  static constexpr conv3d config = convolution_type::config;

  /// Weight uniform in +-sqrt(6 / fan_in), bias uniform in +-1 / sqrt(fan_in); equal seeds give equal layers.
  explicit constrained_conv3d(seed s = {}) : weight_(weight_dims()), bias_(bias_dims()) {
    initialize(weight_.data(), convolution_type::weights, config.bias ? bias_.data() : nullptr, s);
  }

  /// The stored weight, (out_channels, in_channels / groups, KD, KH, KW): read it, write into it; its shape stays.
  [[nodiscard]] tensor<element, 5>& weight() { return weight_; }
  [[nodiscard]] const tensor<element, 5>& weight() const { return weight_; }

  /// The bias, (out_channels); only where the configuration has one.
  [[nodiscard]] tensor<element, 1>& bias() requires(config.bias) { return bias_; }
  [[nodiscard]] const tensor<element, 1>& bias() const requires(config.bias) { return bias_; }

  /// Gives the prior's named parameter a value: `conv.set<"c">(0.8)`. Rejected when: ESP-045.
  template <fixed_string Name>
  void set(element value) {
    named_.template set<Name>(value);
  }
  template <fixed_string Name>
  [[nodiscard]] element get() const {
    return named_.template get<Name>();
  }

  /// The prior applied to the stored weight, as a new tensor. Throws ESP-109, ESP-110.
  [[nodiscard]] tensor<element, 5> constrained_weight() const {
    tensor<element, 5> result(weight_dims());
    constrain_into(result.data());
    return result;
  }

  /// Overwrites the stored weight with its constrained value, in place. Throws ESP-109, ESP-110; the weight is then
  /// unchanged.
  void project() { constrain_into(weight_.data()); }

  /// The output for any tensor expression of shape (N, in_channels, D, H, W), as a new tensor.
  ///
  /// A contiguous tensor of `T` is read in place, anything else through one copy. Throws ESP-100 to ESP-104, ESP-109,
  /// ESP-110. Cost: see convolution::forward, plus one allocation of scratch.
  template <TensorExpression X, Executor E = serial>
  [[nodiscard]] tensor<element, 5> operator()(const X& x, const E& executor = {}) const {
    const input_view<element> input(x);
    const dims5 out = convolution_type::output_shape(input.dims());
    tensor<element, 5> y(std::array<std::size_t, 5>{size(out.n), size(out.c), size(out.d), size(out.h), size(out.w)});
    forward(input.data(), input.dims(), y.data(), executor);
    return y;
  }

  /// The same into a tensor of the caller, which has the output's shape. Throws ESP-107 and ESP-108 too; y is then
  /// unchanged.
  template <TensorExpression X, TensorExpression Y, Executor E = serial>
  void forward(const X& x, Y&& y, const E& executor = {}) const {
    const input_view<element> input(x);
    output_view<element, std::remove_reference_t<Y>> output(y, convolution_type::output_shape(input.dims()));
    forward(input.data(), input.dims(), output.data(), executor);
    output.commit();
  }

  /// The same on raw pointers, with scratch of its own.
  template <Executor E = serial>
  void forward(const element* x, dims5 input, element* y, const E& executor = {}) const {
    const aligned_buffer<element> scratch(convolution_type::scratch_size(input, executor.workers()));
    forward(x, input, y, scratch.span(), executor);
  }

  /// The same on raw pointers and with the caller's scratch: allocates nothing. `scratch_size` tells how much.
  template <Executor E = serial>
  void forward(const element* x, dims5 input, element* y, std::span<element> scratch, const E& executor = {}) const {
    require_shapes();
    convolution_type::forward(x, input, weight_.data(), config.bias ? bias_.data() : nullptr, y, scratch, executor,
                              named_);
  }
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) {
    return convolution_type::scratch_size(input, workers);
  }

  /// What the prior is on this layer's kernel: formula, passes, operations, proved facts.
  [[nodiscard]] static consteval explanation explain() {
    return explain_formula<typename convolution_type::formula_type>();
  }

  /// The layer as a constructor call, defaults left out.
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const constrained_conv3d&) {
    static constexpr text call = layer_text<config, typename convolution_type::formula_type::policy_type, element>();
    return os << call.view();
  }

 private:
  static constexpr std::size_t size(index_t n) { return static_cast<std::size_t>(n); }
  static constexpr std::array<std::size_t, 5> weight_dims() {
    constexpr weight_shape s = convolution_type::weights;
    return {size(s.out), size(s.in), size(s.kernel.d), size(s.kernel.h), size(s.kernel.w)};
  }
  static constexpr std::array<std::size_t, 1> bias_dims() { return {config.bias ? size(config.out_channels) : 0}; }

  /// Assigning a tensor of another shape to `weight()` resizes it, and moving from it empties it; that is found here
  /// and not in a kernel.
  void require_shapes() const {
    constexpr index_t biases = config.bias ? config.out_channels : 0;
    if (weight_.shape() != weight_dims() || weight_.storage().size() != size(convolution_type::weights.size()) ||
        bias_.shape() != bias_dims() || bias_.storage().size() != size(biases)) {
      throw error("ESP-109",
                  "the weight or the bias of the layer was given another shape or moved away; assign a tensor of shape "
                  "(out_channels, in_channels / groups, KD, KH, KW), or (out_channels)");
    }
  }
  void constrain_into(element* result) const {
    require_shapes();
    const aligned_buffer<element> scratch(convolution_type::constrain_scratch_size());
    convolution_type::constrain(weight_.data(), result, scratch.span(), named_);
  }

  tensor<element, 5> weight_;
  tensor<element, 1> bias_;
  typename convolution_type::parameters_type named_{};
};

}  // namespace esp::inline ESPALIER_ABI
