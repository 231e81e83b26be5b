// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/conv3d.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

template <esp::conv3d Config>
struct keyed {
  static constexpr esp::conv3d config = Config;
};

}  // namespace

TEST_CASE("a configuration is a value with the reference's defaults", "[conv]") {
  constexpr esp::conv3d c{.in_channels = 4, .out_channels = 8, .kernel_size = 3};
  static_assert(c.stride == esp::extents{1} && c.dilation == esp::extents{1});
  static_assert(c.padding == esp::padding{0});
  static_assert(c.groups == 1 && c.bias && c.enforce == esp::enforcement::forward && c.eps == 1e-12);
  static_assert(c.boundary == esp::boundary::zeros);
  REQUIRE(c.kernel_size.volume() == 27);
}

TEST_CASE("a configuration is a template argument, equal ones name one type", "[conv]") {
  using a = keyed<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 3, 5}, .padding = {1, 1, 2}}>;
  using b = keyed<esp::conv3d{
      .in_channels = 4, .out_channels = 8, .kernel_size = {3, 3, 5}, .padding = {{1, 1}, {1, 1}, {2, 2}}}>;
  using c = keyed<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 3, 5}, .padding = esp::same}>;
  static_assert(std::is_same_v<a, b>);
  static_assert(!std::is_same_v<a, c>);
  REQUIRE(esp::pads_of(a::config) == esp::pads_of(c::config));
}

TEST_CASE("the weight's shape follows from channels, groups and kernel", "[conv]") {
  constexpr esp::conv3d c{.in_channels = 8, .out_channels = 12, .kernel_size = {1, 3, 5}, .groups = 4};
  static_assert(esp::weight_shape_of(c) == esp::weight_shape{12, 2, {1, 3, 5}});
  REQUIRE(esp::weight_shape_of(c).size() == 360);
}
