// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <espalier/aligned_buffer.hpp>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("a buffer starts at a cache line and has the size asked for", "[buffer]", float, double) {
  using buffer = esp::aligned_buffer<TestType>;
  for (const esp::index_t size : {0, 1, 7, 16, 17, 1000}) {
    const buffer memory(size);
    REQUIRE(reinterpret_cast<std::uintptr_t>(memory.data()) % esp::alignment == 0);
    REQUIRE(memory.span().data() == memory.data());
    REQUIRE(memory.span().size() == static_cast<std::size_t>(size));
    std::ranges::fill(memory.span(), TestType{1});
  }
}

TEST_CASE("a buffer moves and does not copy", "[buffer]") {
  using buffer = esp::aligned_buffer<float>;
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<buffer>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<buffer>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<buffer>);
  buffer first(3);
  first.span()[2] = 5;
  const float* const memory = first.data();
  buffer second = std::move(first);
  REQUIRE(second.data() == memory);
  REQUIRE(second.span()[2] == 5);
  REQUIRE(first.span().empty());
  first = std::move(second);
  REQUIRE(first.data() == memory);
  REQUIRE(first.span().size() == 3);
}
