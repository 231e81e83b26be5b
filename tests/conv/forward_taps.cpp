// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>

#include "conv/drawn_forward.hpp"

// Lists of taps in the direct forward, against loops over the whole kernel.

namespace {

using esp::conv3d, esp::index_t;

template <conv3d Config, esp::kept_taps Kept>
index_t problems(unsigned seed) {
  static_assert(esp::direct_forward<Config, float, Kept>::computed == Kept);
  static_assert(esp::direct_forward<Config, double, Kept>::computed == Kept);
  return drawn::problems(drawn::kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::problems(drawn::kernel_for<Config, double, Kept>(), seed + 1, 45);
}

/// A configuration with several drawn sets.
template <conv3d Config, unsigned... Percent>
index_t sets(unsigned seed) {
  constexpr esp::extents kernel = Config.kernel_size;
  return (problems<Config, drawn::taps(kernel, Percent, Percent)>(seed + Percent) + ...);
}

/// Whether output position `o` reads input position `i` by a tap that is kept.
bool reads(const conv3d& c, const esp::kept_taps& kept, esp::tap_index o, esp::tap_index i) {
  const esp::extents before = esp::pads_of(c).before;
  for (index_t t = 0; t < c.kernel_size.volume(); ++t) {
    const esp::tap_index k = esp::tap_at(t, c.kernel_size);
    const bool here = o.d * c.stride.d - before.d + k.d * c.dilation.d == i.d &&
                      o.h * c.stride.h - before.h + k.h * c.dilation.h == i.h &&
                      o.w * c.stride.w - before.w + k.w * c.dilation.w == i.w;
    if (here && kept.has(t)) return true;
  }
  return false;
}

/// One voxel of the input is `value`: the outputs that read it by a kept tap are not finite, the others what they are
/// with a zero in its place.
template <conv3d Config, class T, esp::kept_taps Kept>
void spreads(esp::dims5 input, esp::tap_index at, T value, unsigned seed) {
  std::mt19937 engine(seed);
  drawn::problem<T> p(drawn::kernel_for<Config, T, Kept>(), input, engine, true);
  // Odd, and so no zeros.
  for (index_t i = 0; i < p.weight.size(); ++i) p.weight.data()[i] = static_cast<T>(2 * (i % 5) - 5);
  drawn::clear_dropped(Kept, Config.kernel_size.volume(), p.weight.size(), p.weight.data());
  p.fast.pack(p.weight.data(), p.packed.data());
  T& voxel = p.x.data()[(at.d * input.h + at.h) * input.w + at.w];
  voxel = 0;
  const auto without = p.forward(0, true);
  voxel = value;
  const auto with = p.forward(1, true);
  const esp::dims5 Y = p.shape.output;
  index_t wrong = 0, reached = 0;
  for (index_t i = 0; i < Y.c * Y.d * Y.h * Y.w; ++i) {
    const bool read = reads(Config, Kept, esp::tap_at(i % (Y.d * Y.h * Y.w), {Y.d, Y.h, Y.w}), at);
    wrong += (read ? !std::isfinite(with.data()[i]) : with.data()[i] == without.data()[i]) ? 0 : 1;
    reached += read ? 1 : 0;
  }
  REQUIRE((wrong == 0 && reached > 0));
}

}  // namespace

TEST_CASE("lists of taps, all options", "[conv][forward][taps]") {
  index_t total = 0;
  total += sets<conv3d{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1}, 20, 45, 80>(1000);
  total +=
      sets<conv3d{.in_channels = 4, .out_channels = 10, .kernel_size = 3, .padding = 1, .groups = 2}, 30, 48>(1100);
  total += sets<conv3d{.in_channels = 2, .out_channels = 9, .kernel_size = {2, 3, 5}, .padding = {1, 0, 2}}, 50>(1200);
  total += sets<conv3d{.in_channels = 2,
                       .out_channels = 4,
                       .kernel_size = 3,
                       .stride = {2, 1, 3},
                       .dilation = {1, 2, 1},
                       .padding = {{1, 2}, {0, 3}, {2, 0}}},
                25, 60>(1300);
  total +=
      sets<conv3d{.in_channels = 1, .out_channels = 7, .kernel_size = 3, .dilation = 2, .padding = 2}, 15, 40>(1400);
  total +=
      sets<drawn::replicated({.in_channels = 2, .out_channels = 5, .kernel_size = {3, 2, 4}, .padding = {1, 1, 3}}), 35,
           70>(1500);
  total +=
      sets<drawn::replicated({.in_channels = 2, .out_channels = 16, .kernel_size = 3, .stride = 2, .padding = 1}), 50>(
          1600);
  total +=
      sets<drawn::reflected({.in_channels = 2, .out_channels = 5, .kernel_size = {3, 2, 4}, .padding = {1, 1, 3}}), 35>(
          1700);
  total +=
      sets<drawn::mixed({.in_channels = 2, .out_channels = 5, .kernel_size = {3, 2, 4}, .padding = {1, 1, 3}}), 35>(
          1800);
  REQUIRE(total == 15 * 90);
}

TEST_CASE("stars, masks and single taps", "[conv][forward][taps]") {
  constexpr conv3d cube{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr conv3d masked{.in_channels = 2, .out_channels = 6, .kernel_size = 5, .padding = 2};
  constexpr conv3d hot{.in_channels = 1, .out_channels = 12, .kernel_size = 3, .dilation = 2, .padding = 2};
  index_t total = 0;
  total += problems<cube, drawn::star(3)>(2000);
  total += problems<one, drawn::star(3)>(2100);
  total += problems<masked, drawn::first_taps(5, 62)>(2200);
  total += problems<masked, drawn::first_taps(5, 63)>(2300);
  total += problems<hot, drawn::first_taps(3, 1)>(2400);
  REQUIRE(total == 5 * 90);
}

// Lanes along output channels where these fill registers: of 16, 8 or 4 elements in float.
TEST_CASE("lists of taps with lanes along output channels", "[conv][forward][taps]") {
  constexpr conv3d cube{.in_channels = 3, .out_channels = 32, .kernel_size = 3, .padding = 1};
  constexpr conv3d masked{.in_channels = 2, .out_channels = 64, .kernel_size = {3, 5, 3}, .padding = {1, 2, 1}};
  constexpr conv3d steps{.in_channels = 4,
                         .out_channels = 64,
                         .kernel_size = 3,
                         .stride = {1, 2, 2},
                         .dilation = {2, 1, 1},
                         .padding = {{1, 2}, {0, 3}, {2, 0}},
                         .groups = 2};
  constexpr conv3d apart{.in_channels = 2, .out_channels = 32, .kernel_size = {1, 3, 3}, .stride = 3, .padding = 1};
  if constexpr (esp::lanes<float> == 16) {
    constexpr esp::choice made = esp::direct_forward<cube, float, drawn::star(3)>::chosen;
    static_assert(made.family == esp::kernel_family::channel && made.dropped == 20 && made.channels.run_taps == 1);
  }
  index_t total = 0;
  total += problems<cube, drawn::star(3)>(2600);
  total += problems<masked, drawn::first_taps({3, 5, 3}, 22)>(2610);
  total += problems<steps, drawn::taps(3, 2, 50)>(2620);
  total += problems<apart, drawn::taps({1, 3, 3}, 3, 60)>(2630);
  total += problems<drawn::replicated(steps), drawn::taps(3, 4, 30)>(2640);
  total += problems<cube, drawn::first_taps(3, 0)>(2650);
  REQUIRE(total == 6 * 90);
  for (const unsigned seed : {1u, 2u, 3u}) {
    drawn::compare(drawn::kernel_for<cube, float, drawn::star(3)>(), {1, 3, 9, 50, 53}, seed, true);
    drawn::compare(drawn::kernel_for<steps, double, drawn::taps(3, 2, 50)>(), {2, 4, 12, 41, 35}, seed, true);
  }
}

TEST_CASE("a kernel whose taps are all zeros is its bias", "[conv][forward][taps]") {
  constexpr conv3d config{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1};
  static_assert(esp::direct_forward<config, float, drawn::first_taps(3, 0)>::packed_size() == 0);
  REQUIRE(problems<config, drawn::first_taps(3, 0)>(2500) == 90);
}

TEST_CASE("many channels are summed in several passes over a list", "[conv][forward][taps]") {
  constexpr conv3d many{.in_channels = 250, .out_channels = 20, .kernel_size = 3, .padding = 1};
  constexpr conv3d wide{.in_channels = 40, .out_channels = 70, .kernel_size = {3, 3, 1}, .padding = {1, 1, 0}};
  drawn::compare(drawn::kernel_for<many, float, drawn::star(3)>(), {1, 250, 4, 9, 21}, 1, true);
  drawn::compare(drawn::kernel_for<many, double, drawn::taps(3, 7, 40)>(), {2, 250, 2, 5, 40}, 2, true);
  drawn::compare(drawn::kernel_for<wide, float, drawn::star({3, 3, 1})>(), {1, 40, 20, 6, 40}, 3, false);
  drawn::compare(drawn::kernel_for<wide, double, drawn::taps({3, 3, 1}, 9, 60)>(), {2, 40, 5, 24, 24}, 4, true);
}

TEST_CASE("large volumes over a list are cut on every axis", "[conv][forward][taps]") {
  constexpr conv3d cube{.in_channels = 3, .out_channels = 10, .kernel_size = 3, .padding = 1};
  constexpr conv3d dilated{
      .in_channels = 3, .out_channels = 10, .kernel_size = 3, .dilation = {2, 1, 3}, .padding = esp::same};
  for (const unsigned seed : {0u, 1u, 2u, 3u}) {
    drawn::compare(drawn::kernel_for<cube, float, drawn::star(3)>(), {1, 3, 37, 40, 41}, seed, true);
    drawn::compare(drawn::kernel_for<cube, double, drawn::taps(3, 5, 50)>(), {2, 3, 9, 70, 33}, seed, true);
    drawn::compare(drawn::kernel_for<dilated, float, drawn::taps(3, 6, 30)>(), {1, 3, 12, 30, 65}, seed, true);
  }
}

TEST_CASE("a tap that is not there spreads nothing", "[conv][forward][taps]") {
  constexpr conv3d cube{.in_channels = 2, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr conv3d steps{
      .in_channels = 1, .out_channels = 4, .kernel_size = {3, 2, 3}, .stride = {1, 2, 1}, .dilation = 2, .padding = 2};
  constexpr conv3d wide{.in_channels = 1, .out_channels = 64, .kernel_size = 3, .padding = 1};
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  spreads<cube, float, drawn::star(3)>({1, 2, 5, 6, 19}, {2, 3, 7}, nan, 1);
  spreads<cube, float, drawn::star(3)>({1, 2, 5, 6, 19}, {0, 0, 0}, inf, 2);
  spreads<cube, float, drawn::first_taps(3, 13)>({1, 2, 4, 3, 40}, {1, 2, 39}, -inf, 3);
  spreads<wide, float, drawn::star(3)>({1, 1, 5, 6, 19}, {0, 3, 7}, nan, 6);
  spreads<wide, double, drawn::first_taps(3, 13)>({1, 1, 4, 3, 40}, {1, 2, 39}, inf, 7);
  spreads<cube, double, drawn::taps(3, 3, 40)>({1, 2, 4, 5, 23}, {3, 4, 22}, nan, 4);
  spreads<steps, double, drawn::taps({3, 2, 3}, 5, 40)>({1, 1, 7, 8, 17}, {4, 4, 8}, inf, 5);
}
