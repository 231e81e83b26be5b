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
