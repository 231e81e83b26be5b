// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/hyperplane.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/pipeline.hpp>
#include <espalier/policies/shift.hpp>
#include <espalier/policies/subtract.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

namespace {

constexpr double slope(esp::tap_index t) { return static_cast<double>(t.w) - 1; }
constexpr double one(esp::tap_index) { return 1; }
constexpr double uneven(esp::tap_index t) {
  return static_cast<double>(t.d * t.d) - 0.5 * static_cast<double>(t.h) + 1;
}

double value(const double* block) {
  double sum = 0;
  for (int t = 0; t < 27; ++t) sum += block[t] * uneven(esp::detail::tap_at(t, 3));
  return sum;
}

}  // namespace

TEST_CASE("hyperplane takes from each tap its share of what is too much") {
  STATIC_REQUIRE(of<esp::hyperplane<slope>>(1, 5, 2) == three{1.5, 5, 1.5});
  STATIC_REQUIRE(of<esp::hyperplane<slope, 2>>(1, 5, 2) == three{0.5, 5, 2.5});
  STATIC_REQUIRE(near(of<esp::hyperplane<one, esp::param<"v">>>(1, 5, 3, 3.0), {-1, 3, 1}));
  for (double v : of<esp::hyperplane<slope>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("hyperplane is the projection: no drawn point of the set is nearer", "[nearest]") {
  const auto feasible = [](nearest::block q) {
    // What is too much is taken from one tap: a point of the set, not the nearest.
    q[0] -= (value(q.data()) - 2) / uneven({});
    return q;
  };
  REQUIRE(nearest::nearer_points<esp::hyperplane<uneven, 2>>(feasible) == 0);
  REQUIRE(nearest::change_of_second_run<esp::hyperplane<uneven, 2>>(16) <= 16);
  REQUIRE(nearest::error_of_gradient<esp::hyperplane<uneven, 2>>() < 1e-6);
  const std::vector<double> out = nearest::swept<esp::hyperplane<uneven, 2>>(nearest::drawn_weight(1));
  for (std::size_t b = 0; b < 40; ++b) REQUIRE(std::fabs(value(out.data() + b * 27) - 2) < 1e-11);
}

TEST_CASE("what hyperplane establishes") {
  STATIC_REQUIRE(esp::establishes<esp::hyperplane<one, 2>, esp::sum_is<2>>);
  STATIC_REQUIRE(!esp::establishes<esp::hyperplane<one, 2>, esp::sum_is<1>>);
  STATIC_REQUIRE(!esp::establishes<esp::hyperplane<slope>, esp::zero_sum>);
  constexpr auto both = esp::subtract<esp::mean> >> esp::hyperplane<slope>;
  STATIC_REQUIRE(esp::establishes<both, esp::zero_sum>);
  STATIC_REQUIRE(esp::policy_name<esp::hyperplane_t<slope, 2>>() == "hyperplane<f, 2>");
}
