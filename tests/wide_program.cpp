// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/wide_program.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

template <auto Policy>
constexpr const esp::wide_program& program_of = esp::wide_program_of<
    esp::formula<esp::to_policy_t<decltype(Policy)>, esp::weight_shape{.out = 2, .in = 3, .kernel = 3}>>;

}  // namespace

TEST_CASE("a program has the live nodes alone, and its output among them") {
  constexpr const esp::wide_program& p = program_of<esp::modes::unit_l2>;
  REQUIRE(p.size > 3);
  REQUIRE(p.output == p.size - 1);
  REQUIRE(p.passes == 2);
  REQUIRE(p.taps == 27);
  REQUIRE(p.in == 3);
  REQUIRE(p.out == 2);
  REQUIRE(p.members == nullptr);
  REQUIRE_FALSE(p.is_gradient);
  REQUIRE(p.function == nullptr);
}

TEST_CASE("a program knows the taps of its regions, and its functions where it has some") {
  constexpr const esp::wide_program& p = program_of<esp::modes::fixed_center<>>;
  REQUIRE(p.members != nullptr);
  for (int t = 0; t < 27; ++t) REQUIRE((p.members[t] == p.members[0]) == (t != 13));
  REQUIRE(program_of<[](auto w) { return esp::exp(w); }>.function == &esp::wide_function_of);
}
