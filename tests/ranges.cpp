// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/lower.hpp>
#include <espalier/modes.hpp>
#include <espalier/ranges.hpp>

#include "support/catch.hpp"

namespace {

using esp::abs, esp::interval, esp::max, esp::mean, esp::min, esp::select, esp::sqrt, esp::sum;
constexpr double infinity = interval::infinity;

template <auto Prior>
constexpr const esp::graph& graph_of = esp::formula<esp::to_policy_t<decltype(Prior)>>::value;

template <auto Prior>
interval range_of() {
  const esp::tap_classes classes(graph_of<Prior>);
  return esp::ranges(graph_of<Prior>, classes).of(graph_of<Prior>.output);
}
template <auto Prior>
interval range_at(esp::index_t tap) {
  const esp::tap_classes classes(graph_of<Prior>);
  return esp::ranges(graph_of<Prior>, classes).of(graph_of<Prior>.output, classes.class_of(graph_of<Prior>, tap));
}

}  // namespace

TEST_CASE("ranges of elementwise formulas") {
  REQUIRE(range_of<[](auto w) { return w; }>() == interval{});
  REQUIRE(range_of<[](auto w) { return w * w + 1; }>() == interval{1, infinity});
  REQUIRE(range_of<[](auto w) { return -abs(w); }>() == interval{-infinity, 0});
  REQUIRE(range_of<[](auto w) { return 2 * min(max(w, -1), 3) - 1; }>() == interval{-3, 5});
  REQUIRE(range_of<[](auto w) { return 1 / (w * w + 2); }>() == interval{0, 0.5});
  REQUIRE(range_of<[](auto w) { return sqrt(max(w, 4)); }>() == interval{2, infinity});
  REQUIRE(range_of<[](auto w) { return (w - 1) * (w - 2); }>() == interval{});
}

TEST_CASE("a select that is a max or a min has its range") {
  REQUIRE(range_of<[](auto w) { return select(w < 0, 0, w); }>() == interval{0, infinity});
  REQUIRE(range_of<[](auto w) { return select(0 < w, 0, w); }>() == interval{-infinity, 0});
  REQUIRE(range_of<[](auto w) { return select(w < 5, w, 5); }>() == interval{-infinity, 5});
  REQUIRE(range_of<[](auto w) { return select(w < 0, 1, 2); }>() == interval{1, 2});
}

TEST_CASE("the range of a bound that may be NaN is not used") {
  REQUIRE(range_of<[](auto w) { return max(w, abs(w)); }>() == interval{0, infinity});
  REQUIRE(range_of<[](auto w) { return max(w, w * w); }>() == interval{0, infinity});
  REQUIRE(range_of<[](auto w) { return max(w, sqrt(w)); }>() == interval{});
  REQUIRE(range_of<[](auto w) { return min(w, -sqrt(w)); }>() == interval{});
  REQUIRE(range_of<[](auto w) { return select(w < sqrt(w), sqrt(w), w); }>() == interval{});
}

TEST_CASE("reductions run over the classes of their region") {
  constexpr auto box = esp::clamp<-1, 2>;
  REQUIRE(range_of<(box >> [](auto w) { return sum(w); })>() == interval{-27, 54});
  REQUIRE(range_of<(box >> [](auto w) { return sum(w, esp::center_tap); })>() == interval{-1, 2});
  REQUIRE(range_of<(box >> [](auto w) { return mean(w, esp::neighbors); })>() == interval{-1, 2});
  REQUIRE(range_of<(box >> [](auto w) { return max(w); })>() == interval{-1, 2});
  constexpr auto raised = box >> esp::on<esp::center_tap>(esp::assign<9>);
  REQUIRE(range_of<(raised >> [](auto w) { return max(w); })>() == interval{-1, 9});
  REQUIRE(range_of<(raised >> [](auto w) { return max(w, esp::neighbors); })>() == interval{-1, 2});
  REQUIRE(range_of<(raised >> [](auto w) { return sum(w); })>() == interval{-17, 61});
}

TEST_CASE("a fixed centre does not blur its neighbours") {
  constexpr auto box = esp::clamp<0, 1>;
  constexpr auto prior = box >> esp::on<esp::center_tap>(esp::assign<-4>);
  REQUIRE(range_at<prior>(13) == interval{-4, -4});
  REQUIRE(range_at<prior>(0) == interval{0, 1});
  REQUIRE(range_of<prior>() == interval{-4, 1});
}
