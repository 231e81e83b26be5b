// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <espalier/convolution_plans.hpp>
#include <espalier/dsl.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_explanation.hpp>
#include <espalier/operator_norm.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/sgd.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/zip_file.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

// A layer whose prior makes a number of every tap stores no weight: it computes, trains its bias, is saved and loaded.

namespace {

using esp::index_t;
using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 5, .stride = {1, 2, 1}, .padding = 2};
constexpr esp::conv3d unbiased{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false};
constexpr esp::conv3d small_post_step{.in_channels = 2,
                                      .out_channels = 3,
                                      .kernel_size = 5,
                                      .stride = {1, 2, 1},
                                      .padding = 2,
                                      .enforce = esp::enforcement::post_step};

constexpr auto half = esp::at<[](esp::tap_index) { return 0.5; }>;
/// A half, whose gradient is passed straight through.
struct straight_t : esp::policy<straight_t> {
  static constexpr auto gradient = esp::gradient_rule::straight_through;
  static constexpr auto map(auto) { return half; }
};

// A stencil of 13 of 125 taps, which no lines make, and one that three lines make.
constexpr auto stencil = esp::laplacian<4> >> [](auto w) { return w * 12; };
using known = esp::constrained_conv3d<small, stencil>;
using lines = esp::constrained_conv3d<unbiased, esp::box>;
using stored = esp::constrained_conv3d<small, esp::identity>;

/// Whole numbers: sums of them times the stencil's are exact in any order.
esp::tensor<float, 5> whole(const support::shape5& shape, unsigned seed) {
  auto result = drawn(shape, seed);
  for (float& value : result) value = std::round(value * 8);
  return result;
}
const auto x = whole({1, 2, 5, 6, 7}, 1);
const auto grad_y = whole({1, 3, 5, 3, 7}, 2);

/// The layer that stores what the other computes with.
stored storing(const known& of) {
  stored result(esp::seed{1});
  result.weight() = of.constrained_weight();
  result.bias() = of.bias();
  return result;
}

template <class Layer>
std::vector<std::string> saved_members(const Layer& layer, const char* file) {
  const support::temp_dir dir;
  esp::save(dir.path(), layer);
  return test::zip_file(support::read_file(dir / file)).names();
}

}  // namespace

TEST_CASE("a layer of a known kernel stores none", "[layer][known]") {
  STATIC_REQUIRE((known::convolution_type::weight_size == 0 && lines::convolution_type::weight_size == 0));
  STATIC_REQUIRE(stored::convolution_type::weight_size == 3 * 2 * 125);
  known conv(esp::seed{5});
  REQUIRE(conv.weight().shape() == std::array<std::size_t, 5>{0, 2, 5, 5, 5});
  REQUIRE((conv.weight().size() == 0 && std::as_const(conv).weight().size() == 0));
  REQUIRE((conv.weight_gradient().size() == 0 && std::as_const(conv).weight_gradient().size() == 0));
  REQUIRE(conv.constrained_weight().shape() == std::array<std::size_t, 5>{3, 2, 5, 5, 5});
  REQUIRE(conv.constrained_weight()(2, 1, 2, 2, 1) == 16);
  // The bias of a seed is that of any other layer.
  REQUIRE(same(conv.bias(), stored(esp::seed{5}).bias()));
}

TEST_CASE("it computes what a layer of the same weight does", "[layer][known]") {
  known conv(esp::seed{5});
  conv.bias().fill(0.25F);
  stored other = storing(conv);
  REQUIRE(same(conv(x), other(x)));
  REQUIRE(same(conv.backward(x, grad_y), other.backward(x, grad_y)));
  REQUIRE(same(conv.bias_gradient(), other.bias_gradient()));
  conv.zero_gradients();
  REQUIRE(conv.bias_gradient()(0) == 0);
  REQUIRE(esp::operator_norm(conv, {1, 2, 5, 6, 7}) == esp::operator_norm(other, {1, 2, 5, 6, 7}));
  const esp::tensor<float, 5> zeros(x.shape(), 0.0F);
  known copy = conv;
  const known moved = std::move(copy);
  REQUIRE(same(moved(zeros), conv(zeros)));
}

TEST_CASE("raw pointers to a weight that is not stored may be null", "[layer][known]") {
  using conv = known::convolution_type;
  known layer(esp::seed{5});
  std::vector<float> scratch(static_cast<std::size_t>(
      std::max({conv::scratch_size({1, 2, 5, 6, 7}), conv::backward_scratch_size({1, 2, 5, 6, 7}),
                conv::constrain_scratch_size()})));
  esp::tensor<float, 5> y(grad_y.shape()), grad_x(x.shape());
  esp::tensor<float, 1> grad_bias(layer.bias().shape(), 0.0F);
  const float* const none = nullptr;
  conv::forward(x.data(), {1, 2, 5, 6, 7}, none, layer.bias().data(), y.data(), scratch);
  REQUIRE(same(y, layer(x)));
  conv::backward(x.data(), {1, 2, 5, 6, 7}, none, grad_y.data(), grad_x.data(), nullptr, grad_bias.data(), scratch);
  REQUIRE(same(grad_x, layer.backward(x, grad_y)));
  REQUIRE(same(grad_bias, layer.bias_gradient()));
  esp::tensor<float, 5> weight(layer.constrained_weight().shape());
  conv::constrain(none, weight.data(), scratch);
  REQUIRE(same(weight, layer.constrained_weight()));
  // A weight that is given is neither read nor changed; the other operands are asked for as ever.
  const float unread = 0;
  conv::forward(x.data(), {1, 2, 5, 6, 7}, &unread, layer.bias().data(), y.data(), scratch);
  REQUIRE(same(y, layer(x)));
  REQUIRE(throws([&] { conv::constrain(none, nullptr, scratch); }, "ESP-106"));
  REQUIRE(throws([&] { conv::forward(x.data(), {1, 2, 5, 6, 7}, none, nullptr, y.data(), scratch); }, "ESP-106"));
  using other = stored::convolution_type;
  REQUIRE(throws([&] { other::forward(x.data(), {1, 2, 5, 6, 7}, none, layer.bias().data(), y.data(), scratch); },
                 "ESP-106"));
}

TEST_CASE("what changes a stored weight leaves it alone", "[layer][known]") {
  known conv(esp::seed{5});
  const auto before = conv(x);
  conv.require_projectable();
  conv.project();
  conv.start_from<esp::modes::unit_l2>();
  conv.start_learned();
  REQUIRE(conv.weight().size() == 0);
  REQUIRE(same(conv(x), before));
}

TEST_CASE("a weight that is assigned is refused by the next call", "[layer][known]") {
  known conv(esp::seed{5});
  conv.weight() = conv.constrained_weight();
  esp::tensor<float, 5> y(grad_y.shape(), 7.0F);
  REQUIRE(throws([&] { conv.forward(x, y); }, "ESP-242", "makes a number of every tap"));
  REQUIRE(y(0, 0, 0, 0, 0) == 7);
  REQUIRE(throws([&] { conv.project(); }, "ESP-242"));
  REQUIRE(throws([&] { static_cast<void>(conv.constrained_weight()); }, "ESP-242"));
  conv = known(esp::seed{5});
  REQUIRE_NOTHROW(conv(x));
  conv.weight_gradient() = conv.constrained_weight();
  REQUIRE(throws([&] { static_cast<void>(conv.backward(x, grad_y)); }, "ESP-109"));
}

TEST_CASE("an optimiser steps its bias, and leaves it alone where it has none", "[layer][known]") {
  const auto check = [](const auto& rule) {
    known conv(esp::seed{5});
    stored other = storing(conv);
    lines bare;
    esp::optimizer optimiser(rule, conv, bare);
    esp::optimizer expected(rule, other);
    for (int step = 0; step < 3; ++step) {
      optimiser.zero_gradients();
      expected.zero_gradients();
      static_cast<void>(conv.backward(x, grad_y));
      static_cast<void>(other.backward(x, grad_y));
      static_cast<void>(bare.backward(x, drawn({1, 3, 5, 6, 7})));
      REQUIRE((conv.has_gradients() && !bare.has_gradients()));
      optimiser.step();
      expected.step();
    }
    REQUIRE(same(conv.bias(), other.bias()));
    REQUIRE((conv.weight().size() == 0 && bare.weight().size() == 0));
    std::vector<index_t> steps;
    optimiser.each_layer([&](const auto&, const auto& state) {
      steps.push_back(state.steps);
      REQUIRE((state.weight[0].empty() && state.weight[1].empty()));
    });
    REQUIRE(steps == std::vector<index_t>{3, 0});
  };
  check(esp::sgd{.learning_rate = 0.1, .momentum = 0.5, .weight_decay = 0.1});
  check(esp::adam{.learning_rate = 0.1});
}

TEST_CASE("nothing of a weight is in its checkpoint", "[layer][known][checkpoint]") {
  known conv(esp::seed{5});
  REQUIRE(saved_members(conv, "layer.npz") == std::vector<std::string>{"layer.txt", "bias.npy"});
  REQUIRE(saved_members(lines{}, "layer.npz") == std::vector<std::string>{"layer.txt"});
  esp::optimizer optimiser(esp::adam{}, conv);
  static_cast<void>(conv.backward(x, grad_y));
  optimiser.step();
  REQUIRE(saved_members(optimiser, "optimizer.npz") == std::vector<std::string>{"optimizer.txt",
                                                                                "optimizer.0.bias.first_moment.npy",
                                                                                "optimizer.0.bias.second_moment.npy"});

  const support::temp_dir dir;
  esp::save(dir.path(), conv, optimiser);
  known again(esp::seed{6});
  esp::optimizer resumed(esp::adam{}, again);
  esp::load(dir.path(), again, resumed);
  REQUIRE(same(again.bias(), conv.bias()));
  static_cast<void>(conv.backward(x, grad_y));
  static_cast<void>(again.backward(x, grad_y));
  // Gradients are not saved: those of the first are of two calls.
  conv.bias_gradient() /= 2.0F;
  optimiser.step();
  resumed.step();
  REQUIRE(same(again.bias(), conv.bias()));
}

TEST_CASE("a weight that an earlier version saved of it is passed over", "[layer][known][checkpoint]") {
  const known conv(esp::seed{5});
  const support::temp_dir dir;
  esp::save(dir.path(), conv);
  const test::zip_file now(support::read_file(dir / "layer.npz"));
  esp::save(dir / "other", stored(esp::seed{5}));
  test::zip_file early(support::read_file(dir / "other" / "layer.npz"));
  early.set("layer.txt", now["layer.txt"]);
  early.set("bias.npy", now["bias.npy"]);
  REQUIRE(early.names() == std::vector<std::string>{"layer.txt", "weight.npy", "bias.npy"});
  support::write_file(dir / "layer.npz", early.bytes());
  const auto loads = [&](const auto& load) {
    known loaded(esp::seed{6});
    load(loaded);
    return same(loaded.bias(), conv.bias()) && loaded.weight().size() == 0;
  };
  REQUIRE(loads([&](known& loaded) { esp::load(dir.path(), loaded); }));
  REQUIRE(loads([&](known& loaded) { esp::load_weights(dir.path(), loaded); }));

  // The early format of several files.
  const auto folder = dir / "early";
  std::filesystem::create_directory(folder);
  support::write_file(folder / "layer.txt", std::string(known::description()) + "\n");
  support::write_file(folder / "weight.npy", early["weight.npy"]);
  support::write_file(folder / "bias.npy", early["bias.npy"]);
  REQUIRE(loads([&](known& loaded) { esp::load_weights(folder, loaded); }));
  support::write_file(folder / "layer.txt", std::string(stored::description()) + "\n");
  REQUIRE(throws([&] { loads([&](known& loaded) { esp::load_weights(folder, loaded); }); }, "ESP-162", "stores none"));
}

TEST_CASE("weights alone go from and to layers that store them", "[layer][known][checkpoint]") {
  const support::temp_dir dir;
  known conv(esp::seed{5});
  stored other(esp::seed{6});
  esp::save(dir / "known", conv);
  esp::save(dir / "stored", other);
  const auto bias = conv.bias();
  const stored before = other;
  REQUIRE(throws([&] { esp::load_weights(dir / "stored", conv); }, "ESP-162", "holds a weight", "stores none"));
  REQUIRE(throws([&] { esp::load_weights(dir / "known", other); }, "ESP-162", "holds no weight", "stores one"));
  REQUIRE((same(conv.bias(), bias) && same(other.bias(), before.bias()) && same(other.weight(), before.weight())));
  // Another kernel of known taps has none either.
  esp::constrained_conv3d<small, esp::gaussian<1>> blur(esp::seed{7});
  esp::load_weights(dir / "known", blur);
  REQUIRE(same(blur.bias(), conv.bias()));

  esp::optimizer of_known(esp::sgd{.momentum = 0.5}, conv);
  esp::optimizer of_stored(esp::sgd{.momentum = 0.5}, other);
  static_cast<void>(conv.backward(x, grad_y));
  static_cast<void>(other.backward(x, grad_y));
  of_known.step();
  of_stored.step();
  esp::save(dir / "known", of_known);
  esp::save(dir / "stored", of_stored);
  REQUIRE(throws([&] { esp::load_state(dir / "stored", of_known); }, "ESP-162", "holds a weight"));
  REQUIRE(throws([&] { esp::load_state(dir / "known", of_stored); }, "ESP-162", "holds no weight"));
  esp::optimizer of_blur(esp::sgd{.momentum = 0.5}, blur);
  esp::load_state(dir / "known", of_blur);
  of_blur.each_layer([](const auto&, const auto& state) { REQUIRE(state.steps == 1); });
}

TEST_CASE("after a step, and where a gradient passes, a weight is stored", "[layer][known]") {
  using projected = esp::constrained_conv3d<small_post_step, stencil>;
  projected conv(esp::seed{5});
  REQUIRE(projected::convolution_type::weight_size == 3 * 2 * 125);
  REQUIRE(same(conv.weight(), stored(esp::seed{5}).weight()));
  REQUIRE(same(conv(x), stored(esp::seed{5})(x)));
  const known constant(esp::seed{5});
  REQUIRE(same(conv.constrained_weight(), constant.constrained_weight()));
  static_cast<void>(conv.backward(x, grad_y));
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.1}, conv);
  optimiser.step();
  REQUIRE(same(conv.weight(), constant.constrained_weight()));

  using straight = esp::constrained_conv3d<small, straight_t{}>;
  straight passing(esp::seed{5});
  REQUIRE(passing.weight().size() == 3 * 2 * 125);
  static_cast<void>(passing.backward(x, grad_y));
  REQUIRE(
      std::any_of(passing.weight_gradient().begin(), passing.weight_gradient().end(), [](float g) { return g != 0; }));
}

TEST_CASE("the explanation says that no weight is stored", "[layer][known]") {
  const known conv;
  const auto words = explain(conv);
  REQUIRE(words.backward_weight.view() == "none: every tap is a known number, and no weight is stored");
  REQUIRE(words.forward.view().find("direct, ") == 0);
  REQUIRE(explain(stored{}).backward_weight.view().find("none") == std::string_view::npos);
}
