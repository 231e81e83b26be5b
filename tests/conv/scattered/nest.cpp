// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/reference.hpp>
#include <espalier/conv/scattered/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/convolution.hpp>
#include <espalier/modes.hpp>
#include <limits>
#include <random>
#include <vector>

#include "conv/replicated.hpp"
#include "support/catch.hpp"

namespace {

using esp::conv3d;
using esp::dims5;
using esp::index_t;

template <class T>
std::vector<T> drawn(index_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& v : values) v = static_cast<T>(engine() % 9) - T(4);  // sums of products are exact
  return values;
}

template <class T>
struct numbers {
  esp::conv_problem p;
  std::vector<T> x, weight, bias, grad_y, y, grad_x, grad_w, grad_b;

  numbers(const conv3d& config, dims5 input)
      : p(config, input),
        x(drawn<T>(input.size(), 1)),
        weight(drawn<T>(p.weight().size(), 2)),
        bias(drawn<T>(config.out_channels, 3)),
        grad_y(drawn<T>(p.output.size(), 4)),
        y(static_cast<std::size_t>(p.output.size())),
        grad_x(x.size()),
        grad_w(weight.size()),
        grad_b(bias.size()) {}

  void reference() {
    esp::reference_forward(p, x.data(), weight.data(), bias.data(), y.data());
    esp::reference_backward_data(p, grad_y.data(), weight.data(), grad_x.data());
    esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), grad_b.data());
  }
};

// NaN where the other has NaN.
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
  }
  return true;
}

// All directions of the kernel itself, on numbers with and without some that are not finite.
template <conv3d Config, class T = float>
void check_kernel(dims5 input) {
  using kernel = esp::scattered_taps<Config, T>;
  for (const T odd : {T(1), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
    numbers<T> expected(Config, input);
    expected.weight[expected.weight.size() / 2] = odd;
    expected.grad_y[expected.grad_y.size() / 3] = odd;
    numbers<T> got = expected;
    expected.reference();
    for (const index_t team : {1, 3}) {
      const esp::threads executor{team};
      kernel::forward(got.x.data(), input, esp::output_dims(Config, input), esp::pads_of(Config).before,
                      got.weight.data(), esp::detail::epilogue<Config.activation, T>{got.bias.data()}, got.y.data(),
                      executor);
      kernel::backward_data(got.grad_y.data(), input, got.weight.data(), got.grad_x.data(), executor);
      kernel::backward_weights(got.x.data(), input, esp::output_dims(Config, input), esp::pads_of(Config).before,
                               got.grad_y.data(), got.grad_w.data(), false, executor);
      REQUIRE(same(got.y, expected.y));
      REQUIRE(same(got.grad_x, expected.grad_x));
      REQUIRE(same(got.grad_w, expected.grad_w));
    }
  }
}

// What a program calls, for a shape that the other kernels' copies cannot serve.
template <conv3d Config, class T = float>
void check_operations(dims5 input, bool scattered = true) {
  using op = esp::convolution<Config, esp::identity, T>;
  REQUIRE(esp::scattered_taps<Config, T>::serves(input, esp::output_dims(Config, input)) == scattered);
  numbers<T> expected(Config, input), got = expected;
  expected.reference();
  if (Config.activation != esp::activation::none) {
    esp::reference_backward_activation(expected.p, expected.y.data(), got.grad_y.data(), expected.grad_y.data());
    expected.reference();
  }
  for (const index_t team : {1, 2}) {
    std::vector<T> scratch(static_cast<std::size_t>(op::scratch_size(input, team)));
    const esp::threads executor{team};
    op::forward(got.x.data(), input, got.weight.data(), got.bias.data(), got.y.data(), scratch, executor);
    REQUIRE(same(got.y, expected.y));
    scratch.resize(static_cast<std::size_t>(op::backward_scratch_size(input, team)));
    std::fill(got.grad_w.begin(), got.grad_w.end(), T(0));
    std::fill(got.grad_b.begin(), got.grad_b.end(), T(0));
    op::backward(got.x.data(), input, got.weight.data(), got.y.data(), got.grad_y.data(), got.grad_x.data(),
                 got.grad_w.data(), got.grad_b.data(), scratch, executor);
    REQUIRE(same(got.grad_x, expected.grad_x));
    REQUIRE(same(got.grad_w, expected.grad_w));
    REQUIRE(same(got.grad_b, expected.grad_b));
  }
}

}  // namespace

TEST_CASE("outputs of a tap that meet data", "[scattered_taps]") {
  using esp::detail::met_outputs;
  for (index_t stride = 1; stride <= 4; ++stride) {
    for (index_t in = 1; in <= 5; ++in) {
      for (index_t out = 1; out <= 6; ++out) {
        for (index_t offset = -9; offset <= 9; ++offset) {
          const met_outputs met(offset, stride, in, out);
          for (index_t o = 0; o < out; ++o) {
            const index_t i = o * stride + offset;
            REQUIRE(met.contains(o) == (i >= 0 && i < in));
          }
          REQUIRE((0 <= met.begin && met.begin <= met.end && met.end <= out));
        }
      }
    }
  }
}

TEST_CASE("every direction equals the reference", "[scattered_taps]") {
  check_kernel<conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1}>({2, 2, 3, 4, 5});
  check_kernel<conv3d{.in_channels = 4,
                      .out_channels = 2,
                      .kernel_size = {1, 2, 4},
                      .stride = {1, 3, 2},
                      .padding = 2,
                      .groups = 2},
               double>({1, 4, 3, 5, 6});
  check_kernel<conv3d{
      .in_channels = 2, .out_channels = 2, .kernel_size = 3, .dilation = {4, 7, 9}, .padding = esp::same, .groups = 2}>(
      {1, 2, 3, 4, 2});
  check_kernel<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 2, .dilation = 100, .padding = esp::same}>(
      {1, 1, 3, 3, 3});
  check_kernel<conv3d{
      .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .activation = esp::activation::relu}>(
      {2, 2, 3, 4, 5});
}

TEST_CASE("every direction equals the reference on a replicated border", "[scattered_taps]") {
  using ::drawn::replicated;
  check_kernel<replicated({.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1})>({2, 2, 3, 4, 5});
  check_kernel<replicated({.in_channels = 4,
                           .out_channels = 2,
                           .kernel_size = {1, 2, 4},
                           .stride = {1, 3, 2},
                           .padding = {{2, 0}, {7, 1}, {0, 20}},
                           .groups = 2}),
               double>({1, 4, 3, 5, 6});
  check_kernel<replicated({.in_channels = 2,
                           .out_channels = 2,
                           .kernel_size = 3,
                           .dilation = {4, 7, 9},
                           .padding = esp::same,
                           .groups = 2})>({1, 2, 3, 4, 2});
  check_kernel<replicated(
      {.in_channels = 1, .out_channels = 1, .kernel_size = 3, .dilation = 100, .padding = esp::same})>({1, 1, 3, 1, 3});
  check_operations<replicated({.in_channels = 4,
                               .out_channels = 3,
                               .kernel_size = 3,
                               .dilation = 600000000,
                               .padding = esp::same,
                               .activation = esp::activation::relu})>({2, 4, 3, 3, 3});
  check_operations<replicated({.in_channels = 4,
                               .out_channels = 4,
                               .kernel_size = 5,
                               .stride = 2,
                               .dilation = 30000,
                               .padding = esp::same,
                               .groups = 2}),
                   double>({1, 4, 3, 4, 5});
}

namespace {

// A border makes a configuration of one.
template <auto Border>
void check_border() {
  check_kernel<Border(conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1})>({2, 2, 3, 4, 5});
  check_kernel<Border(conv3d{.in_channels = 4,
                             .out_channels = 2,
                             .kernel_size = {1, 2, 4},
                             .stride = {1, 3, 2},
                             .padding = {{2, 0}, {4, 1}, {0, 5}},
                             .groups = 2}),
               double>({1, 4, 3, 5, 6});
  check_kernel<Border(conv3d{.in_channels = 2,
                             .out_channels = 2,
                             .kernel_size = 3,
                             .dilation = {3, 2, 4},
                             .padding = esp::same,
                             .groups = 2})>({1, 2, 5, 6, 7});
}

}  // namespace

TEST_CASE("every direction equals the reference on every border", "[scattered_taps]") {
  check_border<::drawn::reflected>();
  check_border<::drawn::mirrored>();
  check_border<::drawn::turning>();
  check_border<::drawn::mixed>();
  check_border<::drawn::causal>();
}

TEST_CASE("a padded gradient that would be mostly padding is summed where it is read", "[scattered_taps]") {
  using ::drawn::replicated;
  constexpr conv3d wide =
      replicated({.in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = 1 << 30, .padding = 1 << 30});
  using kernel = esp::scattered_taps<wide, float>;
  const dims5 input{1, 2, 3, 3, 3}, output = esp::output_dims(wide, input);
  STATIC_REQUIRE(kernel::possible);
  REQUIRE((!kernel::serves(input, output) && kernel::serves_gradients(input, output)));
  check_operations<wide>(input, false);
  // 60 voxels on every side: of a large volume its padded gradient is a small part more, of a small one all.
  constexpr conv3d some =
      replicated({.in_channels = 1, .out_channels = 1, .kernel_size = {121, 81, 81}, .padding = {60, 40, 40}});
  using some_kernel = esp::scattered_taps<some, float>;
  STATIC_REQUIRE(some_kernel::possible);
  const auto serves = [&](dims5 shape) { return some_kernel::serves_gradients(shape, esp::output_dims(some, shape)); };
  REQUIRE(serves({1, 1, 60, 1, 80}));
  REQUIRE(!serves({1, 1, 60, 80, 80}));
  REQUIRE(!serves({1, 1, 1, 1, 1}));
  constexpr conv3d ordinary = replicated({.in_channels = 1, .out_channels = 1, .kernel_size = 7, .padding = 3});
  STATIC_REQUIRE(!esp::scattered_taps<ordinary, float>::possible);
}

TEST_CASE("taps that lie further apart than the data is wide", "[scattered_taps]") {
  check_operations<conv3d{.in_channels = 4,
                          .out_channels = 3,
                          .kernel_size = 3,
                          .dilation = 600000000,
                          .padding = esp::same,
                          .activation = esp::activation::relu}>({2, 4, 3, 3, 3});
  check_operations<conv3d{
      .in_channels = 8, .out_channels = 8, .kernel_size = 3, .dilation = 600000000, .padding = esp::same}>(
      {1, 8, 3, 3, 3});
  check_operations<
      conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .dilation = 600000000, .padding = esp::same},
      double>({2, 2, 1, 2, 3});
  check_operations<conv3d{.in_channels = 4,
                          .out_channels = 4,
                          .kernel_size = 5,
                          .stride = 2,
                          .dilation = 30000,
                          .padding = esp::same,
                          .groups = 2}>({1, 4, 3, 4, 5});
  check_operations<conv3d{
      .in_channels = 2, .out_channels = 2, .kernel_size = 2, .dilation = 1000000000, .padding = esp::same}>(
      {1, 2, 3, 3, 3});
  check_operations<conv3d{.in_channels = 3,
                          .out_channels = 2,
                          .kernel_size = {1, 1, 3},
                          .dilation = {1, 1, 700000000},
                          .padding = esp::same}>({1, 3, 3, 3, 3});
  check_operations<conv3d{.in_channels = 3,
                          .out_channels = 2,
                          .kernel_size = {3, 3, 3},
                          .dilation = {1, 700000000, 1},
                          .padding = esp::same}>({1, 3, 3, 3, 3});
  check_operations<conv3d{.in_channels = 3,
                          .out_channels = 20,
                          .kernel_size = 3,
                          .dilation = 3000,
                          .padding = {{3000, 3001}, {2999, 3000}, {3005, 3000}}}>({1, 3, 3, 3, 3});
  check_operations<conv3d{
      .in_channels = 1, .out_channels = 1, .kernel_size = 7, .stride = 5, .dilation = 2001, .padding = esp::same}>(
      {1, 1, 3, 9, 3});
}

TEST_CASE("large dilations and strides whose copies are small stay with the other kernels", "[scattered_taps]") {
  check_operations<conv3d{
      .in_channels = 3, .out_channels = 2, .kernel_size = 3, .dilation = {700000000, 1, 1}, .padding = esp::same}>(
      {1, 3, 3, 3, 3}, false);
  check_operations<conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = 2147483647, .padding = 1}>(
      {1, 2, 3, 3, 3}, false);
  check_operations<conv3d{.in_channels = 2,
                          .out_channels = 2,
                          .kernel_size = {1, 1, 3},
                          .stride = {1, 1, 1 << 20},
                          .padding = {0, 0, {1 << 24, 1 << 24}}}>({1, 2, 2, 2, 3}, false);
  check_operations<conv3d{
      .in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = 1 << 30, .padding = 1 << 30}>({1, 2, 3, 3, 3},
                                                                                                     false);
  check_operations<conv3d{
      .in_channels = 2, .out_channels = 2, .kernel_size = {1, 1, 3}, .padding = {0, 0, {50000, 3}}}>({1, 2, 2, 2, 3},
                                                                                                     false);
  check_operations<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .dilation = 40, .padding = esp::same}>(
      {1, 1, 2, 3, 2}, false);
}

TEST_CASE("the prior is applied and its gradient taken", "[scattered_taps]") {
  constexpr conv3d config{
      .in_channels = 2, .out_channels = 3, .kernel_size = 3, .dilation = 100000, .padding = esp::same};
  constexpr conv3d near{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .dilation = 4, .padding = esp::same};
  using op = esp::convolution<config, esp::modes::unit_l2>;
  using close = esp::convolution<near, esp::modes::unit_l2>;  // the centre tap alone meets data here too
  const dims5 input{1, 2, 3, 3, 3};
  const auto run = [&](auto operations) {
    using o = decltype(operations);
    numbers<float> n(o::config, input);
    std::vector<float> scratch(static_cast<std::size_t>(o::scratch_size(input) + o::backward_scratch_size(input)));
    o::forward(n.x.data(), input, n.weight.data(), n.bias.data(), n.y.data(), scratch);
    o::backward(n.x.data(), input, n.weight.data(), n.grad_y.data(), n.grad_x.data(), n.grad_w.data(), n.grad_b.data(),
                scratch);
    return n;
  };
  const auto far_apart = run(op{}), beside = run(close{});
  REQUIRE(esp::scattered_taps<config, float>::serves(input, esp::output_dims(config, input)));
  REQUIRE(!esp::scattered_taps<near, float>::possible);
  const auto agree = [](const std::vector<float>& a, const std::vector<float>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::fabs(a[i] - b[i]) > 1e-5F * (1 + std::fabs(b[i]))) return false;
    }
    return true;
  };
  REQUIRE(agree(far_apart.y, beside.y));
  REQUIRE(agree(far_apart.grad_x, beside.grad_x));
  REQUIRE(agree(far_apart.grad_w, beside.grad_w));
  REQUIRE(agree(far_apart.grad_b, beside.grad_b));
}
