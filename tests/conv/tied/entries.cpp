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

/// The orbits of a cube without its first plane, which is zero.
struct causal {
  static constexpr auto value = [] {
    auto table = cube_orbits<3>::value;
    for (std::size_t t = 0; t < 9; ++t) table[t] = {esp::tap_kind::zero, 0, -1, false};
    for (std::size_t t = 9; t < 27; ++t) table[t].first = -1;
    for (std::size_t t = 9; t < 27; ++t) {
      for (std::size_t other = 9; table[t].first < 0; ++other) {
        const bool same = t / 9 == other / 9 && cube_orbits<3>::value[t].first == cube_orbits<3>::value[other].first;
        if (same) table[t].first = static_cast<index_t>(other);
      }
    }
    return table;
  }();
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
  REQUIRE(total == 7 * 24);
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

TEST_CASE("channels, rows and planes that do not fit scratch at once take turns", "[conv][tied]") {
  constexpr conv3d many_in{.in_channels = 250, .out_channels = 5, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  constexpr conv3d many_out{.in_channels = 3, .out_channels = 75, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  constexpr conv3d both{.in_channels = 140, .out_channels = 70, .kernel_size = {3, 1, 3}, .padding = {1, 0, 1}};
  constexpr conv3d one{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1};
  using flat = random_table<extents{1, 3, 3}, 21>;
  using upright = random_table<extents{3, 1, 3}, 22>;
  drawn::compare_tied(drawn::tied_kernels_for<many_in, flat, float>(), {1, 250, 2, 8, 40}, 1);
  drawn::compare_tied(drawn::tied_kernels_for<many_in, flat, double>(), {1, 250, 1, 7, 21}, 2);
  drawn::compare_tied(drawn::tied_kernels_for<many_out, flat, float>(), {2, 3, 1, 3, 18}, 3);
  drawn::compare_tied(drawn::tied_kernels_for<both, upright, float>(), {1, 140, 3, 6, 31}, 5);
  drawn::compare_tied(drawn::tied_kernels_for<both, upright, double>(), {1, 140, 3, 6, 31}, 6);
  drawn::compare_tied(drawn::tied_kernels_for<one, cube_orbits<3>, float>(), {1, 1, 3, 130, 37}, 7);
  drawn::compare_tied(drawn::tied_kernels_for<one, cube_orbits<3>, double>(), {1, 1, 70, 5, 39}, 8);
  drawn::compare_tied(drawn::tied_kernels_for<one, cube_orbits<3>, float>(), {1, 1, 2, 2, 9001}, 9);
}

TEMPLATE_TEST_CASE("results of tied taps are bitwise equal for every team", "[conv][tied]", float, double) {
  using T = TestType;
  constexpr conv3d config{.in_channels = 24, .out_channels = 20, .kernel_size = 3, .padding = 1, .groups = 2};
  std::mt19937 engine(7);
  const drawn::tied_problem<T> p(drawn::tied_kernels_for<config, cube_orbits<3>, T>(), {2, 24, 9, 19, 37}, engine,
                                 false);
  const auto y = p.forward(0, true), grad_x = p.backward_data(0), grad_w = p.backward_weights(0, true);
  for (const index_t team : {1, 2, 3, 4, 7}) {
    REQUIRE(y.same_bits(p.forward(team, true)));
    REQUIRE(grad_x.same_bits(p.backward_data(team)));
    REQUIRE(grad_w.same_bits(p.backward_weights(team, true)));
  }
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

TEST_CASE("what no tap reads spreads nothing, what a group reads reaches its outputs", "[conv][tied]") {
  constexpr conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
  std::mt19937 engine(5);
  const esp::dims5 input{1, 2, 4, 5, 19};
  drawn::tied_problem<double> p(drawn::tied_kernels_for<config, causal, double>(), input, engine, true);
  p.x.data()[1 * 5 * 19 + 2 * 19 + 7] = std::numeric_limits<double>::quiet_NaN();  // plane 1, row 2, column 7
  for (const index_t team : {0, 2}) {
    const auto y = p.forward(team, false);
    index_t wrong = 0;
    for (index_t i = 0; i < y.size(); ++i) {
      const index_t w = i % 19, h = i / 19 % 5, d = i / 95 % 4;
      // Planes 0 and 1 read plane 1 with taps 2 and 1 along D; plane 2 would with tap 0.
      const bool reads = d <= 1 && std::abs(h - 2) <= 1 && std::abs(w - 7) <= 1;
      wrong += (y.data()[i] != y.data()[i]) == reads ? 0 : 1;
    }
    REQUIRE(wrong == 0);
  }
}
