// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/loss.hpp>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

namespace {

using support::drawn, support::throws;

/// Largest difference between a loss's gradient and central differences of its value.
template <class Loss>
double error_of_gradient(const Loss& loss, xt::xtensor<double, 5> y) {
  const auto gradient = loss(y).gradient;
  REQUIRE(gradient.shape() == y.shape());
  double worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double kept = y.data()[i], h = 1e-4;
    y.data()[i] = kept + h;
    const double above = loss(y).value;
    y.data()[i] = kept - h;
    const double below = loss(y).value;
    y.data()[i] = kept;
    worst = std::max(worst, std::fabs((above - below) / (2 * h) - gradient.data()[i]));
  }
  return worst;
}

}  // namespace

TEST_CASE("mean squared error: value and gradient", "[loss]") {
  esp::tensor<float, 5> y(support::shape5{1, 1, 1, 2, 2}), target(support::shape5{1, 1, 1, 2, 2});
  std::copy_n(std::array{1.F, 2.F, 3.F, 4.F}.data(), 4, y.data());
  std::copy_n(std::array{1.F, 0.F, 4.F, 0.F}.data(), 4, target.data());
  const auto loss = esp::mean_squared_error(y, target);
  REQUIRE(loss.value == (0 + 4 + 1 + 16) / 4.0);
  REQUIRE(loss.gradient.shape() == y.shape());
  REQUIRE(std::equal(loss.gradient.begin(), loss.gradient.end(), std::array{0.F, 1.F, -0.5F, 2.F}.begin()));

  const auto wanted = drawn<double>({2, 3, 2, 3, 4}, 2);
  const auto found = [&](const auto& x) { return esp::mean_squared_error(x, wanted); };
  REQUIRE(error_of_gradient(found, drawn<double>({2, 3, 2, 3, 4})) < 1e-10);
}

TEST_CASE("mean: value and gradient", "[loss]") {
  const auto y = drawn<double>({2, 3, 2, 3, 4});
  double total = 0;
  for (const double v : y) total += v;
  const auto loss = esp::mean_of(y);
  REQUIRE(loss.value == total / 144);
  REQUIRE(error_of_gradient([](const auto& x) { return esp::mean_of(x); }, y) < 1e-10);
}

TEST_CASE("losses take any expression, in double where y is double", "[loss]") {
  const auto single = drawn({1, 2, 3, 3, 3});
  const auto twice = drawn<double>({1, 2, 3, 3, 3});
  STATIC_REQUIRE(std::is_same_v<decltype(esp::mean_of(single).gradient), esp::tensor<float, 5>>);
  STATIC_REQUIRE(std::is_same_v<decltype(esp::mean_of(twice).gradient), esp::tensor<double, 5>>);
  STATIC_REQUIRE(
      std::is_same_v<decltype(esp::mean_squared_error(twice * 2.0, single).gradient), esp::tensor<double, 5>>);
  const auto moved = esp::mean_squared_error(single + 0.5F, single);
  REQUIRE(std::fabs(moved.value - 0.25) < 1e-7);
  const auto half = xt::view(single, xt::all(), xt::range(0, 1));
  REQUIRE(esp::mean_of(half).gradient.shape() == support::shape5{1, 1, 3, 3, 3});
}

TEST_CASE("losses refuse empty tensors and targets of another shape", "[loss]") {
  const auto y = drawn({1, 2, 3, 3, 3});
  const esp::tensor<float, 5> none(support::shape5{0, 2, 3, 3, 3});
  REQUIRE(throws([&] { static_cast<void>(esp::mean_of(none)); }, "ESP-112", "(0, 2, 3, 3, 3)"));
  REQUIRE(throws([&] { static_cast<void>(esp::mean_squared_error(none, none)); }, "ESP-112", "no elements"));
  REQUIRE(throws([&] { static_cast<void>(esp::mean_squared_error(y, drawn({1, 3, 3, 3, 2}))); }, "ESP-113",
                 "(1, 2, 3, 3, 3)", "(1, 3, 3, 3, 2)"));
}
