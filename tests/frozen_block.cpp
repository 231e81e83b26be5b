// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/convolution.hpp>
#include <espalier/frozen_block.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/gaussian.hpp>

#include "support/catch.hpp"
#include "support/layer.hpp"

namespace {

using esp::conv3d, esp::direction;

template <conv3d Config, auto Prior, direction What>
using block = esp::frozen_block<Config, typename esp::convolution<Config, Prior>::formula_type, float, What>;

constexpr conv3d small{.in_channels = 3, .out_channels = 5, .kernel_size = 3};
constexpr conv3d without_bias{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .bias = false};
constexpr conv3d far_apart{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .dilation = 1000};
constexpr conv3d smooth{.in_channels = 1, .out_channels = 1, .kernel_size = 9, .padding = 4, .bias = false};

}  // namespace

TEST_CASE("a block holds what its kernels read, and the bias of a forward", "[frozen]") {
  using forward = block<small, esp::modes::unit_l2, direction::forward>;
  using plain = block<without_bias, esp::modes::unit_l2, direction::forward>;
  using data = block<small, esp::modes::unit_l2, direction::backward_data>;
  STATIC_REQUIRE(forward::bias_at == plain::size);
  STATIC_REQUIRE(forward::size == plain::size + esp::line_elements<float>);
  STATIC_REQUIRE(forward::bias_at >= 3 * 5 * 27);
  STATIC_REQUIRE(!forward::has_rare && !data::has_rare && !data::has_bias && data::size == data::bias_at);
  const float memory[1]{};
  REQUIRE(plain::bias_of(memory) == nullptr);
  REQUIRE(forward::weight_of<forward::usual>(memory) == memory);
}

TEST_CASE("taps that lie far apart have a second kernel, which reads the weight as it is stored", "[frozen]") {
  using both = block<far_apart, esp::modes::unit_l2, direction::forward>;
  STATIC_REQUIRE(both::has_rare && both::rare_at > 0);
  STATIC_REQUIRE(both::bias_at == both::rare_at + (3 * 5 * 27 + 15) / 16 * 16);
}

TEST_CASE("a kernel along lines reads no weight, so nothing is kept", "[frozen]") {
  using known = block<smooth, esp::gaussian<2>, direction::forward>;
  STATIC_REQUIRE(known::size == 0);
}

TEST_CASE("memory that is too small is named", "[frozen]") {
  esp::require_packed_memory(7, 7);
  REQUIRE(support::throws([] { esp::require_packed_memory(6, 7); }, "ESP-273", "6 elements but 7"));
}
