// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd_output.hpp>
#include <vector>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("products go back to voxels through the matrices of each axis", "[conv][winograd]", float, double) {
  using T = TestType;
  using esp::index_t;
  constexpr index_t lanes = esp::lanes<T>, vectors = 2, pitch = vectors * lanes;
  std::vector<T> products(static_cast<std::size_t>(4 * 16 * pitch)), sums(static_cast<std::size_t>(8 * pitch), T(-77));
  for (std::size_t i = 0; i < products.size(); ++i) products[i] = static_cast<T>(static_cast<int>(i * 5 % 19) - 9);
  using output = esp::winograd_output<3, 3, T>;
  for (index_t point = 0; point < 4; ++point) {
    output::template transform<3>(products.data() + point * 16 * pitch, pitch, vectors, point, sums.data(), pitch);
  }
  const auto& m = esp::transform_for<3>.output;
  for (std::size_t d = 0; d < 2; ++d)
    for (std::size_t h = 0; h < 2; ++h)
      for (std::size_t w = 0; w < 2; ++w)
        for (std::size_t q = 0; q < static_cast<std::size_t>(pitch); ++q) {
          T expected = 0;
          for (std::size_t f = 0; f < 64; ++f) {
            expected += static_cast<T>(m[d][f / 16] * m[h][f / 4 % 4] * m[w][f % 4]) *
                        products[f * static_cast<std::size_t>(pitch) + q];
          }
          REQUIRE(sums[((d * 2 + h) * 2 + w) * static_cast<std::size_t>(pitch) + q] == expected);
        }
}

TEMPLATE_TEST_CASE("a row of tiles is stored as a row of voxels, of any length", "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr auto room = static_cast<std::size_t>(4 * esp::lanes<T>);
  std::vector<T> even(room), odd(room);
  for (std::size_t i = 0; i < room; ++i) {
    even[i] = static_cast<T>(2 * i);
    odd[i] = static_cast<T>(2 * i + 1);
  }
  for (std::size_t count = 1; count < 2 * room - 2 * static_cast<std::size_t>(esp::lanes<T>); ++count) {
    std::vector<T> pairs(count + 1, T(-1)), singles(count / 2 + 1, T(-1));
    esp::winograd_output<3, 3, T>::store_row(even.data(), odd.data(), static_cast<esp::index_t>(count), T(3),
                                             pairs.data());
    esp::winograd_output<3, 1, T>::store_row(even.data(), even.data(), static_cast<esp::index_t>(count / 2), T(3),
                                             singles.data());
    for (std::size_t i = 0; i < count; ++i) REQUIRE(pairs[i] == static_cast<T>(i + 3));
    for (std::size_t i = 0; i < count / 2; ++i) REQUIRE(singles[i] == static_cast<T>(2 * i + 3));
    REQUIRE((pairs[count] == T(-1) && singles[count / 2] == T(-1)));
  }
}
