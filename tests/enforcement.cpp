// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/conv3d.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/expression.hpp>
#include <espalier/known_taps.hpp>
#include <espalier/layer.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/region.hpp>

#include "support/catch.hpp"
#include "support/layer.hpp"

namespace {

constexpr auto center_only = [](auto w) { return esp::select(esp::inside(esp::center_tap), w, 0); };
constexpr esp::conv3d projected{
    .in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};
using masked_layer = esp::constrained_conv3d<projected, center_only>;
using free_layer = esp::constrained_conv3d<projected, esp::identity>;

}  // namespace

TEST_CASE("a prior is applied in each forward unless it is asked for after each step", "[layer]") {
  constexpr esp::conv3d silent{.in_channels = 1, .out_channels = 1, .kernel_size = 3};
  constexpr esp::conv3d asked{
      .in_channels = 1, .out_channels = 1, .kernel_size = 3, .enforce = esp::enforcement::post_step};
  static_assert(esp::enforcement{} == esp::enforcement::forward, "the value of an enumerator that nobody set");
  STATIC_REQUIRE(silent.enforce == esp::enforcement::forward);
  STATIC_REQUIRE_FALSE(silent == asked);
}

TEST_CASE("a layer that forwards its stored weight computes every tap of it, projected or not", "[layer]") {
  using formula = masked_layer::convolution_type::formula_type;
  STATIC_REQUIRE(esp::detail::known_taps<formula, float>::kept.count(3) == 1);
  const auto x = support::drawn({2, 3, 5, 6, 7}, 3), grad_y = support::drawn({2, 4, 5, 6, 7}, 4);
  masked_layer masked(esp::seed{5});
  free_layer free(esp::seed{5});
  REQUIRE(support::same(masked.weight(), free.weight()));
  for (const bool is_projected : {false, true}) {
    INFO("projected: " << is_projected);
    if (is_projected) {
      masked.project();
      free.weight() = masked.weight();
    }
    CHECK(support::same(masked(x), free(x)));
    masked.zero_gradients();
    free.zero_gradients();
    CHECK(support::same(masked.backward(x, grad_y), free.backward(x, grad_y)));
    CHECK(support::same(masked.weight_gradient(), free.weight_gradient()));
    CHECK(masked.weight_gradient()(0, 0, 0, 0, 0) != 0);  // of a tap that the prior makes zero
  }
}
