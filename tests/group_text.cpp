// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/explain.hpp>
#include <espalier/group_text.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/grouped.hpp>

#include "support/catch.hpp"

namespace {

constexpr auto parity = [](esp::tap_index t) { return (t.h + t.w) % 2; };
template <auto Prior, esp::extents Kernel>
constexpr esp::text formula_of = esp::explain<Kernel>(Prior).formula;

}  // namespace

TEST_CASE("a partition prints its name, or its groups where the name does not tell them") {
  constexpr auto zero_mean = esp::modes::zero_mean;
  constexpr esp::extents flat{1, 2, 2};
  STATIC_REQUIRE(formula_of<esp::grouped<esp::lines<esp::axis::width>>(zero_mean), flat>.view() ==
                 "w - mean(w; lines<width>)");
  STATIC_REQUIRE(formula_of<esp::grouped<parity>(zero_mean), flat>.view() == "w - mean(w; groups(ab/ba))");
  STATIC_REQUIRE(formula_of<esp::grouped<esp::mirror<esp::axis::width>>(zero_mean), esp::extents{1, 1, 3}>.view() ==
                 "w - mean(w; mirror(aba))");
  STATIC_REQUIRE(formula_of<esp::grouped<parity>(zero_mean), esp::extents{5, 5, 5}>.view() ==
                 "w - mean(w; groups(2 groups))");
}
