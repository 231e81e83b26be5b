// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/copy/axis.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("only phases that a tap reads are kept", "[conv]") {
  static_assert(esp::stride_axis{3, 1, 2, 0}.slot_count == 1);
  static_assert(esp::stride_axis{1, 4, 1, 0}.slot_count == 1);
  static_assert(esp::stride_axis{3, 4, 2, 0}.slot_count == 2);
  static_assert(esp::stride_axis{5, 3, 2, 0}.slot_count == 3);
  static_assert(esp::stride_axis{3, 1, 2, 0}.span(10) == 14);
  SUCCEED("decided by the compiler");
}

TEST_CASE("what lies inside of an axis is found without looking at each position", "[conv]") {
  for (index_t start = -9; start <= 9; ++start)
    for (const index_t stride : {1, 2, 3, 7})
      for (const index_t size : {0, 1, 4, 8})
        for (const index_t span : {1, 2, 5, 9}) {
          const esp::detail::inside_range inside(start, stride, size, span);
          REQUIRE((0 <= inside.begin && inside.begin <= inside.end && inside.end <= span));
          for (index_t i = 0; i < span; ++i) {
            const index_t position = start + i * stride;
            REQUIRE((inside.begin <= i && i < inside.end) == (position >= 0 && position < size));
          }
        }
}
