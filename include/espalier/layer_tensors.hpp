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

/// What a layer of this configuration stores, whatever its prior. Values are indeterminate at first.
template <conv3d Config, class T>
class layer_tensors {
 public:
  /// The stored weight, (out_channels, in_channels / groups, KD, KH, KW): read it, write into it; its shape stays.
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
  /// either, so that it is found here and not in a kernel.
  void require_shapes() const {
    constexpr index_t biases = Config.bias ? Config.out_channels : 0;
    if (weight_.shape() != weight_dims() || weight_.storage().size() != size(weight_shape_of(Config).size()) ||
        bias_.shape() != bias_dims() || bias_.storage().size() != size(biases)) {
      throw error(
          "ESP-109",
          {"the weight or the bias of the layer was given another shape or moved away; assign a tensor of shape "
           "(out_channels, in_channels / groups, KD, KH, KW), or (out_channels)"});
    }
  }

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
    return weight_gradient_.storage().empty() ? zeros<5>(weight_dims()) : weight_gradient_;
  }
  [[nodiscard]] tensor<T, 1> bias_gradient() const
  requires(Config.bias)
  {
    return bias_gradient_.storage().empty() ? zeros<1>(bias_dims()) : bias_gradient_;
  }
  /// Whether a gradient was ever used: an optimiser leaves a layer alone that has none.
  [[nodiscard]] bool has_gradients() const { return !weight_gradient_.storage().empty(); }

  /// Gives the gradients their memory, and throws ESP-109 where one was given another shape.
  void require_gradients() {
    take_gradients();
    if (weight_gradient_.shape() != weight_dims() || (Config.bias && bias_gradient_.shape() != bias_dims())) {
      throw error(
          "ESP-109",
          {"a gradient of the layer was given another shape than its weight or bias has; assign a tensor of the "
           "same shape"});
    }
  }

  /// Sets both gradients to zero and keeps their memory.
  void zero_gradients() {
    weight_gradient_.fill(0);
    bias_gradient_.fill(0);
  }

 protected:
  layer_tensors() : weight_(weight_dims()), bias_(bias_dims()) {}

  static constexpr std::size_t size(index_t n) { return static_cast<std::size_t>(n); }
  static constexpr std::array<std::size_t, 5> weight_dims() {
    constexpr weight_shape s = weight_shape_of(Config);
    return {size(s.out), size(s.in), size(s.kernel.d), size(s.kernel.h), size(s.kernel.w)};
  }
  /// A tensor of this shape, whose values are indeterminate.
  static tensor<T, 5> empty(const dims5& d) {
    return tensor<T, 5>(std::array<std::size_t, 5>{size(d.n), size(d.c), size(d.d), size(d.h), size(d.w)});
  }
  static constexpr std::array<std::size_t, 1> bias_dims() { return {Config.bias ? size(Config.out_channels) : 0}; }

  tensor<T, 5> weight_;
  tensor<T, 1> bias_;
  tensor<T, 5> weight_gradient_{};
  tensor<T, 1> bias_gradient_{};

 private:
  void take_gradients() {
    if (weight_gradient_.storage().empty()) weight_gradient_ = zeros<5>(weight_dims());
    if (Config.bias && bias_gradient_.storage().empty()) bias_gradient_ = zeros<1>(bias_dims());
  }
  template <std::size_t Rank>
  static tensor<T, Rank> zeros(const std::array<std::size_t, Rank>& shape) {
    return tensor<T, Rank>(shape, T{0});
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
