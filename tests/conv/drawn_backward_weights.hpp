// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the weight on drawn problems.
#pragma once

#include <espalier/conv/backward_weights.hpp>

#include "conv/drawn_backward.hpp"
#include "conv/drawn_taps.hpp"

namespace drawn {

/// One configuration behind function pointers, so that the test's own code is compiled once a type.
template <class T>
struct weights_kernel {
  esp::conv3d config;
  index_t (*scratch_size)(esp::dims5, index_t);
  /// Team 0 is `esp::serial`.
  void (*run)(const T*, esp::dims5, const T*, T*, bool, T*, index_t);
  /// The gradients of the other taps are zeros.
  esp::kept_taps kept = {};

  void gradient(const gradient_problem<T>& p, index_t team, bool accumulate, fenced<T>& grad_w) const {
    fenced<T> scratch(scratch_size(p.shape.input, team));
    run(p.x.data(), p.shape.input, p.grad_y.data(), grad_w.data(), accumulate, scratch.data(), team);
    REQUIRE((scratch.intact() && grad_w.intact() && p.grad_y.intact() && p.x.intact()));
  }
  fenced<T> gradient(const gradient_problem<T>& p, index_t team) const {
    fenced<T> grad_w(p.weight.size());
    gradient(p, team, false, grad_w);
    return grad_w;
  }
};

template <esp::conv3d Config, class T, esp::kept_taps Kept = esp::kept_taps{}>
weights_kernel<T> weights_kernel_for() {
  using backward = esp::direct_backward_weights<Config, T, Kept>;
  return {Config, &backward::scratch_size,
          [](const T* x, esp::dims5 input, const T* grad_y, T* grad_w, bool accumulate, T* scratch, index_t team) {
            if (team == 0) return backward::run(x, input, grad_y, grad_w, accumulate, scratch, esp::serial{});
            backward::run(x, input, grad_y, grad_w, accumulate, scratch, esp::threads{team});
          },
          Kept};
}

/// Equal to the loops, and `<A x, y> = <w, A_w' y>` with the forward's loops as `A`; a second call adds the same again,
/// and nothing to taps that are not kept.
template <class T>
void check_weights(const weights_kernel<T>& fast, const gradient_problem<T>& p, index_t team) {
  auto grad_w = fast.gradient(p, team);
  fenced<T> expected(grad_w.size());
  reference::backward_weights(p.shape, p.x.data(), p.grad_y.data(), expected.data(), nullptr);
  const index_t taps = fast.config.kernel_size.volume();
  clear_dropped(fast.kept, taps, expected.size(), expected.data());
  require_equal(grad_w, expected);
  REQUIRE(inner(p.forward(), p.grad_y) == inner(p.weight, grad_w));
  for (index_t i = 0; i < grad_w.size(); ++i) {
    if (!fast.kept.has(i % taps)) grad_w.data()[i] = T(5);
    expected.data()[i] = fast.kept.has(i % taps) ? 2 * expected.data()[i] : T(5);
  }
  fast.gradient(p, team, true, grad_w);
  require_equal(grad_w, expected);
}

template <class T>
index_t weights_problems(const weights_kernel<T>& fast, unsigned seed, index_t count) {
  return draw_problems<T>(fast.config, seed, count, [&](gradient_problem<T>& p, index_t team) {
    clear_dropped(fast.kept, fast.config.kernel_size.volume(), p.weight.size(), p.weight.data());
    check_weights(fast, p, team);
  });
}

template <esp::conv3d Config, class T, esp::kept_taps Kept = esp::kept_taps{}>
void compare_weights(esp::dims5 input, unsigned seed) {
  std::mt19937 engine(seed);
  gradient_problem<T> p(Config, input, engine, true);
  clear_dropped(Kept, Config.kernel_size.volume(), p.weight.size(), p.weight.data());
  check_weights(weights_kernel_for<Config, T, Kept>(), p, static_cast<index_t>(seed % 4));
}

/// 45 problems in each configuration and both types: every width from 1 to 40 where the kernel fits.
template <esp::conv3d... Configs>
index_t weights_families(unsigned seed) {
  return in_both_types<Configs...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return weights_problems(weights_kernel_for<Config, T>(), own, count);
  });
}

// support/drawn.cpp compiles them once, optimised.
extern template void check_weights(const weights_kernel<float>&, const gradient_problem<float>&, index_t);
extern template void check_weights(const weights_kernel<double>&, const gradient_problem<double>&, index_t);
extern template index_t weights_problems(const weights_kernel<float>&, unsigned, index_t);
extern template index_t weights_problems(const weights_kernel<double>&, unsigned, index_t);

}  // namespace drawn
