// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/constrained_formula.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/window_gradient_plans.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::conv3d, esp::dims5, esp::volume_window;

template <conv3d Config, auto Prior = esp::identity>
using plans = esp::window_gradient_plans<
    Config, typename esp::constrained_formula<Config, std::remove_const_t<decltype(Prior)>, true>::type, float>;

}  // namespace

TEST_CASE("tiles of a window's gradient are computed whole, beside it", "[window]") {
  constexpr conv3d tiles{.in_channels = 2,
                         .out_channels = 2,
                         .kernel_size = 3,
                         .padding = 1,
                         .bias = false,
                         .algorithm = esp::algorithm::winograd};
  using winograd = plans<tiles>;
  constexpr dims5 input{1, 2, 9, 9, 9};
  const auto part = winograd::data_part(input, {{3, 2, 4}, {2, 2, 2}});
  REQUIRE(part.computed == volume_window{{2, 2, 4}, {4, 2, 2}});
  REQUIRE(part.read == volume_window{{1, 1, 3}, {6, 4, 4}});
  const auto odd = winograd::plan_data(input, part, 1);
  REQUIRE(odd.widened >= 2 * 4 * 2 * 2);
  REQUIRE(odd.result == dims5{1, 2, 2, 2, 2});
  REQUIRE(odd.read == dims5{1, 2, 6, 4, 4});
  REQUIRE(winograd::plan_data(input, winograd::data_part(input, {{2, 2, 4}, {4, 2, 5}}), 1).widened == 0);
}

TEST_CASE("a kernel without its ends of zeros reads less for a window's gradients", "[window]") {
  constexpr conv3d cube{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1};
  constexpr dims5 input{1, 2, 9, 9, 9};
  constexpr volume_window window{{4, 0, 0}, {2, 9, 9}};
  using past = plans<cube, esp::causal<esp::axis::depth>>;
  REQUIRE(past::data_part(input, window).read == volume_window{{4, 0, 0}, {3, 9, 9}});
  REQUIRE(past::weights_part(input, window) == volume_window{{3, 0, 0}, {3, 9, 9}});
  const auto plan = past::plan_weights(input, window, 1);
  REQUIRE(plan.read == dims5{1, 2, 3, 9, 9});
  REQUIRE(plan.window == dims5{1, 4, 2, 9, 9});
}
