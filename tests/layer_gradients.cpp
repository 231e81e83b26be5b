// SPDX-License-Identifier: BSD-3-Clause
// The gradients of a layer, through its prior and its convolution, against central differences.
#include <cmath>
#include <espalier/espalier.hpp>
#include <random>

#include "support/catch.hpp"

namespace {

namespace m = esp::modes;

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
inline constexpr whiten_t whiten{};
constexpr auto box = esp::clamp<-1, 1>;
constexpr auto squeeze = [](auto w) { return w / (1 + esp::abs(w)); };

constexpr esp::conv3d config{.in_channels = 4,
                             .out_channels = 2,
                             .kernel_size = 3,
                             .stride = {1, 2, 1},
                             .padding = {{1, 0}, 1, {0, 2}},
                             .groups = 2};

void fill(auto& values, std::mt19937& engine) {
  std::normal_distribution<double> normal;
  for (auto& v : values) v = normal(engine);
}

/// Largest violation of |derived - difference| <= 1e-5 + 1e-3 |difference|, for steps of 1e-6; at most 0 if all hold.
template <auto Prior>
double violation() {
  std::mt19937 engine(5);
  esp::constrained_conv3d<config, Prior, double> conv;
  fill(conv.weight(), engine);
  xt::xtensor<double, 5> x(std::array<std::size_t, 5>{2, 4, 3, 5, 4});
  fill(x, engine);
  auto grad_y = conv(x);
  fill(grad_y, engine);

  const auto loss = [&] {
    const auto y = conv(x);
    double total = 0;
    for (std::size_t i = 0; i < y.size(); ++i) total += y.data()[i] * grad_y.data()[i];
    return total;
  };
  const auto grad_x = conv.backward(x, grad_y);

  double worst = -1;
  const auto compare = [&](double& value, double derived) {
    const double kept = value;
    value = kept + 1e-6;
    const double above = loss();
    value = kept - 1e-6;
    const double below = loss();
    value = kept;
    const double difference = (above - below) / 2e-6;
    worst = std::max(worst, std::fabs(derived - difference) - 1e-5 - 1e-3 * std::fabs(difference));
  };
  for (std::size_t i = 0; i < conv.weight().size(); i += 3)
    compare(conv.weight().data()[i], conv.weight_gradient().data()[i]);
  for (std::size_t i = 0; i < conv.bias().size(); ++i) compare(conv.bias().data()[i], conv.bias_gradient().data()[i]);
  for (std::size_t i = 0; i < x.size(); i += 7) compare(x.data()[i], grad_x.data()[i]);
  return worst;
}

}  // namespace

TEST_CASE("gradients through prior and convolution equal central differences for every mode", "[layer]") {
  REQUIRE(violation<m::none>() <= 0);
  REQUIRE(violation<m::nonneg>() <= 0);
  REQUIRE(violation<m::sum_to_one>() <= 0);
  REQUIRE(violation<m::zero_mean>() <= 0);
  REQUIRE(violation<m::nonneg_sum1>() <= 0);
  REQUIRE(violation<m::unit_l2>() <= 0);
  REQUIRE(violation<m::max_l2<0.8>>() <= 0);
  REQUIRE(violation<m::fixed_center<-1, 1>>() <= 0);
}

TEST_CASE("and for compositions of one's own", "[layer]") {
  REQUIRE(violation<(box >> whiten)>() <= 0);
  REQUIRE(violation<(squeeze >> m::zero_mean)>() <= 0);
  REQUIRE(violation<(m::unit_l2 >> m::nonneg_sum1 >> m::max_l2<0.5>)>() <= 0);
  REQUIRE(violation<(esp::on<esp::neighbors>(whiten) >> esp::on<esp::center_tap>(squeeze))>() <= 0);
  REQUIRE(violation<(esp::per_filter(m::zero_mean) >> esp::whole_weight(m::unit_l2))>() <= 0);
}

TEST_CASE("a const layer shows its gradients, and zeros where none was used", "[layer]") {
  esp::constrained_conv3d<config> conv(esp::seed{1});
  const auto& seen = conv;
  const auto none = seen.weight_gradient();
  REQUIRE((none.shape() == conv.weight().shape()));
  REQUIRE(std::all_of(none.begin(), none.end(), [](float g) { return g == 0; }));
  REQUIRE(seen.bias_gradient().size() == 2);
  REQUIRE_FALSE(seen.has_gradients());
  const xt::xtensor<float, 5> x(std::array<std::size_t, 5>{1, 4, 3, 5, 4}, 1.0F);
  conv.backward_weights(x, conv(x));
  const auto weight_gradient = conv.weight_gradient();
  REQUIRE((seen.weight_gradient() == weight_gradient));
  REQUIRE((seen.bias_gradient() == conv.bias_gradient()));
}
