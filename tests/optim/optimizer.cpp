// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/layer.hpp>
#include <espalier/loss.hpp>
#include <espalier/modes.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/adamw.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "support/layer.hpp"

// Which layers a step changes, how, and when. The rules themselves: sgd.cpp, adam.cpp, adamw.cpp.

namespace {

using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d small_post_step{
    .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};
constexpr esp::conv3d without_bias{.in_channels = 2, .out_channels = 3, .kernel_size = 1, .bias = false};

using plain = esp::constrained_conv3d<small>;
using bounded = esp::constrained_conv3d<small_post_step, esp::modes::max_l2<0.25>>;
using named = esp::constrained_conv3d<small_post_step, esp::modes::max_l2<esp::param<"c">>>;

const auto x = drawn({1, 2, 3, 4, 5});
const auto grad_y = drawn({1, 3, 3, 4, 5}, 2);

}  // namespace

TEST_CASE("a step moves weight and bias of every layer by the rule, and leaves the gradients", "[optim]") {
  plain a(esp::seed{1});
  esp::constrained_conv3d<without_bias, esp::modes::zero_mean, double> b(esp::seed{2});
  a.backward_weights(x, grad_y);
  b.backward_weights(x, grad_y);
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.5}, a, b);
  const plain a0 = a;
  const auto b0 = b.weight();
  optimiser.step();
  for (std::size_t i = 0; i < a.weight().size(); ++i) {
    REQUIRE(a.weight().data()[i] == a0.weight().data()[i] - 0.5F * a.weight_gradient().data()[i]);
  }
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(a.bias()(i) == a0.bias()(i) - 0.5F * a.bias_gradient()(i));
  for (std::size_t i = 0; i < b0.size(); ++i) {
    REQUIRE(b.weight().data()[i] == b0.data()[i] - 0.5 * b.weight_gradient().data()[i]);
  }
  REQUIRE(same(plain(a0).weight_gradient(), a.weight_gradient()));
  optimiser.zero_gradients();
  REQUIRE(std::all_of(a.weight_gradient().begin(), a.weight_gradient().end(), [](float g) { return g == 0; }));
  REQUIRE(std::all_of(b.weight_gradient().begin(), b.weight_gradient().end(), [](double g) { return g == 0; }));
}

TEST_CASE("a layer whose gradient was never used is left alone", "[optim]") {
  plain used(esp::seed{1}), unused(esp::seed{2});
  const plain before = unused;
  used.backward_weights(x, grad_y);
  esp::optimizer optimiser(esp::adamw{.learning_rate = 0.1, .weight_decay = 0.5}, used, unused);
  optimiser.step();
  optimiser.zero_gradients();
  REQUIRE(same(unused.weight(), before.weight()));
  REQUIRE(same(unused.bias(), before.bias()));
  REQUIRE_FALSE(unused.has_gradients());
}

TEST_CASE("layers that enforce after a step are projected by it, unless told not to", "[optim]") {
  bounded projected(esp::seed{1}), left(esp::seed{1});
  const void* const storage = projected.weight().data();
  esp::optimizer one(esp::sgd{.learning_rate = 10}, projected);
  esp::optimizer other(esp::sgd{.learning_rate = 10}, left);
  projected.backward_weights(x, grad_y);
  left.backward_weights(x, grad_y);
  one.step();
  other.step(esp::leave_unprojected);
  REQUIRE_FALSE(same(projected.weight(), left.weight()));
  REQUIRE(same(projected.weight(), left.constrained_weight()));
  REQUIRE(static_cast<const void*>(projected.weight().data()) == storage);
  left.project();
  REQUIRE(same(projected.weight(), left.weight()));
}

TEST_CASE("several steps keep state for each parameter of each layer", "[optim]") {
  plain together(esp::seed{1}), second(esp::seed{2}), alone(esp::seed{1});
  esp::optimizer both(esp::adam{.learning_rate = 0.1}, together, second);
  esp::optimizer single(esp::adam{.learning_rate = 0.1}, alone);
  for (unsigned t = 0; t < 4; ++t) {
    const auto g = drawn({1, 3, 3, 4, 5}, 10 + t);
    together.backward_weights(x, g);
    alone.backward_weights(x, g);
    // The second layer joins later and has its own count of steps.
    if (t > 1) second.backward_weights(x, g);
    both.step();
    single.step();
    both.zero_gradients();
    single.zero_gradients();
  }
  REQUIRE(same(together.weight(), alone.weight()));
  REQUIRE(same(together.bias(), alone.bias()));
  std::vector<esp::index_t> steps;
  std::as_const(both).each_layer([&](const auto&, const auto& state) { steps.push_back(state.steps); });
  REQUIRE(steps == std::vector<esp::index_t>{4, 2});
}

TEST_CASE("a rule can be given new options and keeps its state", "[optim]") {
  plain conv(esp::seed{1});
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.1}, conv);
  conv.backward_weights(x, grad_y);
  optimiser.step();
  const auto before = conv.weight();
  REQUIRE(throws([&] { optimiser.set_rule({.learning_rate = -1}); }, "ESP-140", "-1"));
  REQUIRE(optimiser.rule().learning_rate == 0.1);
  // Momentum begins now: its first value is the gradient.
  optimiser.set_rule({.learning_rate = 0.1, .momentum = 0.5, .dampening = 1});
  optimiser.step();
  for (std::size_t i = 0; i < before.size(); ++i) {
    REQUIRE(conv.weight().data()[i] == before.data()[i] - 0.1F * conv.weight_gradient().data()[i]);
  }
  optimiser.set_rule({.learning_rate = 0});
  const auto stopped = conv.weight();
  optimiser.step();
  REQUIRE(same(conv.weight(), stopped));
}

TEST_CASE("options out of range and a layer given twice are refused at construction", "[optim]") {
  plain a, b;
  REQUIRE(throws([&] { esp::optimizer(esp::sgd{.learning_rate = -1}, a); }, "ESP-140", "-1"));
  REQUIRE(throws([&] { esp::optimizer(esp::adam{.beta1 = 1}, a, b); }, "ESP-143", "beta1"));
  REQUIRE(throws([&] { esp::optimizer(esp::sgd{}, a, b, a); }, "ESP-144", "layers 0 and 2"));
}

TEST_CASE("a step that fails changes no layer", "[optim]") {
  plain first(esp::seed{1});
  named last(esp::seed{2});
  first.backward_weights(x, grad_y);
  last.backward_weights(x, grad_y);
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.5, .momentum = 0.9}, first, last);
  const plain first0 = first;
  const named last0 = last;
  REQUIRE(throws([&] { optimiser.step(); }, "ESP-110", "\"c\""));
  REQUIRE(same(first.weight(), first0.weight()));
  REQUIRE(same(first.bias(), first0.bias()));
  REQUIRE(same(last.weight(), last0.weight()));

  last.set<"c">(0.5F);
  last.weight_gradient() = drawn({1, 1, 1, 1, 1});
  REQUIRE(throws([&] { optimiser.step(); }, "ESP-109", "another shape"));
  REQUIRE(same(first.weight(), first0.weight()));
  last.weight_gradient() = drawn({3, 2, 3, 3, 3});
  optimiser.step();

  // The failed steps left no trace in the momentum.
  plain again = first0;
  esp::optimizer fresh(esp::sgd{.learning_rate = 0.5, .momentum = 0.9}, again);
  fresh.step();
  REQUIRE(same(first.weight(), again.weight()));
}

TEST_CASE("layers that move are followed, and those that are gone are refused", "[optim]") {
  plain reference(esp::seed{1});
  reference.backward_weights(x, grad_y);
  esp::optimizer expected(esp::adam{.learning_rate = 0.1}, reference);

  std::vector<plain> layers;
  layers.reserve(1);
  layers.emplace_back(esp::seed{1});
  layers[0].backward_weights(x, grad_y);
  esp::optimizer optimiser(esp::adam{.learning_rate = 0.1}, layers[0]);
  for (unsigned i = 0; i < 40; ++i) layers.emplace_back(esp::seed{i});
  expected.step();
  optimiser.step();
  REQUIRE(same(layers[0].weight(), reference.weight()));
  std::swap(layers[0], layers[17]);
  layers.erase(layers.begin() + 3);
  expected.step();
  optimiser.step();
  REQUIRE(same(layers[16].weight(), reference.weight()));
  plain elsewhere = std::move(layers[16]);
  layers.clear();
  expected.step();
  optimiser.step();
  REQUIRE(same(elsewhere.weight(), reference.weight()));
  plain(std::move(elsewhere)).require_shapes();
  REQUIRE(throws([&] { optimiser.step(); }, "ESP-117", "the layer 0"));
  REQUIRE(throws([&] { optimiser.step(esp::leave_unprojected); }, "ESP-117"));
  REQUIRE(throws([&] { optimiser.zero_gradients(); }, "ESP-117"));
  REQUIRE(throws([&] { optimiser.each_layer([](auto&, auto&) {}); }, "ESP-117"));
}

TEST_CASE("a layer given a new value in place stays the optimiser's", "[optim]") {
  plain conv(esp::seed{1});
  esp::optimizer optimiser(esp::sgd{.learning_rate = 1}, conv);
  conv = plain(esp::seed{2});
  conv.weight_gradient().fill(1);
  const auto before = conv.weight();
  optimiser.step();
  REQUIRE(conv.weight().data()[0] == before.data()[0] - 1);
}

TEST_CASE("collections of layers whose number run time knows are trained one by one", "[optim]") {
  std::vector<plain> many(3);
  std::list<std::unique_ptr<bounded>> owned;
  owned.push_back(std::make_unique<bounded>(esp::seed{4}));
  plain head(esp::seed{5});
  esp::optimizer optimiser(esp::sgd{.learning_rate = 1}, many, owned, head);
  REQUIRE(optimiser.layer_count() == 5);
  for (plain& l : many) l.weight_gradient().fill(1);
  owned.front()->weight_gradient().fill(100);
  const plain before = many[2];
  optimiser.step();
  REQUIRE(many[2].weight().data()[5] == before.weight().data()[5] - 1);
  REQUIRE(same(many[0].weight(), many[2].weight()));
  double norm = 0;
  for (std::size_t i = 0; i < 27; ++i) norm += std::pow(owned.front()->weight().data()[i], 2);
  REQUIRE(std::fabs(norm - 0.25 * 0.25) < 1e-6);  // projected
  std::size_t seen = 0;
  std::as_const(optimiser).each_layer([&](const auto&, const auto&) { ++seen; });
  REQUIRE(seen == 5);
  REQUIRE(throws([&] { esp::optimizer(esp::sgd{}, many, many[1]); }, "ESP-144", "layers 1 and 3"));
  owned.clear();
  REQUIRE(throws([&] { optimiser.step(); }, "ESP-117", "the layer 3"));
  REQUIRE(same(many[0].weight(), many[2].weight()));
  std::vector<plain> none;
  esp::optimizer idle(esp::sgd{}, none);
  idle.step();
  REQUIRE(idle.layer_count() == 0);
}

TEST_CASE("options are judged in the element types of the layers", "[optim]") {
  plain narrow;
  esp::constrained_conv3d<small, esp::identity, double> wide;
  esp::optimizer alone(esp::sgd{.learning_rate = 1e39}, wide);
  REQUIRE(throws([&] { esp::optimizer(esp::sgd{.learning_rate = 1e39}, wide, narrow); }, "ESP-140", "1e+39"));
  esp::optimizer optimiser(esp::adam{}, narrow);
  REQUIRE(throws([&] { optimiser.set_rule({.beta1 = 1 - 1e-9}); }, "ESP-143", "beta1"));
  REQUIRE(optimiser.rule().beta1 == 0.9);
}

TEST_CASE("a bias decays as the weight does, unless told not to", "[optim]") {
  for (const bool decays : {true, false}) {
    plain conv(esp::seed{1});
    conv.weight_gradient().fill(0);
    conv.bias().fill(1);
    const auto before = conv.weight();
    esp::optimizer optimiser(esp::adamw{.learning_rate = 0.5, .weight_decay = 0.5, .decay_bias = decays}, conv);
    optimiser.step();
    REQUIRE(conv.bias()(0) == (decays ? 0.75F : 1.0F));
    REQUIRE(conv.weight().data()[0] == before.data()[0] * 0.75F);
  }
}

TEST_CASE("after zero_gradients momentum still moves a layer", "[optim]") {
  plain conv(esp::seed{1});
  conv.weight_gradient().fill(1);
  esp::optimizer optimiser(esp::sgd{.learning_rate = 1, .momentum = 0.5}, conv);
  optimiser.step();
  optimiser.zero_gradients();
  const auto before = conv.weight();
  optimiser.step();
  REQUIRE(conv.weight().data()[0] == before.data()[0] - 0.5F);
}
