// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/cut.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr esp::axis_tiles cube = esp::axis_tiles_for(3, esp::algorithm::winograd);
constexpr esp::axis_tiles tall_cube = esp::axis_tiles_for(3, esp::algorithm::winograd_f43);

/// Every tile of every output channel belongs to one task.
void check_cover(const esp::winograd_problem& p, const esp::winograd_blocking& b) {
  const esp::index_t volume = b.tiles.d * b.tiles.h * b.tiles.w;
  std::vector<int> seen(static_cast<std::size_t>(p.Y.n * p.groups * p.OC * volume));
  for (esp::index_t i = 0; i < b.tasks; ++i) {
    const esp::winograd_range r = esp::winograd_task(b, p, i);
    REQUIRE(r.oc0 % b.tile.oc == 0);
    for (esp::index_t oc = r.oc0; oc < r.oc0 + r.OC; ++oc)
      for (esp::index_t row = r.row0; row < r.row0 + r.rows; ++row)
        for (esp::index_t c = r.column0; c < r.column0 + r.columns; ++c) {
          ++seen[static_cast<std::size_t>(((r.n * p.groups + r.g) * p.OC + oc) * volume + row * b.tiles.w + c)];
        }
  }
  REQUIRE(seen == std::vector<int>(seen.size(), 1));
}

}  // namespace

TEST_CASE("Winograd tasks cover every tile once, within bounded scratch", "[conv][winograd]") {
  for (const esp::axis_tiles& axes : {cube, tall_cube}) {
    for (const esp::index_t IC : {1, 16, 64, 512}) {
      for (const esp::dims5 Y :
           {esp::dims5{2, 16, 1, 1, 1}, {1, 16, 5, 7, 9}, {3, 16, 8, 28, 29}, {1, 16, 2, 3, 5000}}) {
        for (const esp::index_t workers : {1, 2, 7}) {
          const esp::winograd_problem p{2, IC, 8, axes, {1, 1, 1}, {Y.n, 2 * IC, Y.d, Y.h, Y.w}, Y};
          const esp::winograd_blocking b = esp::winograd_block_for<float>(p, workers);
          REQUIRE(b.worker_elements() * 4 <= 4 * 1024 * 1024);
          REQUIRE(b.pitch >= b.rows * b.columns);
          check_cover(p, b);
        }
      }
    }
  }
}

TEST_CASE("very many channels are cut: tasks still cover all of them", "[conv][winograd]") {
  for (const esp::axis_tiles& axes : {cube, tall_cube}) {
    for (const esp::index_t channels : {400, 900, 1030, 2500}) {
      const esp::winograd_problem p{
          1, channels, channels + 7, axes, {1, 1, 1}, {1, channels, 3, 9, 40}, {1, channels + 7, 3, 9, 40}};
      check_cover(p, esp::winograd_block_for<float>(p, 3));
    }
  }
}

TEMPLATE_TEST_CASE("Winograd scratch is at most 4 MiB for every number of channels", "[conv][winograd]", float,
                   double) {
  constexpr esp::index_t most = 4 * 1024 * 1024 / static_cast<esp::index_t>(sizeof(TestType));
  const esp::extents kernels[] = {{3, 3, 3}, {1, 3, 3}, {3, 1, 3}, {3, 3, 1}, {1, 1, 3}, {1, 3, 1}, {3, 1, 1}};
  const esp::index_t channels[] = {1,    2,    3,    8,    17,   31,   64,   100,   160,   256,    320,  376,
                                   384,  400,  511,  512,  513,  640,  768,  879,   881,   1000,   1024, 1300,
                                   1536, 2047, 2048, 3000, 4096, 5000, 8192, 10000, 65536, 1000003};
  const esp::extents sizes[] = {{1, 1, 1}, {3, 5, 7}, {4, 4, 4}, {8, 28, 28}, {64, 512, 5000}, {2, 3, 100000}};
  for (const esp::extents& kernel : kernels)
    for (const auto algorithm : {esp::algorithm::winograd, esp::algorithm::winograd_f43})
      for (const esp::index_t IC : channels)
        for (const esp::index_t OC : channels)
          for (const esp::extents& s : sizes) {
            const esp::winograd_problem p{
                1, IC, OC, esp::axis_tiles_for(kernel, algorithm), {}, {1, IC, s.d, s.h, s.w}, {1, OC, s.d, s.h, s.w}};
            const esp::winograd_blocking b = esp::winograd_block_for<TestType>(p, 1);
            const bool cut = b.ic < IC;
            if (b.worker_elements() > most || b.rows < 1 || b.columns < 1 || b.ic < 1 || (cut && b.oc < b.task_oc)) {
              CAPTURE(kernel.d, kernel.h, kernel.w, IC, OC, s.d, s.h, s.w, b.worker_elements());
              FAIL();
            }
          }
  SUCCEED();
}

TEST_CASE("up to 512 channels of Winograd take no turns, and a team does not change the turns", "[conv][winograd]") {
  for (const esp::index_t channels : {16, 256, 512, 700, 1024, 4096}) {
    const esp::winograd_problem p{1, channels, channels, cube, {}, {1, channels, 8, 28, 28}, {1, channels, 8, 28, 28}};
    const auto one = esp::winograd_block_for<float>(p, 1), many = esp::winograd_block_for<float>(p, 64);
    REQUIRE((channels > 512 || one.ic == channels));
    REQUIRE((one.ic == many.ic && one.task_oc == many.task_oc && one.oc == many.oc));
    REQUIRE(many.worker_elements() <= one.worker_elements());
  }
}

TEST_CASE("fewer output channels make room for more tiles where the weight comes from memory", "[conv][winograd]") {
  const esp::dims5 X{1, 256, 8, 28, 28}, few{1, 64, 8, 28, 28};
  const auto tall = esp::winograd_block_for<float>({1, 256, 256, tall_cube, {}, X, X}, 1);
  REQUIRE((tall.task_oc < 256 && tall.rows * tall.columns > 48));
  REQUIRE(esp::winograd_block_for<float>({1, 256, 256, cube, {}, X, X}, 1).task_oc == 256);
  REQUIRE(esp::winograd_block_for<float>({1, 64, 64, tall_cube, {}, few, few}, 1).task_oc == 64);
}

TEST_CASE("tiles of axes without a transform are single voxels", "[conv][winograd]") {
  const esp::winograd_problem p{
      1, 4, 4, esp::axis_tiles_for({1, 3, 3}, esp::algorithm::winograd), {0, 1, 1}, {1, 4, 5, 6, 7}, {1, 4, 5, 6, 7}};
  const esp::winograd_blocking b = esp::winograd_block_for<double>(p, 1);
  REQUIRE(b.tiles == esp::extents{5, 3, 4});
  REQUIRE((b.points == 16 && b.steps == 4));
}
