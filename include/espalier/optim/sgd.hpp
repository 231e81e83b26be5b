// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Stochastic gradient descent with momentum, as PyTorch defines it.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/decimal_text.hpp>
#include <espalier/error.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// `g = gradient + weight_decay w`; with momentum `b = momentum b + (1 - dampening) g`, where the first `b` is `g`, and
/// `g = b`, or with Nesterov's rule `g = g + momentum b`; then `w = w - learning_rate g`.
///
/// Defaults are PyTorch's. State: one buffer per parameter, none without momentum.
/// Example: examples/max_l2_post_step.cpp
struct sgd {
  double learning_rate = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool decay_bias = true;  ///< false: only weights decay, as parameter groups in PyTorch would have it

  static constexpr std::string_view name = "sgd";
  static constexpr std::array<std::string_view, 1> state_names{"momentum"};

  /// State buffers that a step uses.
  [[nodiscard]] int states() const { return momentum == 0 ? 0 : 1; }

  /// Throws ESP-140 to ESP-142 for an option out of range.
  void require_valid() const {
    detail::require_option(learning_rate >= 0, "ESP-140", "learning_rate", learning_rate, "a number of at least 0");
    detail::require_option(momentum >= 0, "ESP-141", "momentum", momentum, "a number of at least 0");
    detail::require_option(dampening >= -detail::largest_option, "ESP-141", "dampening", dampening, "a finite number");
    detail::require_option(weight_decay >= 0, "ESP-142", "weight_decay", weight_decay, "a number of at least 0");
    if (nesterov && (momentum <= 0 || dampening != 0)) {
      throw error("ESP-141",
                  {"sgd's nesterov is on with momentum ", detail::decimal_text(momentum), " and dampening ",
                   detail::decimal_text(dampening), "; Nesterov's rule needs a momentum above 0 and no dampening"});
    }
  }

  /// Throws the same for an option that the element type `T` of a layer cannot hold.
  template <class T>
  void require_valid_in() const {
    detail::require_option_in<T>(true, "ESP-140", "learning_rate", learning_rate, "finite");
    detail::require_option_in<T>(true, "ESP-141", "momentum", momentum, "finite");
    detail::require_option_in<T>(true, "ESP-141", "dampening", dampening, "finite");
    detail::require_option_in<T>(true, "ESP-142", "weight_decay", weight_decay, "finite");
  }

  /// One step of `count` elements. `state` holds `states()` buffers; `fresh`: they were never written.
  template <class T>
  void update(T* weight, const T* gradient, const optimizer_state<T>& state, index_t count) const {
    const T rate = static_cast<T>(learning_rate);
    const T decay = static_cast<T>(state.is_bias && !decay_bias ? 0.0 : weight_decay);
    const T keep = static_cast<T>(momentum), take = static_cast<T>(1 - dampening);
    for (index_t i = 0; i < count; ++i) {
      T g = gradient[i] + decay * weight[i];
      if (keep != 0) {
        T& b = state.buffers[0][i];
        b = state.fresh ? g : keep * b + take * g;
        g = nesterov ? g + keep * b : b;
      }
      weight[i] -= rate * g;
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
