// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/expression.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::operation;
constexpr esp::tap_t w{};

template <class A, class B>
constexpr bool same(A, B) {
  return std::is_same_v<A, B>;
}
template <operation Op, class X, class Y>
constexpr bool is_binary(esp::binary<Op, X, Y>) {
  return true;
}
template <operation Op>
constexpr bool combines(auto e) {
  return requires { is_binary<Op>(e); };
}
template <class X, class Y>
constexpr bool adds = requires(X x, Y y) { x + y; };

}  // namespace

TEST_CASE("arithmetic makes one node, whichever side holds a number") {
  STATIC_REQUIRE(combines<operation::add>(w + 1));
  STATIC_REQUIRE(combines<operation::add>(1 + w));
  STATIC_REQUIRE(combines<operation::subtract>(w - w));
  STATIC_REQUIRE(combines<operation::multiply>(2.5f * w));
  STATIC_REQUIRE(combines<operation::divide>(w / 3));
  STATIC_REQUIRE(!combines<operation::divide>(w * 3));
  STATIC_REQUIRE((w + 1).y.value == 1);
  STATIC_REQUIRE((0.5 - w).x.value == 0.5);
}

TEST_CASE("equal formulas have equal types, and the numbers are values") {
  STATIC_REQUIRE(same(w * w, w * w));
  STATIC_REQUIRE(same(w * 2, w * 3.5));
  STATIC_REQUIRE(!same(w * 2, 2 * w));
}

TEST_CASE("plain numbers keep their own operators") {
  STATIC_REQUIRE(adds<esp::tap_t, int>);
  STATIC_REQUIRE(adds<double, esp::eps_t>);
  STATIC_REQUIRE(std::is_same_v<decltype(1 + 2.0), double>);
}

TEST_CASE("comparisons are conditions, with the smaller side first") {
  STATIC_REQUIRE(same(w < 1, esp::compare<operation::less>(w, 1)));
  STATIC_REQUIRE(same(w > 1, 1 < w));
  STATIC_REQUIRE(same(w >= 1, 1 <= w));
  STATIC_REQUIRE(esp::Condition<decltype(w <= w)>);
  STATIC_REQUIRE(!esp::Expression<decltype(w <= w)>);
  STATIC_REQUIRE(esp::Condition<decltype(!(w < 0) && w < 2)>);
  STATIC_REQUIRE(esp::Condition<decltype(w < 0 || esp::inside(esp::center_tap))>);
}

TEST_CASE("functions of a formula are formulas") {
  STATIC_REQUIRE(same(esp::abs(w), esp::unary<operation::abs, esp::tap_t>{w}));
  STATIC_REQUIRE(same(esp::sqrt(w), esp::unary<operation::sqrt, esp::tap_t>{w}));
  STATIC_REQUIRE(same(-w, esp::unary<operation::negate, esp::tap_t>{w}));
  STATIC_REQUIRE(same(esp::square(w + 1), (w + 1) * (w + 1)));
  STATIC_REQUIRE(esp::Expression<decltype(esp::select(w < 0, 0, w))>);
  STATIC_REQUIRE(esp::select(w < 0, 3, w).x.value == 3);
}

TEST_CASE("what an operand may be") {
  STATIC_REQUIRE(esp::Operand<esp::tap_t>);
  STATIC_REQUIRE(esp::Operand<float>);
  STATIC_REQUIRE(esp::Operand<esp::parameter_t<"c">>);
  STATIC_REQUIRE(!esp::Operand<const char*>);
  STATIC_REQUIRE(!esp::Operand<esp::center_tap_t>);
  STATIC_REQUIRE(!esp::Reduction<esp::tap_t>);
  STATIC_REQUIRE(same(esp::as_expression(2), esp::constant_t{2}));
  STATIC_REQUIRE(same(esp::as_expression(w), w));
  STATIC_REQUIRE(same(esp::param<"c">, esp::param<"c">));
  STATIC_REQUIRE(!same(esp::param<"c">, esp::param<"d">));
  STATIC_REQUIRE(esp::param<"alpha">.name.view() == "alpha");
}
