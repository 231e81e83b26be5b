// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the input on drawn problems.
#pragma once

#include <espalier/conv/backward_data.hpp>
#include <espalier/conv/folded_backward_data.hpp>

#include "conv/drawn_backward.hpp"
#include "conv/drawn_taps.hpp"

namespace drawn {

/// One configuration behind function pointers, so that the test's own code is compiled once a type.
template <class T>
struct data_kernel {
  esp::conv3d config;
  index_t packed_size;
  void (*pack)(const T*, T*);
  index_t (*scratch_size)(esp::dims5, index_t);
  /// Team 0 is `esp::serial`.
  void (*run)(const T*, esp::dims5, const T*, T*, T*, index_t);
  /// For drawn integers, as part of the largest magnitude their sums can have: 0 where every step is exact.
  double tolerance = 0;
  /// The other taps of the drawn weight are zeros.
  esp::kept_taps kept = {};

  fenced<T> gradient(const gradient_problem<T>& p, index_t team) const {
    fenced<T> packed(packed_size), grad_x(p.shape.input.size()), scratch(scratch_size(p.shape.input, team));
    pack(p.weight.data(), packed.data());
    run(p.grad_y.data(), p.shape.input, packed.data(), grad_x.data(), scratch.data(), team);
    REQUIRE((packed.intact() && scratch.intact() && grad_x.intact() && p.grad_y.intact()));
    return grad_x;
  }
};

template <esp::conv3d Config, class T, esp::kept_taps Kept = esp::kept_taps{}>
data_kernel<T> data_kernel_for() {
  using backward = esp::input_gradient<Config, T, esp::direct_backward_data, Kept>;
  return {Config,
          backward::packed_size(),
          &backward::pack,
          &backward::scratch_size,
          [](const T* grad_y, esp::dims5 input, const T* packed, T* grad_x, T* scratch, index_t team) {
            if (team == 0) return backward::run(grad_y, input, packed, grad_x, scratch, esp::serial{});
            backward::run(grad_y, input, packed, grad_x, scratch, esp::threads{team});
          },
          0,
          Kept};
}

/// Equal to the loops, and `<A x, y> = <x, A' y>` with the forward's loops as `A`.
template <class T>
void check_data(const data_kernel<T>& fast, const gradient_problem<T>& p, index_t team) {
  const auto grad_x = fast.gradient(p, team);
  fenced<T> expected(grad_x.size());
  reference::backward_data(p.shape, p.grad_y.data(), p.weight.data(), expected.data());
  if (fast.tolerance == 0) {
    require_equal(grad_x, expected);
    REQUIRE(inner(p.forward(), p.grad_y) == inner(p.x, grad_x));
  } else {
    const esp::conv3d& c = fast.config;
    const double most = fast.tolerance * 16 * static_cast<double>(c.out_channels / c.groups * c.kernel_size.volume());
    require_near(grad_x, expected, most);
    REQUIRE(std::fabs(real_inner(p.forward(), p.grad_y) - real_inner(p.x, grad_x)) <=
            most * 4 * static_cast<double>(grad_x.size()));
  }
}

template <class T>
index_t data_problems(const data_kernel<T>& fast, unsigned seed, index_t count) {
  return draw_problems<T>(fast.config, seed, count, [&](gradient_problem<T>& p, index_t team) {
    clear_dropped(fast.kept, fast.config.kernel_size.volume(), p.weight.size(), p.weight.data());
    check_data(fast, p, team);
  });
}

template <esp::conv3d Config, class T>
void compare_data(esp::dims5 input, unsigned seed) {
  std::mt19937 engine(seed);
  const gradient_problem<T> p(Config, input, engine, true);
  check_data(data_kernel_for<Config, T>(), p, static_cast<index_t>(seed % 4));
}

/// 45 problems in each configuration and both types: every width from 1 to 40 where the kernel fits.
template <esp::conv3d... Configs>
index_t data_families(unsigned seed) {
  return in_both_types<Configs...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return data_problems(data_kernel_for<Config, T>(), own, count);
  });
}

// support/drawn.cpp compiles them once, optimised.
extern template void check_data(const data_kernel<float>&, const gradient_problem<float>&, index_t);
extern template void check_data(const data_kernel<double>&, const gradient_problem<double>&, index_t);
extern template index_t data_problems(const data_kernel<float>&, unsigned, index_t);
extern template index_t data_problems(const data_kernel<double>&, unsigned, index_t);

}  // namespace drawn
