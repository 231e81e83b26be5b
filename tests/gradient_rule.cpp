// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/gradient_rule.hpp>
// The header under test stands alone above.
#include <espalier/policies/clamp.hpp>

#include "support/catch.hpp"

namespace {

struct named_rule : esp::policy<named_rule> {
  static constexpr auto gradient = esp::gradient_rule::tangent;
  static constexpr auto map(auto w) { return w; }
};

}  // namespace

TEST_CASE("a policy that names no gradient rule has the exact one") {
  STATIC_REQUIRE(esp::gradient_rule_of<esp::clamp_t<0>>() == esp::gradient_rule::exact);
  STATIC_REQUIRE(esp::gradient_rule_of<named_rule>() == esp::gradient_rule::tangent);
}
