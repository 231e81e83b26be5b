// SPDX-License-Identifier: BSD-3-Clause
// Epilogues behind convolutions: the outputs are those of the plain one with plain loops behind it, bit for bit; the
// gradients are those of the plain one on what the loops pass back.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <espalier/fused_convolution.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policies/symmetric.hpp>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "conv/walled.hpp"
#include "support/catch.hpp"

namespace {

using esp::conv3d, esp::dims5, esp::index_t;

template <class T>
std::vector<T> drawn_reals(index_t count, std::mt19937& engine) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> result(static_cast<std::size_t>(count));
  for (T& value : result) value = uniform(engine);
  return result;
}
template <class T>
std::vector<T> nans(index_t count) {
  return std::vector<T>(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN());
}
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// The chains of the tests, each with what it makes of a sum and a residual, and passes back.
constexpr auto block = esp::add_residual >> esp::relu;
constexpr auto steps = esp::leaky_relu<0.5> >> esp::add_residual >> esp::leaky_relu<2>;
constexpr auto square = [](auto s) { return s * s; };

template <class T>
T leaky(T slope, T s, T g) {
  return s <= 0 ? slope * g : g;
}
template <class T>
struct block_rule {
  static T value(T s, T r) { return s + r <= 0 ? T(0) : s + r; }
  static std::pair<T, T> passed(T s, T r, T g) {
    const T of_both = s + r <= 0 ? T(0) : g;
    return {of_both, of_both};
  }
};
template <class T>
struct steps_rule {
  static T value(T s, T r) {
    const T v = leaky(T(0.5), s, s) + r;
    return leaky(T(2), v, v);
  }
  static std::pair<T, T> passed(T s, T r, T g) {
    const T of_r = leaky(T(2), leaky(T(0.5), s, s) + r, g);
    return {leaky(T(0.5), s, of_r), of_r};
  }
};

template <conv3d Config, auto Prior, class T, auto Chain, class Rule>
class fused_layer {
  using plain = esp::convolution<Config, Prior, T>;
  using fused = esp::fused_convolution<Config, Prior, T, Chain>;

 public:
  fused_layer(const dims5& input, unsigned seed)
      : engine(seed),
        in(input),
        out(plain::output_shape(input)),
        x(drawn_reals<T>(in.size(), engine)),
        weight(drawn_reals<T>(plain::weight_size, engine)),
        bias(drawn_reals<T>(Config.out_channels, engine)),
        grad_y(drawn_reals<T>(out.size(), engine)),
        sums(nans<T>(out.size())) {
    auto scratch = nans<T>(plain::scratch_size(in));
    plain::forward(x.data(), in, weight.data(), bias.data(), sums.data(), scratch, esp::threads{1});
  }

  void check_forward(index_t team, bool at_front) {
    drawn::walled<T> residual(out.size());
    T* const r = at_front ? residual.front() : residual.back();
    std::copy_n(drawn_reals<T>(out.size(), engine).data(), out.size(), r);
    std::vector<T> expected(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) expected[i] = Rule::value(sums[i], r[i]);
    auto y = nans<T>(out.size()), scratch = nans<T>(fused::scratch_size(in, team));
    fused::forward(x.data(), in, weight.data(), bias.data(), r, y.data(), scratch, esp::threads{team});
    REQUIRE(same_bits(y, expected));
  }

  void check_backward(index_t team) {
    const auto residual = drawn_reals<T>(out.size(), engine);
    std::vector<T> y(sums.size()), grad_sum(sums.size()), of_r(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      y[i] = Rule::value(sums[i], residual[i]);
      std::tie(grad_sum[i], of_r[i]) = Rule::passed(sums[i], residual[i], grad_y[i]);
    }
    std::vector<T> weights(static_cast<std::size_t>(plain::weight_size)), biases(bias.size()), expected_w = weights,
                                                                                               expected_b = biases;
    auto grad_x = nans<T>(in.size()), expected_x = grad_x, grad_r = nans<T>(out.size());
    auto scratch = nans<T>(std::max(plain::backward_scratch_size(in, 1), fused::backward_scratch_size(in, team)));
    plain::backward(x.data(), in, weight.data(), grad_sum.data(), expected_x.data(), expected_w.data(),
                    expected_b.data(), scratch, esp::threads{1});
    fused::backward(x.data(), in, weight.data(), bias.data(), residual.data(), y.data(), grad_y.data(), grad_x.data(),
                    grad_r.data(), weights.data(), biases.data(),
                    std::span(scratch).first(static_cast<std::size_t>(fused::backward_scratch_size(in, team))),
                    esp::threads{team});
    REQUIRE(same_bits(grad_x, expected_x));
    REQUIRE(same_bits(weights, expected_w));
    REQUIRE(same_bits(biases, expected_b));
    REQUIRE(same_bits(grad_r, of_r));
  }

 private:
  std::mt19937 engine;
  dims5 in, out;
  std::vector<T> x, weight, bias, grad_y, sums;
};

template <conv3d Config, auto Prior, class T, auto Chain, class Rule>
void forward_of(unsigned seed) {
  for (const index_t width : {1, 7, 16, 35}) {
    fused_layer<Config, Prior, T, Chain, Rule> layer({1, Config.in_channels, 5, 6, width}, ++seed);
    layer.check_forward(1, true);
    layer.check_forward(3, false);
  }
}
template <conv3d Config, auto Prior, class T, auto Chain, class Rule>
void both_of(unsigned seed) {
  forward_of<Config, Prior, T, Chain, Rule>(seed);
  for (const index_t width : {1, 19, 40}) {
    fused_layer<Config, Prior, T, Chain, Rule> layer({2, Config.in_channels, 3, 5, width}, ++seed);
    layer.check_backward(1);
    layer.check_backward(3);
  }
}

constexpr conv3d padded(index_t in, index_t out, index_t kernel = 3) {
  return {.in_channels = in, .out_channels = out, .kernel_size = kernel, .padding = esp::same};
}

}  // namespace

TEST_CASE("an output tells the gradient of a residual and a ReLU", "[epilogue][backward]") {
  static_assert(!esp::fused_convolution<padded(2, 3), esp::modes::unit_l2, float, block>::recomputes);
  both_of<padded(2, 3), esp::modes::unit_l2, float, block, block_rule<float>>(61000);
}

TEST_CASE("sums are computed again where an output does not tell", "[epilogue][backward]") {
  static_assert(esp::fused_convolution<padded(2, 3), esp::modes::unit_l2, float, steps>::recomputes);
  both_of<padded(2, 3), esp::modes::unit_l2, float, steps, steps_rule<float>>(62000);
}

TEST_CASE("layers along lines and of tied taps have epilogues", "[epilogue]") {
  constexpr conv3d lines = padded(2, 2, 5);
  static_assert(esp::convolution<lines, esp::gaussian<1>>::choice_of(esp::direction::forward).family ==
                esp::kernel_family::separable);
  forward_of<lines, esp::gaussian<1>, float, steps, steps_rule<float>>(63000);
  constexpr conv3d one = padded(1, 1, 5);
  forward_of<one, esp::gaussian<1>, float, block, block_rule<float>>(63100);
  constexpr auto cube = esp::symmetric<esp::cube_group>;
  static_assert(esp::convolution<padded(4, 4), cube>::choice_of(esp::direction::forward).family ==
                esp::kernel_family::tied);
  forward_of<padded(4, 4), cube, float, steps, steps_rule<float>>(63200);
}

TEST_CASE("a ReLU alone is the configuration's, and one that the configuration has comes first", "[epilogue]") {
  constexpr conv3d config = padded(2, 3);
  constexpr conv3d rectified = esp::activated_by(config, esp::activation::relu);
  using alone = esp::fused_convolution<config, esp::identity, float, esp::relu>;
  static_assert(std::is_same_v<alone::whole, esp::convolution<rectified, esp::identity, float>>);
  using twice = esp::fused_convolution<rectified, esp::identity, float, esp::relu>;
  static_assert(std::is_same_v<twice::stages, esp::stage_list<esp::relu_stage, esp::relu_stage>> && twice::recomputes);
}

TEST_CASE("operands are refused before anything is written", "[epilogue]") {
  using fused = esp::fused_convolution<padded(2, 3), esp::modes::unit_l2, float, block>;
  const dims5 in{1, 2, 3, 4, 5};
  std::vector<float> x(120, 1), r(180, 1), y(180, 7), weight(162, 1), bias(3), grad_x(120, 7), grad_r(180, 7),
      grad_w(162), grad_b(3),
      scratch(static_cast<std::size_t>(std::max(fused::scratch_size(in), fused::backward_scratch_size(in))));
  const esp::threads one{1};
  const auto forward = [&](const float* residual, float* to, std::size_t size) {
    fused::forward(x.data(), in, weight.data(), bias.data(), residual, to, std::span(scratch).first(size), one);
  };
  const auto backward = [&](float* residual, float* of_weight, std::size_t size) {
    fused::backward(x.data(), in, weight.data(), bias.data(), nullptr, y.data(), r.data(), grad_x.data(), residual,
                    of_weight, grad_b.data(), std::span(scratch).first(size), one);
  };
  const auto id = [](const auto& body) -> std::string {
    try {
      body();
    } catch (const esp::error& e) {
      return std::string(e.id());
    }
    return "";
  };
  const std::size_t all = scratch.size();
  REQUIRE(id([&] { forward(nullptr, y.data(), all); }) == "ESP-106");
  REQUIRE(id([&] { forward(y.data() + 100, y.data(), all); }) == "ESP-108");
  REQUIRE(id([&] { forward(r.data(), y.data(), 1); }) == "ESP-105");
  REQUIRE(id([&] { backward(grad_x.data(), grad_w.data(), all); }) == "ESP-108");
  REQUIRE(id([&] { backward(grad_r.data(), nullptr, all); }) == "ESP-106");
  REQUIRE(id([&] { backward(grad_r.data(), grad_w.data(), 1); }) == "ESP-105");
  REQUIRE((y == std::vector<float>(180, 7) && grad_x == std::vector<float>(120, 7)));
  REQUIRE(grad_r == std::vector<float>(180, 7));
  REQUIRE(id([&] { backward(nullptr, grad_w.data(), all); }).empty());
}

TEST_CASE("the gradient of a function of the sum is that of finite differences", "[epilogue][backward]") {
  constexpr conv3d config = padded(2, 2, 1);
  using fused = esp::fused_convolution<config, esp::identity, double, square>;
  static_assert(fused::recomputes && !fused::has_residual);
  std::mt19937 engine(64000);
  const dims5 in{1, 2, 3, 4, 5};
  auto x = drawn_reals<double>(in.size(), engine), weight = drawn_reals<double>(fused::whole::weight_size, engine);
  const auto bias = drawn_reals<double>(2, engine), grad_y = drawn_reals<double>(in.size(), engine);
  std::vector<double> y(x.size()), grad_x(x.size()), grad_w(weight.size()), grad_b(2);
  std::vector<double> scratch(
      static_cast<std::size_t>(std::max(fused::scratch_size(in), fused::backward_scratch_size(in))));
  const auto loss = [&] {
    fused::forward(x.data(), in, weight.data(), bias.data(), nullptr, y.data(), scratch);
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * grad_y[i];
    return sum;
  };
  loss();
  fused::backward(x.data(), in, weight.data(), bias.data(), nullptr, y.data(), grad_y.data(), grad_x.data(), nullptr,
                  grad_w.data(), grad_b.data(), scratch);
  const auto difference = [&](double& at) {
    const double before = at, step = 1e-5;
    at = before + step;
    const double above = loss();
    at = before - step;
    const double below = loss();
    at = before;
    return (above - below) / (2 * step);
  };
  for (std::size_t i = 0; i < x.size(); i += 11) REQUIRE(std::abs(difference(x[i]) - grad_x[i]) < 1e-6);
  for (std::size_t i = 0; i < weight.size(); ++i) REQUIRE(std::abs(difference(weight[i]) - grad_w[i]) < 1e-6);
}
