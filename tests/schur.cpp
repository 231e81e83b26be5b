// SPDX-License-Identifier: BSD-3-Clause
// Which formulas are proved to bound the convolution's norm by a product of sums, and which must not be.
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>
#include <espalier/policies/standardize.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/schur.hpp>

#include "support/catch.hpp"

namespace {

using esp::cap_lipschitz, esp::clamp, esp::establishes, esp::lipschitz, esp::masked;

template <auto Prior>
constexpr double bound = esp::schur_bound_of<esp::formula<esp::to_policy_t<decltype(Prior)>>>;
constexpr double unknown = esp::interval::infinity;

/// w * min(1, factor / (sqrt(largest sum of `Part`) + eps) / (sqrt(largest sum of `Other`) + eps)), of |w| or of w.
template <esp::scope Part, esp::scope Other, bool Sizes = true, bool Capped = true>
struct scaled_t : esp::policy<scaled_t<Part, Other, Sizes, Capped>> {
  static constexpr bool lowers_itself = true;
  static constexpr int lower(esp::graph& g, const esp::binding& b) {
    int share = g.constant(1);
    for (const esp::scope part : {Part, Other}) {
      const int sums = g.reduce(esp::operation::sum, Sizes ? g.magnitude(b.weight) : b.weight, 0u, part);
      const int largest = g.magnitude(g.reduce(esp::operation::largest, sums, 0u, esp::scope::whole));
      share = g.divide(share, g.add(g.root(largest), g.epsilon(b.eps)));
    }
    return g.multiply(b.weight, Capped ? g.minimum(g.constant(1), share) : g.maximum(g.constant(1), share));
  }
};
template <esp::scope Part, esp::scope Other, bool Sizes = true, bool Capped = true>
inline constexpr scaled_t<Part, Other, Sizes, Capped> scaled{};
using enum esp::scope;

/// The smallest where the largest should stand.
struct by_smallest_t : esp::policy<by_smallest_t> {
  static constexpr bool lowers_itself = true;
  static constexpr int lower(esp::graph& g, const esp::binding& b) {
    int share = g.constant(1);
    for (const esp::scope part : {filter, input}) {
      const int sums = g.reduce(esp::operation::sum, g.magnitude(b.weight), 0u, part);
      share = g.divide(share, g.root(g.reduce(esp::operation::smallest, sums, 0u, whole)));
    }
    return g.multiply(b.weight, g.minimum(g.constant(1), share));
  }
};
inline constexpr by_smallest_t by_smallest{};

constexpr bool is(double proved, double expected) { return proved - expected < 1e-14 && expected - proved < 1e-14; }

constexpr auto halved = [](auto w) { return w * 0.5; };
constexpr auto shifted = [](auto w) { return w + 0.1; };
constexpr auto drops_small = [](auto w) { return esp::select(esp::abs(w) < 0.1, 0, w); };

}  // namespace

TEST_CASE("a weight that is divided by the roots of its largest sums is bounded", "[schur]") {
  STATIC_REQUIRE(bound<cap_lipschitz<1>> == 1);
  STATIC_REQUIRE(bound<(scaled<filter, input>)> == 1);
  STATIC_REQUIRE(bound<(scaled<input, filter>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<2> >> halved)> == 1);
  STATIC_REQUIRE(is(bound<(halved >> cap_lipschitz<2>)>, 2));
  STATIC_REQUIRE(bound<(esp::standardize >> cap_lipschitz<3>)> == 3);
  STATIC_REQUIRE(bound<(esp::modes::unit_l2 >> cap_lipschitz<3>)> == 3);
  STATIC_REQUIRE(bound<(cap_lipschitz<0.5> >> cap_lipschitz<3>)> == 0.5);
  STATIC_REQUIRE(bound<(masked<'A'> >> cap_lipschitz<1>)> == 1);
}

TEST_CASE("signs, clamps and masks behind it leave the bound", "[schur]") {
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> clamp<0>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> clamp<-0.5, 0.25>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> masked<'B'>)> == 1);
  STATIC_REQUIRE(bound<(masked<'A'> >> cap_lipschitz<1> >> clamp<0> >> masked<'A'>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> [](auto w) { return -esp::abs(w); })> == 1);
}

TEST_CASE("what is not bounded so is not claimed", "[schur]") {
  STATIC_REQUIRE(bound<(scaled<filter, filter>)> == unknown);
  STATIC_REQUIRE(bound<(scaled<input, input>)> == unknown);
  STATIC_REQUIRE(bound<(scaled<filter, input, false>)> == unknown);        // sums, not of absolute values
  STATIC_REQUIRE(bound<(scaled<filter, input, true, false>)> == unknown);  // at least, not at most
  STATIC_REQUIRE(bound<by_smallest> == unknown);
  STATIC_REQUIRE(bound<cap_lipschitz<esp::param<"L">>> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> shifted)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> clamp<0.1>)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> esp::modes::unit_l2)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> esp::modes::zero_mean)> == unknown);
  STATIC_REQUIRE(bound<esp::on<esp::center_tap>(cap_lipschitz<1>)> == unknown);
  // NaN at a tap that is masked behind it makes the divisor NaN, and a tap that is not chosen 0 all the same.
  STATIC_REQUIRE(bound<(esp::standardize >> cap_lipschitz<1> >> masked<'B'>)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> drops_small)> == unknown);
  STATIC_REQUIRE(bound<esp::per_input(esp::modes::unit_l2)> == unknown);
}

TEST_CASE("it is the fact of that name, beside what sums alone give", "[schur]") {
  constexpr auto prior = cap_lipschitz<1>;
  STATIC_REQUIRE(establishes<prior, lipschitz<1>>);
  STATIC_REQUIRE(!establishes<prior, lipschitz<0.999>>);
  STATIC_REQUIRE(establishes<prior, lipschitz<1>, esp::weight_shape{.out = 7, .in = 3, .kernel = {5, 1, 3}}>);
  STATIC_REQUIRE(!establishes<prior, esp::per_filter(esp::l1_at_most<100>)>);
  STATIC_REQUIRE(establishes<(cap_lipschitz<2> >> esp::whole_weight(esp::cap<esp::l1, 1>)), lipschitz<1>>);
}
