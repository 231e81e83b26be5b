// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/channel/nest.hpp>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_forward.hpp"

namespace {

using esp::index_t;

template <esp::conv3d... Configs>
void forward_families(unsigned seed) {
  static_assert(esp::lanes<float> < 4 ||
                ((esp::direct_forward<Configs, float>::chosen.family == esp::kernel_family::channel) && ...));
  REQUIRE(drawn::families<Configs...>(seed) == static_cast<index_t>(sizeof...(Configs)) * 90);
}

template <esp::conv3d... Configs>
void backward_families(unsigned seed) {
  static_assert(esp::lanes<float> < 4 ||
                ((esp::direct_backward_data<Configs, float>::chosen.family == esp::kernel_family::channel) && ...));
  REQUIRE(drawn::data_families<Configs...>(seed) == static_cast<index_t>(sizeof...(Configs)) * 90);
}

constexpr esp::conv3d layer(index_t in, index_t out, esp::extents kernel, esp::padding padding, esp::extents stride = 1,
                            esp::extents dilation = 1, index_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .dilation = dilation,
          .padding = padding,
          .groups = groups};
}

}  // namespace

TEST_CASE("channel tiles: kernels, channels, groups and borders", "[conv]") {
  forward_families<layer(2, 32, 3, 1), layer(1, 16, {2, 3, 5}, {{0, 1}, {2, 0}, {1, 3}}),
                   layer(4, 60, {1, 3, 1}, {0, 1, 0}, 1, 1, 2), layer(3, 47, 1, 1)>(31000);
}

TEST_CASE("channel tiles: strides and dilation", "[conv]") {
  forward_families<layer(2, 32, 3, 1, 2), layer(2, 32, 2, 0, 2), layer(1, 32, {7, 1, 1}, {3, 0, 0}, {2, 1, 1}),
                   layer(1, 32, 3, 4, 1, 4), layer(1, 32, {2, 3, 3}, {{1, 2}, 0, {7, 2}}, {3, 2, 4}, {2, 3, 6})>(32000);
  forward_families<layer(1, 16, {2, 3, 5}, 2, {1, 3, 2}), layer(2, 16, 3, 0, 3)>(33000);
}

TEST_CASE("channel tiles: volumes that are cut on every axis, and many channels", "[conv]") {
  constexpr esp::conv3d cube = layer(3, 32, 3, 1);
  drawn::compare<cube, float>({1, 3, 5, 63, 70}, 1, true);
  drawn::compare<cube, double>({2, 3, 3, 41, 37}, 2, true);
  drawn::compare<layer(2, 32, {1, 1, 3}, {0, 0, 1}), float>({1, 2, 1, 2, 3001}, 3, false);
  drawn::compare<layer(2, 64, {3, 1, 1}, {1, 0, 0}), float>({1, 2, 5, 33, 45}, 1, true);
  drawn::compare<layer(200, 96, 3, 1), float>({1, 200, 4, 4, 4}, 2, true);
  drawn::compare<layer(70, 64, 3, 1, 2), float>({2, 70, 5, 21, 20}, 3, true);
  drawn::compare<layer(300, 32, {1, 3, 3}, 1), double>({1, 300, 1, 9, 11}, 2, true);
}

TEST_CASE("channel tiles: a weight that is not finite reaches the border, as in the reference", "[conv]") {
  std::mt19937 engine(5);
  drawn::problem<float> p(drawn::kernel_for<layer(2, 32, 3, 2), float>(), {1, 2, 9, 9, 20}, engine, true);
  const index_t first_tap = 0, last_tap = p.weight.size() - 1;
  for (const index_t tap : {first_tap, last_tap}) {
    p.weight.data()[tap] = std::numeric_limits<float>::infinity();
    p.fast.pack(p.weight.data(), p.packed.data());
    const auto y = p.forward(1, true), expected = p.reference(true);
    index_t wrong = 0;
    for (index_t i = 0; i < y.size(); ++i) wrong += std::isnan(y.data()[i]) == std::isnan(expected.data()[i]) ? 0 : 1;
    REQUIRE(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("channel tiles: results are bitwise equal for every team", "[conv]", float, double) {
  using T = TestType;
  const auto check = [](const drawn::problem<T>& p) {
    const auto serial = p.forward(0, true);
    for (const index_t team : {1, 2, 3, 7}) {
      const auto y = p.forward(team, true);
      REQUIRE(std::memcmp(serial.data(), y.data(), static_cast<std::size_t>(y.size()) * sizeof(T)) == 0);
    }
  };
  std::mt19937 engine(9);
  check({drawn::kernel_for<layer(40, 64, 3, 1), T>(), {1, 40, 5, 17, 21}, engine, false});
  check({drawn::kernel_for<layer(90, 160, 3, 1), T>(), {1, 90, 4, 4, 4}, engine, false});
  check({drawn::kernel_for<layer(6, 16, 5, 2), T>(), {2, 6, 3, 30, 21}, engine, false});
}

TEST_CASE("gradients of the input by channel tiles", "[conv][backward]") {
  backward_families<layer(32, 2, 3, 1), layer(16, 1, {2, 3, 5}, {{0, 1}, {2, 0}, {1, 3}}),
                    layer(60, 4, {1, 3, 1}, {0, 1, 0}, 1, 1, 2), layer(32, 1, 3, 4, 1, 4)>(34000);
}

TEST_CASE("gradients of the input by channel tiles: strides, and positions that no tap reads", "[conv][backward]") {
  backward_families<layer(32, 2, 3, 1, 2), layer(32, 2, 2, 0, 2), layer(32, 1, {7, 1, 1}, {3, 0, 0}, {2, 1, 1}),
                    layer(32, 1, {1, 2, 3}, 2, {2, 3, 4}),
                    layer(32, 1, {2, 3, 3}, {{1, 2}, 0, {7, 2}}, {3, 2, 4}, {2, 3, 6})>(35000);
}

TEMPLATE_TEST_CASE("gradients of the input by channel tiles: large volumes, every team", "[conv][backward]", float,
                   double) {
  using T = TestType;
  drawn::compare_data<layer(32, 70, 3, 1, 2), T>({1, 32, 5, 41, 70}, 1);
  drawn::compare_data<layer(64, 33, {3, 1, 1}, {1, 0, 0}), T>({1, 64, 5, 33, 45}, 2);
  std::mt19937 engine(11);
  const auto check = [&](const drawn::data_kernel<T>& fast, esp::dims5 input) {
    const drawn::gradient_problem<T> p(fast.config, input, engine, false);
    const auto serial = fast.gradient(p, 0);
    for (const index_t team : {1, 2, 3, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
  };
  check(drawn::data_kernel_for<layer(64, 40, 3, 1, 2), T>(), {1, 64, 9, 17, 21});
  check(drawn::data_kernel_for<layer(16, 6, 5, 2), T>(), {2, 16, 3, 30, 21});
}
