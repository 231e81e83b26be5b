// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <espalier/weights/initialize.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 64, .in = 16, .kernel = 3};
constexpr double fan_in = 16 * 27;

template <class T>
struct drawn_layer {
  std::vector<T> weight = std::vector<T>(static_cast<std::size_t>(shape.size()));
  std::vector<T> bias = std::vector<T>(static_cast<std::size_t>(shape.out));

  explicit drawn_layer(esp::seed s) { esp::initialize(weight.data(), shape, bias.data(), s); }
};

/// Mean and variance of a uniform distribution in +-bound, within six standard deviations of their estimates.
template <class T>
void require_uniform(const std::vector<T>& values, double bound) {
  const double n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const T v : values) {
    mean += static_cast<double>(v) / n;
    squares += static_cast<double>(v) * static_cast<double>(v) / n;
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  // The value 1 - 2^-53 times the bound may round to the bound.
  REQUIRE(-static_cast<double>(*low) <= bound * (1 + 1e-7));
  REQUIRE(static_cast<double>(*high) <= bound * (1 + 1e-7));
  // P(largest of n < (1 - 20 / n) bound) = (1 - 10 / n)^n < 5e-5
  REQUIRE(static_cast<double>(*high) > bound * (1 - 20 / n));
  REQUIRE(-static_cast<double>(*low) > bound * (1 - 20 / n));
  REQUIRE(std::fabs(mean) < 6 * bound / std::sqrt(3 * n));
  REQUIRE(std::fabs(squares / (bound * bound / 3) - 1) < 6 * std::sqrt(0.8 / n));
}

}  // namespace

TEMPLATE_TEST_CASE("initial values are uniform within their bounds", "[initialize]", float, double) {
  for (const unsigned s : {0U, 1U, 42U}) {
    const drawn_layer<TestType> layer(esp::seed{s});
    require_uniform(layer.weight, std::sqrt(6 / fan_in));
    require_uniform(layer.bias, 1 / std::sqrt(fan_in));
  }
}

TEST_CASE("the stream belongs to the seed alone", "[initialize]") {
  const drawn_layer<double> a(esp::seed{42}), b(esp::seed{42}), c(esp::seed{43}), none(esp::seed{}), zero(esp::seed{0});
  REQUIRE(a.weight == b.weight);
  REQUIRE(a.bias == b.bias);
  REQUIRE(none.weight == zero.weight);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.weight.size(); ++i) equal += a.weight[i] == c.weight[i] ? 1 : 0;
  REQUIRE(equal == 0);

  // The weight does not depend on whether there is a bias, nor float on double but for rounding.
  std::vector<double> without(a.weight.size());
  esp::initialize<double>(without.data(), shape, nullptr, esp::seed{42});
  REQUIRE(without == a.weight);
  // Nor the bias on whether there is a weight.
  std::vector<double> bias(a.bias.size());
  esp::initialize<double>(nullptr, shape, bias.data(), esp::seed{42});
  REQUIRE(bias == a.bias);
  const drawn_layer<float> narrow(esp::seed{42});
  for (std::size_t i = 0; i < a.weight.size(); ++i) REQUIRE(narrow.weight[i] == static_cast<float>(a.weight[i]));
}

TEST_CASE("the values of a seed are the same on every machine and in every version", "[initialize]") {
  const drawn_layer<double> layer(esp::seed{42});
  REQUIRE(layer.weight[0] == 0x1.ecac43b6fb77cp-5);
  REQUIRE(layer.weight[1] == 0x1.0c73b3319718bp-5);
  REQUIRE(layer.weight[2] == 0x1.e6dc3f328ac48p-5);
  REQUIRE(layer.bias[0] == -0x1.d770da4167140p-7);
}

TEST_CASE("one value a call of the engine, scaled to the bound", "[initialize]") {
  esp::random_bits engine(7), copy(7);
  double values[3];
  esp::fill_uniform(values, 3, 2.0, engine);
  for (const double v : values) REQUIRE(v == (2 * (static_cast<double>(copy() >> 11) * 0x1p-53) - 1) * 2.0);
  REQUIRE(engine() == copy());
}
