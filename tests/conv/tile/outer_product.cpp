// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/aligned_buffer.hpp>
#include <espalier/conv/tile/outer_product.hpp>

#include "support/catch.hpp"

namespace {

template <esp::index_t Broadcasts, esp::index_t Vectors, class T>
void check() {
  using tile = esp::outer_product<Broadcasts, Vectors, T>;
  constexpr esp::extents count{2, 3, 5}, x_step{40, 12, 2}, y_step{3 * 6 * tile::width, 6 * tile::width, tile::width};
  esp::aligned_buffer<T> x(2 * 40 + Broadcasts), y(2 * y_step.d), sums(Broadcasts * tile::width);
  for (std::size_t i = 0; i < x.span().size(); ++i) x.data()[i] = static_cast<T>(i % 7) - 3;
  for (std::size_t i = 0; i < y.span().size(); ++i) y.data()[i] = static_cast<T>(i % 5) - 2;
  for (T& s : sums.span()) s = T(1);
  tile::run(x.data(), x_step, y.data(), y_step, count, sums.data(), true);
  for (esp::index_t b = 0; b < Broadcasts; ++b)
    for (esp::index_t v = 0; v < tile::width; ++v) {
      T expected = 1;
      for (esp::index_t d = 0; d < count.d; ++d)
        for (esp::index_t h = 0; h < count.h; ++h)
          for (esp::index_t w = 0; w < count.w; ++w) {
            expected += x.data()[d * x_step.d + h * x_step.h + w * x_step.w + b] *
                        y.data()[d * y_step.d + h * y_step.h + w * y_step.w + v];
          }
      REQUIRE(sums.data()[b * tile::width + v] == expected);
    }
  tile::run(x.data(), x_step, y.data(), y_step, {0, 3, 5}, sums.data(), false);
  for (const T& s : sums.span()) REQUIRE(s == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("outer products over a box of positions are added to the sums", "[conv][backward]", float, double) {
  check<1, 1, TestType>();
  check<6, 2, TestType>();
  check<12, 2, TestType>();
  check<4, 3, TestType>();
  check<16, 1, TestType>();
}
