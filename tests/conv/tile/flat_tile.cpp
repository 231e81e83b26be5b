// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/aligned_buffer.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tile/flat_tile.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

/// One tile against the loops, in integers; nothing but the lanes `[begin, end)` of the tile's existing rows changes.
template <index_t OC, index_t Vectors, class T>
void check(index_t channels, index_t rows, bool first, bool stream, bool with_bias, index_t begin, index_t end) {
  constexpr index_t width = Vectors * esp::lanes<T>, pitch = width + esp::lanes<T>;
  const bool part = begin > 0 || end < width;
  std::vector<T> x(static_cast<std::size_t>(channels * pitch)), weight(static_cast<std::size_t>(channels * OC));
  std::vector<T> bias(static_cast<std::size_t>(OC)), expected(static_cast<std::size_t>(rows * pitch));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i % 7) - T(3);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<T>(i % 5) - T(2);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<T>(i + 1);
  const esp::aligned_buffer<T> y(rows * pitch);
  for (index_t i = 0; i < rows * pitch; ++i) {
    T& sum = expected[static_cast<std::size_t>(i)];
    sum = y.data()[i] = static_cast<T>(i % 11);
    const index_t oc = i / pitch, q = i % pitch;
    if (q < begin || q >= end) continue;
    if (first) sum = T(0);
    for (index_t ic = 0; ic < channels; ++ic) {
      sum += weight[static_cast<std::size_t>(ic * OC + oc)] * x[static_cast<std::size_t>(ic * pitch + q)];
    }
    if (with_bias) sum += bias[static_cast<std::size_t>(oc)];
  }
  const esp::detail::epilogue<esp::activation::none, T> b{with_bias ? bias.data() : nullptr};
  if constexpr (Vectors == 1) {
    if (part) {
      esp::flat_tile<OC, 1, T>::run_lanes(x.data(), pitch, channels, weight.data(), b, y.data(), pitch,
                                          {rows, first, stream}, esp::lane_range<T>(begin, end));
    }
  }
  if (!part) {
    esp::flat_tile<OC, Vectors, T>::run(x.data(), pitch, channels, weight.data(), b, y.data(), pitch,
                                        {rows, first, stream});
  }
  esp::simd::finish_stream();
  for (index_t i = 0; i < rows * pitch; ++i) REQUIRE(y.data()[i] == expected[static_cast<std::size_t>(i)]);
}

template <index_t OC, index_t Vectors, class T>
void tiles() {
  for (const index_t channels : {1, 2, 5}) {
    for (const bool first : {false, true}) {
      for (const bool stream : {false, true}) {
        for (const index_t rows : {index_t{1}, OC}) {
          check<OC, Vectors, T>(channels, rows, first, stream, rows % 2 == 0, 0, Vectors * esp::lanes<T>);
        }
      }
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a flat tile adds channels in their order, then the bias", "[conv]", float, double) {
  tiles<1, 8, TestType>();
  tiles<3, 4, TestType>();
  tiles<8, 3, TestType>();
  tiles<6, 1, TestType>();
}

TEMPLATE_TEST_CASE("a flat tile of some lanes touches no others", "[conv]", float, double) {
  for (index_t begin = 0; begin < esp::lanes<TestType>; ++begin) {
    for (index_t end = begin; end <= esp::lanes<TestType>; ++end) {
      check<4, 1, TestType>(3, 3, end % 2 == 0, begin % 2 == 0, true, begin, end);
      check<1, 1, TestType>(2, 1, end % 2 == 0, false, false, begin, end);
    }
  }
}
