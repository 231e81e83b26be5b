// SPDX-License-Identifier: BSD-3-Clause
// The rounding errors that docs/winograd.md speaks of: printed beside those of the direct convolution, and below the
// bound that stands there.
#include <cmath>
#include <cstdio>

#include "conv/drawn_winograd.hpp"

namespace {

using drawn::fenced;
using esp::index_t;

constexpr esp::conv3d config{.in_channels = 32, .out_channels = 16, .kernel_size = 3, .padding = 1, .bias = false};
constexpr esp::conv3d tall = drawn::f43(config);
constexpr esp::dims5 input{1, 32, 10, 22, 22}, output{1, 16, 10, 22, 22};
constexpr double unit_roundoff = 0x1p-24;

/// The bound of docs/winograd.md for F(4, 3) along D and H, without `u X V`: 8 * 24.13^2, the largest sum of an
/// output's magnitudes through the three matrices of each axis, times the terms and the roundings of each.
constexpr double tall_bound(double channels) { return 4658 * channels * (channels + 40); }

/// Normal numbers, each times a power of two that is drawn from `[-spread, spread]`.
fenced<float> normal(index_t count, int spread, std::mt19937& engine) {
  fenced<float> to(count);
  std::normal_distribution<float> gauss;
  std::uniform_int_distribution<int> exponent(-spread, spread);
  for (index_t i = 0; i < count; ++i) to.data()[i] = std::ldexp(gauss(engine), exponent(engine));
  return to;
}

double largest(const fenced<float>& v) {
  double most = 0;
  for (index_t i = 0; i < v.size(); ++i) most = std::max(most, std::fabs(static_cast<double>(v.data()[i])));
  return most;
}

/// Errors over the largest magnitude of the result.
struct errors {
  double most = 0, mean = 0, absolute = 0;

  errors(const fenced<float>& found, const std::vector<double>& exact) {
    double scale = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double e = std::fabs(static_cast<double>(found.data()[i]) - exact[i]);
      absolute = std::max(absolute, e);
      mean += e / static_cast<double>(exact.size());
      scale = std::max(scale, std::fabs(exact[i]));
    }
    most = absolute / scale;
    mean /= scale;
  }
};

std::vector<double> widened(const fenced<float>& v) { return {v.data(), v.data() + v.size()}; }

void compare(const char* data, const char* what, const errors& winograd, const errors& direct, double bound) {
  std::printf("%-10s %-12s largest error %.1e (direct %.1e), mean %.1e (direct %.1e), of the largest magnitude\n", data,
              what, winograd.most, direct.most, winograd.mean, direct.mean);
  REQUIRE(winograd.absolute <= bound);
  // What oneDNN allows its own: a ceiling.
  REQUIRE(winograd.most <= 2e-5);
  REQUIRE(winograd.absolute > 0);
}

void check(const char* data, int spread) {
  std::mt19937 engine(11);
  const esp::conv_problem p(config, input);
  const auto x = normal(input.size(), spread, engine), weight = normal(p.weight().size(), spread, engine);
  const auto grad_y = normal(output.size(), spread, engine);
  const double u = unit_roundoff, X = largest(x), V = largest(weight), G = largest(grad_y);

  const auto forward = [&](const drawn::kernel<float>& fast) {
    fenced<float> packed(fast.packed_size), y(output.size()), scratch(fast.scratch_size(input, 1));
    fast.pack(weight.data(), packed.data());
    fast.run(x.data(), input, packed.data(), nullptr, y.data(), scratch.data(), 0);
    return y;
  };
  std::vector<double> exact(static_cast<std::size_t>(output.size()));
  reference::forward(p, widened(x).data(), widened(weight).data(), nullptr, exact.data());
  const errors direct(forward(drawn::kernel_for<config, float>()), exact);
  compare(data, "forward", {forward(drawn::winograd_kernel_for<config, float>()), exact}, direct,
          729 * 32 * (32 + 16) * u * X * V);
  compare(data, "forward f43", {forward(drawn::winograd_kernel_for<tall, float>()), exact}, direct,
          tall_bound(32) * u * X * V);

  const auto data_gradient = [&](const drawn::data_kernel<float>& fast) {
    fenced<float> packed(fast.packed_size), grad_x(input.size()), scratch(fast.scratch_size(input, 1));
    fast.pack(weight.data(), packed.data());
    fast.run(grad_y.data(), input, packed.data(), grad_x.data(), scratch.data(), 0);
    return grad_x;
  };
  exact.resize(static_cast<std::size_t>(input.size()));
  reference::backward_data(p, widened(grad_y).data(), widened(weight).data(), exact.data());
  const errors direct_gradient(data_gradient(drawn::data_kernel_for<config, float>()), exact);
  compare(data, "grad_x", {data_gradient(drawn::winograd_data_kernel_for<config, float>()), exact}, direct_gradient,
          729 * 16 * (16 + 16) * u * G * V);
  compare(data, "grad_x f43", {data_gradient(drawn::winograd_data_kernel_for<tall, float>()), exact}, direct_gradient,
          tall_bound(16) * u * G * V);

  const auto gradient = [&](const drawn::weights_kernel<float>& fast) {
    fenced<float> grad_w(p.weight().size()), scratch(fast.scratch_size(input, 1));
    fast.run(x.data(), input, grad_y.data(), grad_w.data(), false, scratch.data(), 0);
    return grad_w;
  };
  exact.resize(static_cast<std::size_t>(p.weight().size()));
  reference::backward_weights(p, widened(x).data(), widened(grad_y).data(), exact.data(), nullptr);
  const double tiles = 5 * 11 * 11;
  compare(data, "grad_w", {gradient(drawn::winograd_weights_kernel_for<config, float>()), exact},
          {gradient(drawn::weights_kernel_for<config, float>()), exact}, 512 * tiles * (tiles + 24) * u * X * G);
}

}  // namespace

TEST_CASE("rounding errors of Winograd on normal data", "[conv][winograd]") { check("normal", 0); }

TEST_CASE("rounding errors of Winograd on ill-scaled data: powers of two from -10 to 10", "[conv][winograd]") {
  check("ill-scaled", 10);
}
