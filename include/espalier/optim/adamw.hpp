// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// AdamW: Adam with the decay of the weight kept out of the gradient, as PyTorch defines it.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// `w = (1 - learning_rate weight_decay) w`, then Adam's step without decay. Defaults are PyTorch's: a decay of 0.01.
struct adamw {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool decay_bias = true;  ///< false: only weights decay

  static constexpr std::string_view name = "adamw";
  static constexpr auto state_names = adam::state_names;

  /// State buffers that a step uses.
  [[nodiscard]] static int states() { return adam::states(); }

  /// Throws ESP-140, ESP-142 or ESP-143 for an option out of range.
  void require_valid() const {
    adam rule = without_decay();
    rule.weight_decay = weight_decay;
    rule.require_valid();
  }

  /// Throws the same for an option that the element type `T` of a layer cannot hold.
  template <class T>
  void require_valid_in() const {
    without_decay().require_valid_in<T>();
    detail::require_option_in<T>(true, "ESP-142", "learning_rate * weight_decay", learning_rate * weight_decay,
                                 "finite");
  }

  /// One step of `count` elements; `state` holds the two moments.
  template <class T>
  void update(T* weight, const T* gradient, const optimizer_state<T>& state, index_t count) const {
    const T kept = static_cast<T>(1 - learning_rate * weight_decay);
    if (decay_bias || !state.is_bias) {
      for (index_t i = 0; i < count; ++i) weight[i] *= kept;
    }
    without_decay().update(weight, gradient, state, count);
  }

 private:
  [[nodiscard]] adam without_decay() const {
    return {.learning_rate = learning_rate, .beta1 = beta1, .beta2 = beta2, .eps = eps};
  }
};

}  // namespace esp::inline ESPALIER_ABI
