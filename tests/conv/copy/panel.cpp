// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/copy/panel.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr std::array<esp::boundaries, 7> borders{
    esp::boundary::zeros,
    esp::boundary::replicate,
    esp::boundary::reflect,
    esp::boundary::symmetric,
    esp::boundary::circular,
    {esp::boundary::circular, {esp::boundary::zeros, esp::boundary::reflect}, esp::boundary::symmetric},
    {{esp::boundary::reflect, esp::boundary::zeros}, esp::boundary::replicate, esp::boundary::zeros}};

}  // namespace

TEMPLATE_TEST_CASE("channels of one position follow each other, in every width of row", "[conv][backward]", float,
                   double) {
  using T = TestType;
  using esp::index_t;
  constexpr index_t n = esp::lanes<T>, channel = 500;
  std::vector<T> from(static_cast<std::size_t>(channel * n));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i);
  for (index_t channels = 1; channels <= n; ++channels)
    for (const index_t length : {1, 2, 3, 5, 8, 15, 16, 17, 33})
      for (const index_t gap : {0, 2})
        for (const index_t to_step : {channels, n, 3 * n}) {
          const index_t rows = 4, to_row = (length + 2) * to_step;
          std::vector<T> to(static_cast<std::size_t>(rows * to_row + n), T(-1));
          esp::interleave_channels({channels, channel, rows, length + gap, length, to_row, to_step}, from.data(),
                                   to.data());
          index_t wrong = 0;
          for (index_t r = 0; r < rows; ++r)
            for (index_t i = 0; i < length; ++i)
              for (index_t lane = 0; lane < (to_step < n ? to_step : n); ++lane) {
                const T expected = lane < channels ? static_cast<T>(lane * channel + r * (length + gap) + i) : T(0);
                wrong += to[static_cast<std::size_t>(r * to_row + i * to_step + lane)] == expected ? 0 : 1;
              }
          REQUIRE(wrong == 0);
        }
}

TEMPLATE_TEST_CASE("channels are copied next to each other, with the boundary around them", "[conv][backward]", float,
                   double) {
  using T = TestType;
  const esp::dims5 X{1, 5, 3, 4, 6};
  const esp::extents box{4, 6, 9};
  std::vector<T> x(static_cast<std::size_t>(X.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11);
  for (const esp::index_t width : {esp::lanes<T>, 2 * esp::lanes<T>}) {
    for (const esp::boundaries& edge : borders)
      for (const esp::extents at :
           {esp::extents{-1, -1, -2}, {0, 0, 0}, {1, -3, 2}, {5, 0, 0}, {0, 0, 7}, {-9, -9, -20}}) {
        const esp::index_t panels = (X.c + width - 1) / width;
        std::vector<T> to(static_cast<std::size_t>(panels * box.volume() * width), T(99));
        esp::copy_panel(x.data(), X, edge, X.c, at, box, width, to.data());
        std::size_t i = 0;
        for (esp::index_t p = 0; p < panels; ++p)
          for (esp::index_t d = at.d; d < at.d + box.d; ++d)
            for (esp::index_t h = at.h; h < at.h + box.h; ++h)
              for (esp::index_t w = at.w; w < at.w + box.w; ++w)
                for (esp::index_t c = p * width; c < (p + 1) * width; ++c, ++i) {
                  const esp::index_t id = esp::element_at(edge.d, d, X.d), ih = esp::element_at(edge.h, h, X.h);
                  const esp::index_t iw = esp::element_at(edge.w, w, X.w);
                  const bool inside = c < X.c && id >= 0 && ih >= 0 && iw >= 0;
                  REQUIRE(to[i] ==
                          (inside ? x[static_cast<std::size_t>(((c * X.d + id) * X.h + ih) * X.w + iw)] : T(0)));
                }
      }
  }
}

// Narrow panels, whose registers reach over the next position, and rows that lie apart, as dilated taps read them.
TEMPLATE_TEST_CASE("a bordered window of a plane, wherever it lies", "[conv][backward]", float, double) {
  using T = TestType;
  using esp::index_t;
  const esp::dims5 X{1, 20, 1, 4, 6};
  std::vector<T> x(static_cast<std::size_t>(X.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i);
  index_t wrong = 0;
  for (const esp::boundaries& edge : borders)
    for (const index_t width : {index_t{1}, esp::lanes<T> / 2 + 1, esp::lanes<T>, 2 * esp::lanes<T>})
      for (const index_t unit : {1, 2, 11})
        for (index_t h = -13; h <= 6; ++h)
          for (const index_t w : {-40, -3, 0, 2, 6, 9})
            for (const index_t columns : {1, 5, 21}) {
              const index_t rows = 3, to_row = (columns + 1) * width, channels = width + 1 < X.c ? width + 1 : X.c;
              std::vector<T> to(static_cast<std::size_t>(rows * to_row + esp::lanes<T>), T(-1));
              esp::copy_bordered_plane(edge, x.data(), X, channels, {h, unit, rows, w, columns}, width, to_row,
                                       to.data());
              for (index_t r = 0; r < rows; ++r)
                for (index_t i = 0; i < columns; ++i)
                  for (index_t c = 0; c < width; ++c) {
                    const index_t ih = esp::element_at(edge.h, h + r * unit, X.h),
                                  iw = esp::element_at(edge.w, w + i, X.w);
                    const T expected =
                        c < channels && ih >= 0 && iw >= 0 ? static_cast<T>((c * X.h + ih) * X.w + iw) : T(0);
                    wrong += to[static_cast<std::size_t>(r * to_row + i * width + c)] == expected ? 0 : 1;
                  }
            }
  REQUIRE(wrong == 0);
}
