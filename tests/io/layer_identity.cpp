// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/io/layer_identity.hpp>
#include <espalier/layer.hpp>
#include <set>
#include <string>

#include "support/catch.hpp"

namespace {

constexpr esp::conv3d base{.in_channels = 4, .out_channels = 8, .kernel_size = 3};

template <auto Change, auto Prior = esp::modes::unit_l2, class T = float>
std::string identity() {
  constexpr esp::conv3d config = [] {
    esp::conv3d c = base;
    Change(c);
    return c;
  }();
  return esp::layer_identity<esp::constrained_conv3d<config, Prior, T>>().text();
}
constexpr auto nothing = [](esp::conv3d&) {};

}  // namespace

TEST_CASE("every field of a configuration, the prior and the element type count", "[identity]") {
  const std::set<std::string> identities{
      identity<nothing>(),
      identity<nothing, esp::modes::unit_l2, double>(),
      identity<nothing, esp::modes::nonneg>(),
      identity<[](esp::conv3d& c) { c.in_channels = 2; }>(),
      identity<[](esp::conv3d& c) { c.out_channels = 2; }>(),
      identity<[](esp::conv3d& c) { c.kernel_size = 1; }>(),
      identity<[](esp::conv3d& c) { c.kernel_size = {3, 3, 1}; }>(),
      identity<[](esp::conv3d& c) { c.stride = 2; }>(),
      identity<[](esp::conv3d& c) { c.stride = {1, 1, 2}; }>(),
      identity<[](esp::conv3d& c) { c.dilation = 2; }>(),
      identity<[](esp::conv3d& c) { c.padding = 1; }>(),
      identity<[](esp::conv3d& c) { c.padding = 2; }>(),
      identity<[](esp::conv3d& c) { c.padding = {{0, 1}, 1, 1}; }>(),
      identity<[](esp::conv3d& c) { c.padding = esp::same; }>(),
      identity<[](esp::conv3d& c) { c.groups = 2; }>(),
      identity<[](esp::conv3d& c) { c.groups = 4; }>(),
      identity<[](esp::conv3d& c) { c.bias = false; }>(),
      identity<[](esp::conv3d& c) { c.enforce = esp::enforcement::post_step; }>(),
      identity<[](esp::conv3d& c) { c.eps = 1e-6; }>(),
      identity<[](esp::conv3d& c) { c.eps = 1.00000000001e-6; }>(),
      identity<[](esp::conv3d& c) { c.algorithm = esp::algorithm::direct; }>(),
      identity<[](esp::conv3d& c) { c.activation = esp::activation::relu; }>(),
      identity<[](esp::conv3d& c) { c.boundary = esp::boundary::replicate; }>(),
      identity<[](esp::conv3d& c) { c.boundary = esp::boundary::reflect; }>(),
      identity<[](esp::conv3d& c) { c.boundary.d = esp::boundary::reflect; }>(),
      identity<[](esp::conv3d& c) { c.boundary.d.after = esp::boundary::reflect; }>(),
      identity<[](esp::conv3d& c) { c.padding = esp::padding::causal(esp::axis::depth); }>(),
      identity<[](esp::conv3d& c) { c.padding = esp::padding::causal(esp::axis::height); }>(),
  };
  REQUIRE(identities.size() == 28);
  REQUIRE(identity<nothing>() == esp::layer_identity<esp::constrained_conv3d<base, esp::normalize<esp::l2>>>().text());
  // eps counts where the prior has none: it is part of the configuration.
  REQUIRE(identity<nothing, esp::identity>() != identity<[](esp::conv3d& c) { c.eps = 0; }, esp::identity>());
}

TEST_CASE("a field that has its default adds nothing, so that files from before it still load", "[identity]") {
  esp::hash128 channels, mixed, rectified, replicated;
  channels << std::uint64_t{4} << std::uint64_t{8};
  esp::detail::mix_configuration(mixed, base);
  REQUIRE(mixed.text() == channels.text());
  esp::conv3d with_relu = base;
  with_relu.activation = esp::activation::relu;
  esp::detail::mix_configuration(rectified, with_relu);
  esp::conv3d with_border = base;
  with_border.boundary = esp::boundary::replicate;
  esp::detail::mix_configuration(replicated, with_border);
  const esp::hash128 before = channels;
  REQUIRE(rectified.text() == (channels << std::uint64_t{9} << std::uint64_t{1}).text());
  channels = before;
  REQUIRE(replicated.text() == (channels << std::uint64_t{10} << std::uint64_t{1}).text());
}

TEST_CASE("identities that stand in files do not change", "[identity]") {
  REQUIRE(identity<nothing>() == "d9eec44cda1d7f92fec6a365a6c720af");
  REQUIRE(identity<[](esp::conv3d& c) { c.boundary = esp::boundary::replicate; }>() ==
          "0bb7935f99e5977b5e8324b9f271bd91");
}
