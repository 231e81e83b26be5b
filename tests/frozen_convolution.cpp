// SPDX-License-Identifier: BSD-3-Clause
// A packed weight of every family: one handle for inputs of many sizes has the bits of the convolution.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <espalier/frozen_convolution.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/symmetric.hpp>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "conv/replicated.hpp"
#include "conv/walled.hpp"
#include "support/catch.hpp"
#include "support/layer.hpp"

namespace {

using esp::conv3d, esp::dims5, esp::direction, esp::index_t, esp::kernel_family;

std::vector<float> reals(index_t count, std::mt19937& engine) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> result(static_cast<std::size_t>(count));
  for (float& value : result) value = uniform(engine);
  return result;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// What does not depend on the configuration: a weight, a bias, and inputs of drawn sizes.
struct trial {
  std::mt19937 engine{7};
  const conv3d& config;
  std::vector<float> weight, bias;

  explicit trial(const conv3d& c)
      : config(c), weight(reals(esp::weight_shape_of(c).size(), engine)), bias(reals(c.out_channels, engine)) {}

  dims5 draw(index_t most) {
    const auto size = [&] { return 1 + static_cast<index_t>(engine()) % most; };
    return {size() % 3, config.in_channels, 3 + size(), 3 + size(), 3 + size()};
  }
};

/// Memory between walls with room for a packed weight, and the handle in it.
template <class Frozen>
struct held_weight {
  drawn::walled<float> memory{Frozen::packed_size()};
  typename Frozen::packed weight;

  explicit held_weight(trial& t) : weight(pack(t)) {}

 private:
  typename Frozen::packed pack(trial& t) {
    const auto size = static_cast<std::size_t>(Frozen::packed_size());
    std::vector<float> scratch(static_cast<std::size_t>(Frozen::pack_scratch_size()),
                               std::numeric_limits<float>::quiet_NaN());
    // What it was packed from may go.
    const std::vector<float> own_weight = t.weight, own_bias = t.bias;
    return Frozen::pack(own_weight.data(), own_bias.data(), {memory.back(), size}, scratch);
  }
};

/// One handle on inputs of `sizes`, and of so many drawn ones.
template <conv3d Config, auto Prior = esp::modes::unit_l2>
kernel_family forward_agrees(std::initializer_list<dims5> sizes = {}, index_t more = 5, float first_tap = 0.5F) {
  using whole = esp::convolution<Config, Prior>;
  using frozen = esp::frozen_convolution<Config, Prior>;
  trial t(frozen::config);
  t.weight[0] = first_tap;
  const held_weight<frozen> held(t);
  std::vector<dims5> inputs(sizes);
  for (index_t i = 0; i < more; ++i) inputs.push_back(t.draw(4 + 6 * i));
  for (index_t i = 0; i < std::ssize(inputs); ++i) {
    const dims5 input = inputs[static_cast<std::size_t>(i)];
    const esp::threads team{1 + i % 3};
    const auto x = reals(input.size(), t.engine);
    std::vector<float> expected(static_cast<std::size_t>(whole::output_shape(input).size())), y(expected.size(), 7.0F);
    std::vector<float> scratch(static_cast<std::size_t>(whole::scratch_size(input, team.count)));
    whole::forward(x.data(), input, t.weight.data(), t.bias.data(), expected.data(), std::span(scratch), team);
    std::vector<float> rest(static_cast<std::size_t>(frozen::scratch_size(input, team.count)),
                            std::numeric_limits<float>::quiet_NaN());
    frozen::forward(x.data(), input, held.weight, y.data(), std::span(rest), team);
    INFO("input " << esp::to_string(input));
    REQUIRE(same_bits(y, expected));
  }
  return frozen::kernel.family;
}

/// The same of the gradient of the input.
template <conv3d Config, auto Prior = esp::modes::unit_l2>
kernel_family gradient_agrees(std::initializer_list<dims5> sizes = {}, index_t more = 5) {
  using whole = esp::convolution<Config, Prior>;
  using frozen = esp::frozen_convolution<Config, Prior, float, direction::backward_data>;
  trial t(frozen::config);
  const held_weight<frozen> held(t);
  std::vector<dims5> inputs(sizes);
  for (index_t i = 0; i < more; ++i) inputs.push_back(t.draw(4 + 6 * i));
  for (index_t i = 0; i < std::ssize(inputs); ++i) {
    const dims5 input = inputs[static_cast<std::size_t>(i)];
    const index_t outputs = whole::output_shape(input).size();
    const esp::threads team{1 + i % 3};
    const auto x = reals(input.size(), t.engine), grad_y = reals(outputs, t.engine), y = reals(outputs, t.engine);
    std::vector<float> expected(x.size()), grad_x(x.size(), 7.0F), grad_weight(t.weight.size()),
        grad_bias(t.bias.size());
    std::vector<float> scratch(static_cast<std::size_t>(whole::backward_scratch_size(input, team.count)));
    whole::backward(x.data(), input, t.weight.data(), y.data(), grad_y.data(), expected.data(), grad_weight.data(),
                    grad_bias.data(), std::span(scratch), team);
    std::vector<float> rest(static_cast<std::size_t>(frozen::scratch_size(input, team.count)),
                            std::numeric_limits<float>::quiet_NaN());
    frozen::backward_data(input, y.data(), grad_y.data(), held.weight, grad_x.data(), std::span(rest), team);
    INFO("input " << esp::to_string(input));
    REQUIRE(same_bits(grad_x, expected));
  }
  return frozen::kernel.family;
}

constexpr conv3d few{.in_channels = 3, .out_channels = 5, .kernel_size = {2, 3, 3}, .stride = {2, 1, 2}, .padding = 1};
constexpr conv3d one{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1, .bias = false};
constexpr conv3d many{.in_channels = 5, .out_channels = 16, .kernel_size = 3, .stride = {1, 1, 2}, .padding = 1};
constexpr conv3d deep{
    .in_channels = 7, .out_channels = 32, .kernel_size = 3, .padding = 1, .algorithm = esp::algorithm::direct};
constexpr conv3d tiles{.in_channels = 4,
                       .out_channels = 6,
                       .kernel_size = 3,
                       .padding = 1,
                       .groups = 2,
                       .algorithm = esp::algorithm::winograd,
                       .activation = esp::activation::relu};
// A padded copy of 513 rows of 2100 elements and more: mostly padding, or less than the data.
constexpr conv3d far_apart{.in_channels = 1,
                           .out_channels = 2,
                           .kernel_size = {1, 2, 2},
                           .dilation = {1, 512, 2100},
                           .padding = {0, 150, 1060}};
constexpr dims5 little{1, 1, 2, 214, 5}, much{1, 1, 1, 220, 1500};
constexpr conv3d smooth{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = 2};
constexpr conv3d cube{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1};
constexpr conv3d stored{.in_channels = 3, .out_channels = 7, .kernel_size = 1, .enforce = esp::enforcement::post_step};

}  // namespace

TEST_CASE("forward with a packed weight has the bits of the convolution", "[frozen]") {
  REQUIRE(forward_agrees<few>() == kernel_family::plane);
  REQUIRE(forward_agrees<one>() == kernel_family::row);
  forward_agrees<many>();  // lanes along channels, on wide registers
  forward_agrees<deep, esp::identity>({{1, 7, 4, 4, 4}, {1, 7, 1, 2, 9}});
  forward_agrees<deep, esp::identity>({{1, 7, 4, 4, 4}}, 2, std::numeric_limits<float>::infinity());
  REQUIRE(forward_agrees<tiles>() == kernel_family::winograd);
  REQUIRE(forward_agrees<stored>() == kernel_family::flat);
  REQUIRE(forward_agrees<smooth, esp::gaussian<2>>() == kernel_family::separable);
  forward_agrees<cube, esp::symmetric<esp::cube_group>>();
  forward_agrees<cube, esp::causal<esp::axis::depth>>();
}

TEST_CASE("one handle serves inputs that different kernels compute", "[frozen]") {
  using frozen = esp::frozen_convolution<far_apart, esp::modes::unit_l2>;
  REQUIRE(frozen::plan(little).kernel.is_rare());
  REQUIRE(!frozen::plan(much).kernel.is_rare());
  forward_agrees<far_apart>({little, much}, 0);
  forward_agrees<far_apart, esp::identity>({little}, 0);
  gradient_agrees<far_apart>({little}, 0);
}

TEST_CASE("the gradient of the input with a packed weight has the bits of the convolution", "[frozen]") {
  REQUIRE(gradient_agrees<few>() == kernel_family::plane);
  REQUIRE(gradient_agrees<tiles>() == kernel_family::winograd);
  gradient_agrees<deep, esp::identity>({{1, 7, 4, 4, 4}});
  gradient_agrees<drawn::turning(cube)>();
}

TEST_CASE("what a packed weight is not made of, and calls without their operands", "[frozen]") {
  using frozen = esp::frozen_convolution<one, esp::cap<esp::l2, esp::param<"c">>>;
  const std::vector<float> weight(54, 1.0F), x(27);
  std::vector<float> memory(static_cast<std::size_t>(frozen::packed_size())), y(54);
  std::vector<float> scratch(static_cast<std::size_t>(frozen::pack_scratch_size()));
  const auto pack = [&](const float* from, std::size_t room, std::size_t rest, const frozen::parameters_type& named) {
    return frozen::pack(from, nullptr, std::span(memory).first(room), std::span(scratch).first(rest), named);
  };
  frozen::parameters_type named;
  const std::size_t all = memory.size(), rest = scratch.size();
  REQUIRE(support::throws([&] { static_cast<void>(pack(weight.data(), all, rest, named)); }, "ESP-110", "\"c\""));
  named.set<"c">(0.5);
  REQUIRE(support::throws([&] { static_cast<void>(pack(nullptr, all, rest, named)); }, "ESP-106"));
  REQUIRE(support::throws([&] { static_cast<void>(pack(weight.data(), all - 1, rest, named)); }, "ESP-273"));
  REQUIRE(support::throws([&] { static_cast<void>(pack(weight.data(), all, rest - 1, named)); }, "ESP-105",
                          "pack_scratch_size()"));
  const auto packed = pack(weight.data(), all, rest, named);
  const dims5 input{1, 1, 3, 3, 3};
  std::vector<float> room(static_cast<std::size_t>(frozen::scratch_size(input)));
  REQUIRE(support::throws([&] { frozen::forward(nullptr, input, packed, y.data(), room); }, "ESP-106", "x or y"));
  REQUIRE(support::throws([&] { frozen::forward(y.data(), input, packed, y.data() + 1, room); }, "ESP-108"));
  REQUIRE(support::throws([&] { frozen::forward(x.data(), input, packed, y.data(), std::span(room).first(1)); },
                          "ESP-105"));
  REQUIRE(support::throws([&] { frozen::forward(x.data(), {1, 2, 3, 3, 3}, packed, y.data(), room); }, "ESP-101"));
}
