// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/shape.hpp>

#include "support/catch.hpp"

namespace {

template <esp::extents E>
struct as_template_argument {
  static constexpr esp::index_t volume = E.volume();
};

}  // namespace

TEST_CASE("extents are one number or one per axis", "[shape]") {
  static_assert(esp::extents{3} == esp::extents{3, 3, 3});
  static_assert(esp::extents{2, 3, 4}.volume() == 24);
  static_assert(as_template_argument<esp::extents{1, 3, 5}>::volume == 15);
  SUCCEED("decided by the compiler");
}

TEST_CASE("taps are numbered row by row", "[shape]") {
  const esp::extents k{2, 3, 4};
  esp::index_t number = 0;
  for (esp::index_t d = 0; d < k.d; ++d) {
    for (esp::index_t h = 0; h < k.h; ++h) {
      for (esp::index_t w = 0; w < k.w; ++w) REQUIRE(esp::tap_at(number++, k) == esp::tap_index{d, h, w});
    }
  }
  REQUIRE(number == k.volume());
}

TEST_CASE("a weight has one block per output channel and input channel of its group", "[shape]") {
  static_assert(esp::weight_shape{8, 4, {3, 3, 5}}.blocks() == 32);
  static_assert(esp::weight_shape{8, 4, {3, 3, 5}}.size() == 1440);
  SUCCEED("decided by the compiler");
}
