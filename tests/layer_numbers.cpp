// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/layer_numbers.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/adamw.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>
#include <utility>

#include "support/layer.hpp"

// The numbers of a prior, of every scope, on a layer.

namespace {

using esp::learned, esp::param, esp::per;
using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 4, .out_channels = 6, .kernel_size = {1, 2, 3}, .padding = 1, .groups = 2};

/// Four learned numbers, one of every scope, in kinds of formulas that the gradient sees differently.
constexpr auto mixed = [](auto w) {
  const auto norm = esp::sqrt(esp::sum_of_squares(w) + esp::eps);
  return learned<"gain", per::filter>.starts_at(1.5) * w / norm * esp::exp(learned<"block", per::block>) +
         esp::tanh(learned<"input", per::input>) * w * w + learned<"shift">.starts_at(0.25);
};
using layer = esp::constrained_conv3d<small, mixed, double>;

layer drawn_layer() {
  layer conv(esp::seed{5});
  esp::tensor<double, 2> block({6, 2});
  for (std::size_t i = 0; i < block.size(); ++i) block.data()[i] = 0.1 * static_cast<double>(i) - 0.5;
  conv.set<"block">(block);
  conv.set<"input">(esp::tensor<double, 1>{0.5, -0.75});
  return conv;
}

/// The derivative of sum(conv(x) g) with respect to each number of a name, by differences and as the layer has it.
template <esp::fixed_string Name, class Layer>
double worst_difference(Layer conv, const esp::tensor<double, 5>& x, const esp::tensor<double, 5>& g) {
  const auto loss = [&] {
    const auto y = conv(x);
    double total = 0;
    for (std::size_t i = 0; i < y.size(); ++i) total += y.data()[i] * g.data()[i];
    return total;
  };
  conv.backward_weights(x, g);
  double worst = 0;
  std::size_t checked = 0;
  conv.each_learned([&](std::string_view name, auto numbers, auto gradients) {
    for (std::size_t i = 0; name == Name.view() && i < numbers.size(); ++i, ++checked) {
      const double kept = std::exchange(numbers[i], numbers[i] + 1e-6), above = loss();
      numbers[i] = kept - 1e-6;
      worst = std::max(worst, std::fabs((above - loss()) / 2e-6 - gradients[i]) / (1 + std::fabs(gradients[i])));
      numbers[i] = kept;
    }
  });
  REQUIRE(checked > 0);
  return worst;
}

}  // namespace

TEST_CASE("the numbers of a name are tensors of its scope", "[numbers]") {
  layer conv = drawn_layer();
  STATIC_REQUIRE(layer::convolution_type::learned_count == 6 + 12 + 2 + 1);
  REQUIRE(conv.get<"gain">().shape() == std::array<std::size_t, 1>{6});
  REQUIRE(conv.get<"gain">()(3) == 1.5);
  REQUIRE(conv.get<"block">()(5, 1) == 0.1 * 11 - 0.5);
  REQUIRE(conv.get<"input">()(1) == -0.75);
  REQUIRE(conv.get<"shift">() == 0.25);
  conv.set<"gain">(2);
  REQUIRE(same(conv.get<"gain">(), esp::tensor<double, 1>{2, 2, 2, 2, 2, 2}));
  conv.set<"gain">(esp::tensor<float, 1>{1, 2, 3, 4, 5, 6} + 1.0F);
  REQUIRE(same(conv.get<"gain">(), esp::tensor<double, 1>{2, 3, 4, 5, 6, 7}));

  const auto before = conv.get<"gain">();
  REQUIRE(throws([&] { conv.set<"gain">(esp::tensor<double, 1>{1, 2}); }, "ESP-226", "\"gain\"", "(6)", "(2)"));
  REQUIRE(throws([&] { conv.set<"block">(esp::tensor<double, 2>({2, 6})); }, "ESP-226", "(6, 2)", "(2, 6)"));
  REQUIRE(throws([&] { conv.set<"gain">(esp::tensor<double, 1>{1, 2, 3, 4, 5, NAN}); }, "ESP-115", "\"gain\""));
  REQUIRE(same(conv.get<"gain">(), before));
}

TEST_CASE("each block reads its own numbers", "[numbers]") {
  const layer conv = drawn_layer();
  const auto constrained = conv.constrained_weight();
  for (std::size_t o = 0; o < 6; ++o) {
    for (std::size_t i = 0; i < 2; ++i) {
      double squares = 0;
      const double* const w = conv.weight().data() + (o * 2 + i) * 6;
      for (std::size_t t = 0; t < 6; ++t) squares += w[t] * w[t];
      for (std::size_t t = 0; t < 6; ++t) {
        const double expected = 1.5 * w[t] / std::sqrt(squares) * std::exp(conv.get<"block">()(o, i)) +
                                std::tanh(conv.get<"input">()(i)) * w[t] * w[t] + 0.25;
        REQUIRE(std::fabs(constrained.data()[(o * 2 + i) * 6 + t] - expected) <= 1e-11);
      }
    }
  }
}

TEST_CASE("learned numbers have the gradient of differences", "[numbers]") {
  const layer conv = drawn_layer();
  const auto x = drawn<double>({2, 4, 3, 4, 3}, 3);
  const auto g = drawn<double>({2, 6, 5, 5, 3}, 4);
  REQUIRE(worst_difference<"gain">(conv, x, g) <= 1e-7);
  REQUIRE(worst_difference<"block">(conv, x, g) <= 1e-7);
  REQUIRE(worst_difference<"input">(conv, x, g) <= 1e-7);
  REQUIRE(worst_difference<"shift">(conv, x, g) <= 1e-7);

  // They add up, like the weight's, until they are set to zero.
  layer twice = conv;
  REQUIRE(twice.learned_gradient<"shift">() == 0);
  twice.backward_weights(x, g);
  const auto once = twice.learned_gradient<"block">();
  twice.backward_weights(x, g);
  for (std::size_t i = 0; i < once.size(); ++i) {
    REQUIRE(twice.learned_gradient<"block">().data()[i] == 2 * once.data()[i]);
  }
  twice.zero_gradients();
  REQUIRE(twice.learned_gradient<"block">()(0, 0) == 0);
  REQUIRE(twice.weight_gradient()(0, 0, 0, 0, 0) == 0);
  // The weight's gradient is what it is without them.
  auto trained = conv;
  auto input = x;
  esp::constrained_conv3d<
      esp::conv3d{
          .in_channels = 4, .out_channels = 6, .kernel_size = {1, 2, 3}, .padding = 1, .groups = 2, .bias = true},
      mixed, double>
      checked(esp::seed{5});
  checked.set<"block">(conv.get<"block">());
  checked.set<"input">(conv.get<"input">());
  support::check_against_differences(checked, input, g);
}

TEST_CASE("a number that starts nowhere has no value", "[numbers]") {
  layer conv(esp::seed{5});
  const auto x = drawn<double>({1, 4, 1, 2, 3});
  REQUIRE(throws([&] { static_cast<void>(conv(x)); }, "ESP-110", "\"block\"", "learned number", "set<\"block\">"));
  conv.set<"block", "input">(0, 0);
  REQUIRE(conv(x).size() > 0);
  conv.named_parameters().numbers(0)[2] = NAN;
  REQUIRE(throws([&] { static_cast<void>(conv(x)); }, "ESP-110", "\"gain\"", "became NaN"));
}

TEST_CASE("what starts at the weight can start again", "[numbers]") {
  constexpr auto prior = [](auto w) { return learned<"top", per::block>.starts_at(esp::max(w)) * w; };
  esp::constrained_conv3d<small, prior> conv(esp::seed{1});
  const auto fresh = conv.get<"top">();
  conv.weight() = conv.weight() * 2.0F;
  REQUIRE(same(conv.get<"top">(), fresh));
  conv.start_learned();
  REQUIRE(conv.get<"top">()(3, 1) == 2 * fresh(3, 1));
  conv.start_from<esp::modes::nonneg_sum1>();
  REQUIRE(conv.get<"top">()(3, 1) <= 1);
}

TEST_CASE("learned numbers of input channels start at input channels and learn across filters", "[numbers]") {
  constexpr auto prior = esp::per_input([](auto w) {
    const auto norm = esp::sqrt(esp::sum_of_squares(w) + esp::eps);
    return learned<"share", per::input>.starts_at(norm) * w / norm + learned<"shift">.starts_at(0);
  });
  constexpr esp::conv3d one_group{.in_channels = 2, .out_channels = 6, .kernel_size = {1, 2, 3}, .padding = 1};
  esp::constrained_conv3d<one_group, prior, double> conv(esp::seed{6});
  const auto share = conv.get<"share">();
  const auto constrained = conv.constrained_weight();
  for (std::size_t i = 0; i < 2; ++i) {
    double squares = 0;
    for (std::size_t o = 0; o < 6; ++o) {
      for (std::size_t t = 0; t < 6; ++t) {
        const double w = conv.weight().data()[(o * 2 + i) * 6 + t];
        squares += w * w;
        REQUIRE(std::fabs(constrained.data()[(o * 2 + i) * 6 + t] - w) <= 1e-13);
      }
    }
    REQUIRE(std::fabs(share(i) - std::sqrt(squares)) <= 1e-12);
  }
  const auto x = drawn<double>({2, 2, 3, 4, 3}, 3), g = drawn<double>({2, 6, 5, 5, 3}, 4);
  REQUIRE(worst_difference<"share">(conv, x, g) <= 1e-7);
  REQUIRE(worst_difference<"shift">(conv, x, g) <= 1e-7);
}

TEST_CASE("a layer that was moved from has no numbers, and takes new ones", "[numbers]") {
  layer conv = drawn_layer();
  const auto gain = conv.get<"gain">();
  layer moved = std::move(conv);
  REQUIRE(same(moved.get<"gain">(), gain));
  REQUIRE(throws([&] { static_cast<void>(conv.get<"gain">()); }, "ESP-109"));  // NOLINT(bugprone-use-after-move)
  conv.set<"gain">(2);
  conv = moved;
  REQUIRE(same(conv.get<"gain">(), gain));
}

TEST_CASE("parameters of every scope obey the rules of the policies that use them", "[numbers]") {
  esp::constrained_conv3d<small, esp::cap<esp::l2, param<"c", per::filter>>> conv(esp::seed{2});
  const auto x = drawn({1, 4, 2, 3, 3});
  REQUIRE(throws([&] { static_cast<void>(conv(x)); }, "ESP-110", "\"c\""));
  conv.set<"c">(esp::tensor<float, 1>{1, 2, 0.25F, 100, 1, 1});
  const auto constrained = conv.constrained_weight();
  esp::constrained_conv3d<small, esp::cap<esp::l2, 0.25F>> quarter(esp::seed{2});
  for (std::size_t i = 24; i < 36; ++i) {
    REQUIRE(std::fabs(constrained.data()[i] - quarter.constrained_weight().data()[i]) <= 1e-7F);
  }
  REQUIRE(throws([&] { conv.set<"c">(esp::tensor<float, 1>{1, 2, 3, 4, -5, 6}); }, "ESP-027", "-5",
                 "param<\"c\">[4] = -5"));
  REQUIRE(conv.get<"c">()(4) == 1);
  // The same rule for two scopes together: each block asks for its own pair.
  esp::constrained_conv3d<small, esp::clamp<param<"lo", per::filter>, param<"hi", per::input>>> both(esp::seed{2});
  both.set<"lo">(esp::tensor<float, 1>{-1, -1, 0, -1, -1, -1});
  REQUIRE(throws([&] { both.set<"hi">(esp::tensor<float, 1>{1, -0.5F}); }, "ESP-026"));
  both.set<"hi">(esp::tensor<float, 1>{1, 0.5F});
  const auto clamped = both.constrained_weight();
  for (std::size_t i = 0; i < clamped.size(); ++i) {
    const float lo = i / 12 == 2 ? 0 : -1, hi = i / 6 % 2 == 0 ? 1 : 0.5F;
    REQUIRE(clamped.data()[i] == std::min(std::max(both.weight().data()[i], lo), hi));
  }
}

TEMPLATE_TEST_CASE("every optimiser finds the gain of a teacher", "[numbers]", esp::sgd, esp::adam, esp::adamw) {
  constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false};
  constexpr auto scaled = [](auto w) { return learned<"gain", per::filter>.starts_at(1) * w; };
  esp::constrained_conv3d<config, scaled, double> teacher(esp::seed{3}), pupil(esp::seed{3});
  teacher.template set<"gain">(esp::tensor<double, 1>{0.5, 2, -1});
  const auto x = drawn<double>({2, 2, 4, 5, 6}, 9);
  const auto wanted = teacher(x);
  TestType rule{.learning_rate = 0.02};
  if constexpr (requires { rule.weight_decay; }) rule.weight_decay = 0;
  if constexpr (requires { rule.momentum; }) rule.momentum = 0.5;
  esp::optimizer optimiser(rule, pupil);
  for (int step = 0; step < 400; ++step) {
    optimiser.zero_gradients();
    auto difference = esp::tensor<double, 5>(pupil(x) - wanted);
    difference *= 1.0 / 120;
    pupil.backward_weights(x, difference);
    pupil.weight_gradient().fill(0);  // the gain alone is to be found
    optimiser.step();
  }
  REQUIRE(same(pupil.weight(), teacher.weight()));
  const auto found = pupil.template get<"gain">();
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(std::fabs(found(i) - teacher.template get<"gain">()(i)) <= 1e-3);
}

TEST_CASE("learned numbers decay as a bias does", "[numbers]") {
  constexpr auto scaled = [](auto w) { return learned<"gain", per::filter>.starts_at(1) * w; };
  esp::constrained_conv3d<small, scaled> decaying(esp::seed{3}), kept(esp::seed{3});
  decaying.zero_gradients();
  for (auto* conv : {&decaying, &kept}) conv->weight_gradient().fill(0);
  esp::optimizer all(esp::sgd{.learning_rate = 0.5, .weight_decay = 0.5}, decaying);
  esp::optimizer weights(esp::sgd{.learning_rate = 0.5, .weight_decay = 0.5, .decay_bias = false}, kept);
  all.step();
  weights.step();
  REQUIRE(decaying.get<"gain">()(2) == 0.75F);
  REQUIRE(kept.get<"gain">()(2) == 1);
  REQUIRE(same(decaying.weight(), kept.weight()));
}

TEST_CASE("a layer without learned numbers is no larger for them", "[numbers]") {
  using plain = esp::constrained_conv3d<small, esp::modes::unit_l2>;
  using named = esp::constrained_conv3d<small, esp::cap<esp::l2, param<"c">>>;
  STATIC_REQUIRE(sizeof(plain::convolution_type::parameters_type) == sizeof(float));
  STATIC_REQUIRE(sizeof(named::convolution_type::parameters_type) == 2 * sizeof(float));
  STATIC_REQUIRE(plain::convolution_type::learned_count == 0);
  STATIC_REQUIRE(std::is_empty_v<esp::learned_gradients<float, false>>);
}
