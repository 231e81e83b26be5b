// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/gradient.hpp>
#include <espalier/prior/group_reduction.hpp>

#include "support/sweep.hpp"

// Reductions over groups of taps: of a block, of the blocks of a channel, of the whole weight.

namespace {

using namespace support;
using esp::axis, esp::grouped, esp::lines, esp::planes;

constexpr auto unit_lines = grouped<lines<axis::width>>(esp::modes::unit_l2);
constexpr auto crossed = grouped<planes<axis::depth>>(esp::modes::zero_mean) >>
                         grouped<lines<axis::depth>>(stretch) >> esp::modes::unit_l2;
constexpr auto by_filter = esp::per_filter(grouped<esp::shells>(esp::modes::unit_l2)) >> esp::modes::zero_mean;
constexpr auto by_input = esp::per_input(grouped<esp::single_taps>(esp::modes::unit_l2));
constexpr auto by_weight = esp::whole_weight(grouped<esp::mirror<axis::width>>(stretch));
constexpr auto in_region = esp::on<esp::neighbors>(grouped<lines<axis::height>>(esp::modes::zero_mean));

/// The largest difference of the gradient from the evaluator's, in units of the largest result.
template <auto Prior, class T, weight_shape Shape>
double gradient_difference() {
  using formula = esp::gradient_formula<esp::to_policy_t<decltype(Prior)>, Shape>;
  using sweep = esp::sweep<formula, T>;
  const T parameters[1]{T(0.75)};
  const std::vector<T> weight = drawn_weight<T>(Shape, 3), incoming = drawn_weight<T>(Shape, 11);
  std::vector<T> expected(weight.size());
  esp::evaluator<formula, T>{}(weight.data(), expected.data(), parameters, incoming.data());
  guarded_lines<T> result(Shape.size()), scratch(sweep::scratch_size);
  sweep::run(weight.data(), result.data(), parameters, scratch.data(), incoming.data());
  REQUIRE((result.intact() && scratch.intact()));
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double wanted = static_cast<double>(expected[i]), got = static_cast<double>(result.data()[i]);
    if (std::isnan(wanted) && std::isnan(got)) continue;
    worst = std::max(worst, std::isnan(got) ? std::numeric_limits<double>::infinity() : std::fabs(got - wanted));
    largest = std::max(largest, std::fabs(wanted));
  }
  return worst / largest;
}
template <class T, index_t Out, esp::extents Kernel>
constexpr weight_shape weight_of{.out = Out, .in = 2, .kernel = Kernel};

}  // namespace

TEMPLATE_TEST_CASE("groups of a block", "[sweep]", float, double) {
  constexpr index_t odd = lanes<TestType> + 1;
  REQUIRE(difference<unit_lines, TestType, weight_of<TestType, odd, 3>>() < rounding<TestType>);
  REQUIRE(difference<crossed, TestType, weight_of<TestType, odd, 3>>() < rounding<TestType>);
  REQUIRE(difference<unit_lines, TestType, weight_of<TestType, 1, esp::extents{5, 4, 3}>>() < rounding<TestType>);
  REQUIRE(difference<in_region, TestType, weight_of<TestType, odd, 3>>() < rounding<TestType>);
}

TEMPLATE_TEST_CASE("groups of channels and of the weight", "[sweep]", float, double) {
  constexpr index_t odd = 2 * lanes<TestType> - 1;
  REQUIRE(difference<by_filter, TestType, weight_of<TestType, odd, 3>>() < rounding<TestType>);
  REQUIRE(difference<by_input, TestType, weight_of<TestType, odd, 3>>() < rounding<TestType>);
  REQUIRE(difference<by_weight, TestType, weight_of<TestType, odd, 3>>() < rounding<TestType>);
}

TEMPLATE_TEST_CASE("gradients of groups", "[sweep]", float, double) {
  constexpr index_t odd = lanes<TestType> + 1;
  REQUIRE(gradient_difference<unit_lines, TestType, weight_of<TestType, odd, 3>>() < 16 * rounding<TestType>);
  REQUIRE(gradient_difference<by_filter, TestType, weight_of<TestType, odd, 3>>() < 16 * rounding<TestType>);
  REQUIRE(gradient_difference<by_input, TestType, weight_of<TestType, odd, 3>>() < 16 * rounding<TestType>);
}

TEST_CASE("a formula without groups keeps its taps beside each other", "[sweep]") {
  using plain = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, weight_of<float, 4, 3>>;
  using grouped_one = esp::formula<esp::to_policy_t<decltype(unit_lines)>, weight_of<float, 4, 3>>;
  STATIC_REQUIRE(esp::block_reduction<plain, float, 0>::along_taps);
  STATIC_REQUIRE(!esp::block_reduction<grouped_one, float, 0>::along_taps);
  STATIC_REQUIRE((esp::group_reduction<plain, float, 0>::ids.empty() &&
                  esp::group_reduction<grouped_one, float, 0>::ids.size() == 1));
}
