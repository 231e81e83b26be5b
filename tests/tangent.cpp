// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/tangent.hpp>
// The header under test stands alone above.
#include <array>
#include <cmath>
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

/// What is tangent to the facts of `Prior` of the incoming gradient, as a formula of its own.
template <auto Prior>
struct tangent_formula {
  using policy_type = esp::to_policy_t<decltype(Prior)>;
  static constexpr double eps = 0;
  static constexpr esp::graph value = [] {
    esp::graph g = esp::lowered<policy_type>(esp::weight_shape{1, 1, {1, 1, 4}}, {.eps = 0});
    const int incoming = g.incoming();
    g.is_gradient = true;
    g.output = esp::tangent(g, g.output, incoming);
    return g;
  }();
};

constexpr std::array<double, 4> weight{1, -2, 3, 0.5}, incoming{4, 1, -1, 6};

template <auto Prior>
std::array<double, 4> tangent_of() {
  std::array<double, 4> result{};
  const double none[1]{};
  esp::evaluator<tangent_formula<Prior>, double>{}(weight.data(), result.data(), none, incoming.data());
  return result;
}

}  // namespace

TEST_CASE("of a value of which nothing is proved all is tangent") { REQUIRE(tangent_of<esp::identity>() == incoming); }

TEST_CASE("where the sum is fixed the mean goes, and a fixed tap takes nothing") {
  REQUIRE(tangent_of<esp::modes::zero_mean>() == std::array<double, 4>{1.5, -1.5, -3.5, 3.5});
  constexpr auto held = esp::on<esp::tap<0, 0, 1>>(esp::assign<2>);
  REQUIRE(tangent_of<held>() == std::array<double, 4>{4, 0, -1, 6});
}

TEST_CASE("where the norm is fixed the component along the value goes") {
  const auto t = tangent_of<esp::modes::unit_l2>();
  double along = 0;
  for (std::size_t i = 0; i < 4; ++i) along += t[i] * weight[i];
  REQUIRE(std::fabs(along) < 1e-14);
  REQUIRE(t[0] != incoming[0]);
}
