// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>
#include <espalier/policies/weight_norm.hpp>

#include "support/layer.hpp"

// Against torch.nn.utils.weight_norm(conv, dim=0), as tests/golden/weight_norm.py recorded it.

namespace {

using support::same, support::shape5, support::throws;

constexpr esp::conv3d two_to_three{
    .in_channels = 2, .out_channels = 3, .kernel_size = {1, 2, 2}, .bias = false, .eps = 0};
using layer = esp::constrained_conv3d<two_to_three, esp::weight_norm, double>;

constexpr double y[] = {0.3052520592981308, 0.15343931222268387, 0.23151443929005655, -0.284648900766463,
                        0.7312157839714823, 0.5154991969430189,  0.5916344629530648,  -0.9945169122562241,
                        0.7109158236040134, -0.207655824764059,  -0.3249202905131746, -0.3835525233877325};
constexpr double grad_weight[] = {
    0.09388460258283582,   0.14506770815914544,  0.22949045430200868,  -0.2832023578304846,   0.02351762510142596,
    0.07470073067773558,   0.15912347682059882,  -0.35394537445490404, -0.1945546078193128,   -0.10120051138160337,
    -0.017760841759093288, -0.1020556993448242,  -0.12330202048612719, -0.029947924048417757, -0.12375968988540441,
    -0.030803112011638593, -0.17717979195513703, -1.0295643539129944,  -1.2755487426745322,   0.9600309600943223,
    0.034889873869156526,  -0.6361782032329254,  -1.0634790768502387,  1.3534171107743913};
constexpr double grad_gain[] = {-0.0012199238604276984, 0.1679734306346637, 0.11589027279111819};
constexpr double weight_after[] = {
    -1.0190323590092027, 0.10488112740403926,  -0.7703622773435366, 0.6086505491663221,   -0.3671608646578047,
    0.7567526217554374,  -0.1184907829921385,  -0.7234270023681071, 0.35226364445553326,  -0.5288588335006471,
    0.582786736870873,   -0.21780340538577025, 0.9412987199515487,  0.060176241995368134, -0.7360996679916572,
    0.37123167011024505, -0.36431455401768403, 1.0586943622402296,  0.39689801158472743,  0.4800654120512557,
    0.11294939477392213, -0.36440674722042415, 0.8741619603763336,  -0.9430356974093981};
constexpr double gain_after[] = {0.5203784433682646, -1.3227965239111925, 2.0555923490835752};

/// The recorded inputs, which are exact.
esp::tensor<double, 5> numbers(const shape5& shape, int factor) {
  esp::tensor<double, 5> result(shape);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result.data()[i] = (static_cast<double>(static_cast<int>(i) * factor % 64) - 31.5) / 32;
  }
  return result;
}

template <class Found, std::size_t N>
double difference(const Found& found, const double (&recorded)[N]) {
  REQUIRE(found.size() == N);
  double worst = 0;
  for (std::size_t i = 0; i < N; ++i) worst = std::max(worst, std::fabs(found.data()[i] - recorded[i]));
  return worst;
}

layer recorded_layer() {
  layer conv;
  conv.weight() = numbers({3, 2, 1, 2, 2}, 37);
  conv.set<"gain">(esp::tensor<double, 1>{0.5, -1.25, 2.0});
  return conv;
}

const auto x = numbers({1, 2, 1, 3, 3}, 29);
const auto grad_y = numbers({1, 3, 1, 2, 2}, 23);

}  // namespace

TEST_CASE("output, gradients and training are PyTorch's", "[weight_norm]") {
  layer conv = recorded_layer();
  REQUIRE(difference(conv(x), y) <= 1e-14);
  conv.backward_weights(x, grad_y);
  REQUIRE(difference(conv.weight_gradient(), grad_weight) <= 1e-14);
  REQUIRE(difference(conv.learned_gradient<"gain">(), grad_gain) <= 1e-14);

  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01}, conv);
  for (int step = 0; step < 4; ++step) {
    optimiser.zero_gradients();
    conv.backward_weights(x, grad_y);
    optimiser.step();
  }
  REQUIRE(difference(conv.weight(), weight_after) <= 1e-13);
  REQUIRE(difference(conv.get<"gain">(), gain_after) <= 1e-13);
}

TEST_CASE("a fresh layer is the plain one, and its gains are the norms of its filters", "[weight_norm]") {
  constexpr esp::conv3d config{.in_channels = 6, .out_channels = 9, .kernel_size = 3, .padding = 1, .groups = 3};
  const esp::constrained_conv3d<config, esp::weight_norm> conv(esp::seed{4});
  const esp::constrained_conv3d<config> plain(esp::seed{4});
  const auto gain = conv.get<"gain">();
  REQUIRE(gain.shape() == std::array<std::size_t, 1>{9});
  const auto constrained = conv.constrained_weight();
  for (std::size_t o = 0; o < 9; ++o) {
    double total = 0;
    for (std::size_t i = 0; i < 54; ++i) {
      const double w = static_cast<double>(plain.weight().data()[o * 54 + i]);
      total += w * w;
      REQUIRE(std::fabs(static_cast<double>(constrained.data()[o * 54 + i]) - w) <= 2e-7);
    }
    REQUIRE(std::fabs(static_cast<double>(gain(o)) - std::sqrt(total)) <= 1e-6);
  }
}

TEST_CASE("a filter of zeros stays one", "[weight_norm]") {
  esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 1}, esp::weight_norm> conv;
  conv.weight().fill(0);
  conv.set<"gain">(3);
  REQUIRE(same(conv.constrained_weight(), conv.weight()));
}

TEST_CASE("nothing is proved of a learned norm, and the formula says where it is learned", "[weight_norm]") {
  STATIC_REQUIRE(!esp::establishes<esp::weight_norm, esp::per_filter(esp::l2_is<1>)>);
  constexpr auto e = esp::explain(esp::weight_norm);
  STATIC_REQUIRE(e.name.view() == "weight_norm");
  STATIC_REQUIRE(e.formula.view() == "w * gain / sqrt(sum(w^2; filter) + eps)");
  STATIC_REQUIRE(e.passes == 2);
}
