// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/reduction.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::operation;
constexpr esp::tap_t w{};

template <operation Op, class R, class X>
constexpr bool reduces(esp::reduction<Op, R, X>, operation op) {
  return op == Op;
}
template <class A, class B>
constexpr bool same(A, B) {
  return std::is_same_v<A, B>;
}

}  // namespace

TEST_CASE("each reduction names its operation") {
  STATIC_REQUIRE(reduces(esp::sum(w), operation::sum));
  STATIC_REQUIRE(reduces(esp::mean(w), operation::mean));
  STATIC_REQUIRE(reduces(esp::min(w), operation::smallest));
  STATIC_REQUIRE(reduces(esp::max(w), operation::largest));
}

TEST_CASE("norms are written in sums") {
  STATIC_REQUIRE(same(esp::sum_of_squares(w), esp::sum(w * w)));
  STATIC_REQUIRE(same(esp::l1(w), esp::sum(esp::abs(w))));
  STATIC_REQUIRE(same(esp::l2(w), esp::sqrt(esp::sum(w * w))));
  STATIC_REQUIRE(same(esp::l2(w, esp::neighbors), esp::sqrt(esp::sum(w * w, esp::neighbors))));
}

TEST_CASE("a region is part of the reduction's type") {
  STATIC_REQUIRE(same(esp::sum(w, esp::center_tap), esp::reduction<operation::sum, esp::center_tap_t, esp::tap_t>{w}));
  STATIC_REQUIRE(same(esp::sum(w), esp::reduction<operation::sum, esp::everywhere_t, esp::tap_t>{w}));
  STATIC_REQUIRE(!same(esp::sum(w), esp::sum(w, esp::neighbors)));
  STATIC_REQUIRE(esp::Region<esp::everywhere_t>);
}

TEST_CASE("min and max of two operands work tap by tap") {
  STATIC_REQUIRE(same(esp::min(w, 0), esp::arithmetic<operation::min>(w, 0)));
  STATIC_REQUIRE(same(esp::max(1, w), esp::arithmetic<operation::max>(1, w)));
}

TEST_CASE("reductions are objects of reduction types, and no formulas") {
  STATIC_REQUIRE(esp::Reduction<esp::sum_t>);
  STATIC_REQUIRE(esp::Reduction<esp::mean_t>);
  STATIC_REQUIRE(esp::Reduction<esp::l2_t>);
  STATIC_REQUIRE(esp::Reduction<esp::max_t>);
  STATIC_REQUIRE(!esp::Expression<esp::sum_t>);
  STATIC_REQUIRE(esp::Expression<decltype(esp::sum(w))>);
}
