// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/winograd/output.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr esp::axis_tiles cube = esp::axis_tiles_for(3, esp::algorithm::winograd);
constexpr esp::axis_tiles column = esp::axis_tiles_for({3, 3, 1}, esp::algorithm::winograd);

/// Products of every point go back to the outputs of a tile by the matrices of its three axes.
template <esp::axis_tiles Axes, class T>
void check_back() {
  using esp::index_t;
  constexpr index_t lanes = esp::lanes<T>, vectors = 2, pitch = vectors * lanes;
  constexpr esp::extents points = Axes.points(), outputs = Axes.outputs();
  constexpr index_t planes = points.h * points.w;
  std::vector<T> products(static_cast<std::size_t>(points.volume() * pitch));
  std::vector<T> sums(static_cast<std::size_t>(outputs.volume() * pitch), T(-77));
  for (std::size_t i = 0; i < products.size(); ++i) products[i] = static_cast<T>(static_cast<int>(i * 5 % 19) - 9);
  for (index_t point = 0; point < points.d; ++point) {
    esp::winograd_output<Axes, T>::transform(products.data() + point * planes * pitch, pitch, vectors, point,
                                             sums.data(), pitch);
  }
  const auto entry = [](const auto& matrix, index_t output, index_t point) {
    return matrix[static_cast<std::size_t>(output)][static_cast<std::size_t>(point)];
  };
  const bool exact = Axes.h != esp::axis_f43 && Axes.d != esp::axis_f43;
  index_t i = 0;
  for (index_t d = 0; d < outputs.d; ++d)
    for (index_t h = 0; h < outputs.h; ++h)
      for (index_t w = 0; w < outputs.w; ++w)
        for (index_t q = 0; q < pitch; ++q, ++i) {
          double expected = 0;
          for (index_t f = 0; f < points.volume(); ++f) {
            expected += entry(esp::transform_for<Axes.d>.output, d, f / planes) *
                        entry(esp::transform_for<Axes.h>.output, h, f / points.w % points.h) *
                        entry(esp::transform_for<Axes.w>.output, w, f % points.w) *
                        static_cast<double>(products[static_cast<std::size_t>(f * pitch + q)]);
          }
          const auto found = static_cast<double>(sums[static_cast<std::size_t>(i)]);
          REQUIRE(std::fabs(found - expected) <= (exact ? 0 : sizeof(T) == sizeof(float) ? 2e-3 : 1e-11));
        }
}

}  // namespace

TEMPLATE_TEST_CASE("products go back to voxels through the matrices of each axis", "[conv][winograd]", float, double) {
  constexpr auto tall = esp::algorithm::winograd_f43;
  check_back<cube, TestType>();
  check_back<column, TestType>();
  check_back<esp::axis_tiles_for(3, tall), TestType>();
  check_back<esp::axis_tiles_for({1, 3, 3}, tall), TestType>();
  check_back<esp::axis_tiles_for({3, 1, 3}, tall), TestType>();
  check_back<esp::axis_tiles_for({3, 3, 1}, tall), TestType>();
  check_back<esp::axis_tiles_for({3, 1, 1}, tall), TestType>();
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
    esp::winograd_output<cube, T>::store_row(even.data(), odd.data(), static_cast<esp::index_t>(count),
                                             esp::detail::channel_epilogue<esp::activation::none, T>{3}, pairs.data(),
                                             count % 2 == 0);
    esp::winograd_output<column, T>::store_row(even.data(), even.data(), static_cast<esp::index_t>(count / 2),
                                               esp::detail::channel_epilogue<esp::activation::none, T>{3},
                                               singles.data(), count % 2 != 0);
    esp::simd::finish_stream();
    for (std::size_t i = 0; i < count; ++i) REQUIRE(pairs[i] == static_cast<T>(i + 3));
    for (std::size_t i = 0; i < count / 2; ++i) REQUIRE(singles[i] == static_cast<T>(2 * i + 3));
    REQUIRE((pairs[count] == T(-1) && singles[count / 2] == T(-1)));
  }
}
