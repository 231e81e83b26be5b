// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/half_space.hpp>
// The header under test stands alone above.
#include <cmath>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

namespace {

constexpr double slope(esp::tap_index t) { return static_cast<double>(t.w) - 1; }
constexpr double uneven(esp::tap_index t) {
  return static_cast<double>(t.d * t.d) - 0.5 * static_cast<double>(t.h) + 1;
}

double value(const double* block) {
  double sum = 0;
  for (int t = 0; t < 27; ++t) sum += block[t] * uneven(esp::detail::tap_at(t, 3));
  return sum;
}

}  // namespace

TEST_CASE("half_space moves what is outside, and nothing else") {
  STATIC_REQUIRE(of<esp::half_space<slope>>(1, 5, 2) == three{1.5, 5, 1.5});
  STATIC_REQUIRE(of<esp::half_space<slope>>(2.1, 5, 2) == three{2.1, 5, 2});
  STATIC_REQUIRE(of<esp::half_space<slope, esp::param<"v">>>(1, 5, 2, 2.0) == three{1, 5, 2});
  for (double v : of<esp::half_space<slope>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("half_space is the projection: no drawn point of the set is nearer", "[nearest]") {
  const auto feasible = [](nearest::block q) {
    const double over = value(q.data()) - 2;
    if (over > 0) q[0] -= over / uneven({});
    return q;
  };
  REQUIRE(nearest::nearer_points<esp::half_space<uneven, 2>>(feasible) == 0);
  REQUIRE(nearest::change_of_second_run<esp::half_space<uneven, 2>>(16) <= 16);
  REQUIRE(nearest::error_of_gradient<esp::half_space<uneven, 2>>() < 1e-6);
  const std::vector<double> out = nearest::swept<esp::half_space<uneven, 2>>(nearest::drawn_weight(1));
  for (std::size_t b = 0; b < 40; ++b) REQUIRE(value(out.data() + b * 27) < 2 + 1e-11);
}

TEST_CASE("half_space has a name") {
  STATIC_REQUIRE(esp::policy_name<esp::half_space_t<slope, 2>>() == "half_space<f, 2>");
}
