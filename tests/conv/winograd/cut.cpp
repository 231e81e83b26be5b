// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/cut.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr esp::axis_tiles cube = esp::axis_tiles_for(3, esp::algorithm::winograd);
constexpr esp::axis_tiles tall_cube = esp::axis_tiles_for(3, esp::algorithm::winograd_f43);

/// Every tile of every output channel belongs to one task.
/// A correlation of `groups` groups of `in` to `out` channels, `before` zeros before its X.
esp::correlation problem(esp::index_t groups, esp::index_t in, esp::index_t out, esp::extents before, esp::dims5 X,
                         esp::extents outputs) {
  esp::correlation p;
  p.groups = groups;
  p.in = in;
  p.out = out;
  p.before = before;
  p.X = X;
  p.outputs = outputs;
  return p;
}

void check_cover(const esp::correlation& p, const esp::winograd_blocking& b) {
  const esp::index_t volume = b.tiles.d * b.tiles.h * b.tiles.w;
  std::vector<int> seen(static_cast<std::size_t>(p.X.n * p.groups * p.out * volume));
  for (esp::index_t i = 0; i < b.tasks; ++i) {
    const esp::winograd_range r = esp::winograd_task(b, p, i);
    REQUIRE(r.oc0 % b.tile.rows == 0);
    for (esp::index_t oc = r.oc0; oc < r.oc0 + r.OC; ++oc)
      for (esp::index_t row = r.row0; row < r.row0 + r.rows; ++row)
        for (esp::index_t c = r.tile0; c < r.tile0 + r.row_tiles; ++c) {
          ++seen[static_cast<std::size_t>(((r.n * p.groups + r.g) * p.out + oc) * volume + row * b.tiles.w + c)];
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
          const esp::correlation p = problem(2, IC, 8, 1, {Y.n, 2 * IC, Y.d, Y.h, Y.w}, {Y.d, Y.h, Y.w});
          const esp::winograd_blocking b = esp::winograd_block_for<float>(p, axes, workers);
          REQUIRE(b.worker_elements() * 4 <= 4 * 1024 * 1024);
          REQUIRE(b.pitch >= b.rows * b.row_tiles);
          check_cover(p, b);
        }
      }
    }
  }
}

TEST_CASE("very many channels are cut: tasks still cover all of them", "[conv][winograd]") {
  for (const esp::axis_tiles& axes : {cube, tall_cube}) {
    for (const esp::index_t channels : {400, 900, 1030, 2500}) {
      const esp::correlation p = problem(1, channels, channels + 7, 1, {1, channels, 3, 9, 40}, {3, 9, 40});
      check_cover(p, esp::winograd_block_for<float>(p, axes, 3));
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
            const esp::correlation p = problem(1, IC, OC, {}, {1, IC, s.d, s.h, s.w}, s);
            const esp::winograd_blocking b =
                esp::winograd_block_for<TestType>(p, esp::axis_tiles_for(kernel, algorithm), 1);
            const bool cut = b.ic < IC;
            if (b.worker_elements() > most || b.rows < 1 || b.row_tiles < 1 || b.ic < 1 || (cut && b.oc < b.task_oc)) {
              CAPTURE(kernel.d, kernel.h, kernel.w, IC, OC, s.d, s.h, s.w, b.worker_elements());
              FAIL();
            }
          }
  SUCCEED();
}

TEST_CASE("up to 512 channels of Winograd take no turns, and a team does not change the turns", "[conv][winograd]") {
  for (const esp::index_t channels : {16, 256, 512, 700, 1024, 4096}) {
    const esp::correlation p = problem(1, channels, channels, {}, {1, channels, 8, 28, 28}, {8, 28, 28});
    const auto one = esp::winograd_block_for<float>(p, cube, 1), many = esp::winograd_block_for<float>(p, cube, 64);
    REQUIRE((channels > 512 || one.ic == channels));
    REQUIRE((one.ic == many.ic && one.task_oc == many.task_oc && one.oc == many.oc));
    REQUIRE(many.worker_elements() <= one.worker_elements());
  }
}

TEST_CASE("fewer output channels make room for more tiles where the weight comes from memory", "[conv][winograd]") {
  const esp::dims5 X{1, 256, 8, 28, 28}, few{1, 64, 8, 28, 28};
  const auto tall = esp::winograd_block_for<float>(problem(1, 256, 256, {}, X, {X.d, X.h, X.w}), tall_cube, 1);
  REQUIRE((tall.task_oc < 256 && tall.rows * tall.row_tiles > 48));
  REQUIRE(esp::winograd_block_for<float>(problem(1, 256, 256, {}, X, {X.d, X.h, X.w}), cube, 1).task_oc == 256);
  REQUIRE(esp::winograd_block_for<float>(problem(1, 64, 64, {}, few, {few.d, few.h, few.w}), tall_cube, 1).task_oc ==
          64);
}

TEST_CASE("tiles of axes without a transform are single voxels", "[conv][winograd]") {
  const esp::winograd_blocking b =
      esp::winograd_block_for<double>(problem(1, 4, 4, {0, 1, 1}, {1, 4, 5, 6, 7}, {5, 6, 7}),
                                      esp::axis_tiles_for({1, 3, 3}, esp::algorithm::winograd), 1);
  REQUIRE(b.tiles == esp::extents{5, 3, 4});
  REQUIRE((b.points == 16 && b.steps == 4));
}
