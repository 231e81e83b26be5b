// SPDX-License-Identifier: BSD-3-Clause
// The norm that is found against the largest singular value of the dense matrix, for which the plain loops give a
// column for each input voxel and Jacobi's rotations the eigenvalues; and against the bound that is proved.
#include <espalier/operator_norm.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/conv/reference.hpp>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/symmetric_eigenvalues.hpp"

namespace {

using esp::conv3d, esp::dims5, esp::operator_norm;

template <class T>
std::vector<T> drawn_weight(const conv3d& config, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<T> weight(static_cast<std::size_t>(esp::weight_shape_of(config).size()));
  for (T& w : weight) w = static_cast<T>(normal(random));
  return weight;
}

/// The largest singular value of the convolution written as a matrix.
double dense_norm(conv3d config, const dims5& input, const std::vector<double>& weight) {
  config.bias = false;
  config.activation = esp::activation::none;
  const esp::conv_problem p(config, input);
  const auto n = static_cast<std::size_t>(p.input.size()), m = static_cast<std::size_t>(p.output.size());
  std::vector<double> columns(n * m), x(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = 1;
    esp::reference_forward<double>(p, x.data(), weight.data(), nullptr, columns.data() + i * m);
    x[i] = 0;
  }
  std::vector<double> squares(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < m; ++k) sum += columns[i * m + k] * columns[j * m + k];
      squares[i * n + j] = squares[j * n + i] = sum;
    }
  }
  return std::sqrt(support::largest_by_rotations(squares, n));
}

template <conv3d Config, class T>
void equals_the_dense_norm(dims5 input) {
  for (unsigned seed = 1; seed <= 2; ++seed) {
    const std::vector<T> weight = drawn_weight<T>(Config, seed);
    const double expected = dense_norm(Config, input, {weight.begin(), weight.end()});
    const double rounding = sizeof(T) == 4 ? 2e-6 : 1e-12;
    for (const double tolerance : {0.2, 0.01, 1e-6}) {
      const double found = operator_norm<Config>(weight.data(), input, tolerance);
      INFO("seed " << seed << ", tolerance " << tolerance << ": " << found << " of " << expected);
      REQUIRE(found <= expected * (1 + rounding));
      REQUIRE(found >= expected * (1 - tolerance - rounding));
    }
  }
}
template <conv3d Config>
void equals_the_dense_norm_of_both(const dims5& input) {
  equals_the_dense_norm<Config, float>(input);
  equals_the_dense_norm<Config, double>(input);
}

constexpr conv3d plain{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .bias = false};
constexpr conv3d with(auto change) {
  conv3d c = plain;
  change(c);
  return c;
}

/// The id of what a call throws.
std::string refused(const auto& call) {
  try {
    call();
  } catch (const esp::error& e) {
    return e.id();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("the norm is that of the dense matrix: no padding, padding, a border that is repeated") {
  equals_the_dense_norm_of_both<plain>({1, 2, 4, 5, 4});
  equals_the_dense_norm<with([](conv3d& c) { c.padding = esp::same; }), float>({1, 2, 3, 4, 5});
  equals_the_dense_norm<with([](conv3d& c) { c.padding = 2; }), float>({1, 2, 3, 2, 4});
  equals_the_dense_norm_of_both<with([](conv3d& c) {
    c.padding = 1;
    c.boundary = esp::boundary::replicate;
  })>({1, 2, 3, 3, 4});
}

TEST_CASE("the norm is that of the dense matrix: strides, dilations, groups, kernels of any extents") {
  equals_the_dense_norm<with([](conv3d& c) {
                          c.stride = {1, 2, 3};
                          c.padding = 1;
                        }),
                        float>({1, 2, 4, 5, 4});
  equals_the_dense_norm<with([](conv3d& c) {
                          c.dilation = {2, 1, 2};
                          c.padding = 2;
                        }),
                        double>({1, 2, 4, 3, 5});
  equals_the_dense_norm<conv3d{.in_channels = 4,
                               .out_channels = 6,
                               .kernel_size = {1, 2, 3},
                               .stride = {2, 1, 2},
                               .dilation = {1, 2, 1},
                               .padding = 1,
                               .groups = 2},
                        float>({1, 4, 3, 4, 4});
  equals_the_dense_norm<conv3d{.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 1, .groups = 3},
                        double>({1, 3, 3, 4, 3});
}

// Bias and activation are no part of the operator; with the prior enforced after steps the stored weight counts.
TEST_CASE("of a layer, the norm of the weight that its forward uses") {
  constexpr conv3d config{
      .in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1, .activation = esp::activation::relu};
  constexpr dims5 input{3, 2, 4, 3, 5};
  const esp::constrained_conv3d<config, esp::modes::unit_l2, double> conv{esp::seed{4}};
  const auto weight = conv.constrained_weight();
  const double expected = dense_norm(config, {1, 2, 4, 3, 5}, {weight.begin(), weight.end()});
  REQUIRE(std::fabs(operator_norm(conv, input, 1e-9) / expected - 1) < 1e-8);
  REQUIRE(operator_norm(conv, input) == operator_norm(conv, input, 0.01, esp::threads{3}));
  constexpr conv3d after = [](conv3d c) {
    c.enforce = esp::enforcement::post_step;
    return c;
  }(config);
  esp::constrained_conv3d<after, esp::modes::unit_l2, double> stored{esp::seed{4}};
  for (double& w : stored.weight()) w *= 3;
  const double of_stored = dense_norm(config, {1, 2, 4, 3, 5}, {stored.weight().begin(), stored.weight().end()});
  REQUIRE(std::fabs(operator_norm(stored, input, 1e-9) / of_stored - 1) < 1e-8);
  REQUIRE(std::fabs(expected / of_stored - 1) > 0.1);
}

TEST_CASE("no norm is above what is proved, and positive kernels come close to it") {
  constexpr conv3d config{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1, .bias = false};
  constexpr auto capped = esp::per_filter(esp::cap<esp::l1, 1>);
  static_assert(esp::establishes<capped, esp::lipschitz<2>, config>);
  esp::constrained_conv3d<config, capped> conv{esp::seed{2}};
  REQUIRE(operator_norm(conv, {1, 2, 12, 12, 12}) <= 2 * (1 + 1e-5));
  for (auto& w : conv.weight()) w = std::fabs(w);
  const double found = operator_norm(conv, {1, 2, 24, 24, 24});
  REQUIRE(found <= 2 * (1 + 1e-5));
  REQUIRE(found > 1.38);  // the filters share their inputs evenly: rows of 1, columns of 4 / 2
  constexpr auto whole = esp::whole_weight(esp::cap<esp::l1, 1>);
  static_assert(esp::establishes<whole, esp::lipschitz<1>, config>);
  esp::constrained_conv3d<config, whole> contraction{esp::seed{2}};
  REQUIRE(operator_norm(contraction, {1, 2, 12, 12, 12}) <= 1 + 1e-5);
  esp::constrained_conv3d<config, esp::cap_lipschitz<1>> scaled{esp::seed{2}};
  static_assert(esp::establishes<esp::cap_lipschitz<1>, esp::lipschitz<1>, config>);
  for (auto& w : scaled.weight()) w = std::fabs(w);
  const double norm = operator_norm(scaled, {1, 2, 24, 24, 24});
  REQUIRE(norm <= 1 + 1e-5);
  REQUIRE(norm > 0.85);
}

TEST_CASE("the norm goes with the weight, at the ends of its range too") {
  const std::vector<float> weight = drawn_weight<float>(plain, 9);
  const double norm = operator_norm<plain>(weight.data(), {1, 2, 5, 5, 5});
  for (const float scale : {0x1p100F, 0x1p-100F}) {
    std::vector<float> scaled = weight;
    for (float& w : scaled) w *= scale;
    REQUIRE(std::fabs(operator_norm<plain>(scaled.data(), {1, 2, 5, 5, 5}) / (norm * scale) - 1) < 1e-6);
  }
  std::vector<float> other(weight.size(), 0.0F);
  REQUIRE(operator_norm<plain>(other.data(), {1, 2, 5, 5, 5}) == 0);
  other[7] = NAN;
  REQUIRE(std::isnan(operator_norm<plain>(other.data(), {1, 2, 5, 5, 5})));
  other[7] = INFINITY;
  REQUIRE(std::isnan(operator_norm<plain>(other.data(), {1, 2, 5, 5, 5})));
}

TEST_CASE("an input without elements, a tolerance that is none and operands that do not fit are refused") {
  const std::vector<float> weight = drawn_weight<float>(plain, 9);
  const auto asked = [&](dims5 input, double tolerance = 0.01) {
    return refused([&] { (void)operator_norm<plain>(weight.data(), input, tolerance); });
  };
  REQUIRE(asked({1, 2, 5, 5, 5}) == "nothing");
  REQUIRE(asked({0, 2, 5, 5, 5}) == "ESP-235");
  REQUIRE(asked({1, 3, 5, 5, 5}) == "ESP-101");
  REQUIRE(asked({1, 2, 0, 5, 5}) == "ESP-102");
  REQUIRE(asked({1, 2, -1, 5, 5}) == "ESP-104");
  for (const double tolerance : {0.0, 1.0, -0.1, double(NAN)}) REQUIRE(asked({1, 2, 5, 5, 5}, tolerance) == "ESP-236");
  constexpr conv3d padded = with([](conv3d& c) { c.padding = 3; });
  REQUIRE(refused([&] { (void)operator_norm<padded>(weight.data(), {1, 2, 0, 5, 5}); }) == "ESP-235");
  REQUIRE(refused([] { (void)operator_norm<plain>(static_cast<const float*>(nullptr), {1, 2, 5, 5, 5}); }) ==
          "ESP-106");
}
