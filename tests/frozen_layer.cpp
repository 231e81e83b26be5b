// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/frozen_layer.hpp>
#include <espalier/layer.hpp>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/layer.hpp"

namespace {

using esp::direction;
using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{
    .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .activation = esp::activation::relu};
using layer = esp::constrained_conv3d<small, esp::cap<esp::l2, esp::param<"c">>>;
constexpr auto data = direction::backward_data;

layer made() {
  layer conv(esp::seed{3});
  conv.set<"c">(0.5);
  return conv;
}

}  // namespace

TEST_CASE("a frozen layer has the layer's bits, and outlives it", "[frozen]") {
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<layer> && std::is_copy_assignable_v<layer>);
  auto conv = std::make_unique<layer>(made());
  const auto x = drawn({2, 4, 5, 9, 17}), other = drawn({1, 4, 3, 40, 2}, 2);
  const auto y = (*conv)(x), other_y = (*conv)(other);
  const auto grad_y = drawn({2, 6, 5, 9, 17}, 5);
  const auto frozen = conv->freeze();
  const auto gradient = conv->freeze<data>();
  const auto grad_x = conv->backward(x, y, grad_y);

  conv->weight().fill(0);
  conv->set<"c">(2);
  conv.reset();
  const auto copy = frozen;
  REQUIRE(same(copy(x), y));
  REQUIRE(same(frozen(other, esp::threads{3}), other_y));
  REQUIRE(same(gradient.backward_data(esp::dims_of(x), y, grad_y), grad_x));

  esp::tensor<float, 5> target(y.shape()), raw(y.shape()), raw_gradient(x.shape());
  frozen.forward(x, target);
  REQUIRE(same(target, y));
  const esp::dims5 input = esp::dims_of(x);
  std::vector<float> scratch(static_cast<std::size_t>(frozen.scratch_size(input) + gradient.scratch_size(input)));
  frozen.forward(x.data(), input, raw.data(), scratch);
  REQUIRE(same(raw, y));
  gradient.backward_data(input, y.data(), grad_y.data(), raw_gradient.data(), scratch);
  REQUIRE(same(raw_gradient, grad_x));
}

TEST_CASE("sixteen threads call one handle", "[frozen]") {
  const auto conv = made();
  const auto frozen = conv.freeze();
  const auto gradient = conv.freeze<data>();
  const auto x = drawn({1, 4, 4, 9, 11}), grad_y = drawn({1, 6, 4, 9, 11}, 4);
  const auto y = conv(x);
  const auto grad_x = made().backward(x, y, grad_y);
  std::vector<int> good(16, 0);
  std::vector<std::thread> team;
  for (std::size_t i = 0; i < good.size(); ++i) {
    team.emplace_back([&, i] {
      const auto own = frozen;
      bool equal = true;
      for (int round = 0; round < 6; ++round) {
        equal = equal && same(frozen(x), y) && same(own(x), y) &&
                same(gradient.backward_data(esp::dims_of(x), y, grad_y), grad_x);
      }
      good[i] = equal ? 1 : 0;
    });
  }
  for (std::thread& one : team) one.join();
  REQUIRE(good == std::vector<int>(16, 1));
}

TEST_CASE("a frozen layer refuses what the layer refuses", "[frozen]") {
  layer conv(esp::seed{3});
  REQUIRE(throws([&] { static_cast<void>(conv.freeze()); }, "ESP-110", "\"c\""));
  conv.set<"c">(0.5);
  const auto frozen = conv.freeze();
  const auto gradient = conv.freeze<data>();
  const auto x = drawn({1, 4, 3, 3, 3}), y = frozen(x);
  esp::tensor<float, 5> small_y({1, 6, 3, 3, 2});
  REQUIRE(throws([&] { static_cast<void>(frozen(drawn({1, 3, 3, 3, 3}))); }, "ESP-101"));
  REQUIRE(throws([&] { frozen.forward(x, small_y); }, "ESP-107"));
  REQUIRE(throws([&] { static_cast<void>(gradient.backward_data(esp::dims_of(x), y, small_y)); }, "ESP-114"));
  REQUIRE(throws([&] { static_cast<void>(gradient.backward_data(esp::dims_of(x), small_y, y)); }, "ESP-202"));
  conv.weight() = esp::tensor<float, 5>({1, 1, 1, 1, 1});
  REQUIRE(throws([&] { static_cast<void>(conv.freeze()); }, "ESP-109"));
}
