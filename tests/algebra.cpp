// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/algebra.hpp>
#include <espalier/lower.hpp>
#include <espalier/modes.hpp>

#include "support/catch.hpp"

namespace {

using esp::abs, esp::eps, esp::l2, esp::max, esp::mean, esp::min, esp::select, esp::sqrt, esp::sum;
namespace modes = esp::modes;

template <auto Prior, esp::extents Kernel = 3>
constexpr const esp::graph& graph_of =
    esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = Kernel}>::value;

/// The proved value of a formula that ends in a scalar.
template <auto Formula>
constexpr std::optional<double> value_of = esp::algebra(graph_of<Formula>).constant(graph_of<Formula>.output);

template <auto Formula>
constexpr std::optional<double> bound_of = esp::algebra(graph_of<Formula>).upper_bound(graph_of<Formula>.output);

template <auto Formula>
constexpr std::optional<double> value_at(esp::index_t tap) {
  const esp::algebra proof(graph_of<Formula>);
  return proof.constant_in_class(graph_of<Formula>.output, proof.classes().class_of(graph_of<Formula>, tap));
}

template <auto Formula>
constexpr bool zero_divisor = esp::divides_by_zero(graph_of<Formula>);

constexpr bool near(std::optional<double> v, double expected) {
  return v && *v - expected < 1e-12 && expected - *v < 1e-12;
}

}  // namespace

TEST_CASE("linear functionals of a shifted block") {
  STATIC_REQUIRE(value_of<[](auto w) { return sum(w - mean(w)); }> == 0.0);
  STATIC_REQUIRE(near(value_of<[](auto w) { return sum(w - mean(w) + 2); }>, 54));
  STATIC_REQUIRE(value_of<[](auto w) { return sum((w - mean(w)) / (1 + max(w))); }> == 0.0);
  STATIC_REQUIRE(value_of<[](auto w) { return mean(w - mean(w)) * sum(w); }> == 0.0);
  STATIC_REQUIRE(!value_of<[](auto w) { return sum((w - mean(w)) * w); }>);
  STATIC_REQUIRE(!value_of<[](auto w) { return sum(w - min(w)); }>);
}

TEST_CASE("quotients cancel with eps as zero") {
  STATIC_REQUIRE(near(value_of<[](auto w) { return sum(w / (sum(w) + eps)); }>, 1));
  STATIC_REQUIRE(near(value_of<[](auto w) { return sum(w * w / (sum(w * w) + eps)); }>, 1));
  STATIC_REQUIRE(near(value_of<[](auto w) { return sum((w + 1) / sum(w + 1)) * 3; }>, 3));
  STATIC_REQUIRE(!value_of<[](auto w) { return sum(w) / sum(w * w); }>);
}

TEST_CASE("a root of a square of a proved sign is the number") {
  STATIC_REQUIRE(near(value_of<[](auto w) { return l2(w) * l2(w) / sum(w * w); }>, 1));
  STATIC_REQUIRE(near(value_of<[](auto w) { return sqrt(sum(w * w) * sum(w * w)) / sum(w * w); }>, 1));
  STATIC_REQUIRE(!value_of<[](auto w) { return sqrt(sum(w) * sum(w)) / sum(w); }>);
  STATIC_REQUIRE(!value_of<[](auto w) { return sum(sqrt(w * w)) / sum(w); }>);
}

TEST_CASE("a factor min(1, c / r) is at most each of its operands") {
  STATIC_REQUIRE(near(bound_of<[](auto w) { return l2(w) * min(1, 0.5 / l2(w)); }>, 0.5));
  STATIC_REQUIRE(near(bound_of<[](auto w) { return min(2, sum(w * w)) * 3; }>, 6));
  STATIC_REQUIRE(!bound_of<[](auto w) { return l2(w) * max(1, 0.5 / l2(w)); }>);
  STATIC_REQUIRE(!bound_of<[](auto w) { return sum(w) * min(1, 0.5 / l2(w)); }>);
}

TEST_CASE("values are known per class of taps") {
  constexpr auto fixed = modes::fixed_center<-3, 1>;
  STATIC_REQUIRE(value_at<fixed>(13) == -3.0);
  STATIC_REQUIRE(!value_at<fixed>(12));
  STATIC_REQUIRE(value_at<(fixed >> esp::clamp<-1, 1>)>(13) == -1.0);
  STATIC_REQUIRE(!value_at<(fixed >> esp::clamp<-1, 1>)>(0));
  STATIC_REQUIRE(value_at<[](auto w) { return select(esp::inside(esp::center_tap), abs(-2 + 0 * w), w); }>(13) == 2.0);
}

TEST_CASE("a value that is the same for all taps is known for each") {
  STATIC_REQUIRE(value_at<esp::assign<5>>(0) == 5.0);
  STATIC_REQUIRE(!value_at<[](auto w) { return mean(w); }>(0));
}

TEST_CASE("a divisor that is always zero is found, one that may be zero is not accused") {
  STATIC_REQUIRE(zero_divisor<[](auto w) { return w / sum(w - mean(w)); }>);
  STATIC_REQUIRE(zero_divisor<[](auto w) { return w / (w - w); }>);
  STATIC_REQUIRE(!zero_divisor<[](auto w) { return w / sum(w); }>);
  STATIC_REQUIRE(!zero_divisor<[](auto w) { return w / eps; }>);
  STATIC_REQUIRE(!zero_divisor<modes::unit_l2>);
}

TEST_CASE("terms whose lost factors differ do not cancel") {
  // Nine factors, of which a product keeps eight.
  constexpr auto product = [](auto w) {
    auto p = abs(w) * max(w, 1) * max(w, 2) * max(w, 3) * max(w, 4) * max(w, 5) * max(w, 6) * max(w, 7);
    return sum(p * (max(w, 8) - max(w, 9)));
  };
  STATIC_REQUIRE(!value_of<product>);
}

TEST_CASE("more classes of taps than terms: nothing is claimed") {
  constexpr auto deep = [](auto w) {
    constexpr auto a = esp::mask<[](esp::tap_index t) { return t.d == 0; }>;
    constexpr auto b = esp::mask<[](esp::tap_index t) { return t.d == 1; }>;
    constexpr auto c = esp::mask<[](esp::tap_index t) { return t.h == 0; }>;
    constexpr auto d = esp::mask<[](esp::tap_index t) { return t.h == 1; }>;
    constexpr auto e = esp::mask<[](esp::tap_index t) { return t.w == 0; }>;
    constexpr auto f = esp::mask<[](esp::tap_index t) { return t.w == 1; }>;
    auto u = select(esp::inside(b), select(esp::inside(a), w, 2 * w), 3 * w);
    auto v = select(esp::inside(d), select(esp::inside(c), u, 2 * u), 3 * u);
    return select(esp::inside(f), select(esp::inside(e), v, 2 * v), 3 * v);
  };
  STATIC_REQUIRE(esp::algebra(graph_of<deep>).classes().count == 27);
  for (esp::index_t t = 0; t < 27; ++t) REQUIRE(!value_at<deep>(t));
}
