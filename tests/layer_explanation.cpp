// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/axis.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/expression.hpp>
#include <espalier/groups.hpp>
#include <espalier/layer_explanation.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/laplacian.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/region.hpp>
#include <espalier/shape.hpp>
#include <sstream>
#include <string>

#include "support/catch.hpp"

namespace {

/// The families and forms of a direct kernel depend on the machine's registers.
template <class Layer>
std::string direct(esp::direction what, const std::string& count) {
  const esp::choice made = Layer::convolution_type::choice_of(what);
  return "direct, " + std::string(esp::form_explained(made, what).view()) + ": " + count +
         " multiply-adds for each output";
}

}  // namespace

TEST_CASE("a form is explained in the words of its family", "[layer]") {
  using enum esp::kernel_family;
  using esp::form_explained, esp::direction;
  REQUIRE(form_explained({plane, {8, 3}, {}, {}}, direction::forward) == "plane of 8 channels by 3 registers");
  REQUIRE(form_explained({flat, {3, 8}, {}, {}}, direction::backward_data) == "flat of 3 channels by 8 registers");
  REQUIRE(form_explained({row, {8, 2}, {}, {}}, direction::forward) == "row of 8 rows by 2 registers");
  REQUIRE(form_explained({channel, {}, {2, 1, 1}, {}}, direction::forward) == "channel of 2 registers");
  REQUIRE(form_explained({channel, {}, {1, 3, 2}, {}}, direction::forward) == "channel of 1 register and 3 taps");
  REQUIRE(form_explained({channel, {12, 2}, {}, {}}, direction::backward_weights) ==
          "channel of 12 broadcasts by 2 registers");
  REQUIRE(form_explained({plane, {4, 6}, {}, {}}, direction::backward_weights) == "plane of 4 rows by 6 columns");
}

TEST_CASE("a layer explains the algorithm and the operations of each direction", "[layer]") {
  const esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                esp::modes::unit_l2>
      few;
  const esp::layer_explanation e = explain(few);
  REQUIRE(e.forward == direct<decltype(few)>(esp::direction::forward, "108"));
  REQUIRE(e.backward_data == direct<decltype(few)>(esp::direction::backward_data, "108"));
  REQUIRE(e.backward_weight == direct<decltype(few)>(esp::direction::backward_weights, "108"));

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
          "  forward      " +
              direct<decltype(layer)>(esp::direction::forward, "27") + "\n  grad_x       " +
              direct<decltype(layer)>(esp::direction::backward_data, "27") + "\n  grad_weight  " +
              direct<decltype(layer)>(esp::direction::backward_weights, "27") + '\n' + prior.str());
}

TEST_CASE("a layer with an activation says where it comes", "[layer]") {
  using layer = esp::constrained_conv3d<esp::conv3d{
      .in_channels = 1, .out_channels = 2, .kernel_size = 3, .activation = esp::activation::relu}>;
  REQUIRE(explain(layer{}).forward == direct<layer>(esp::direction::forward, "27") + ", then a ReLU");
  REQUIRE(explain(layer{}).backward_data == direct<layer>(esp::direction::backward_data, "27"));
}

TEST_CASE("a layer with a replicated border says so", "[layer]") {
  using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 1,
                                                    .out_channels = 2,
                                                    .kernel_size = 3,
                                                    .padding = 1,
                                                    .activation = esp::activation::relu,
                                                    .boundary = esp::boundary::replicate}>;
  REQUIRE(explain(layer{}).forward ==
          direct<layer>(esp::direction::forward, "27") + ", on a replicated border, then a ReLU");
}

namespace {

struct star_t {
  static constexpr const char* name = "star";
  static constexpr bool contains(esp::tap_index t, esp::extents k) {
    return (t.d != k.d / 2 ? 1 : 0) + (t.h != k.h / 2 ? 1 : 0) + (t.w != k.w / 2 ? 1 : 0) <= 1;
  }
};
constexpr star_t star{};
constexpr auto within_star = [](auto w) { return esp::select(esp::inside(star), w, 0); };
constexpr auto center_only = [](auto w) { return esp::select(esp::inside(esp::center_tap), w, 0); };

template <auto Prior, esp::enforcement Enforce = esp::enforcement::forward>
using layer_of =
    esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .enforce = Enforce},
                            Prior>;
template <class Layer>
std::string taps_of() {
  return std::string(explain(Layer{}).taps.view());
}

}  // namespace

TEST_CASE("a layer says which taps are computed, and the multiply-adds that are left", "[layer]") {
  REQUIRE(taps_of<layer_of<within_star>>() ==
          "7 of 27 are computed, 20 are zero: 7 multiply-adds for an output and input channel");
  REQUIRE(taps_of<layer_of<esp::symmetric<esp::cube_group>>>() ==
          "all 27 are computed, 26 are tied in 3 groups: 27 multiply-adds for an output and input channel");
  REQUIRE(taps_of<layer_of<esp::laplacian<2>>>() ==
          "7 of 27 are computed, 20 are zero, 7 are constant: 7 multiply-adds for an output and input channel");
  REQUIRE(taps_of<layer_of<esp::modes::fixed_center<>>>() ==
          "all 27 are computed, 1 is constant: 27 multiply-adds for an output and input channel");
  REQUIRE(taps_of<layer_of<center_only>>() ==
          "1 of 27 is computed, 26 are zero: 1 multiply-add for an output and input channel");
  REQUIRE(taps_of<layer_of<esp::modes::unit_l2>>().empty());
  std::ostringstream out;
  out << explain(layer_of<within_star>{});
  REQUIRE(out.str().find("\n  taps         7 of 27 are computed, ") != std::string::npos);
}

TEST_CASE("a layer that forwards its stored weight computes every tap, and says so", "[layer]") {
  REQUIRE(taps_of<layer_of<within_star, esp::enforcement::post_step>>() ==
          "all 27 are computed: the stored weight is used as it is");
  REQUIRE(taps_of<layer_of<esp::modes::unit_l2, esp::enforcement::post_step>>().empty());
}
