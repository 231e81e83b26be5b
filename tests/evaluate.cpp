// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/evaluate.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;
using three = std::array<double, 3>;
constexpr esp::extents row{1, 1, 3};

template <auto Prior>
constexpr three of(double a, double b, double c, auto... parameters) {
  return esp::evaluate<Prior, row>(three{a, b, c}, parameters...);
}
constexpr bool near(const three& a, const three& b) {
  for (std::size_t i = 0; i < 3; ++i) {
    const double off = a[i] - b[i];
    if (!(off < 1e-11 && off > -1e-11)) return false;
  }
  return true;
}

/// A whole weight of two filters of two blocks of three taps.
template <auto Prior>
std::array<double, 12> weight_of(const std::array<double, 12>& in) {
  using f = esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = row}>;
  std::array<double, 12> out{};
  esp::evaluator<f, double>{}(in.data(), out.data(), nullptr);
  return out;
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("the modes on three taps, worked out by hand") {
  STATIC_REQUIRE(of<modes::none>(1, -2, 3) == three{1, -2, 3});
  STATIC_REQUIRE(of<modes::nonneg>(1, -2, 3) == three{1, 0, 3});
  STATIC_REQUIRE(of<modes::zero_mean>(1, 2, 6) == three{-2, -1, 3});
  STATIC_REQUIRE(near(of<modes::sum_to_one>(1, -2, 5), {0.25, -0.5, 1.25}));
  STATIC_REQUIRE(near(of<modes::nonneg_sum1>(1, -2, 3), {0.25, 0, 0.75}));
  STATIC_REQUIRE(near(of<modes::unit_l2>(2, -1, 2), {2.0 / 3, -1.0 / 3, 2.0 / 3}));
  STATIC_REQUIRE(near(of<modes::max_l2<1.5>>(2, -1, 2), {1, -0.5, 1}));
  STATIC_REQUIRE(of<modes::max_l2<4>>(2, -1, 2) == three{2, -1, 2});
  STATIC_REQUIRE(near(of<modes::fixed_center<-1, 1>>(1, 9, 3), {0.25, -1, 0.75}));
}

TEST_CASE("reductions, conditions and functions") {
  STATIC_REQUIRE(of<[](auto w) { return w - esp::min(w); }>(4, 2, 7) == three{2, 0, 5});
  STATIC_REQUIRE(of<[](auto w) { return esp::max(w) - w; }>(4, 2, 7) == three{3, 5, 0});
  STATIC_REQUIRE(of<[](auto w) { return w + esp::l1(w); }>(1, -2, 3) == three{7, 4, 9});
  STATIC_REQUIRE(of<[](auto w) { return esp::sqrt(w) + esp::square(w); }>(4, 9, 0) == three{18, 84, 0});
  STATIC_REQUIRE(of<[](auto w) { return esp::select(w <= 2, -w, esp::abs(w)); }>(2, -3, 4) == three{-2, 3, 4});
  STATIC_REQUIRE(of<[](auto w) { return esp::select(w < 0 || !(w < 3), 0, w); }>(2, -3, 4) == three{2, 0, 0});
  STATIC_REQUIRE(of<[](auto w) { return esp::select(w > 0 && w < 3, 1, w); }>(2, -3, 4) == three{1, -3, 4});
  STATIC_REQUIRE(of<[](auto w) { return esp::mean(w, esp::neighbors); }>(2, 100, 4) == three{3, 3, 3});
}

TEST_CASE("a region inside a longer condition") {
  constexpr auto centre_only = [](auto w) { return esp::select(esp::inside(esp::center_tap) && w < 0, 0, w); };
  STATIC_REQUIRE(of<centre_only>(-1, -2, -3) == three{-1, 0, -3});
  STATIC_REQUIRE(of<centre_only>(-1, 2, -3) == three{-1, 2, -3});
  constexpr auto others = [](auto w) { return esp::select(!esp::inside(esp::center_tap), 0, w); };
  STATIC_REQUIRE(of<others>(1, 2, 3) == three{0, 2, 0});
}

TEST_CASE("a condition on the block's own scalars") {
  constexpr auto turned = [](auto w) { return esp::select(esp::mean(w) < 0, -w, w); };
  STATIC_REQUIRE(of<turned>(1, -2, -3) == three{-1, 2, 3});
  STATIC_REQUIRE(of<turned>(1, 2, -3) == three{1, 2, -3});
}

TEST_CASE("NaN and infinity follow IEEE") {
  const three clamped = of<esp::clamp<-1, 1>>(not_a_number, infinity, -infinity);
  REQUIRE(std::isnan(clamped[0]));
  REQUIRE(clamped[1] == 1);
  REQUIRE(clamped[2] == -1);
  for (double v : of<modes::unit_l2>(1, not_a_number, 2)) REQUIRE(std::isnan(v));
  for (double v : of<[](auto w) { return w - esp::max(w); }>(1, not_a_number, 2)) REQUIRE(std::isnan(v));
  for (double v : of<[](auto w) { return esp::min(w) + 0 * w; }>(not_a_number, 1, 2)) REQUIRE(std::isnan(v));
}

TEST_CASE("division by zero has a value in constant expressions too") {
  constexpr auto inverse = [](auto w) { return 1 / w; };
  constexpr three inverted = of<inverse>(0.0, -0.0, 4);
  STATIC_REQUIRE(inverted == three{infinity, -infinity, 0.25});
  constexpr auto own = [](auto w) { return w / w; };
  constexpr three quotients = of<own>(0, 2, -3);
  STATIC_REQUIRE(quotients[0] != quotients[0]);
  STATIC_REQUIRE(quotients[2] == 1);
}

TEST_CASE("named parameters follow the block in the order of the formula") {
  constexpr auto line = [](auto w) { return esp::param<"k"> * w + esp::param<"b">; };
  STATIC_REQUIRE(of<line>(1, 2, 3, 10, 0.5) == three{10.5, 20.5, 30.5});
  STATIC_REQUIRE(near(of<esp::cap<esp::l2, esp::param<"c">>>(2, -1, 2, 1.5), {1, -0.5, 1}));
}

TEST_CASE("float is computed in float") {
  constexpr std::array<float, 3> in{1.0f, 1e-8f, 0};
  constexpr auto out = esp::evaluate<[](auto w) { return esp::sum(w) + 0 * w; }, row>(in);
  STATIC_REQUIRE(out[0] == 1.0f);
}

TEST_CASE("scopes widen the reductions over a whole weight") {
  const std::array<double, 12> in{1, 2, 3, 4, 5, 9, -1, -2, -3, 0, 0, 12};
  const std::array<double, 12> blocks{-1, 0, 1, -2, -1, 3, 1, 0, -1, -4, -4, 8};
  const std::array<double, 12> filters{-3, -2, -1, 0, 1, 5, -2, -3, -4, -1, -1, 11};
  REQUIRE(weight_of<modes::zero_mean>(in) == blocks);
  REQUIRE(weight_of<esp::per_filter(modes::zero_mean)>(in) == filters);
  const auto whole = weight_of<esp::whole_weight(modes::zero_mean)>(in);
  for (std::size_t i = 0; i < 12; ++i) REQUIRE(whole[i] == in[i] - 2.5);
  const auto largest = weight_of<esp::whole_weight([](auto w) { return w / esp::max(w); })>(in);
  REQUIRE(largest[11] == 1);
  REQUIRE(largest[2] == 0.25);
}

TEST_CASE("input and output may be the same array") {
  using f =
      esp::formula<esp::to_policy_t<decltype(modes::zero_mean)>, esp::weight_shape{.out = 1, .in = 1, .kernel = row}>;
  three block{1, 2, 6};
  esp::evaluator<f, double>{}(block.data(), block.data(), nullptr);
  REQUIRE(block == three{-2, -1, 3});
}

TEST_CASE("no simplification takes a NaN for a sign") {
  constexpr esp::extents two{1, 1, 2};
  constexpr auto magnitude = [](auto w) { return esp::abs(esp::max(w, esp::sqrt(w))); };
  STATIC_REQUIRE(esp::evaluate<magnitude, two>(std::array{-1.0, 4.0}) == std::array{1.0, 4.0});
  constexpr auto circle = [](auto w) { return esp::max(w, esp::sqrt(1 - w * w)); };
  constexpr auto shares = esp::identity >> circle >> esp::normalize<esp::l1>;
  const auto share = esp::evaluate<shares, two>(std::array{-3.0, 2.0});
  REQUIRE(std::fabs(share[0] + 0.6) < 1e-12);
  REQUIRE(std::fabs(share[1] - 0.4) < 1e-12);
  constexpr auto clamped = [](auto w) { return esp::max(esp::max(w, esp::sqrt(w)), 0); };
  STATIC_REQUIRE(esp::evaluate<clamped, two>(std::array{-1.0, 4.0}) == std::array{0.0, 4.0});
  constexpr auto smaller = [](auto w) { return esp::abs(esp::min(w, -esp::sqrt(-w))); };
  STATIC_REQUIRE(esp::evaluate<smaller, two>(std::array{1.0, -4.0}) == std::array{1.0, 4.0});
  constexpr auto chosen = [](auto w) { return esp::abs(esp::select(w < esp::sqrt(w), esp::sqrt(w), w)); };
  STATIC_REQUIRE(esp::evaluate<chosen, two>(std::array{-1.0, 4.0}) == std::array{1.0, 4.0});
  // Another tap's NaN makes a reduction NaN, which max drops.
  constexpr auto other = [](auto w) { return esp::abs(esp::max(w, esp::l1(w))); };
  const auto kept = esp::evaluate<other, two>(std::array{-3.0, std::numeric_limits<double>::quiet_NaN()});
  REQUIRE(kept[0] == 3);
}
