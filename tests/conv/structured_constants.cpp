// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_structures.hpp"
#include "support/catch.hpp"

// Kernels that are numbers, whole ones: a box that sums, stencils, tables that separate and that do not; and kernels
// some of whose taps are numbers.

using drawn::layer_of, drawn::structured, drawn::with;
using esp::algorithm, esp::assign, esp::at, esp::axis, esp::index_t;

namespace {

/// 1, 2, 3, ... along each axis, multiplied.
constexpr auto ramps = [](auto) { return at<[](esp::tap_index t) { return (t.d + 1) * (2 - t.h) * (t.w + 1); }>; };
/// No product of three axes.
constexpr auto sums = [](auto) { return at<[](esp::tap_index t) { return t.d - 2 * t.h + t.w * t.d; }>; };
/// Thirteen of 125 taps, of whole numbers where the stencil divides by 12: no product of lines.
constexpr auto wide_laplacian = esp::laplacian<4> >> [](auto w) { return w * 12; };
/// The middle is -1, the others are learned.
constexpr auto middle_is_known = esp::on<esp::center_tap>(assign<-1>);

}  // namespace

TEST_CASE("constant kernels of few channels are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(1, 1, 9, 4), assign<1>, float>(71);
  count += structured<layer_of(1, 1, {3, 5, 2}, {1, 0, 1}), assign<-1>, double>(72);
  count += structured<layer_of(1, 1, 3, 1), esp::laplacian<2>, float>(73);
  count += structured<layer_of(1, 3, 3, 1), esp::sobel<axis::width>, float>(74);
  count += structured<layer_of(1, 2, 3, 1, 2), ramps, double>(75);
  count += structured<layer_of(2, 1, 3, {{0, 2}, 1, 1}), sums, float>(76);
  REQUIRE(count == 300);
}

TEST_CASE("constant kernels of several channels are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(5, 5, 9, 4, 1, 1, 5), assign<1>, float>(81);
  count += structured<layer_of(8, 8, 5, 2, 1, 2, 8), ramps, double>(82);
  count += structured<layer_of(6, 4, 3, 1, 1, 1, 2), assign<2>, float>(83);
  count += structured<with(algorithm::winograd, layer_of(16, 16, 3, 1)), esp::sobel<axis::depth>, float>(84);
  count += structured<layer_of(4, 4, {1, 7, 5}, {0, 3, 2}, {1, 2, 1}, 1, 4), assign<1>, float>(85);
  count += structured<layer_of(6, 8, 3, 1), sums, double>(86);
  REQUIRE(count == 300);
}

TEST_CASE("constant kernels that no lines make are packed from no weight in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(1, 1, 5, 2), wide_laplacian, float>(51);
  count += structured<layer_of(3, 20, 5, 2, 1, 1), wide_laplacian, float>(52);
  count += structured<layer_of(8, 6, 5, {{0, 3}, 2, 1}, 2, {1, 2, 1}, 2), wide_laplacian, double>(53);
  count += structured<layer_of(40, 40, 3, 1), sums, float>(54);
  count += structured<with(algorithm::winograd, layer_of(16, 24, 3, 1)), sums, float>(55);
  count += structured<with(algorithm::direct, layer_of(16, 16, 3, esp::same, 1, 1, 4)), assign<12>, double>(56);
  count += structured<layer_of(6, 6, 3, 30, 1, 30), sums, float>(57);
  count += structured<with(algorithm::direct, layer_of(18, 17, 1, 0)), assign<-3>, double>(58);
  count += structured<layer_of(4, 12, {1, 1, 6}, 3, {1, 1, 2}, 1, 2), ramps, float>(59);
  count += structured<layer_of(32, 32, 3, 1, 2), sums, float>(60);
  REQUIRE(count == 500);
}

TEST_CASE("kernels of which some taps are numbers are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(1, 1, 3, 1), middle_is_known, float>(91);
  count += structured<layer_of(1, 6, 5, 2), middle_is_known, float>(92);
  count += structured<layer_of(8, 8, 3, 1, 2), middle_is_known, double>(93);
  count += structured<layer_of(16, 16, 3, 1), esp::on<esp::tap<0, 1, 1>>(assign<3>), float>(94);
  count += structured<layer_of(4, 4, 3, 1, 1, 1, 4),
                      esp::on<esp::mask<[](esp::tap_index t) { return t.d == 0; }>>(assign<1>), float>(95);
  count +=
      structured<layer_of(3, 6, {3, 1, 5}, {1, 0, 2}, 1, {1, 1, 2}, 3), esp::on<esp::center_tap>(assign<0>), double>(
          96);
  REQUIRE(count == 300);
}
