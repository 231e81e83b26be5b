// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <espalier/conv/tied/nest.hpp>
#include <limits>

#include "conv/tied/drawn_tied.hpp"

using drawn::cube_orbits;
using drawn::random_table;
using esp::conv3d;
using esp::extents;
using esp::index_t;

namespace {

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
