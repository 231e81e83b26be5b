// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/gradient_tiles.hpp>
#include <vector>

#include "support/catch.hpp"

using esp::index_t;

namespace {

template <class T>
std::vector<T> numbers(index_t count) {
  std::vector<T> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11);
  return v;
}

}  // namespace

TEMPLATE_TEST_CASE("tiles of both operands are the matrices times their positions", "[conv][winograd]", float, double) {
  using T = TestType;
  using transform = esp::winograd_gradient_tiles<esp::axis_tiles_for(3, esp::algorithm::winograd), T>;
  constexpr auto m = esp::transform_for<esp::axis_f23>;
  const esp::extents tiles{1, 2, 3}, x_box{4, 6, 8}, y_box{2, 4, 6};
  const index_t lanes = esp::lanes<T>, plane = 6 * 2 * lanes + 3;
  const auto x = numbers<T>(x_box.volume() * lanes), y = numbers<T>(y_box.volume() * 2 * lanes);
  std::vector<T> to(static_cast<std::size_t>(16 * plane));
  const auto check = [&](const auto& in, const esp::extents& box, index_t width, index_t size, const auto& along,
                         index_t point) {
    for (std::size_t f = 0; f < 16; ++f)
      for (index_t t = 0; t < 6; ++t)
        for (index_t lane = 0; lane < width; ++lane) {
          T expected = 0;
          for (index_t d = 0; d < size; ++d)
            for (index_t h = 0; h < size; ++h)
              for (index_t w = 0; w < size; ++w) {
                const index_t at = (d * box.h + t / 3 * 2 + h) * box.w + t % 3 * 2 + w;
                expected += static_cast<T>(along(point, d) * along(f / 4, h) * along(f % 4, w)) *
                            in[static_cast<std::size_t>(at * width + lane)];
              }
          REQUIRE(to[f * static_cast<std::size_t>(plane) + static_cast<std::size_t>(t * width + lane)] == expected);
        }
  };
  const auto input = [&](auto point, auto i) {
    return m.input[static_cast<std::size_t>(point)][static_cast<std::size_t>(i)];
  };
  const auto output = [&](auto point, auto o) {
    return m.output[static_cast<std::size_t>(o)][static_cast<std::size_t>(point)];
  };
  for (index_t point = 0; point < 4; ++point) {
    transform::inputs(x.data(), x_box, tiles, point, to.data(), plane);
    check(x, x_box, lanes, 4, input, point);
    transform::outputs(y.data(), y_box, 2 * lanes, tiles, point, to.data(), plane);
    check(y, y_box, 2 * lanes, 2, output, point);
  }
}

TEMPLATE_TEST_CASE("sums of points become sums of taps", "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr auto m = esp::transform_for<esp::axis_f23>;
  const index_t plane = esp::lanes<T> + 1;
  auto sums = numbers<T>(16 * plane);
  for (T& s : sums) s *= 4;
  esp::batch<T> taps[9];
  esp::winograd_gradient_tiles<esp::axis_tiles_for({3, 1, 3}, esp::algorithm::winograd), T>::taps(sums.data(), plane,
                                                                                                  taps);
  for (std::size_t k = 0; k < 9; ++k) {
    std::vector<T> found(static_cast<std::size_t>(esp::lanes<T>));
    esp::simd::store_unaligned(found.data(), taps[k]);
    for (std::size_t lane = 0; lane < found.size(); ++lane) {
      T expected = 0;
      for (std::size_t p = 0; p < 16; ++p) {
        expected += static_cast<T>(m.weight[p / 4][k / 3] * m.weight[p % 4][k % 3]) *
                    sums[p * static_cast<std::size_t>(plane) + lane];
      }
      REQUIRE(found[lane] == expected);
    }
  }
}
