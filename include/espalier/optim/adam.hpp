// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Adam, as PyTorch defines it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <espalier/config.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// `g = gradient + weight_decay w`, `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, and at step t
/// `w = w - learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)`.
///
/// Defaults are PyTorch's. State: two buffers per parameter. AdamW, which keeps the decay out of `g`: optim/adamw.hpp.
struct adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decay_bias = true;  ///< false: only weights decay, as parameter groups in PyTorch would have it

  static constexpr std::string_view name = "adam";
  static constexpr std::array<std::string_view, 2> state_names{"first_moment", "second_moment"};

  /// State buffers that a step uses.
  [[nodiscard]] static int states() { return 2; }

  /// Throws ESP-140, ESP-142 or ESP-143 for an option out of range.
  void require_valid() const {
    detail::require_option(learning_rate >= 0, "ESP-140", "learning_rate", learning_rate, "a number of at least 0");
    detail::require_option(beta1 >= 0 && beta1 < 1, "ESP-143", "beta1", beta1, "at least 0 and below 1");
    detail::require_option(beta2 >= 0 && beta2 < 1, "ESP-143", "beta2", beta2, "at least 0 and below 1");
    detail::require_option(eps >= 0, "ESP-143", "eps", eps, "a number of at least 0");
    detail::require_option(weight_decay >= 0, "ESP-142", "weight_decay", weight_decay, "a number of at least 0");
  }

  /// Throws the same for an option that the element type `T` of a layer cannot hold.
  template <class T>
  void require_valid_in() const {
    detail::require_option_in<T>(true, "ESP-140", "learning_rate / (1 - beta1)", learning_rate / (1 - beta1), "finite");
    detail::require_option_in<T>(static_cast<T>(beta1) < 1, "ESP-143", "beta1", beta1, "below 1");
    detail::require_option_in<T>(static_cast<T>(beta2) < 1, "ESP-143", "beta2", beta2, "below 1");
    detail::require_option_in<T>(true, "ESP-143", "eps", eps, "finite");
    detail::require_option_in<T>(true, "ESP-142", "weight_decay", weight_decay, "finite");
  }

  /// One step of `count` elements; `state` holds the two moments.
  template <class T>
  void update(T* weight, const T* gradient, const optimizer_state<T>& state, index_t count) const {
    const double t = static_cast<double>(state.step);
    const T size = static_cast<T>(learning_rate / (1 - std::pow(beta1, t)));
    const T root = static_cast<T>(std::sqrt(1 - std::pow(beta2, t)));
    const T keep1 = static_cast<T>(beta1), take1 = static_cast<T>(1 - beta1);
    const T keep2 = static_cast<T>(beta2), take2 = static_cast<T>(1 - beta2);
    const T decay = static_cast<T>(state.is_bias && !decay_bias ? 0.0 : weight_decay);
    // No gradient, no step: also for an eps of 0 (PyTorch divides 0 by 0 there), or one that T rounds to 0.
    const T floor = std::max(static_cast<T>(eps), std::numeric_limits<T>::min());
    for (index_t i = 0; i < count; ++i) {
      T &m = state.buffers[0][i], &v = state.buffers[1][i];
      const T g = gradient[i] + decay * weight[i];
      m = keep1 * m + take1 * g;
      v = keep2 * v + take2 * g * g;
      weight[i] -= size * m / (std::sqrt(v) / root + floor);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
