// SPDX-License-Identifier: BSD-3-Clause
// Layers whose prior makes whole planes of taps zero: the kernels of all directions are those of what is left.
#include <cmath>
#include <cstddef>
#include <espalier/convolution.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/assign.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/region.hpp>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/reference.hpp"

namespace {

using esp::conv3d, esp::direction, esp::dims5, esp::extents, esp::index_t;

constexpr auto slab = esp::on<esp::mask<[](esp::tap_index t, extents k) { return t.d != k.d / 2; }>>(esp::assign<0>);
constexpr auto line = esp::on<esp::mask<[](esp::tap_index t) { return t.d != 1 || t.w == 0; }>>(esp::assign<0>);
constexpr auto centre = esp::on<esp::neighbors>(esp::assign<0>);

constexpr conv3d cube(index_t in, index_t out, index_t groups = 1) {
  return {.in_channels = in, .out_channels = out, .kernel_size = 3, .padding = 1, .groups = groups, .bias = false};
}

constexpr conv3d directly(conv3d config) {
  config.algorithm = esp::algorithm::direct;
  return config;
}

template <class T>
std::vector<T> whole_numbers(index_t count, index_t seed) {
  std::vector<T> result;
  for (index_t i = 0; i < count; ++i) result.push_back(static_cast<T>((i * i + seed * i) % 9 - 4));
  return result;
}

template <class T>
std::vector<T> nans(index_t count) {
  return std::vector<T>(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN());
}

template <class T>
void require_within(const std::vector<T>& found, const std::vector<T>& expected, double most) {
  REQUIRE(found.size() == expected.size());
  index_t wrong = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    wrong += std::fabs(static_cast<double>(found[i] - expected[i])) <= most ? 0 : 1;
  }
  REQUIRE(wrong == 0);
}

/// Forward and both gradients are the loops' on the constrained weight: to the bit where the prior computes nothing, so
/// that all numbers are whole; else within `most`. A stored weight that the prior drops has no gradient.
template <conv3d Config, auto Prior, class T>
void check(dims5 input, double most = 0) {
  using op = esp::convolution<Config, Prior, T>;
  const esp::conv_problem p(Config, input);
  const auto x = whole_numbers<T>(input.size(), 3), weight = whole_numbers<T>(op::weights.size(), 5),
             grad_y = whole_numbers<T>(p.output.size(), 7);
  std::vector<T> constrained(weight.size()), expected_y(grad_y.size()), expected_x(x.size()), expected_w(weight.size());
  std::vector<T> room = nans<T>(op::constrain_scratch_size());
  op::constrain(weight.data(), constrained.data(), std::span<T>(room));
  reference::forward(p, x.data(), constrained.data(), nullptr, expected_y.data());
  reference::backward_data(p, grad_y.data(), constrained.data(), expected_x.data());
  reference::backward_weights(p, x.data(), grad_y.data(), expected_w.data(), nullptr);
  for (const index_t team : {1, 3}) {
    const esp::threads executor{team};
    std::vector<T> y(grad_y.size()), grad_x(x.size()), grad_w(weight.size());
    std::vector<T> scratch = nans<T>(op::scratch_size(input, team));
    op::forward(x.data(), input, weight.data(), nullptr, y.data(), std::span<T>(scratch), executor);
    require_within(y, expected_y, most);
    scratch = nans<T>(op::backward_scratch_size(input, team));
    op::backward(x.data(), input, weight.data(), grad_y.data(), grad_x.data(), grad_w.data(), nullptr,
                 std::span<T>(scratch), executor);
    require_within(grad_x, expected_x, most);
    if (most > 0) continue;
    for (std::size_t i = 0; i < grad_w.size(); ++i) {
      const bool dropped = constrained[i] == 0 && weight[i] != 0;
      if (dropped) expected_w[i] = 0;
      if (constrained[i] == 0 && weight[i] == 0) expected_w[i] = grad_w[i];
    }
    require_within(grad_w, expected_w, 0);
  }
}

template <conv3d Config, auto Prior>
constexpr extents computed(direction what = direction::forward) {
  return esp::convolution<Config, Prior, float>::computed_kernel(what);
}

}  // namespace

TEST_CASE("a causal kernel is computed as two planes in every direction", "[convolution][cropped]") {
  constexpr auto past = esp::causal<esp::axis::depth>;
  for (const direction what : {direction::forward, direction::backward_data, direction::backward_weights}) {
    REQUIRE(computed<cube(16, 16), past>(what) == extents{2, 3, 3});
    REQUIRE(computed<cube(16, 16), esp::masked<'A'>>(what) == extents{2, 3, 3});
  }
  check<cube(16, 16), past, float>({1, 16, 5, 7, 19});
  check<cube(64, 32), past, double>({1, 64, 4, 4, 9});
  check<cube(3, 2), past, float>({2, 3, 5, 7, 19});
  check<cube(4, 6, 2), past, double>({1, 4, 3, 9, 20});
}

TEST_CASE("raster masks drop the planes behind the centre and the taps after it", "[convolution][cropped]") {
  check<cube(16, 16), esp::masked<'A'>, float>({1, 16, 5, 7, 19});
  check<cube(1, 8), esp::masked<'A'>, double>({1, 1, 6, 7, 8});
  check<cube(2, 2), esp::masked<'B'>, float>({2, 2, 5, 6, 33});
  constexpr conv3d five{.in_channels = 4, .out_channels = 4, .kernel_size = 5, .padding = 2, .bias = false};
  REQUIRE(computed<five, esp::masked<'B'>>() == extents{3, 5, 5});
  check<five, esp::masked<'B'>, float>({1, 4, 5, 6, 20});
}

TEST_CASE("slabs, lines and the centre are kernels of fewer axes", "[convolution][cropped]") {
  REQUIRE(computed<cube(8, 8), slab>() == extents{1, 3, 3});
  REQUIRE(computed<cube(8, 8), line>() == extents{1, 3, 2});
  REQUIRE(computed<cube(8, 8), centre>() == extents{1});
  REQUIRE(esp::convolution<cube(8, 8), centre, float>::choice_of(direction::forward).family ==
          esp::kernel_family::flat);
  check<cube(16, 16), slab, float>({1, 16, 4, 7, 19});
  check<cube(3, 2), slab, double>({1, 3, 4, 7, 19});
  check<cube(16, 16), line, double>({1, 16, 4, 7, 19});
  check<cube(5, 7), line, float>({2, 5, 4, 7, 19});
  check<cube(16, 16), centre, float>({1, 16, 4, 7, 19});
  check<cube(2, 3), centre, double>({2, 2, 4, 7, 19});
}

TEST_CASE("crops meet strides, dilations, borders and no padding", "[convolution][cropped]") {
  constexpr conv3d strided{.in_channels = 4,
                           .out_channels = 6,
                           .kernel_size = 3,
                           .stride = {2, 1, 2},
                           .dilation = {1, 2, 1},
                           .padding = {1, 2, 1},
                           .bias = false};
  constexpr conv3d border{.in_channels = 16,
                          .out_channels = 16,
                          .kernel_size = 3,
                          .padding = {1, 2, {1, 3}},
                          .bias = false,
                          .boundary = esp::boundary::replicate};
  constexpr conv3d valid{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .bias = false};
  check<strided, esp::causal<esp::axis::depth>, float>({1, 4, 5, 9, 21});
  check<strided, line, double>({1, 4, 5, 9, 21});
  check<border, esp::causal<esp::axis::depth>, float>({1, 16, 5, 6, 21});
  check<border, line, double>({1, 16, 5, 6, 21});
  // Nothing is cut before the input where there is no padding; dropped taps are left out then.
  REQUIRE(computed<valid, centre>() == extents{2});
  check<valid, esp::causal<esp::axis::depth>, float>({1, 16, 5, 6, 21});
  check<valid, centre, float>({1, 16, 5, 6, 21});
}

TEST_CASE("priors that compute what is left reach the box on every way", "[convolution][cropped]") {
  constexpr auto blocks =
      esp::masked<'A'> >> esp::on<esp::mask<[](esp::tap_index t) { return t.d == 0; }>>(esp::modes::unit_l2);
  constexpr auto filters = esp::causal<esp::axis::depth> >> esp::per_filter(esp::modes::unit_l2);
  check<cube(16, 16), blocks, double>({1, 16, 4, 7, 19}, 1e-9);
  check<cube(16, 16), filters, double>({1, 16, 4, 7, 19}, 1e-9);
  check<cube(3, 8), filters, double>({1, 3, 4, 7, 19}, 1e-9);
  check<cube(2, 2), filters, double>({1, 2, 4, 7, 19}, 1e-9);
}

TEST_CASE("what is left is a list of taps for direct kernels, and packed part by part where a call reads it once",
          "[convolution][cropped]") {
  constexpr conv3d direct = directly(cube(16, 16)), wide = directly(cube(64, 64));
  constexpr auto filters = esp::masked<'A'> >> esp::per_filter(esp::modes::unit_l2);
  check<direct, esp::masked<'A'>, float>({1, 16, 5, 7, 19});
  check<direct, filters, double>({1, 16, 5, 7, 19}, 1e-9);
  check<directly(cube(5, 6)), filters, double>({1, 5, 5, 7, 19}, 1e-9);
  check<wide, esp::causal<esp::axis::depth>, float>({1, 64, 4, 4, 4});
  check<wide, esp::causal<esp::axis::depth>, double>({2, 64, 5, 3, 4});
}

TEST_CASE("a weight that is used as it is stored is computed whole", "[convolution][cropped]") {
  constexpr conv3d stored{.in_channels = 8,
                          .out_channels = 8,
                          .kernel_size = 3,
                          .padding = 1,
                          .bias = false,
                          .enforce = esp::enforcement::post_step};
  REQUIRE(computed<stored, esp::causal<esp::axis::depth>>() == extents{3});
}
