// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_data.hpp"

// Lists of taps in the gradient of the input, against loops over the whole kernel.

namespace {

using esp::conv3d, esp::index_t;

template <conv3d Config, esp::kept_taps Kept>
index_t problems(unsigned seed) {
  using kernel = esp::input_gradient<Config, float, esp::direct_backward_data, Kept>;
  static_assert(kernel::computed == Kept);
  return drawn::data_problems(drawn::data_kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::data_problems(drawn::data_kernel_for<Config, double, Kept>(), seed + 1, 45);
}

template <conv3d Config, unsigned... Percent>
index_t sets(unsigned seed) {
  return (problems<Config, drawn::taps(Config.kernel_size, Percent, Percent)>(seed + Percent) + ...);
}

}  // namespace

TEST_CASE("gradients of the input over lists of taps", "[conv][backward][taps]") {
  index_t total = 0;
  total += sets<conv3d{.in_channels = 5, .out_channels = 3, .kernel_size = 3, .padding = 1}, 20, 45, 80>(1000);
  total +=
      sets<conv3d{.in_channels = 10, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 2}, 30, 48>(1100);
  total += sets<conv3d{.in_channels = 9, .out_channels = 2, .kernel_size = {2, 3, 5}, .padding = {1, 0, 2}}, 50>(1200);
  total += sets<conv3d{.in_channels = 4,
                       .out_channels = 2,
                       .kernel_size = 3,
                       .dilation = {1, 2, 3},
                       .padding = {{1, 2}, {0, 3}, {2, 0}}},
                25, 60>(1300);
  total +=
      sets<drawn::replicated({.in_channels = 5, .out_channels = 2, .kernel_size = {3, 2, 4}, .padding = {1, 1, 3}}), 35,
           70>(1500);
  REQUIRE(total == 10 * 90);
}

TEST_CASE("gradients of the input of stars, masks and kernels of zeros", "[conv][backward][taps]") {
  constexpr conv3d cube{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr conv3d masked{.in_channels = 6, .out_channels = 2, .kernel_size = 5, .padding = 2};
  index_t total = 0;
  total += problems<cube, drawn::star(3)>(2000);
  total += problems<one, drawn::star(3)>(2100);
  total += problems<masked, drawn::first_taps(5, 62)>(2200);
  total += problems<masked, drawn::first_taps(5, 63)>(2300);
  total += problems<masked, drawn::first_taps(5, 0)>(2400);
  REQUIRE(total == 5 * 90);
}

TEST_CASE("gradients of the input over lists with lanes along channels", "[conv][backward][taps]") {
  constexpr conv3d cube{.in_channels = 32, .out_channels = 3, .kernel_size = 3, .padding = 1};
  constexpr conv3d masked{
      .in_channels = 64, .out_channels = 2, .kernel_size = {3, 5, 3}, .dilation = {1, 1, 2}, .padding = {1, 2, 1}};
  index_t total = 0;
  total += problems<cube, drawn::star(3)>(2600);
  total += problems<masked, drawn::first_taps({3, 5, 3}, 22)>(2610);
  total += problems<drawn::replicated(masked), drawn::taps({3, 5, 3}, 2, 40)>(2620);
  total += problems<cube, drawn::first_taps(3, 0)>(2630);
  REQUIRE(total == 4 * 90);
}

TEST_CASE("gradients of the input of many channels over a list", "[conv][backward][taps]") {
  constexpr conv3d many{.in_channels = 20, .out_channels = 250, .kernel_size = 3, .padding = 1};
  std::mt19937 engine(1);
  drawn::gradient_problem<float> p(many, {1, 20, 4, 9, 21}, engine, true);
  drawn::clear_dropped(drawn::star(3), 27, p.weight.size(), p.weight.data());
  for (const index_t team : {0, 1, 2, 3}) {
    drawn::check_data(drawn::data_kernel_for<many, float, drawn::star(3)>(), p, team);
  }
}
