// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/modes.hpp>
#include <espalier/plan.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;

template <auto Prior, esp::extents Kernel = 3>
using plan_of =
    esp::plan<esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = Kernel}>>;

template <auto Prior>
constexpr int passes = plan_of<Prior>::passes;

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
constexpr whiten_t whiten{};

/// Whether every tap comes once, in a lane where it is the only one of its row, and no row is longer than the lanes.
constexpr bool deals_out_all_taps(esp::index_t taps) {
  const esp::tap_order order(taps);
  std::array<int, 200> times{}, in_lane{};
  for (esp::index_t step = 0; step < taps; ++step) {
    const esp::index_t t = order.tap_at(step), lane = order.lane_of(t);
    if (lane < 0 || lane >= order.lanes) return false;
    ++times[static_cast<std::size_t>(t)];
    ++in_lane[static_cast<std::size_t>(lane)];
  }
  const int rows = static_cast<int>((taps + order.lanes - 1) / order.lanes);
  for (esp::index_t t = 0; t < taps; ++t) {
    if (times[static_cast<std::size_t>(t)] != 1) return false;
  }
  for (esp::index_t lane = 0; lane < order.lanes; ++lane) {
    const int n = in_lane[static_cast<std::size_t>(lane)];
    if (n != rows && n != rows - 1) return false;
  }
  return true;
}

constexpr auto scattered =
    esp::on<esp::mask<[](esp::tap_index t) { return (t.d + t.h + t.w) % 2 == 0; }>>(esp::normalize<esp::l2>) >>
    esp::on<esp::tap<0, 1, 2>>(esp::assign<0>);

}  // namespace

TEST_CASE("a formula takes the fewest passes that its reductions allow") {
  STATIC_REQUIRE(passes<modes::none> == 1);
  STATIC_REQUIRE(passes<modes::nonneg> == 1);
  STATIC_REQUIRE(passes<modes::sum_to_one> == 2);
  STATIC_REQUIRE(passes<modes::zero_mean> == 2);
  STATIC_REQUIRE(passes<modes::nonneg_sum1> == 2);
  STATIC_REQUIRE(passes<modes::unit_l2> == 2);
  STATIC_REQUIRE(passes<modes::max_l2<0.8>> == 2);
  STATIC_REQUIRE(passes<modes::fixed_center<-1, 1>> == 2);
  STATIC_REQUIRE(passes<esp::assign<2>> == 1);
  STATIC_REQUIRE(passes<whiten> == 3);
}

TEST_CASE("composition adds a pass only where a reduction waits for another") {
  STATIC_REQUIRE(passes<(modes::unit_l2 >> modes::max_l2<0.5>)> == 2);
  STATIC_REQUIRE(passes<(modes::zero_mean >> modes::unit_l2)> == 3);
  STATIC_REQUIRE(passes<(modes::zero_mean >> modes::zero_mean)> == 2);
  STATIC_REQUIRE(passes<(modes::nonneg >> modes::unit_l2)> == 2);
  STATIC_REQUIRE(passes<(esp::clamp<-1, 1> >> whiten)> == 3);
  STATIC_REQUIRE(passes<(modes::nonneg_sum1 >> esp::clamp<0, 0.5> >> modes::sum_to_one)> == 3);
  STATIC_REQUIRE(passes<esp::per_filter(whiten)> == 3);
}

TEST_CASE("two reductions of the same pass share it") {
  constexpr auto stretch = [](auto w) { return (w - esp::min(w)) / (esp::max(w) - esp::min(w)); };
  using p = plan_of<stretch>;
  STATIC_REQUIRE(p::passes == 2);
  STATIC_REQUIRE(p::reductions(0, esp::scope::block).size() == 2);
  STATIC_REQUIRE(p::reductions(1, esp::scope::block).empty());
}

TEST_CASE("the reach is the coarsest scope that a live reduction needs") {
  STATIC_REQUIRE(plan_of<modes::unit_l2>::reach == esp::scope::block);
  STATIC_REQUIRE(plan_of<modes::nonneg>::reach == esp::scope::block);
  STATIC_REQUIRE(plan_of<esp::per_filter(modes::unit_l2)>::reach == esp::scope::filter);
  STATIC_REQUIRE(plan_of<(modes::nonneg >> esp::whole_weight(modes::zero_mean))>::reach == esp::scope::whole);
  constexpr auto replaced = esp::per_filter(modes::unit_l2) >> esp::assign<1>;
  STATIC_REQUIRE(plan_of<replaced>::reach == esp::scope::block);
}

TEST_CASE("a node that the output does not need is dead") {
  using p = plan_of<(modes::unit_l2 >> esp::assign<1>)>;
  STATIC_REQUIRE(p::passes == 1);
  STATIC_REQUIRE(p::reductions(0, esp::scope::block).empty());
  STATIC_REQUIRE(p::is_live(p::g.output));
  STATIC_REQUIRE(!p::is_live(0));
}

TEST_CASE("scalars are computed once their operands are known") {
  using p = plan_of<modes::unit_l2>;
  STATIC_REQUIRE(p::scalars({0, esp::scope::block}, esp::scope::block).size() == 3);  // + eps, root, reciprocal
  STATIC_REQUIRE(p::scalars({1}, esp::scope::block).empty());
  STATIC_REQUIRE(p::scalars({}, esp::scope::block).empty());
}

TEST_CASE("per-tap values are listed for the pass and class that need them") {
  using p = plan_of<modes::fixed_center<-1, 1>>;
  constexpr int centre = p::classes.class_of(p::g, 13);
  constexpr int others = p::classes.class_of(p::g, 0);
  STATIC_REQUIRE(p::tap_nodes(0, centre).empty());      // the sum runs over the neighbours
  STATIC_REQUIRE(p::tap_nodes(1, centre).empty());      // its value is a constant
  STATIC_REQUIRE(p::tap_nodes(0, others).size() == 1);  // w
  STATIC_REQUIRE(p::tap_nodes(1, others).size() == 2);  // w, w * k
  STATIC_REQUIRE(p::g[p::resolve(p::g.output, centre)].value == -1);
}

TEST_CASE("per-tap values of all classes together keep the choice between them") {
  using p = plan_of<modes::fixed_center<-1, 1>>;
  STATIC_REQUIRE(p::tap_nodes(0).size() == 1);  // w
  STATIC_REQUIRE(p::tap_nodes(1).size() == 4);  // w, w * k, inside, select
  STATIC_REQUIRE(plan_of<scattered, esp::extents{2, 3, 4}>::tap_nodes(1).size() >
                 plan_of<scattered, esp::extents{2, 3, 4}>::tap_nodes(1, 0).size());
}

TEST_CASE("a reduction deals each tap to one lane") {
  constexpr bool all = [] {
    for (esp::index_t taps = 1; taps <= 130; ++taps) {
      if (!deals_out_all_taps(taps)) return false;
    }
    return true;
  }();
  STATIC_REQUIRE(all);
  STATIC_REQUIRE(esp::tap_order(27).lanes == 16);
  STATIC_REQUIRE(esp::tap_order(9).lanes == 8);
  STATIC_REQUIRE(esp::tap_order(3).lanes == 1);
  STATIC_REQUIRE(esp::tap_order(27).tap_at(0) == 16);  // the last row first
  STATIC_REQUIRE(esp::tap_order(27).lane_of(16) == 5);
  STATIC_REQUIRE(esp::tap_order(27).lane_of(26) == 15);
}
