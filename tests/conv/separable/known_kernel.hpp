// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels of known taps for tests: a number for each tap, and the weight that has it in every block.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/reference.hpp>
#include <espalier/conv/separable/entries.hpp>
#include <espalier/executor.hpp>
#include <espalier/known_taps.hpp>
#include <random>

#include "conv/drawn_backward.hpp"
#include "support/reference.hpp"

namespace known {

using esp::index_t;

/// The taps `F(tap)` of a kernel.
template <esp::extents Kernel, auto F>
struct taps {
  static constexpr bool is_constant = true;
  static constexpr auto value = [] {
    std::array<esp::detail::known_tap, static_cast<std::size_t>(Kernel.volume())> result{};
    for (index_t t = 0; t < Kernel.volume(); ++t) {
      const double v = F(esp::detail::tap_at(t, Kernel));
      result[static_cast<std::size_t>(t)] = {
          .kind = v == 0 ? esp::detail::tap_kind::zero : esp::detail::tap_kind::constant, .value = v};
    }
    return result;
  }();
};

/// The number of a tap on a line of numbers, which is repeated.
template <std::size_t Count>
constexpr double on_line(const std::array<double, Count>& line, index_t tap) {
  return line[static_cast<std::size_t>(tap) % Count];
}
inline constexpr std::array<double, 9> line_d{1, 3, -1, 2, 1, 0, 4, 1, 2}, line_h{2, 1, 0, -1, 1, 2, 1, 3, 1},
    line_w{-1, 0, 2, 1, 1, -3, 1, 2, 1};
inline constexpr std::array<double, 5> bell{0.0613595978134402, 0.244769882719493, 0.387741038934134, 0.244769882719493,
                                            0.0613595978134402};

/// A sum of all taps, a product of lines of small whole numbers with zeros among them, and Sobel's along W.
constexpr auto sum = [](esp::tap_index) { return 1.0; };
constexpr auto scaled_sum = [](esp::tap_index) { return -0.125; };
constexpr auto lines = [](esp::tap_index t) {
  return 0.5 * on_line(line_d, t.d) * on_line(line_h, t.h) * on_line(line_w, t.w);
};
constexpr auto sobel = [](esp::tap_index t) {
  const auto smooth = [](index_t i) { return i == 1 ? 2.0 : 1.0; };
  return smooth(t.d) * smooth(t.h) * static_cast<double>(t.w - 1);
};
/// A sum of 2 x 3 x 4 neighbours in a larger kernel of zeros.
constexpr auto inner = [](esp::tap_index t) {
  return t.d >= 1 && t.d < 3 && t.h >= 2 && t.h < 5 && t.w >= 1 && t.w < 5 ? 2.0 : 0.0;
};
constexpr auto gaussian = [](esp::tap_index t) { return on_line(bell, t.d) * on_line(bell, t.h) * on_line(bell, t.w); };

template <class T>
void draw(drawn::fenced<T>& to, std::mt19937& engine, bool integers = true) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (index_t i = 0; i < to.size(); ++i) {
    to.data()[i] = static_cast<T>(integers ? static_cast<double>(engine() % 9) - 4 : uniform(engine));
  }
}

/// The weight of a configuration that has the taps in every block.
template <esp::conv3d Config, class Taps, class T>
drawn::fenced<T> weight() {
  drawn::fenced<T> w(esp::detail::weight_shape_of(Config).size());
  for (index_t i = 0; i < w.size(); ++i) {
    w.data()[i] = static_cast<T>(Taps::value[static_cast<std::size_t>(i % Config.kernel_size.volume())].value);
  }
  return w;
}

/// The output of the separable kernel, from a buffer and scratch of NaN. Team 0 is `esp::serial`.
template <esp::conv3d Config, class Taps, class T>
drawn::fenced<T> forward(const drawn::fenced<T>& x, const drawn::fenced<T>& bias, esp::dims5 input, index_t team) {
  using kernel = esp::detail::separable_forward<Config, Taps, T>;
  const esp::dims5 output = esp::output_dims(Config, input);
  const auto plan = kernel::plan(input, output, team == 0 ? 1 : team);
  drawn::fenced<T> y(output.size()), scratch(plan.scratch);
  const T* const none = nullptr;
  if (team == 0) {
    kernel::run(plan, x.data(), none, bias.data(), y.data(), scratch.data(), esp::serial{});
  } else {
    kernel::run(plan, x.data(), none, bias.data(), y.data(), scratch.data(), esp::threads{team});
  }
  REQUIRE((x.intact() && y.intact() && scratch.intact()));
  return y;
}

/// The gradient of the input by the separable kernel.
template <esp::conv3d Config, class Taps, class T>
drawn::fenced<T> backward_data(const drawn::fenced<T>& grad_y, esp::dims5 input, index_t team) {
  using kernel = esp::detail::separable_gradient<Config, Taps, T>;
  const auto plan = kernel::plan(input, esp::output_dims(Config, input), team == 0 ? 1 : team);
  drawn::fenced<T> grad_x(input.size()), scratch(plan.scratch);
  const T* const none = nullptr;
  if (team == 0) {
    kernel::run(plan, grad_y.data(), none, grad_x.data(), scratch.data(), esp::serial{});
  } else {
    kernel::run(plan, grad_y.data(), none, grad_x.data(), scratch.data(), esp::threads{team});
  }
  REQUIRE((grad_y.intact() && grad_x.intact() && scratch.intact()));
  return grad_x;
}

/// Both directions on integers, against plain loops with tolerance 0.
template <esp::conv3d Config, class Taps, class T>
void compare(esp::dims5 input, unsigned seed) {
  static_assert(esp::detail::lines_of<Taps, Config.kernel_size, T>.exist);
  std::mt19937 engine(seed);
  const esp::conv_problem p(Config, input);
  drawn::fenced<T> x(input.size()), bias(Config.out_channels), grad_y(p.output.size());
  draw(x, engine), draw(bias, engine), draw(grad_y, engine);
  const auto w = weight<Config, Taps, T>();
  drawn::fenced<T> y(p.output.size()), grad_x(input.size());
  reference::forward(p, x.data(), w.data(), bias.data(), y.data());
  reference::backward_data(p, grad_y.data(), w.data(), grad_x.data());
  INFO("seed " << seed << ", input " << esp::to_string(input) << ", kernel " << Config.kernel_size.d << "x"
               << Config.kernel_size.h << "x" << Config.kernel_size.w << ", " << sizeof(T) * 8 << " bits");
  const index_t team = static_cast<index_t>(seed % 4);
  drawn::require_equal(forward<Config, Taps, T>(x, bias, input, team), y);
  drawn::require_equal(backward_data<Config, Taps, T>(grad_y, input, team), grad_x);
}

/// Every width from 1 to 40 where the kernel fits, D and H from 1 to 21, N from 0 to 2.
template <esp::conv3d Config, class Taps>
void draw_problems(unsigned seed) {
  const esp::pads pad = esp::pads_of(Config);
  const esp::extents& K = Config.kernel_size;
  const esp::boundaries& edge = Config.boundary;
  std::mt19937 engine(seed);
  for (index_t i = 0; i < 40; ++i) {
    const auto size = [&](index_t most) { return 1 + static_cast<index_t>(engine()) % most; };
    const esp::dims5 input{i % 11 == 0 ? 0 : 1 + i % 2, Config.in_channels,
                           drawn::fitted(size(i % 5 == 0 ? 21 : 6), edge.d, {pad.before.d, pad.after.d}, K.d, 1, 1),
                           drawn::fitted(size(i % 5 == 1 ? 21 : 6), edge.h, {pad.before.h, pad.after.h}, K.h, 1, 1),
                           drawn::fitted(1 + i, edge.w, {pad.before.w, pad.after.w}, K.w, 1, 1)};
    const auto next = static_cast<unsigned>(engine());
    i % 2 == 0 ? compare<Config, Taps, float>(input, next) : compare<Config, Taps, double>(input, next);
  }
}

}  // namespace known
