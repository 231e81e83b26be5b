// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/copy/row.hpp>
#include <vector>

#include "support/catch.hpp"

using esp::index_t;

TEMPLATE_TEST_CASE("rows of every length and alignment are copied, and nothing beside them", "[conv]", float, double) {
  using T = TestType;
  constexpr index_t longest = 3 * esp::lanes<T> + 1;
  std::vector<T> from(static_cast<std::size_t>(longest));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  for (index_t count = 0; count <= longest; ++count) {
    for (index_t at = 0; at < esp::lanes<T>; ++at) {
      std::vector<T> expected(static_cast<std::size_t>(longest + 2 * esp::lanes<T>), T(-1)), to = expected;
      for (index_t i = 0; i < count; ++i) {
        expected[static_cast<std::size_t>(at + i)] = from[static_cast<std::size_t>(i)] + T(2);
      }
      esp::detail::copy_row(to.data() + at, from.data(), count, T(2));
      REQUIRE(to == expected);
    }
  }
}
