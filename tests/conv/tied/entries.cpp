// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/entries.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#include "conv/tied/drawn_tied.hpp"

using drawn::cube_orbits;
using drawn::mirrored_taps;
using drawn::random_table;
using drawn::tied_family;
using esp::conv3d;
using esp::extents;
using esp::index_t;

namespace {

struct zeros {
  static constexpr auto value = [] {
    std::array<esp::known_tap, 27> table{};
    for (esp::known_tap& t : table) t.kind = esp::tap_kind::zero;
    return table;
  }();
};
struct all_free {
  static constexpr std::array<esp::known_tap, 27> value{};
};

}  // namespace

TEST_CASE("drawn tables of tied taps in all directions: channels, groups and borders", "[conv][tied]") {
  index_t total = 0;
  total += tied_family<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1},
                       random_table<extents{3}, 1>>(100);
  total += tied_family<conv3d{.in_channels = 3, .out_channels = 5, .kernel_size = 3}, random_table<extents{3}, 2>>(200);
  total += tied_family<conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .groups = 2},
                       random_table<extents{3}, 3>>(300);
  total += tied_family<conv3d{.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 2, .groups = 3},
                       random_table<extents{3}, 4>>(400);
  total += tied_family<conv3d{.in_channels = 17, .out_channels = 9, .kernel_size = 3, .padding = {{0, 1}, {2, 0}, 3}},
                       random_table<extents{3}, 5>>(500);
  total += tied_family<conv3d{.in_channels = 2, .out_channels = 19, .kernel_size = 3, .padding = 4},
                       random_table<extents{3}, 6>>(600);
  REQUIRE(total == 6 * 24);
}

TEST_CASE("drawn tables of tied taps: extents, dilation and boundaries", "[conv][tied]") {
  index_t total = 0;
  total += tied_family<conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = {1, 3, 5}, .padding = {0, 1, 2}},
                       random_table<extents{1, 3, 5}, 7>>(700);
  total += tied_family<conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = {4, 2, 3}},
                       random_table<extents{4, 2, 3}, 8>>(800);
  total += tied_family<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = {5, 1, 1}, .padding = {2, 0, 0}},
                       random_table<extents{5, 1, 1}, 9>>(900);
  total += tied_family<
      conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .dilation = {2, 3, 1}, .padding = {2, 1, 1}},
      random_table<extents{3}, 10>>(1000);
  total += tied_family<conv3d{.in_channels = 2, .out_channels = 5, .kernel_size = {2, 3, 3}, .dilation = {1, 1, 7}},
                       random_table<extents{2, 3, 3}, 11>>(1100);
  total += tied_family<drawn::replicated(conv3d{
                           .in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = {{0, 2}, 1, {3, 1}}}),
                       random_table<extents{3}, 12>>(1200);
  total +=
      tied_family<conv3d{.in_channels = 1, .out_channels = 3, .kernel_size = 1}, random_table<extents{1}, 13>>(1300);
  total += tied_family<drawn::reflected(conv3d{
                           .in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = {{0, 2}, 1, {3, 1}}}),
                       random_table<extents{3}, 14>>(1400);
  total += tied_family<drawn::mixed(conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 2}),
                       random_table<extents{3}, 15>>(1500);
  REQUIRE(total == 9 * 24);
}

TEST_CASE("orbits of a cube, and taps of opposite places, in all directions", "[conv][tied]") {
  constexpr conv3d five{.in_channels = 2, .out_channels = 3, .kernel_size = 5, .padding = 2};
  constexpr conv3d three{.in_channels = 5, .out_channels = 8, .kernel_size = 3, .padding = 1};
  constexpr extents odd{3, 1, 5};
  index_t total = 0;
  total += tied_family<three, cube_orbits<3>>(2000);
  total += tied_family<five, cube_orbits<5>>(2100);
  total += tied_family<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 4}, cube_orbits<4>>(2200);
  total += tied_family<three, mirrored_taps<extents{3}, false, false, true, false>>(2300);
  total += tied_family<three, mirrored_taps<extents{3}, true, true, true, true>>(2400);
  total += tied_family<conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = odd, .padding = {1, 0, 2}},
                       mirrored_taps<odd, true, false, false, true>>(2500);
  REQUIRE(total == 6 * 24);
}

TEST_CASE("a kernel of zeros alone, and one of free taps, are computed too", "[conv][tied]") {
  constexpr conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
  REQUIRE(esp::tied_forward<config, float, zeros>::packed_size() == 0);
  REQUIRE(tied_family<config, zeros>(3000) + tied_family<config, all_free>(3100) == 48);
}

// gamma(n) = n u / (1 - n u) times the sum of all |w x|, with n of one addition for each tap of a group and one for
// each product; and a sum in double is exact enough to judge a float.
TEST_CASE("sums of tied taps keep the bound that is stated", "[conv][tied]") {
  constexpr conv3d config{.in_channels = 6, .out_channels = 4, .kernel_size = 5, .padding = 2};
  using taps = esp::tied_taps<config, cube_orbits<5>, esp::tap_numbering::forwards>;
  std::mt19937 engine(11);
  const esp::dims5 input{1, 6, 6, 7, 33};
  const drawn::tied_problem<float> p(drawn::tied_kernels_for<config, cube_orbits<5>, float>(), input, engine, false);
  const auto y = p.forward(0, false);
  const auto wide = [](const drawn::fenced<float>& of, bool magnitudes) {
    std::vector<double> result;
    for (index_t i = 0; i < of.size(); ++i) result.push_back(magnitudes ? std::fabs(of.data()[i]) : of.data()[i]);
    return result;
  };
  std::vector<double> exact(static_cast<std::size_t>(y.size())), magnitude(exact.size());
  reference::forward(p.shape, wide(p.x, false).data(), wide(p.weight, false).data(), nullptr, exact.data());
  reference::forward(p.shape, wide(p.x, true).data(), wide(p.weight, true).data(), nullptr, magnitude.data());
  index_t largest = 0;
  for (const index_t size : taps::groups.size) largest = std::max(largest, size);
  const double n = static_cast<double>(6 * taps::groups.count + largest - 1), u = std::ldexp(1.0, -24);
  REQUIRE(n < 6 * 125);
  double worst = 0;
  for (index_t i = 0; i < y.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    worst = std::max(worst, std::fabs(y.data()[i] - exact[at]) / (n * u / (1 - n * u) * magnitude[at]));
  }
  REQUIRE((worst > 0 && worst <= 1));
}
