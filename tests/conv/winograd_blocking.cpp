// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd_blocking.hpp>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("Winograd tasks cover every tile once, within bounded scratch", "[conv][winograd]") {
  for (const esp::index_t IC : {1, 16, 64, 512}) {
    for (const esp::dims5 Y : {esp::dims5{2, 16, 1, 1, 1}, {1, 16, 5, 7, 9}, {3, 16, 8, 28, 29}, {1, 16, 2, 3, 5000}}) {
      for (const esp::index_t workers : {1, 2, 7}) {
        const esp::winograd_problem p{2, IC, 8, {3, 3, 3}, {1, 1, 1}, {Y.n, 2 * IC, Y.d, Y.h, Y.w}, Y};
        const esp::winograd_blocking b = esp::winograd_block_for<float>(p, workers);
        REQUIRE(b.worker_elements() * 4 <= 4 * 1024 * 1024);
        REQUIRE(b.pitch >= b.rows * b.columns);
        const esp::index_t volume = b.tiles.d * b.tiles.h * b.tiles.w;
        std::vector<int> seen(static_cast<std::size_t>(Y.n * 2 * volume));
        for (esp::index_t i = 0; i < b.tasks; ++i) {
          const esp::winograd_range r = esp::winograd_task(b, 2, i);
          for (esp::index_t row = r.row0; row < r.row0 + r.rows; ++row)
            for (esp::index_t c = r.column0; c < r.column0 + r.columns; ++c) {
              ++seen[static_cast<std::size_t>((r.n * 2 + r.g) * volume + row * b.tiles.w + c)];
            }
        }
        REQUIRE(seen == std::vector<int>(seen.size(), 1));
      }
    }
  }
}

TEST_CASE("tiles of axes without a transform are single voxels", "[conv][winograd]") {
  const esp::winograd_problem p{1, 4, 4, {1, 3, 3}, {0, 1, 1}, {1, 4, 5, 6, 7}, {1, 4, 5, 6, 7}};
  const esp::winograd_blocking b = esp::winograd_block_for<double>(p, 1);
  REQUIRE(b.tiles == esp::extents{5, 3, 4});
  REQUIRE((b.points == 16 && b.steps == 4));
}
