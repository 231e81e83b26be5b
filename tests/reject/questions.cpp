// SPDX-License-Identifier: BSD-3-Clause
// Refused: formulas inside `map`, policies called like functions, facts that are not proved and extents that are none.
#include <array>
#include <espalier/dsl.hpp>

using esp::clamp;
using four = std::array<int, 4>;

constexpr esp::tap_t tap{};
constexpr auto within = esp::bounds<-1, 1>;
constexpr auto unit_box = clamp<0, 1>;
struct centre_t : esp::policy<centre_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w); }
};
inline constexpr centre_t centre{};

#ifdef REJECT_BRANCH_IN_MAP  // reject: ESP-055: a formula has no branches  // brief
struct branch_t : esp::policy<branch_t> {
  static constexpr auto map(auto w) {
    if (w < 0) return w;
    return w;
  }
};
constexpr auto branch_in_map = clamp<0> >> branch_t{};
#else
struct branch_t : esp::policy<branch_t> {
  static constexpr auto map(auto w) {
    if (1 < 0) return w;
    return w;
  }
};
constexpr auto branch_in_map = clamp<0> >> branch_t{};
#endif

#ifdef REJECT_ASSIGNMENT_IN_MAP  // reject: ESP-056: a formula cannot be changed  // brief
struct assigns_t : esp::policy<assigns_t> {
  static constexpr auto map(auto w) {
    w = -w;
    return w;
  }
};
constexpr auto assignment_in_map = clamp<0> >> assigns_t{};
#else
struct assigns_t : esp::policy<assigns_t> {
  static constexpr auto map(auto w) {
    w = +w;
    return w;
  }
};
constexpr auto assignment_in_map = clamp<0> >> assigns_t{};
#endif

#ifdef REJECT_POLICY_CALLED  // reject: ESP-064: a policy is an object  // brief
constexpr auto policy_called = esp::modes::nonneg();
#else
constexpr auto policy_called = esp::modes::nonneg;
#endif

#ifdef REJECT_POLICY_OF_A_NUMBER  // reject: ESP-064: a policy is an object  // brief
constexpr auto policy_of_a_number = clamp<0>(3);
#else
constexpr auto policy_of_a_number = clamp<0>(tap);
#endif

#ifdef REJECT_BOUNDS_OF_TWO_TYPES  // reject: ESP-026: clamp<lo, hi> has its bounds in the wrong order
constexpr auto bounds_of_two_types = clamp<2u, -1>;
#else
constexpr auto bounds_of_two_types = clamp<2u, 3>;
#endif

#ifdef REJECT_FACT_NOT_PROVED  // reject: ESP-066: this fact is not proved  // brief
static_assert(esp::require<centre, esp::nonnegative>);
#else
static_assert(esp::require<centre, esp::zero_sum>);
#endif

#ifdef REJECT_ONE_FACT_OF_TWO  // reject: ESP-066: this fact is not proved  // brief
static_assert(esp::require<esp::modes::unit_l2, esp::l2_is<1>, esp::nonnegative>);
#else
static_assert(esp::require<esp::modes::unit_l2, esp::l2_is<1>, within>);
#endif

#ifdef REJECT_WHAT_IS_PROVED  // reject: asked_but_proved_is<.*sum = 0.*0 <= w <= 1
static_assert(esp::require<unit_box, esp::zero_sum>);
#else
static_assert(esp::require<centre, esp::zero_sum>);
#endif

#ifdef REJECT_FACT_ON_A_PLANE  // reject: ESP-066: this fact is not proved  // brief
static_assert(esp::require_on<esp::extents{1, 3, 3}, centre, esp::nonnegative>);
#else
static_assert(esp::require_on<esp::extents{1, 3, 3}, centre, esp::zero_sum>);
#endif

#ifdef REJECT_POLICY_AS_FACT  // reject: ESP-067: a fact is expected  // brief
static_assert(esp::require<centre, esp::identity>);
#else
static_assert(esp::require<centre, esp::zero_sum>);
#endif

#ifdef REJECT_NUMBER_AS_FACT  // reject: ESP-067: a fact is expected  // brief
constexpr bool number_as_fact = esp::establishes<centre, 3>;
#else
constexpr bool number_as_fact = esp::establishes<centre, esp::zero_sum>;
#endif

#ifdef REJECT_EXTENTS_OF_TWO  // reject: ESP-073: kernel_size, stride and dilation take one  // brief
constexpr auto extents_of_two = esp::extents{3, 3};
#else
constexpr auto extents_of_two = esp::tap_index{3, 3};
#endif

#ifdef REJECT_EXTENTS_OF_FOUR  // reject: ESP-073: kernel_size, stride and dilation take one  // brief
constexpr auto extents_of_four = esp::extents{1, 3, 3, 3};
#else
constexpr auto extents_of_four = four{1, 3, 3, 3};
#endif

#ifdef REJECT_FRACTION_AS_EXTENT  // reject: ESP-073: kernel_size, stride and dilation take one  // brief
constexpr auto fraction_as_extent = esp::extents{2.5};
#else
constexpr auto fraction_as_extent = esp::extents{2};
#endif
