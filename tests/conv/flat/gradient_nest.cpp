// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/flat/gradient_nest.hpp>

#include "conv/drawn_backward_weights.hpp"

namespace {

using esp::conv3d;
using esp::index_t;

constexpr conv3d layer(index_t in, index_t out, index_t groups = 1) {
  return {.in_channels = in, .out_channels = out, .kernel_size = 1, .groups = groups};
}

template <conv3d... Configs>
void families(unsigned seed) {
  static_assert(((esp::direct_backward_weights<Configs, float>::chosen.family == esp::kernel_family::flat) && ...));
  REQUIRE(drawn::weights_families<Configs...>(seed) == static_cast<index_t>(sizeof...(Configs)) * 90);
}

/// Every width from 1 to 70: nothing outside of the tensors is touched.
template <conv3d Config, class T>
void widths() {
  for (index_t w = 1; w <= 70; ++w) {
    drawn::compare_weights<Config, T>({1 + w % 2, Config.in_channels, 1, 1, w}, static_cast<unsigned>(w));
  }
}

template <conv3d Config, class T>
void same_for_every_team(esp::dims5 input) {
  std::mt19937 engine(11);
  const drawn::gradient_problem<T> p(Config, input, engine, false);
  const auto fast = drawn::weights_kernel_for<Config, T>();
  const auto expected = fast.gradient(p, 0);
  for (const index_t team : {1, 2, 3, 7}) REQUIRE(fast.gradient(p, team).same_bits(expected));
}

}  // namespace

TEST_CASE("gradient of a weight of extent 1: channels and groups", "[conv][backward]") {
  families<layer(1, 1), layer(32, 3), layer(2, 20), layer(13, 2), layer(6, 4, 2), layer(80, 4, 2), layer(4, 4, 4)>(
      32000);
}

TEST_CASE("gradient of a weight of extent 1: every width", "[conv][backward]") {
  widths<layer(9, 2), float>();
  widths<layer(2, 19), float>();
  widths<layer(3, 7), double>();
  widths<layer(14, 1), double>();
}

TEST_CASE("gradient of a weight of extent 1: several blocks, shares and jobs", "[conv][backward]") {
  drawn::compare_weights<layer(9, 3), float>({2, 9, 17, 23, 41}, 1);
  drawn::compare_weights<layer(17, 1), double>({2, 17, 11, 13, 37}, 2);
  drawn::compare_weights<layer(2, 530), float>({1, 2, 3, 11, 32}, 3);
  drawn::compare_weights<layer(1500, 3), float>({1, 1500, 2, 5, 7}, 2);
}

TEST_CASE("gradient of a weight of extent 1: bitwise the same for every team", "[conv][backward]") {
  same_for_every_team<layer(8, 3), float>({2, 8, 9, 31, 41});
  same_for_every_team<layer(2, 24), float>({1, 2, 7, 31, 41});
  same_for_every_team<layer(20, 2), double>({2, 20, 5, 21, 31});
}
