// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/proof_shape.hpp>

#include "support/catch.hpp"

namespace elsewhere {

struct layer {
  esp::index_t channels = 0;
};
constexpr esp::proof_shape proof_shape_of(const layer& l) {
  esp::proof_shape shape = esp::weight_shape{.out = l.channels, .in = 1, .kernel = 3};
  shape.groups = l.channels;
  return shape;
}

}  // namespace elsewhere

namespace {

template <esp::proof_shape Shape>
constexpr esp::proof_shape asked = Shape;

}  // namespace

TEST_CASE("a question is about a kernel for any number of channels, a weight, or a layer", "[proof_shape]") {
  STATIC_REQUIRE(asked<3>.weight == esp::typical_shape);
  STATIC_REQUIRE(asked<esp::extents{1, 5, 5}>.weight == esp::weight_shape{.out = 0, .in = 0, .kernel = {1, 5, 5}});
  constexpr esp::weight_shape weight{.out = 8, .in = 2, .kernel = 3};
  STATIC_REQUIRE(asked<weight>.weight == weight);
  STATIC_REQUIRE((asked<weight>.groups == 1 && asked<weight>.eps == 1e-12 && !asked<weight>.copies_border));
  constexpr elsewhere::layer depthwise{.channels = 16};
  STATIC_REQUIRE(asked<depthwise>.groups == 16);
  STATIC_REQUIRE(esp::DescribesALayer<elsewhere::layer>);
  STATIC_REQUIRE(!esp::DescribesALayer<esp::extents>);
}
