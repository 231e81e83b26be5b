// SPDX-License-Identifier: BSD-3-Clause
#include "support/sweep.hpp"

// Reductions that reach beyond a kernel block: over an output channel, over the whole weight.

namespace {

using namespace support;

constexpr auto by_filter = esp::per_filter(esp::modes::zero_mean) >> esp::modes::unit_l2;
constexpr auto by_weight = esp::whole_weight(esp::modes::zero_mean) >>
                           esp::per_filter(esp::modes::unit_l2) >> esp::modes::zero_mean;
constexpr auto by_input = esp::per_input(esp::modes::unit_l2) >>
                          esp::per_filter(esp::modes::zero_mean) >> esp::per_input(esp::modes::zero_mean);
constexpr auto crossed = esp::per_input(stretch) >> esp::whole_weight(esp::modes::unit_l2);
constexpr auto extremes = esp::whole_weight(stretch);

/// The largest difference over these numbers of output channels.
template <auto Prior, class T, index_t... Out>
double output_channels(std::integer_sequence<index_t, Out...>) {
  return std::max({difference<Prior, T, weight_shape{.out = Out, .in = 2, .kernel = {1, 2, 1}}>()...});
}
/// The fillings next to a whole register.
template <class T>
constexpr std::integer_sequence<index_t, 1, lanes<T>, lanes<T> + 1, 2 * lanes<T> - 1, 2 * lanes<T> + 1> some{};

}  // namespace

TEMPLATE_TEST_CASE("reductions over an output channel", "[sweep]", float, double) {
  REQUIRE(output_channels<by_filter, TestType>(some<TestType>) < rounding<TestType>);
}

TEST_CASE("reductions over the whole weight, for full and odd registers", "[sweep]") {
  REQUIRE(output_channels<by_weight, double>(some<double>) < rounding<double>);
  REQUIRE(output_channels<by_weight, float>(some<float>) < rounding<float>);
}

TEST_CASE("reductions over an input channel, for full and odd registers", "[sweep]") {
  REQUIRE(output_channels<by_input, double>(some<double>) < rounding<double>);
  REQUIRE(output_channels<by_input, float>(some<float>) < rounding<float>);
  REQUIRE(output_channels<crossed, float>(some<float>) < rounding<float>);
}

TEMPLATE_TEST_CASE("the extremes of the whole weight", "[sweep]", float, double) {
  constexpr index_t odd = 2 * lanes<TestType> + 1;
  REQUIRE(difference<extremes, TestType, weight_shape{.out = odd, .in = 3, .kernel = 2}>() == 0);
  REQUIRE(difference<extremes, TestType, weight_shape{.out = 1, .in = 1, .kernel = 1}>() == 0);
}
