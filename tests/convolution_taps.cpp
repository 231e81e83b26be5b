// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/convolution.hpp>
#include <espalier/dsl.hpp>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/internals.hpp"
#include "support/reference.hpp"

// A prior that makes taps zero, as a program asks for it: against the plain loops on the constrained weight.

namespace {

using esp::conv3d, esp::dims5, esp::index_t;

template <class T>
std::vector<T> whole_numbers(index_t count, index_t seed) {
  std::vector<T> result;
  for (index_t i = 0; i < count; ++i) result.push_back(static_cast<T>((i * i + seed * i) % 11 - 5));
  return result;
}

/// Whole numbers, so that every order of summation gives the same bits.
template <conv3d Config, auto Prior, class T>
void check(dims5 input) {
  using op = esp::convolution<Config, Prior, T>;
  const esp::conv_problem p(Config, input);
  const auto x = whole_numbers<T>(input.size(), 3), weight = whole_numbers<T>(op::weights.size(), 5),
             grad_y = whole_numbers<T>(p.output.size(), 7);
  std::vector<T> constrained(weight.size()), y(grad_y.size()), expected_y(y.size()), expected_x(x.size()),
      expected_w(weight.size());
  std::vector<T> room(static_cast<std::size_t>(op::constrain_scratch_size()));
  op::constrain(weight.data(), constrained.data(), std::span<T>(room));
  reference::forward(p, x.data(), constrained.data(), nullptr, expected_y.data());
  reference::backward_data(p, grad_y.data(), constrained.data(), expected_x.data());
  reference::backward_weights(p, x.data(), grad_y.data(), expected_w.data(), nullptr);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    // A mask's gradient is the mask.
    if (constrained[i] == 0 && weight[i] != 0) expected_w[i] = 0;
  }
  for (const index_t team : {1, 3}) {
    const esp::threads executor{team};
    // A sanitizer sees the first element too many.
    std::vector<T> scratch(static_cast<std::size_t>(op::scratch_size(input, team)),
                           std::numeric_limits<T>::quiet_NaN());
    op::forward(x.data(), input, weight.data(), nullptr, y.data(), std::span<T>(scratch), executor);
    REQUIRE(y == expected_y);
    scratch.assign(static_cast<std::size_t>(op::backward_scratch_size(input, team)),
                   std::numeric_limits<T>::quiet_NaN());
    std::vector<T> grad_x(x.size(), T(7)), grad_w(weight.size());
    op::backward(x.data(), input, weight.data(), grad_y.data(), grad_x.data(), grad_w.data(), nullptr,
                 std::span<T>(scratch), executor);
    REQUIRE(grad_x == expected_x);
    for (std::size_t i = 0; i < weight.size(); ++i) {
      if (weight[i] != 0) REQUIRE(grad_w[i] == expected_w[i]);
    }
  }
}

constexpr conv3d layer(index_t in, index_t out, esp::extents kernel, esp::extents padding, esp::extents stride = 1,
                       index_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .padding = {{padding.d, padding.d}, {padding.h, padding.h}, {padding.w, padding.w}},
          .groups = groups,
          .bias = false};
}

constexpr conv3d replicated(conv3d config) {
  config.boundary = esp::boundary::replicate;
  return config;
}

}  // namespace

TEMPLATE_TEST_CASE("taps behind a mask are as in the loops, in all three directions", "[taps]", float, double) {
  using T = TestType;
  check<layer(1, 1, 3, 1), esp::masked<'B'>, T>({2, 1, 4, 5, 19});
  check<layer(16, 16, 3, 1), esp::masked<'A'>, T>({1, 16, 4, 6, 9});
  check<layer(3, 8, 5, 2), esp::masked<'B'>, T>({2, 3, 3, 5, 18});
  check<layer(8, 3, 5, 2), esp::masked<'A'>, T>({1, 8, 3, 5, 18});
  check<layer(4, 6, {3, 1, 5}, {1, 0, 2}, {1, 2, 1}, 2), esp::masked<'A'>, T>({1, 4, 3, 5, 18});
  check<layer(4, 6, 3, 1, 2), esp::masked<'B'>, T>({1, 4, 5, 5, 18});
  check<replicated(layer(4, 6, 3, 1)), esp::masked<'B'>, T>({1, 4, 5, 5, 18});
  check<layer(4, 6, 1, 0), esp::masked<'B'>, T>({1, 4, 5, 5, 18});
}

TEST_CASE("the taps that a prior keeps are known to a layer where every call has it computed", "[taps]") {
  constexpr conv3d config{.in_channels = 4, .out_channels = 6, .kernel_size = 5, .padding = 2};
  constexpr conv3d projected{
      .in_channels = 4, .out_channels = 6, .kernel_size = 5, .padding = 2, .enforce = esp::enforcement::post_step};
  constexpr auto forward = esp::direction::forward, backward = esp::direction::backward_data;
  // Of the 3 x 5 x 5 taps that the planes behind leave.
  STATIC_REQUIRE(esp::convolution<config, esp::masked<'B'>>::choice_of(forward).dropped == 12);
  STATIC_REQUIRE(esp::convolution<config, esp::masked<'A'>>::choice_of(backward).dropped == 13);
  STATIC_REQUIRE(esp::convolution<config>::choice_of(forward).dropped == 0);
  STATIC_REQUIRE(esp::convolution<projected, esp::masked<'B'>>::choice_of(forward).dropped == 0);
}

TEMPLATE_TEST_CASE("a masked tap spreads no NaN and no infinity of the input", "[taps]", float, double) {
  using T = TestType;
  using op = esp::convolution<layer(2, 6, 3, 1), esp::masked<'A'>, T>;
  constexpr dims5 input{1, 2, 4, 5, 19}, output{1, 6, 4, 5, 19};
  const auto weight = whole_numbers<T>(op::weights.size(), 5);
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
    auto x = whole_numbers<T>(input.size(), 3);
    x[(2 * 5 + 2) * 19 + 9] = bad;
    std::vector<T> y(static_cast<std::size_t>(output.size()));
    std::vector<T> scratch(static_cast<std::size_t>(op::scratch_size(input)));
    op::forward(x.data(), input, weight.data(), nullptr, y.data(), std::span<T>(scratch));
    // In raster order the taps look back: nothing up to the voxel itself sees it.
    index_t seen_before = 0, seen_behind = 0;
    for (index_t i = 0; i < output.size(); ++i) {
      const bool behind = i % (4 * 5 * 19) > (2 * 5 + 2) * 19 + 9;
      (behind ? seen_behind : seen_before) += std::isfinite(y[static_cast<std::size_t>(i)]) ? 0 : 1;
    }
    REQUIRE((seen_before == 0 && seen_behind > 0));
  }
}
