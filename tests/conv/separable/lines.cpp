// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/lines.hpp>

#include <limits>

#include "conv/separable/known_kernel.hpp"
#include "support/catch.hpp"

namespace {

using esp::extents, esp::index_t;
using esp::detail::kernel_lines, esp::detail::tap_line;

template <extents Kernel, auto F, class T = float>
constexpr kernel_lines found = esp::detail::lines_of<known::taps<Kernel, F>, Kernel, T>;

constexpr auto tap_0 = [](esp::tap_index t) { return t.d + t.h + t.w == 0 ? 1.0 : 0.0; };
constexpr auto nothing = [](esp::tap_index) { return 0.0; };
constexpr auto cross = [](esp::tap_index t) { return t.h == 1 || t.w == 1 ? 1.0 : 0.0; };
constexpr auto tiny = [](esp::tap_index t) { return t.w == 0 ? 0x1p-140 : 1.0; };
constexpr auto thirds = [](esp::tap_index t) { return (1.0 / 3) * (t.h == 1 ? 3 : 1) * (t.w == 1 ? -2 : 1); };
/// Of `thirds` but for one unit in the last place of float, and for eight.
template <int Units>
constexpr auto bent = [](esp::tap_index t) {
  return thirds(t) *
         (t.h == 2 && t.w == 2 ? 1 + Units * static_cast<double>(std::numeric_limits<float>::epsilon()) : 1);
};

/// One tap that nothing is known of.
struct with_free_tap {
  static constexpr auto value = [] {
    auto taps = known::taps<3, known::sum>::value;
    taps[13] = {};
    return taps;
  }();
};

}  // namespace

TEST_CASE("a sum has lines of ones, and the number once", "[separable]") {
  constexpr kernel_lines sums = found<extents{2, 5, 7}, known::scaled_sum>;
  STATIC_REQUIRE((sums.exist && sums.d.sums() && sums.h.sums() && sums.w.sums()));
  STATIC_REQUIRE((sums.d.taps == 2 && sums.h.taps == 5 && sums.w.taps == 7 && sums.h.scale == -0.125));
  STATIC_REQUIRE((sums.d.scale == 1 && sums.w.scale == 1));
}

TEST_CASE("zeros around the taps are no part of a line", "[separable]") {
  constexpr kernel_lines lines = found<6, known::inner>;
  STATIC_REQUIRE((lines.d.first == 1 && lines.d.taps == 2 && lines.h.first == 2 && lines.h.taps == 3));
  STATIC_REQUIRE((lines.w.first == 1 && lines.w.taps == 4 && lines.h.scale == 2));
  constexpr kernel_lines one = found<3, tap_0>;
  STATIC_REQUIRE((one.exist && one.d.taps == 1 && one.h.taps == 1 && one.w.taps == 1 && one.h.scale == 1));
}

TEST_CASE("Sobel's lines are exact, and no line but the first has a scale", "[separable]") {
  constexpr kernel_lines lines = found<3, known::sobel>;
  STATIC_REQUIRE((lines.exist && lines.d.kept() == 3 && lines.w.kept() == 2 && lines.w[1] == 0));
  for (index_t t = 0; t < 27; ++t) {
    const esp::tap_index k = esp::detail::tap_at(t, 3);
    REQUIRE(lines.d[k.d] * lines.h[k.h] * lines.w[k.w] == known::sobel(k));
  }
  STATIC_REQUIRE((lines.d[0] + lines.d[1] + lines.d[2] == 1 && lines.d.scale == 1 && lines.h.scale == 1));
}

TEST_CASE("a line backwards", "[separable]") {
  constexpr tap_line w = found<extents{9, 8, 7}, known::lines>.w, back = w.reversed(7);
  STATIC_REQUIRE((back.first == 7 - w.first - w.taps && back.taps == w.taps));
  for (index_t k = 0; k < w.taps; ++k) REQUIRE(back[k] == w[w.taps - 1 - k]);
  STATIC_REQUIRE(found<6, known::inner>.h.reversed(6).first == 1);
  STATIC_REQUIRE(back.reversed(7) == w);
}

TEST_CASE("what has no lines", "[separable]") {
  STATIC_REQUIRE(!found<3, nothing>.exist);
  STATIC_REQUIRE(!found<3, cross>.exist);
  STATIC_REQUIRE(!esp::detail::lines_of<with_free_tap, extents{3}, float>.exist);
  // A number that is none of float but for underflow.
  STATIC_REQUIRE((!found<3, tiny>.exist && found<3, tiny, double>.exist));
  // Lines of products that would unroll too far; a sum of as many taps is one.
  STATIC_REQUIRE(!found<extents{1, 1, 40}, known::lines>.exist);
  STATIC_REQUIRE((found<extents{1, 1, 40}, known::sum>.exist && !found<extents{1, 1, 65}, known::sum>.exist));
}

TEST_CASE("taps are met within four units in the last place", "[separable]") {
  STATIC_REQUIRE((found<3, thirds>.exist && found<3, thirds, double>.exist));
  STATIC_REQUIRE((found<3, bent<1>>.exist && !found<3, bent<8>>.exist));
  STATIC_REQUIRE(!found<3, bent<1>, double>.exist);
}
