// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cstdint>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_explanation.hpp>
#include <espalier/modes.hpp>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "conv/walled.hpp"
#include "support/layer.hpp"
#include "support/reference.hpp"
#include "support/xtensor.hpp"

// The gradients of a convolution on a border that repeats the input, as a program asks for them: against the plain
// loops, with scratch of the very size, through prior and activation, and with the kernels that choose says.

namespace {

using esp::conv3d, esp::dims5, esp::index_t;

constexpr conv3d with_border(conv3d config) {
  config.boundary = esp::boundary::replicate;
  return config;
}

template <class T>
std::vector<T> whole_numbers(index_t count, index_t seed) {
  std::vector<T> result;
  for (index_t i = 0; i < count; ++i) result.push_back(static_cast<T>((i * i + seed * i) % 11 - 5));
  return result;
}

template <class T>
std::int64_t inner(const std::vector<T>& a, const std::vector<T>& b) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    total += static_cast<std::int64_t>(a[i]) * static_cast<std::int64_t>(b[i]);
  }
  return total;
}

/// Whole numbers, so that every order of summation gives the same bits: backward is the loops, with the gradient of the
/// input and without, and both gradients are adjoints of forward.
template <conv3d Config, class T>
void check(dims5 input) {
  using op = esp::convolution<Config, esp::identity, T>;
  const esp::conv_problem p(Config, input);
  const auto x = whole_numbers<T>(input.size(), 3), weight = whole_numbers<T>(op::weights.size(), 5),
             grad_y = whole_numbers<T>(p.output.size(), 7);
  std::vector<T> expected_x(x.size()), expected_w(weight.size()), y(grad_y.size());
  reference::backward_data(p, grad_y.data(), weight.data(), expected_x.data());
  reference::backward_weights(p, x.data(), grad_y.data(), expected_w.data(), nullptr);
  for (const index_t team : {1, 2, 5}) {
    const esp::threads executor{team};
    // A sanitizer sees the first element too many.
    std::vector<T> scratch(static_cast<std::size_t>(op::backward_scratch_size(input, team)),
                           std::numeric_limits<T>::quiet_NaN());
    std::vector<T> grad_x(x.size(), T(7)), grad_w(weight.size()), alone(weight.size());
    op::backward(x.data(), input, weight.data(), grad_y.data(), grad_x.data(), grad_w.data(), nullptr,
                 std::span<T>(scratch), executor);
    op::backward(x.data(), input, weight.data(), grad_y.data(), nullptr, alone.data(), nullptr, std::span<T>(scratch),
                 executor);
    REQUIRE(grad_x == expected_x);
    REQUIRE(grad_w == expected_w);
    REQUIRE(alone == expected_w);
    scratch.assign(static_cast<std::size_t>(op::scratch_size(input, team)), std::numeric_limits<T>::quiet_NaN());
    op::forward(x.data(), input, weight.data(), nullptr, y.data(), std::span<T>(scratch), executor);
    REQUIRE(inner(y, grad_y) == inner(x, grad_x));
    REQUIRE(inner(y, grad_y) == inner(weight, grad_w));
  }
}

template <conv3d Config>
void check_types(dims5 input) {
  check<Config, float>(input);
  check<Config, double>(input);
}

}  // namespace

TEST_CASE("both gradients on a replicated border are the loops, for every family", "[boundary]") {
  check_types<with_border({.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = 2, .bias = false})>(
      {2, 1, 4, 6, 19});
  check_types<with_border({.in_channels = 2, .out_channels = 5, .kernel_size = 3, .padding = 1, .bias = false})>(
      {2, 2, 3, 5, 21});
  check_types<with_border({.in_channels = 5,
                           .out_channels = 2,
                           .kernel_size = 3,
                           .stride = 2,
                           .padding = {{1, 1}, {9, 0}, {0, 7}},
                           .bias = false})>({2, 5, 2, 5, 13});
  check_types<with_border(
      {.in_channels = 3, .out_channels = 8, .kernel_size = 1, .padding = {2, 0, 3}, .bias = false})>({1, 3, 3, 5, 7});
  check_types<with_border({.in_channels = 4,
                           .out_channels = 4,
                           .kernel_size = {2, 3, 3},
                           .dilation = {1, 2, 3},
                           .padding = esp::same,
                           .groups = 4,
                           .bias = false})>({1, 4, 3, 2, 5});
  check_types<with_border({.in_channels = 2,
                           .out_channels = 3,
                           .kernel_size = 3,
                           .dilation = 100000,
                           .padding = esp::same,
                           .bias = false})>({1, 2, 3, 4, 5});
}

TEST_CASE("both gradients on a replicated border are the loops, for many channels", "[boundary]") {
  check_types<with_border({.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1, .bias = false})>(
      {2, 16, 3, 5, 19});
  check_types<with_border({.in_channels = 64,
                           .out_channels = 64,
                           .kernel_size = 3,
                           .padding = 1,
                           .bias = false,
                           .algorithm = esp::algorithm::direct})>({1, 64, 2, 2, 2});
  check_types<with_border(
      {.in_channels = 16, .out_channels = 32, .kernel_size = 2, .stride = 2, .padding = 1, .bias = false})>(
      {1, 16, 4, 5, 9});
}

namespace {

/// Between pages that nobody may touch, at either end of them, the results are the same.
template <conv3d Config>
void check_walls(const dims5& input) {
  using op = esp::convolution<Config, esp::identity, float>;
  const esp::conv_problem p(Config, input);
  const auto x = whole_numbers<float>(input.size(), 3), weight = whole_numbers<float>(op::weights.size(), 5),
             grad_y = whole_numbers<float>(p.output.size(), 7);
  std::vector<float> y(grad_y.size()), grad_x(x.size()), grad_w(weight.size());
  reference::forward(p, x.data(), weight.data(), nullptr, y.data());
  reference::backward_data(p, grad_y.data(), weight.data(), grad_x.data());
  reference::backward_weights(p, x.data(), grad_y.data(), grad_w.data(), nullptr);
  const auto room = [](const std::vector<float>& v) { return static_cast<index_t>(v.size()); };
  drawn::walled<float> own_x(room(x)), own_w(room(weight)), own_gy(room(y)), own_y(room(y)), own_gx(room(x)),
      own_gw(room(weight));
  std::vector<float> scratch(
      static_cast<std::size_t>(std::max(op::scratch_size(input, 1), op::backward_scratch_size(input, 1))));
  for (const bool front : {true, false}) {
    const auto at = [front](drawn::walled<float>& of) { return front ? of.front() : of.back(); };
    std::copy(x.begin(), x.end(), at(own_x));
    std::copy(weight.begin(), weight.end(), at(own_w));
    std::copy(grad_y.begin(), grad_y.end(), at(own_gy));
    std::fill_n(at(own_gw), weight.size(), 0.0F);
    op::forward(at(own_x), input, at(own_w), nullptr, at(own_y), std::span<float>(scratch), esp::serial{});
    op::backward(at(own_x), input, at(own_w), at(own_gy), at(own_gx), at(own_gw), nullptr, std::span<float>(scratch),
                 esp::serial{});
    REQUIRE(std::equal(y.begin(), y.end(), at(own_y)));
    REQUIRE(std::equal(grad_x.begin(), grad_x.end(), at(own_gx)));
    REQUIRE(std::equal(grad_w.begin(), grad_w.end(), at(own_gw)));
  }
}

/// A border makes a configuration of one.
template <auto Border>
void check_border() {
  constexpr conv3d row = Border({.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = 2, .bias = false});
  constexpr conv3d plane = Border({.in_channels = 5,
                                   .out_channels = 2,
                                   .kernel_size = 3,
                                   .stride = {1, 2, 1},
                                   .dilation = {1, 1, 2},
                                   .padding = {{1, 1}, {4, 0}, {0, 7}},
                                   .bias = false});
  constexpr conv3d tiles =
      Border({.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1, .bias = false});
  constexpr conv3d channel = Border({.in_channels = 16,
                                     .out_channels = 32,
                                     .kernel_size = 2,
                                     .stride = 2,
                                     .padding = {{2, 1}, 1, {0, 3}},
                                     .bias = false});
  check<row, double>({2, 1, 4, 6, 19});
  check<plane, float>({1, 5, 4, 5, 13});
  check<tiles, float>({2, 16, 3, 5, 19});
  check<channel, float>({1, 16, 4, 5, 9});
  check_walls<row>({1, 1, 25, 97, 130});
  check_walls<plane>({1, 5, 4, 5, 13});
  check_walls<tiles>({1, 16, 3, 5, 19});
  check_walls<channel>({1, 16, 4, 5, 9});
}

}  // namespace

TEST_CASE("every direction on every border: the loops, adjoints, and nothing beside the tensors", "[boundary]") {
  check_border<::drawn::reflected>();
  check_border<::drawn::mirrored>();
  check_border<::drawn::turning>();
  check_border<::drawn::mixed>();
  check_border<::drawn::causal>();
}

TEST_CASE("gradients through border, prior and ReLU equal central differences", "[boundary]") {
  constexpr conv3d config = with_border({.in_channels = 4,
                                         .out_channels = 6,
                                         .kernel_size = 3,
                                         .stride = {1, 2, 1},
                                         .padding = {{1, 2}, {3, 0}, {1, 1}},
                                         .groups = 2,
                                         .activation = esp::activation::relu});
  esp::constrained_conv3d<config, esp::modes::unit_l2, double> conv(esp::seed{2});
  auto x = support::drawn<double>({2, 4, 2, 3, 4});
  const auto y_shape = conv(x).shape();
  const auto g = support::drawn<double>({y_shape[0], y_shape[1], y_shape[2], y_shape[3], y_shape[4]}, 2);
  support::check_against_differences(conv, x, g);
}

TEST_CASE("what computes the gradient of the input is what has the padded one", "[boundary]") {
  constexpr conv3d one = with_border({.in_channels = 3, .out_channels = 8, .kernel_size = 1, .padding = 1});
  constexpr conv3d many = with_border({.in_channels = 64, .out_channels = 64, .kernel_size = 3, .padding = 1});
  constexpr auto data = esp::direction::backward_data;
  STATIC_REQUIRE(esp::convolution<one>::choice_of(data) == esp::convolution<esp::unpadded(one)>::choice_of(data));
  STATIC_REQUIRE(esp::convolution<one>::choice_of(data).family == esp::kernel_family::flat);
  STATIC_REQUIRE(esp::convolution<many>::algorithm_of(data) == esp::algorithm::winograd);
  const esp::layer_explanation folded = explain(esp::constrained_conv3d<one>{});
  const esp::layer_explanation plain = explain(esp::constrained_conv3d<esp::unpadded(one)>{});
  REQUIRE(folded.backward_data == std::string(plain.backward_data.view()) + ", of the padded input, then folded");
}
