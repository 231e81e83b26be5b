// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/lower.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>

#include "support/catch.hpp"

namespace {

using esp::operation;

template <auto Prior, esp::weight_shape Shape = esp::typical_shape, double Eps = 1e-12>
constexpr const esp::graph& graph_of = esp::formula<esp::to_policy_t<decltype(Prior)>, Shape, Eps>::value;

constexpr int count(const esp::graph& g, operation op) {
  int n = 0;
  for (int id = 0; id < g.size; ++id) n += g[id].op == op ? 1 : 0;
  return n;
}
constexpr const esp::node& output(const esp::graph& g) { return g[g.output]; }

/// Doubles the weight `times` times, each step written twice, so that substitution would grow as 2^times.
template <int Times>
constexpr auto doubled = [](auto w) {
  if constexpr (Times == 0) {
    return w;
  } else {
    return esp::max(doubled<Times - 1>(w), w) + esp::min(doubled<Times - 1>(w), w);
  }
};

}  // namespace

TEST_CASE("every kind of expression becomes its node") {
  STATIC_REQUIRE(output(graph_of<[](auto w) { return w + 1; }>).op == operation::add);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return 1 - w; }>).op == operation::subtract);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return w * w; }>).op == operation::multiply);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return 1 / w; }>).op == operation::divide);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return -w; }>).op == operation::negate);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::sqrt(w); }>).op == operation::sqrt);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::abs(w); }>).op == operation::abs);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::min(w, 2); }>).op == operation::min);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::max(w, 2); }>).op == operation::max);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::sum(w); }>).op == operation::sum);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::min(w); }>).op == operation::smallest);
  STATIC_REQUIRE(output(graph_of<[](auto w) { return esp::max(w); }>).op == operation::largest);
  STATIC_REQUIRE(output(graph_of<[](auto) { return esp::eps; }>).op == operation::epsilon);
  STATIC_REQUIRE(output(graph_of<[](auto) { return esp::param<"c">; }>).op == operation::parameter);
  STATIC_REQUIRE(output(graph_of<[](auto) { return 3; }>).value == 3);
}

TEST_CASE("conditions keep their operands") {
  constexpr const esp::graph& g = graph_of<[](auto w) { return esp::select(!(w < 1) && (w <= 2 || w > 3), w, 0); }>;
  STATIC_REQUIRE(output(g).op == operation::select);
  STATIC_REQUIRE(g[output(g).a].op == operation::conjunction);
  STATIC_REQUIRE(count(g, operation::negation) == 1);
  STATIC_REQUIRE(count(g, operation::disjunction) == 1);
  STATIC_REQUIRE(count(g, operation::less) == 2);
  STATIC_REQUIRE(count(g, operation::less_equal) == 1);
}

TEST_CASE("a mean is a sum over the number of values in its region and scope") {
  constexpr auto mean = [](auto w) { return esp::mean(w); };
  constexpr auto near = [](auto w) { return esp::mean(w, esp::neighbors); };
  constexpr esp::weight_shape shape{.out = 5, .in = 3, .kernel = 3};
  const auto divisor = [](const esp::graph& g) { return g[output(g).b].value; };
  REQUIRE(divisor(graph_of<mean, shape>) == 27);
  REQUIRE(divisor(graph_of<near, shape>) == 26);
  REQUIRE(divisor(graph_of<esp::per_filter(mean), shape>) == 81);
  REQUIRE(divisor(graph_of<esp::whole_weight(near), shape>) == 390);
}

TEST_CASE("equal parts of different policies are one node") {
  STATIC_REQUIRE(count(graph_of<(esp::modes::nonneg >> esp::modes::nonneg)>, operation::max) == 1);
  constexpr auto norm_twice = [](auto w) { return w / (1 + esp::l2(w)) + esp::l2(w); };
  STATIC_REQUIRE(count(graph_of<norm_twice>, operation::sum) == 1);
  STATIC_REQUIRE(count(graph_of<norm_twice>, operation::sqrt) == 1);
  STATIC_REQUIRE(graph_of<doubled<6>>.size <= 1 + 3 * 6);
  STATIC_REQUIRE(graph_of<(esp::identity >> doubled<3> >> doubled<3>)>.size <= 1 + 3 * 6);
}

TEST_CASE("the sign that one policy proves saves the next its magnitude") {
  STATIC_REQUIRE(count(graph_of<esp::normalize<esp::l1>>, operation::abs) == 1);
  STATIC_REQUIRE(count(graph_of<esp::modes::nonneg_sum1>, operation::abs) == 0);
}

TEST_CASE("reductions inside on<region> run over the region only") {
  constexpr const esp::graph& g = graph_of<esp::on<esp::neighbors>(esp::modes::sum_to_one)>;
  int found = 0;
  for (int id = 0; id < g.size; ++id) {
    if (g[id].op != operation::sum) continue;
    ++found;
    REQUIRE(g.taps_in(g[id].regions) == 26);
  }
  REQUIRE(found == 1);
  constexpr auto row = esp::mask<[](esp::tap_index t) { return t.h == 1 && t.d == 1; }>;
  constexpr const esp::graph& both = graph_of<esp::on<row>([](auto w) { return esp::sum(w, esp::neighbors); })>;
  for (int id = 0; id < both.size; ++id) {
    if (both[id].op == operation::sum) REQUIRE(both.taps_in(both[id].regions) == 2);
  }
}

TEST_CASE("eps is the formula's own") {
  STATIC_REQUIRE(count(graph_of<esp::modes::unit_l2>, operation::epsilon) == 1);
  constexpr const esp::graph& g = graph_of<esp::modes::unit_l2, esp::typical_shape, 0.5>;
  double eps = 0;
  for (int id = 0; id < g.size; ++id) eps += g[id].op == operation::epsilon ? g[id].value : 0;
  REQUIRE(eps == 0.5);
}
