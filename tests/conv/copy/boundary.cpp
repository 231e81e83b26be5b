// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/copy/boundary.hpp>

#include "support/catch.hpp"

using esp::boundary, esp::element_at, esp::index_t;

TEST_CASE("zeros have no element, a replicated border has the nearest one", "[conv]") {
  constexpr std::array<index_t, 9> positions{-100, -2, -1, 0, 1, 2, 3, 4, 100};
  constexpr std::array<index_t, 9> zeros{-1, -1, -1, 0, 1, 2, -1, -1, -1}, replicated{0, 0, 0, 0, 1, 2, 2, 2, 2};
  for (std::size_t i = 0; i < positions.size(); ++i) {
    REQUIRE(element_at(boundary::zeros, positions[i], 3) == zeros[i]);
    REQUIRE(element_at(boundary::replicate, positions[i], 3) == replicated[i]);
  }
}

TEST_CASE("one element is replicated everywhere, and of none there are zeros", "[conv]") {
  for (index_t position = -5; position <= 5; ++position) {
    REQUIRE(element_at(boundary::replicate, position, 1) == 0);
    REQUIRE(element_at(boundary::zeros, position, 0) == -1);
  }
}

TEST_CASE("mirrors, with the last element and without it, and the other end", "[conv]") {
  constexpr std::array<index_t, 11> positions{-4, -3, -2, -1, 0, 3, 4, 5, 6, 7, 8};
  constexpr std::array<index_t, 11> reflected{3, 3, 2, 1, 0, 3, 2, 1, 0, 0, 0};
  constexpr std::array<index_t, 11> mirrored{3, 2, 1, 0, 0, 3, 3, 2, 1, 0, 0};
  constexpr std::array<index_t, 11> turned{0, 1, 2, 3, 0, 3, 0, 1, 2, 3, 3};
  for (std::size_t i = 0; i < positions.size(); ++i) {
    REQUIRE(element_at(boundary::reflect, positions[i], 4) == reflected[i]);
    REQUIRE(element_at(boundary::symmetric, positions[i], 4) == mirrored[i]);
    REQUIRE(element_at(boundary::circular, positions[i], 4) == turned[i]);
  }
}

TEST_CASE("each side of an axis has its own boundary", "[conv]") {
  constexpr esp::axis_boundary edge{boundary::reflect, boundary::zeros}, other{boundary::zeros, boundary::symmetric};
  REQUIRE((element_at(edge, -2, 4) == 2 && element_at(edge, 4, 4) == -1));
  REQUIRE((element_at(other, -2, 4) == -1 && element_at(other, 4, 4) == 3));
}

TEST_CASE("the widest padding is what the axis has to repeat", "[conv]") {
  using esp::detail::largest_padding;
  for (index_t size = 1; size <= 6; ++size) {
    STATIC_REQUIRE(largest_padding(boundary::zeros, 3) > 1000000);
    REQUIRE(largest_padding(boundary::replicate, size) > 1000000);
    REQUIRE(largest_padding(boundary::reflect, size) == size - 1);
    REQUIRE(largest_padding(boundary::symmetric, size) == size);
    REQUIRE(largest_padding(boundary::circular, size) == size);
    // Within it every position has an element of its own on its side.
    for (const boundary b : {boundary::reflect, boundary::symmetric, boundary::circular}) {
      for (index_t i = 2; i <= largest_padding(b, size); ++i) {
        REQUIRE(element_at(b, -i, size) != element_at(b, 1 - i, size));
        REQUIRE(element_at(b, size - 1 + i, size) != element_at(b, size - 2 + i, size));
      }
    }
  }
}

TEST_CASE("the compiler can ask for an element", "[conv]") {
  STATIC_REQUIRE(element_at(boundary::replicate, 7, 5) == 4);
  STATIC_REQUIRE(element_at(boundary::zeros, 4, 5) == 4);
}

TEST_CASE("planes of zeros are null, replicated ones the nearest", "[conv]") {
  const std::array<float, 12> channel{};
  const auto plane = [&](boundary b, index_t position) {
    const float* const at = esp::detail::plane_at(b, channel.data(), position, 3, 4);
    return at == nullptr ? index_t{-1} : static_cast<index_t>(at - channel.data());
  };
  REQUIRE((plane(boundary::zeros, -1) == -1 && plane(boundary::zeros, 2) == 8 && plane(boundary::zeros, 3) == -1));
  REQUIRE((plane(boundary::replicate, -7) == 0 && plane(boundary::replicate, 1) == 4));
  REQUIRE(plane(boundary::replicate, 9) == 8);
}
