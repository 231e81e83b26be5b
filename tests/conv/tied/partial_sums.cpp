// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/partial_sums.hpp>
#include <map>

#include "conv/tied/drawn_tied.hpp"

namespace {

using esp::index_t, esp::extents, esp::tap_numbering;

/// The taps of an array that an output reads, with their signs, by following its terms.
template <class Plan>
void follow(const Plan& plan, const esp::sum_term& term, esp::tap_index at, int sign, std::map<index_t, int>& taps,
            const extents& kernel) {
  at = {at.d + term.at.d, at.h + term.at.h, at.w + term.at.w};
  sign = term.negated ? -sign : sign;
  if (term.array == 0) {
    REQUIRE((at.d < kernel.d && at.h < kernel.h && at.w < kernel.w));
    const bool is_new = taps.emplace((at.d * kernel.h + at.h) * kernel.w + at.w, sign).second;
    REQUIRE(is_new);
    return;
  }
  const esp::sum_array& own = plan.of(term.array);
  for (index_t i = 0; i < own.terms; ++i) follow(plan, plan.term_of(own, i), at, sign, taps, kernel);
}

/// What each group multiplies is the sum of its taps, as the table says.
template <extents Kernel, class Taps>
void require_plan(tap_numbering order) {
  constexpr index_t count = Kernel.volume();
  const auto groups = esp::tied_groups_of(Taps::value, order);
  const auto plan = esp::plan_sums(Taps::value, Kernel, order);
  REQUIRE(plan.groups == groups.count);
  for (index_t g = 0; g < groups.count; ++g) {
    std::map<index_t, int> taps, expected;
    // Products are in the order of the weight's taps.
    const index_t product = order == tap_numbering::mirrored ? groups.count - 1 - g : g;
    follow(plan, plan.group[static_cast<std::size_t>(product)], {}, 1, taps, Kernel);
    for (index_t t = 0; t < count; ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (groups.group[at] == g) expected[t] = groups.negated[at] ? -1 : 1;
    }
    REQUIRE(taps == expected);
  }
}
template <extents Kernel, class Taps>
void require_plans() {
  require_plan<Kernel, Taps>(tap_numbering::forwards);
  require_plan<Kernel, Taps>(tap_numbering::mirrored);
}

template <unsigned... Seeds>
void require_drawn(std::integer_sequence<unsigned, Seeds...>) {
  (require_plans<extents{3, 2, 4}, drawn::random_table<extents{3, 2, 4}, Seeds>>(), ...);
}

}  // namespace

TEST_CASE("sums of groups are the sums of their taps, whatever is shared", "[conv][tied]") {
  require_drawn(std::make_integer_sequence<unsigned, 20>{});
  require_plans<extents{3}, drawn::cube_orbits<3>>();
  require_plans<extents{5}, drawn::cube_orbits<5>>();
  require_plans<extents{3}, drawn::mirrored_taps<extents{3}, true, true, true, true>>();
}

TEST_CASE("what is shared is added once", "[conv][tied]") {
  constexpr auto three = esp::plan_sums(drawn::cube_orbits<3>::value, 3, tap_numbering::forwards);
  STATIC_REQUIRE((three.groups == 4 && three.additions() == 9));  // in place of 23
  // The copied input, faces and corners of a plane are kept; pairs along W pass by.
  STATIC_REQUIRE((three.planes == 4 && three.kept.count == 3 && three.passing.count == 1 && three.along_d.count == 3));
  constexpr auto five = esp::plan_sums(drawn::cube_orbits<5>::value, 5, tap_numbering::forwards);
  STATIC_REQUIRE((five.groups == 10 && five.additions() == 31));  // in place of 115
  using pairs = drawn::mirrored_taps<extents{3}, false, false, true, false>;
  constexpr auto mirrored = esp::plan_sums(pairs::value, 3, tap_numbering::forwards);
  STATIC_REQUIRE((mirrored.groups == 18 && mirrored.additions() == 1 && mirrored.along_d.count == 0));
}
