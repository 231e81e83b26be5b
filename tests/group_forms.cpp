// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/algebra.hpp>
#include <espalier/dsl.hpp>
#include <espalier/group_forms.hpp>
#include <espalier/lower.hpp>
#include <espalier/policies/grouped.hpp>

#include "support/catch.hpp"

namespace {

using esp::axis, esp::lines, esp::operation, esp::planes, esp::scope;

/// The sum over the block of what a policy makes, where it is proved.
template <class P>
std::optional<double> sum_of(P) {
  esp::graph g = esp::formula<esp::to_policy_t<P>>::value;
  const int sum = g.reduce(operation::sum, g.output, 0, scope::block);
  g.queries = {sum, -1};
  return esp::algebra(g).constant(sum);
}
constexpr bool is_even(esp::tap_index t) { return t.w % 2 == 0; }
constexpr auto even = esp::mask<is_even>;

}  // namespace

TEST_CASE("a number in every group is one in the block") {
  REQUIRE(sum_of([](auto w) { return w / esp::sum(w, planes<axis::depth>); }) == 3.0);
  REQUIRE(sum_of([](auto w) { return w * w / esp::sum(w * w, esp::shells); }) == 4.0);
  REQUIRE(sum_of([](auto w) { return w - esp::mean(w, esp::mirror<axis::width>); }) == 0.0);
  REQUIRE(sum_of([](auto w) {
            auto c = w - esp::mean(w, planes<axis::depth>);
            return c * c / esp::mean(c * c, planes<axis::depth>);
          }) == 27.0);
}

TEST_CASE("what is tied in finer groups is no number in coarser ones") {
  REQUIRE(!sum_of([](auto w) { return w / esp::sum(w, lines<axis::width>) * esp::sum(w, planes<axis::depth>); }));
  REQUIRE(!sum_of([](auto w) { return w / esp::sum(w, planes<axis::depth>) / esp::sum(w, lines<axis::width>); }));
  REQUIRE(!sum_of([](auto w) { return w - esp::sum(w, planes<axis::depth>) / 8; }));
}

TEST_CASE("groups that a region cuts prove nothing, groups beside it do") {
  using esp::operator>>;
  constexpr auto zero = [](auto w) { return w - esp::mean(w, lines<axis::height>); };
  constexpr auto halved = esp::on<even>([](auto w) { return w / 2; });
  constexpr auto twice = [](auto w) { return w - esp::mean(w, lines<axis::width>) * 2; };
  REQUIRE(!sum_of(halved >> esp::identity >> twice));
  REQUIRE(sum_of(halved >> esp::identity >> zero) == 0.0);
}
