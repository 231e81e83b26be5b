// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_explanation.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/layer.hpp"

// A layer whose taps are tied, against one with the same prior that is asked for every product.

namespace {

using esp::conv3d, esp::direction, esp::kernel_family;

constexpr auto orbits = esp::symmetric<esp::cube_group> >> esp::modes::unit_l2;
constexpr auto centered = esp::symmetric<esp::cube_group> >> esp::modes::zero_mean;
constexpr auto mirrored = esp::symmetric<esp::mirror<esp::axis::width>> >> esp::modes::unit_l2;
constexpr conv3d cube{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};

constexpr conv3d direct(conv3d config) {
  config.algorithm = esp::algorithm::direct;
  return config;
}

template <class A, class B>
void require_close(const A& a, const B& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
  }
  REQUIRE(worst <= tolerance);
}

/// Results and gradients of both, with teams; those of the weight went through the prior.
template <conv3d Config, auto Prior, class T>
void require_twins(const support::shape5& shape, double tolerance) {
  esp::constrained_conv3d<Config, Prior, T> ties(esp::seed{7});
  esp::constrained_conv3d<direct(Config), Prior, T> every(esp::seed{7});
  for (const direction what : {direction::forward, direction::backward_data, direction::backward_weights}) {
    REQUIRE(decltype(ties)::convolution_type::choice_of(what).family == kernel_family::tied);
    REQUIRE(decltype(every)::convolution_type::choice_of(what).family != kernel_family::tied);
  }
  const auto x = support::drawn<T>(shape, 3);
  for (const esp::index_t team : {1, 3}) {
    const auto y = ties(x, esp::threads{team}), expected = every(x);
    require_close(y, expected, tolerance);
    const auto g = support::drawn<T>({y.shape()[0], y.shape()[1], y.shape()[2], y.shape()[3], y.shape()[4]}, 4);
    require_close(ties.backward(x, y, g, esp::threads{team}), every.backward(x, expected, g), tolerance);
    require_close(ties.weight_gradient(), every.weight_gradient(), 100 * tolerance);
  }
}

}  // namespace

TEST_CASE("a layer of tied taps computes what one of every product does, and its gradients", "[layer]") {
  require_twins<cube, orbits, double>({2, 4, 5, 9, 21}, 1e-11);
  require_twins<cube, orbits, float>({1, 4, 7, 5, 33}, 1e-4);
  constexpr conv3d wide{
      .in_channels = 5, .out_channels = 6, .kernel_size = 5, .padding = 2, .boundary = esp::boundary::replicate};
  require_twins<wide, centered, double>({1, 5, 6, 7, 9}, 1e-10);
  constexpr conv3d odd{
      .in_channels = 4, .out_channels = 8, .kernel_size = {3, 3, 9}, .padding = 1, .activation = esp::activation::relu};
  require_twins<odd, mirrored, double>({1, 4, 4, 5, 24}, 1e-10);
}

TEST_CASE("the gradient of a weight whose taps are tied is that of differences", "[layer]") {
  esp::constrained_conv3d<conv3d{.in_channels = 2, .out_channels = 8, .kernel_size = 5, .padding = 2}, orbits, double>
      conv(esp::seed{5});
  REQUIRE(decltype(conv)::convolution_type::choice_of(direction::backward_weights).family == kernel_family::tied);
  auto x = support::drawn<double>({1, 2, 3, 4, 5}, 1);
  support::check_against_differences(conv, x, support::drawn<double>({1, 8, 3, 4, 5}, 2));
}

TEST_CASE("a layer of tied taps explains its products and additions", "[layer]") {
  const esp::constrained_conv3d<cube, orbits> conv;
  const esp::choice made = decltype(conv)::convolution_type::choice_of(direction::forward);
  const std::string form(esp::form_explained(made, direction::forward).view());
  REQUIRE(form.starts_with("tied of "));
  REQUIRE(explain(conv).forward ==
          "direct, " + form + ": 16 multiply-adds for each output, after 9 additions for each element that is read");
}

TEST_CASE("ties are used where they pay, of weights that every call has computed", "[layer]") {
  const auto family = []<conv3d Config>(direction what) {
    return esp::constrained_conv3d<Config, orbits>::convolution_type::choice_of(what).family;
  };
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3};
  constexpr conv3d stored{
      .in_channels = 4, .out_channels = 8, .kernel_size = 3, .enforce = esp::enforcement::post_step};
  constexpr conv3d strided{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .stride = 2};
  for (const direction what : {direction::forward, direction::backward_data, direction::backward_weights}) {
    REQUIRE(family.operator()<cube>(what) == kernel_family::tied);
    REQUIRE(family.operator()<one>(what) != kernel_family::tied);
    REQUIRE(family.operator()<stored>(what) != kernel_family::tied);
    REQUIRE(family.operator()<strided>(what) != kernel_family::tied);
  }
}
