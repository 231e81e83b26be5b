// SPDX-License-Identifier: BSD-3-Clause
// What programs compute stands in wide_evaluation.cpp.
#include <espalier/dsl.hpp>
#include <espalier/wide_program.hpp>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 5, .in = 2, .kernel = {1, 3, 3}};
template <auto Prior>
constexpr const esp::wide_program& program_of =
    esp::wide_program_of<esp::formula<esp::to_policy_t<decltype(Prior)>, shape>>;
constexpr auto& norm = program_of<esp::modes::unit_l2>;
constexpr auto& inputs = program_of<esp::per_input(esp::modes::unit_l2)>;
constexpr auto& region = program_of<esp::on<esp::center_tap>(esp::modes::zero_mean)>;

}  // namespace

TEST_CASE("a program holds the live nodes of a formula in their order") {
  STATIC_REQUIRE((norm.taps == 9 && norm.in == 2 && norm.out == 5 && norm.passes == 2 && !norm.is_gradient));
  STATIC_REQUIRE(norm.nodes[0].op == esp::operation::tap);
  STATIC_REQUIRE(norm.output == norm.size - 1);
  for (int i = 0; i < norm.size; ++i) {
    for (int operand : {norm.nodes[i].a, norm.nodes[i].b, norm.nodes[i].c}) REQUIRE(operand < i);
  }
}

TEST_CASE("a program has room for input channels, regions and functions where it uses them") {
  STATIC_REQUIRE((norm.inputs_size() == 0 && inputs.inputs_size() == 2 * inputs.size));
  STATIC_REQUIRE((norm.members == nullptr && region.members != nullptr && region.members[4] == 1));
  STATIC_REQUIRE((norm.function == nullptr && program_of<[](auto w) { return esp::exp(w); }>.function != nullptr));
}
