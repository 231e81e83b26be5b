// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The tensors that a layer stores: weight and bias, and the gradients of both.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/xtensor.hpp>

namespace esp::inline ESPALIER_ABI::detail::held {

/// The tensors of a layer of any configuration: what is done with them is compiled once a type, not once a layer.
template <class T>
class stored_tensors {
 public:
  using five_sizes = std::array<std::size_t, 5>;
  using one_size = std::array<std::size_t, 1>;

  ESPALIER_NO_INLINE stored_tensors(const five_sizes& weight, const one_size& bias) : weight_(weight), bias_(bias) {}
  stored_tensors(const stored_tensors&) = default;
  stored_tensors(stored_tensors&&) noexcept = default;
  stored_tensors& operator=(const stored_tensors&) = default;
  stored_tensors& operator=(stored_tensors&&) noexcept = default;
  ESPALIER_NO_INLINE ~stored_tensors() = default;

  /// A tensor of this shape, whose values are indeterminate.
  [[nodiscard]] ESPALIER_NO_INLINE static tensor<T, 5> empty(const dims5& d) {
    const auto size = [](index_t n) { return static_cast<std::size_t>(n); };
    return tensor<T, 5>(five_sizes{size(d.n), size(d.c), size(d.d), size(d.h), size(d.w)});
  }
  template <std::size_t Rank>
  [[nodiscard]] ESPALIER_NO_INLINE static tensor<T, Rank> zeros(const std::array<std::size_t, Rank>& shape) {
    return tensor<T, Rank>(shape, T{0});
  }

 protected:
  ESPALIER_NO_INLINE void require_sizes(const five_sizes& weight, const one_size& bias) const {
    std::size_t taps = 1;
    for (const std::size_t size : weight) taps *= size;
    if (taps == 0 && weight_.storage().size() > 0) {
      throw error("ESP-242", {"a weight was assigned to a layer whose prior makes a number of every tap, so that it "
                              "stores none; leave weight() empty, or use a layer whose prior reads its weight"});
    }
    if (weight_.shape() != weight || weight_.storage().size() != taps || bias_.shape() != bias ||
        bias_.storage().size() != bias[0]) {
      throw error(
          "ESP-109",
          {"the weight or the bias of the layer was given another shape or moved away; assign a tensor of shape "
           "(out_channels, in_channels / groups, KD, KH, KW), or (out_channels)"});
    }
  }
  /// No bias is one of no elements, whose gradient is not looked at. The gradient of no weight is one of no elements.
  ESPALIER_NO_INLINE void require_gradient_sizes(const five_sizes& weight, const one_size& bias) {
    take_gradients(weight, bias);
    if (weight_gradient_.shape() != weight || (bias[0] > 0 && bias_gradient_.shape() != bias)) {
      throw error(
          "ESP-109",
          {"a gradient of the layer was given another shape than its weight or bias has; assign a tensor of the "
           "same shape"});
    }
  }
  ESPALIER_NO_INLINE void take_gradients(const five_sizes& weight, const one_size& bias) {
    if (weight_gradient_.storage().empty()) weight_gradient_ = zeros(weight);
    if (bias[0] > 0 && bias_gradient_.storage().empty()) bias_gradient_ = zeros(bias);
  }

  tensor<T, 5> weight_;
  tensor<T, 1> bias_;
  tensor<T, 5> weight_gradient_{};
  tensor<T, 1> bias_gradient_{};
};

/// What a layer of this configuration stores. Values are indeterminate at first.
///
/// A prior that makes a number of every tap leaves no weight to store (`convolution::weight_size`): then weight and
/// gradient are tensors of no filters. That is told at run time, since a base that asks the prior stops g++ 12.
template <conv3d Config, class T>
class layer_tensors : private stored_tensors<T> {
  using tensors = stored_tensors<T>;

 public:
  /// The stored weight, (out_channels, in_channels / groups, KD, KH, KW): read it, write into it; its shape stays. No
  /// filters where none is stored: (0, in_channels / groups, KD, KH, KW).
  [[nodiscard]] tensor<T, 5>& weight() { return weight_; }
  [[nodiscard]] const tensor<T, 5>& weight() const { return weight_; }

  /// The bias, (out_channels); only where the configuration has one.
  [[nodiscard]] tensor<T, 1>& bias()
  requires(Config.bias)
  {
    return bias_;
  }
  [[nodiscard]] const tensor<T, 1>& bias() const
  requires(Config.bias)
  {
    return bias_;
  }

  /// Assigning a tensor of another shape to `weight()` resizes it, and moving from it empties it: throws ESP-109 for
  /// either, so that it is found here and not in a kernel; ESP-242 for a weight where none is stored.
  void require_shapes() const { tensors::require_sizes(weight_dims(), bias_dims()); }

  /// The gradients with respect to the stored weight and to the bias, summed over all calls of `backward` since the
  /// last `zero_gradients`; zero at first. Memory for them is taken at the first use, so a layer that only infers has
  /// none.
  [[nodiscard]] tensor<T, 5>& weight_gradient() {
    take_gradients();
    return weight_gradient_;
  }
  [[nodiscard]] tensor<T, 1>& bias_gradient()
  requires(Config.bias)
  {
    take_gradients();
    return bias_gradient_;
  }
  /// The same of a const layer, as a copy: zeros where no gradient was used yet, since it takes no memory for them.
  [[nodiscard]] tensor<T, 5> weight_gradient() const {
    return weight_gradient_.storage().empty() ? tensors::zeros(weight_dims()) : weight_gradient_;
  }
  [[nodiscard]] tensor<T, 1> bias_gradient() const
  requires(Config.bias)
  {
    return bias_gradient_.storage().empty() ? tensors::zeros(bias_dims()) : bias_gradient_;
  }
  /// Whether a gradient was ever used: an optimiser leaves a layer alone that has none, as one without weight and bias.
  [[nodiscard]] bool has_gradients() const {
    return !weight_gradient_.storage().empty() || !bias_gradient_.storage().empty();
  }

  /// Gives the gradients their memory, and throws ESP-109 where one was given another shape.
  void require_gradients() { tensors::require_gradient_sizes(weight_dims(), bias_dims()); }

  /// Sets both gradients to zero and keeps their memory.
  void zero_gradients() {
    weight_gradient_.fill(0);
    bias_gradient_.fill(0);
  }

 protected:
  explicit layer_tensors(bool stores_weight = true)
      : tensors(stores_weight ? kernel_dims() : no_filters(), bias_dims()), stores_weight_(stores_weight) {}

  using tensors::bias_, tensors::bias_gradient_, tensors::empty, tensors::weight_, tensors::weight_gradient_;

  static constexpr std::size_t size(index_t n) { return static_cast<std::size_t>(n); }
  /// Of the constrained weight, and of the stored one where there is one.
  static constexpr std::array<std::size_t, 5> kernel_dims() {
    constexpr weight_shape s = weight_shape_of(Config);
    return {size(s.out), size(s.in), size(s.kernel.d), size(s.kernel.h), size(s.kernel.w)};
  }
  static constexpr std::array<std::size_t, 1> bias_dims() { return {Config.bias ? size(Config.out_channels) : 0}; }

 private:
  static constexpr std::array<std::size_t, 5> no_filters() {
    std::array<std::size_t, 5> dims = kernel_dims();
    dims[0] = 0;
    return dims;
  }
  [[nodiscard]] std::array<std::size_t, 5> weight_dims() const { return stores_weight_ ? kernel_dims() : no_filters(); }
  void take_gradients() { tensors::take_gradients(weight_dims(), bias_dims()); }

  bool stores_weight_;
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
