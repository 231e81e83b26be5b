// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/reference.hpp>
#include <espalier/convolution.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_explanation.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::conv3d, esp::index_t;

constexpr conv3d smooth{
    .in_channels = 4, .out_channels = 2, .kernel_size = {3, 5, 7}, .padding = esp::same, .groups = 2};
constexpr conv3d replicated{.in_channels = 2,
                            .out_channels = 2,
                            .kernel_size = 5,
                            .padding = 2,
                            .groups = 2,
                            .activation = esp::activation::relu,
                            .boundary = esp::boundary::replicate};
constexpr conv3d strided{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = 2, .padding = 1};
constexpr conv3d projected{
    .in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2, .enforce = esp::enforcement::post_step};
constexpr auto bell = esp::gaussian<1.5>;
constexpr auto half = esp::at<[](esp::tap_index) { return 0.5; }>;
/// A half, but for gradients that are passed straight through.
struct straight_t : esp::policy<straight_t> {
  static constexpr auto gradient = esp::gradient_rule::straight_through;
  static constexpr auto map(auto) { return half; }
};

template <conv3d Config, auto Prior, class T>
using plans = esp::detail::convolution_plans<Config, typename esp::convolution<Config, Prior, T>::formula_type, T>;

template <conv3d Config, auto Prior, class T>
void compare() {
  using conv = esp::convolution<Config, Prior, T>;
  const esp::dims5 input{2, Config.in_channels, 9, 11, 21};
  const esp::conv_problem p(Config, input);
  const auto size = [](index_t n) { return static_cast<std::size_t>(n); };
  std::vector<T> x(size(input.size())), bias(size(Config.out_channels), T(0.25)), y(size(p.output.size())),
      expected(y.size());
  std::vector<T> grad_y(y.size()), grad_x(x.size()), expected_x(x.size()), passed(y.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11) / 8;
  for (std::size_t i = 0; i < y.size(); ++i) grad_y[i] = static_cast<T>(static_cast<int>(i * 5 % 19) - 9) / 8;
  // The constrained weight does not depend on the stored one: not on a NaN either.
  std::vector<T> weight(size(p.weight().size()), std::numeric_limits<T>::quiet_NaN()), constrained(weight.size());
  std::vector<T> room(size(conv::constrain_scratch_size()));
  conv::constrain(weight.data(), constrained.data(), room);
  std::vector<T> scratch(size(conv::scratch_size(input, 2)));
  conv::forward(x.data(), input, weight.data(), bias.data(), y.data(), scratch, esp::threads{2});
  esp::reference_forward(p, x.data(), constrained.data(), bias.data(), expected.data());
  const T most = 256 * std::numeric_limits<T>::epsilon();
  index_t wrong = 0;
  for (std::size_t i = 0; i < y.size(); ++i) wrong += std::fabs(y[i] - expected[i]) <= most ? 0 : 1;
  REQUIRE(wrong == 0);

  std::vector<T> grad_weight(weight.size(), T(3)), grad_bias(bias.size(), T(0));
  scratch.assign(size(conv::backward_scratch_size(input, 2)), T(0));
  conv::backward(x.data(), input, weight.data(), y.data(), grad_y.data(), grad_x.data(), grad_weight.data(),
                 grad_bias.data(), scratch, esp::threads{2});
  REQUIRE(grad_weight == std::vector<T>(weight.size(), T(3)));
  for (std::size_t i = 0; i < y.size(); ++i) passed[i] = conv::needs_output && y[i] <= 0 ? T(0) : grad_y[i];
  esp::reference_backward_data(p, passed.data(), constrained.data(), expected_x.data());
  for (std::size_t i = 0; i < x.size(); ++i) wrong += std::fabs(grad_x[i] - expected_x[i]) <= most ? 0 : 1;
  REQUIRE(wrong == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("a layer of a known kernel computes along its lines and reads no weight", "[convolution]", float,
                   double) {
  STATIC_REQUIRE((plans<smooth, bell, TestType>::along_lines && plans<replicated, bell, TestType>::along_lines));
  STATIC_REQUIRE(
      plans<smooth, bell, TestType>::template packed_room<typename plans<smooth, bell, TestType>::forward_kernel> == 0);
  compare<smooth, bell, TestType>();
  compare<replicated, bell, TestType>();
}

TEMPLATE_TEST_CASE("its weight has no gradient where another family computes it", "[convolution]", float, double) {
  STATIC_REQUIRE((!plans<strided, bell, TestType>::along_lines && plans<strided, bell, TestType>::is_constant));
  compare<strided, bell, TestType>();
}

TEST_CASE("what is not known stays as it was", "[convolution]") {
  STATIC_REQUIRE((!plans<projected, bell, float>::along_lines && !plans<projected, bell, float>::is_constant));
  STATIC_REQUIRE(!plans<smooth, esp::modes::unit_l2, float>::along_lines);
  // The kernel is known, and its gradient is that of the weight all the same.
  STATIC_REQUIRE((plans<smooth, straight_t{}, float>::along_lines && !plans<smooth, straight_t{}, float>::is_constant));
}

TEST_CASE("the explanation says how a known kernel is computed", "[convolution]") {
  const esp::constrained_conv3d<smooth, bell> layer;
  const esp::layer_explanation words = explain(layer);
  REQUIRE(words.forward.view() ==
          "three passes along lines of 3, 5 and 7 known taps instead of 210 multiply-adds for each output");
  REQUIRE(words.backward_data.view() == words.forward.view());
  REQUIRE(words.backward_weight.view() == "none: every tap is a known number, and no weight is stored");
}
