// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/wide_program.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

constexpr double lever(esp::tap_index t) { return static_cast<double>(t.w - 1); }

template <auto P>
constexpr const esp::wide_program& program_on_row =
    esp::wide_program_of<esp::formula<esp::to_policy_t<decltype(P)>, esp::weight_shape{2, 3, {1, 1, 3}}>>;

constexpr esp::weight_shape shape{.out = 5, .in = 2, .kernel = {1, 3, 3}};
template <auto Prior>
constexpr const esp::wide_program& program_of =
    esp::wide_program_of<esp::formula<esp::to_policy_t<decltype(Prior)>, shape>>;
constexpr auto& norm = program_of<esp::modes::unit_l2>;
constexpr auto& inputs = program_of<esp::per_input(esp::modes::unit_l2)>;
constexpr auto& region = program_of<esp::on<esp::center_tap>(esp::modes::zero_mean)>;

}  // namespace

TEST_CASE("a program holds the live nodes of a plan and the weight's sizes") {
  constexpr const esp::wide_program& p = program_on_row<esp::modes::unit_l2>;
  STATIC_REQUIRE(p.taps == 3);
  STATIC_REQUIRE(p.in == 3);
  STATIC_REQUIRE(p.out == 2);
  STATIC_REQUIRE(p.passes == 2);
  STATIC_REQUIRE(!p.is_gradient);
  STATIC_REQUIRE(p.output == p.size - 1);
  STATIC_REQUIRE(p.members == nullptr);
  STATIC_REQUIRE(p.tables == nullptr);
  STATIC_REQUIRE(p.function == nullptr);
}

TEST_CASE("and what its nodes name: taps of regions, numbers of tables, functions") {
  constexpr const esp::wide_program& p =
      program_on_row<esp::on<esp::center_tap>([](auto w) { return esp::exp(w) * esp::at<lever>; })>;
  STATIC_REQUIRE(p.members[0] == 0);
  STATIC_REQUIRE(p.members[1] != 0);
  STATIC_REQUIRE(p.tables[0] == -1);
  STATIC_REQUIRE(p.tables[2] == 1);
  STATIC_REQUIRE(p.function != nullptr);
}

TEST_CASE("a program has room for input channels, regions and functions where it uses them") {
  STATIC_REQUIRE((norm.inputs_size() == 0 && inputs.inputs_size() == 2 * inputs.size));
  STATIC_REQUIRE((norm.members == nullptr && region.members != nullptr && region.members[4] == 1));
  STATIC_REQUIRE((norm.function == nullptr && program_of<[](auto w) { return esp::exp(w); }>.function != nullptr));
}
