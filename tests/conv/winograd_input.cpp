// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/conv/winograd_input.hpp>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("planes outside of the input drop out of a point's sum", "[conv][winograd]") {
  const esp::plane_sum inside = esp::detail::planes_of<3>(1, 0, 1, 10);
  REQUIRE((inside.count == 2 && inside.plane[0] == 1 && inside.plane[1] == 3));
  REQUIRE((inside.factor[0] == 1 && inside.factor[1] == -1));
  const esp::plane_sum border = esp::detail::planes_of<3>(0, 0, 1, 10);
  REQUIRE((border.count == 1 && border.plane[0] == 1 && border.factor[0] == -1));
  REQUIRE(esp::detail::planes_of<3>(5, 3, 0, 10).count == 0);
}

TEMPLATE_TEST_CASE("transformed input is the matrices times the padded tile", "[conv][winograd]", float, double) {
  using T = TestType;
  using esp::index_t;
  const esp::winograd_problem p{1, 1, 1, {3, 3, 3}, {1, 1, 1}, {1, 1, 2, 5, 37}, {1, 1, 2, 5, 37}};
  const index_t columns = 19, count = 3, row_pitch = 64, plane = 200;
  std::vector<T> x(2 * 5 * 37), rows(8 * 2 * 64), to(16 * 200);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11);
  const esp::plane_sum planes = esp::detail::planes_of<3>(0, 1, 1, 2);
  using input = esp::winograd_input<3, 3, T>;
  input::gather(x.data(), p, planes, 0, count, 0, columns, row_pitch, rows.data());
  input::transform(rows.data(), row_pitch, count, columns, to.data(), plane);

  const auto& m = esp::transform_for<3>.input;
  const auto voxel = [&](index_t d, index_t h, index_t w) {
    return h < 0 || h >= 5 || w < 0 || w >= 37 ? T(0) : x[static_cast<std::size_t>((d * 5 + h) * 37 + w)];
  };
  for (std::size_t f = 0; f < 16; ++f)
    for (index_t t = 0; t < count * columns; ++t) {
      T expected = 0;
      for (std::size_t h = 0; h < 4; ++h)
        for (std::size_t w = 0; w < 4; ++w) {
          const index_t ih = t / columns * 2 - 1 + static_cast<index_t>(h);
          const index_t iw = t % columns * 2 - 1 + static_cast<index_t>(w);
          expected += static_cast<T>(m[f / 4][h] * m[f % 4][w]) * (voxel(0, ih, iw) + voxel(1, ih, iw));
        }
      REQUIRE(to[f * 200 + static_cast<std::size_t>(t)] == expected);
    }
}
