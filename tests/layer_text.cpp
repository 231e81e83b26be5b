// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/layer_text.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>

#include "support/catch.hpp"

TEST_CASE("extents print as one number where the axes agree") {
  STATIC_REQUIRE(esp::extents_text(3) == "3");
  STATIC_REQUIRE(esp::extents_text({3, 3, 5}) == "{3, 3, 5}");
  STATIC_REQUIRE(esp::extents_text({1, 3, 3}) == "{1, 3, 3}");
}

TEST_CASE("padding prints in the shortest form that says it") {
  STATIC_REQUIRE(esp::padding_text(esp::padding{}) == "0");
  STATIC_REQUIRE(esp::padding_text(esp::valid) == "0");
  STATIC_REQUIRE(esp::padding_text(esp::same) == "same");
  STATIC_REQUIRE(esp::padding_text(2) == "2");
  STATIC_REQUIRE(esp::padding_text({1, 2, 3}) == "{1, 2, 3}");
  STATIC_REQUIRE(esp::padding_text({{0, 1}, 2, {4, 5}}) == "{{0, 1}, {2, 2}, {4, 5}}");
}

namespace {

template <esp::conv3d Config, auto Prior = esp::identity, class T = float>
constexpr esp::text call = esp::layer_text<Config, std::remove_const_t<decltype(Prior)>, T>();

}  // namespace

TEST_CASE("defaults are left out of a layer's text") {
  STATIC_REQUIRE(call<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 5}> ==
                 "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 5}, identity, float>");
  STATIC_REQUIRE(call<esp::conv3d{.in_channels = 1,
                                  .out_channels = 2,
                                  .kernel_size = 5,
                                  .stride = 1,
                                  .dilation = 1,
                                  .padding = esp::valid,
                                  .groups = 1,
                                  .bias = true,
                                  .enforce = esp::enforcement::forward,
                                  .eps = 1e-12},
                      esp::modes::unit_l2, double> ==
                 "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 5}, normalize<l2>, "
                 "double>");
}

TEST_CASE("everything else is in a layer's text, in the order of the members") {
  STATIC_REQUIRE(call<esp::conv3d{.in_channels = 4,
                                  .out_channels = 8,
                                  .kernel_size = {1, 2, 3},
                                  .stride = {1, 2, 2},
                                  .dilation = 2,
                                  .padding = {{0, 1}, 2, 3},
                                  .groups = 4,
                                  .bias = false,
                                  .enforce = esp::enforcement::post_step,
                                  .eps = 0}> ==
                 "constrained_conv3d<conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {1, 2, 3}, .stride = "
                 "{1, 2, 2}, .dilation = 2, .padding = {{0, 1}, {2, 2}, {3, 3}}, .groups = 4, .bias = false, .enforce "
                 "= enforcement::post_step, .eps = 0}, identity, float>");
}

TEST_CASE("a prior of several policies stands in parentheses, as a template argument must") {
  constexpr esp::conv3d config{.in_channels = 1, .out_channels = 1, .kernel_size = 3};
  STATIC_REQUIRE(call<config, esp::modes::nonneg_sum1>.view().ends_with("}, (clamp<0> >> normalize<l1>), float>"));
  STATIC_REQUIRE(call<config, esp::modes::fixed_center<2.5, -0.75>>.view().ends_with(
      "}, (on<neighbors>(normalize<sum, -0.75>) >> on<center_tap>(assign<2.5>)), float>"));
  STATIC_REQUIRE(
      call<config, esp::per_filter(esp::modes::zero_mean)>.view().ends_with("}, per_filter(subtract<mean>), float>"));
}

TEST_CASE("an algorithm that was asked for is printed") {
  STATIC_REQUIRE(
      call<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .algorithm = esp::algorithm::winograd}> ==
      "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .algorithm = "
      "algorithm::winograd}, identity, float>");
  STATIC_REQUIRE(call<esp::conv3d{
                     .in_channels = 1, .out_channels = 2, .kernel_size = 3, .algorithm = esp::algorithm::winograd_f43}>
                     .view()
                     .ends_with(".algorithm = algorithm::winograd_f43}, identity, float>"));
}

TEST_CASE("an activation is in a layer's text") {
  STATIC_REQUIRE(call<esp::conv3d{.in_channels = 1,
                                  .out_channels = 2,
                                  .kernel_size = 5,
                                  .algorithm = esp::algorithm::direct,
                                  .activation = esp::activation::relu}> ==
                 "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 5, .algorithm = "
                 "algorithm::direct, .activation = activation::relu}, identity, float>");
}

TEST_CASE("a boundary is in a layer's text") {
  STATIC_REQUIRE(call<esp::conv3d{.in_channels = 1,
                                  .out_channels = 2,
                                  .kernel_size = 3,
                                  .padding = esp::same,
                                  .activation = esp::activation::relu,
                                  .boundary = esp::boundary::replicate}> ==
                 "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = same, "
                 ".activation = activation::relu, .boundary = boundary::replicate}, identity, float>");
  using enum esp::boundary;
  STATIC_REQUIRE(call<esp::conv3d{.in_channels = 1,
                                  .out_channels = 2,
                                  .kernel_size = 3,
                                  .padding = esp::padding::causal(esp::axis::depth, esp::axis::width),
                                  .boundary = {circular, {zeros, reflect}, symmetric}}> ==
                 "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = "
                 "padding::causal(axis::depth, axis::width), .boundary = {boundary::circular, {boundary::zeros, "
                 "boundary::reflect}, boundary::symmetric}}, identity, float>");
}
