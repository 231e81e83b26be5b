// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/layer_explanation.hpp>
#include <espalier/modes.hpp>
#include <sstream>

#include "support/catch.hpp"

TEST_CASE("a layer explains the algorithm and the operations of each direction", "[layer]") {
  const esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                esp::modes::unit_l2>
      few;
  const esp::layer_explanation e = explain(few);
  REQUIRE(e.forward == "direct: 108 multiply-adds for each output");
  REQUIRE(e.backward_data.view() == e.forward.view());
  REQUIRE(e.backward_weight.view() == e.forward.view());

  const esp::constrained_conv3d<esp::conv3d{
      .in_channels = 4, .out_channels = 4, .kernel_size = {1, 3, 3}, .algorithm = esp::algorithm::winograd}>
      asked;
  REQUIRE(explain(asked).forward == "winograd, F(2, 3) along H, W: 16 multiply-adds for each output instead of 36");
  const esp::constrained_conv3d<esp::conv3d{.in_channels = 32, .out_channels = 64, .kernel_size = 3, .groups = 2}> many;
  REQUIRE(explain(many).forward == "winograd, F(2, 3) along D, H, W: 128 multiply-adds for each output instead of 432");
}

TEST_CASE("a layer with F(4, 3) names its tiles, and F(2, 3) for the gradient of its weight", "[layer]") {
  const esp::constrained_conv3d<esp::conv3d{
      .in_channels = 3, .out_channels = 4, .kernel_size = 3, .algorithm = esp::algorithm::winograd_f43}>
      cube;
  REQUIRE(explain(cube).forward ==
          "winograd, F(4, 3) along D, H and F(2, 3) along W: 13.5 multiply-adds for each output instead of 81");
  REQUIRE(explain(cube).backward_data.view() == explain(cube).forward.view());
  REQUIRE(explain(cube).backward_weight ==
          "winograd, F(2, 3) along D, H, W: 24 multiply-adds for each output instead of 81");
  const esp::constrained_conv3d<esp::conv3d{
      .in_channels = 3, .out_channels = 4, .kernel_size = {3, 3, 1}, .algorithm = esp::algorithm::winograd_f43}>
      slab;
  REQUIRE(explain(slab).forward == "winograd, F(4, 3) along D, H: 6.75 multiply-adds for each output instead of 27");
}

TEST_CASE("an explained layer prints itself, its algorithms and its prior", "[layer]") {
  const esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3}, esp::modes::nonneg>
      layer;
  std::ostringstream out, prior;
  out << explain(layer);
  prior << decltype(layer)::explain();
  REQUIRE(out.str() ==
          "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3}, clamp<0>, float>\n"
          "  forward      direct: 27 multiply-adds for each output\n"
          "  grad_x       direct: 27 multiply-adds for each output\n"
          "  grad_weight  direct: 27 multiply-adds for each output\n" +
              prior.str());
}

TEST_CASE("a layer with an activation says where it comes", "[layer]") {
  const esp::constrained_conv3d<esp::conv3d{
      .in_channels = 1, .out_channels = 2, .kernel_size = 3, .activation = esp::activation::relu}>
      layer;
  REQUIRE(explain(layer).forward == "direct: 27 multiply-adds for each output, then a ReLU");
  REQUIRE(explain(layer).backward_data == "direct: 27 multiply-adds for each output");
}
