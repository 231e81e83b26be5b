// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/espalier.hpp>

#include "support/catch.hpp"

// The whole library through its one include: a prior of one's own, proved, then at work in a layer.

namespace {

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
inline constexpr whiten_t whiten{};

constexpr auto box = esp::clamp<-1, 1>;
constexpr auto prior = box >> whiten;
static_assert(esp::establishes<prior, esp::zero_sum>);

}  // namespace

TEST_CASE("a custom prior is proved, explained, evaluated and run") {
  using layer =
      esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, prior>;
  layer conv{esp::seed{42}};
  esp::tensor<float, 5> x(std::array<std::size_t, 5>{2, 4, 5, 6, 7});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i * i % 11) - 5;

  const auto w = conv.constrained_weight();
  for (std::size_t block = 0; block < 32; ++block) {
    std::array<float, 27> taps{};
    std::copy_n(conv.weight().data() + 27 * block, 27, taps.begin());
    const auto expected = esp::evaluate<prior, 3>(taps);
    double sum = 0, squares = 0;
    for (std::size_t t = 0; t < 27; ++t) {
      const double tap = static_cast<double>(w.data()[27 * block + t]);
      REQUIRE(std::fabs(tap - static_cast<double>(expected[t])) < 1e-5);
      sum += tap;
      squares += tap * tap;
    }
    REQUIRE(std::fabs(sum) < 1e-4);
    REQUIRE(std::fabs(squares / 27 - 1) < 1e-4);
  }

  const auto y = conv(x, esp::threads{2});
  esp::conv_problem problem(layer::config, {2, 4, 5, 6, 7});
  esp::tensor<float, 5> expected(y.shape());
  esp::reference_forward(problem, x.data(), w.data(), conv.bias().data(), expected.data());
  for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::fabs(y.data()[i] - expected.data()[i]) < 1e-3F);
  REQUIRE(esp::explain(prior).name == "clamp<-1, 1> >> whiten");
}
