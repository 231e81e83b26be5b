// SPDX-License-Identifier: BSD-3-Clause
// Refused: questions about what is no policy, facts that say nothing, and constant kernels of the wrong size.
#include <array>
#include <espalier/dsl.hpp>
#include <limits>

constexpr std::array<double, 27> taps{1, 2, 3};
constexpr std::array<double, 9> plane{1, 2, 3};
constexpr auto capped = esp::cap<esp::l2, esp::param<"c">>;
constexpr auto formula = esp::tap_t{} - esp::mean(esp::tap_t{});
struct centre_t : esp::policy<centre_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w); }
};
inline constexpr centre_t centre{};
constexpr auto bound = esp::param<"c">;
constexpr double half = 0.5, endless = std::numeric_limits<double>::infinity();

#ifdef REJECT_FACT_OF_A_NUMBER  // reject: ESP-024: this is no policy
static_assert(esp::establishes<3, esp::zero_sum>);
#else
static_assert(esp::establishes<centre, esp::zero_sum>);
#endif

#ifdef REJECT_NO_FACT_OF_A_NUMBER  // reject: ESP-024: this is no policy
static_assert(!esp::establishes<3, esp::nonnegative>);
#else
static_assert(!esp::establishes<centre, esp::nonnegative>);
#endif

#ifdef REJECT_FACT_OF_A_FORMULA  // reject: ESP-020: an expression stands where a policy is expected
static_assert(esp::establishes<formula, esp::zero_sum>);
#else
static_assert(esp::establishes<centre, esp::zero_sum>);
#endif

#ifdef REJECT_FACT_OF_A_REDUCTION  // reject: ESP-037: a reduction stands where a policy is expected
constexpr bool fact_of_a_reduction = esp::establishes<esp::mean, esp::sum_is<1>>;
#else
constexpr bool fact_of_a_reduction = esp::establishes<centre, esp::sum_is<1>>;
#endif

#ifdef REJECT_EXPLAIN_NUMBER  // reject: ESP-024: this is no policy
constexpr auto explain_number = esp::explain(3).passes;
#else
constexpr auto explain_number = esp::explain(centre).passes;
#endif

#ifdef REJECT_EXPLAIN_REDUCTION  // reject: ESP-037: a reduction stands where a policy is expected
constexpr auto explain_reduction = esp::explain(esp::mean).passes;
#else
constexpr auto explain_reduction = esp::explain(centre).passes;
#endif

#ifdef REJECT_EVALUATE_NUMBER  // reject: ESP-024: this is no policy
constexpr auto evaluate_number = esp::evaluate<3, 3>(taps);
#else
constexpr auto evaluate_number = esp::evaluate<centre, 3>(taps);
#endif

#ifdef REJECT_EVALUATE_FORMULA  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto evaluate_formula = esp::evaluate<formula, 3>(taps);
#else
constexpr auto evaluate_formula = esp::evaluate<centre, 3>(taps);
#endif

#ifdef REJECT_EVALUATE_WRONG_SIZE  // reject: ESP-035: the array does not have one element per tap
constexpr auto evaluate_wrong_size = esp::evaluate<centre, 3>(plane);
#else
constexpr auto evaluate_wrong_size = esp::evaluate<centre, 3>(taps);
#endif

#ifdef REJECT_EVALUATE_WRONG_KERNEL  // reject: ESP-035: the array does not have one element per tap
constexpr auto evaluate_wrong_kernel = esp::evaluate<centre, esp::extents{1, 2, 3}>(plane);
#else
constexpr auto evaluate_wrong_kernel = esp::evaluate<centre, esp::extents{1, 3, 3}>(plane);
#endif

#ifdef REJECT_EVALUATE_WITHOUT_PARAMETER  // reject: ESP-036: the number of parameters after the block differs
constexpr auto evaluate_without_parameter = esp::evaluate<capped, 3>(taps);
#else
constexpr auto evaluate_without_parameter = esp::evaluate<centre, 3>(taps);
#endif

#ifdef REJECT_EVALUATE_WITH_A_PARAMETER_TOO_MANY  // reject: ESP-036: the number of parameters after the block differs
constexpr auto evaluate_with_a_parameter_too_many = esp::evaluate<centre, 3>(taps, 0.8);
#else
constexpr auto evaluate_with_a_parameter_too_many = esp::evaluate<capped, 3>(taps, 0.8);
#endif

#ifdef REJECT_NEGATIVE_L1  // reject: ESP-210: l1_is<c>, l1_at_most<c> and lipschitz<c> take  // brief
static_assert(!esp::establishes<centre, esp::l1_is<-1>>);
#else
static_assert(!esp::establishes<centre, esp::l1_is<1>>);
#endif

#ifdef REJECT_PARAMETER_AS_BOUND  // reject: ESP-210: l1_is<c>, l1_at_most<c> and lipschitz<c> take  // brief
static_assert(!esp::establishes<centre, esp::l1_at_most<bound>>);
#else
static_assert(!esp::establishes<centre, esp::l1_at_most<half>>);
#endif

#ifdef REJECT_INFINITE_LIPSCHITZ  // reject: ESP-210: l1_is<c>, l1_at_most<c> and lipschitz<c> take  // brief
static_assert(!esp::establishes<centre, esp::lipschitz<endless>>);
#else
static_assert(!esp::establishes<centre, esp::lipschitz<half>>);
#endif

#ifdef REJECT_NEGATIVE_LIPSCHITZ  // reject: ESP-210: l1_is<c>, l1_at_most<c> and lipschitz<c> take  // brief
constexpr esp::fact negative_lipschitz = esp::lipschitz<-2>;
#else
constexpr esp::fact negative_lipschitz = esp::lipschitz<2>;
#endif

#ifdef REJECT_SUPPORT_OF_A_NUMBER  // reject: ESP-211: support<...> takes a region  // brief
static_assert(!esp::establishes<centre, esp::support<3>>);
#else
static_assert(!esp::establishes<centre, esp::support<esp::neighbors>>);
#endif

#ifdef REJECT_SUPPORT_OF_A_POLICY  // reject: ESP-211: support<...> takes a region  // brief
static_assert(!esp::establishes<centre, esp::support<centre>>);
#else
static_assert(!esp::establishes<centre, esp::support<esp::center_tap>>);
#endif

#ifdef REJECT_LIPSCHITZ_OF_A_FILTER  // reject: ESP-212: lipschitz<L> speaks of the whole layer  // brief
static_assert(!esp::establishes<centre, esp::per_filter(esp::lipschitz<1>)>);
#else
static_assert(!esp::establishes<centre, esp::per_filter(esp::l1_at_most<1>)>);
#endif

#ifdef REJECT_LIPSCHITZ_OF_THE_WHOLE  // reject: ESP-212: lipschitz<L> speaks of the whole layer  // brief
static_assert(esp::require<esp::assign<0>, esp::whole_weight(esp::lipschitz<1>)>);
#else
static_assert(esp::require<esp::assign<0>, esp::whole_weight(esp::l1_at_most<1>)>);
#endif

#ifdef REJECT_FACT_LOST_BY_A_STEP  // reject: ESP-213: a step of the prior loses this fact  // brief
static_assert(esp::require<(centre >> esp::clamp<0>), esp::zero_sum>);
#else
static_assert(esp::require<(centre >> esp::clamp<0>), esp::nonnegative>);
#endif

#ifdef REJECT_FACT_LOST_IN_THE_MIDDLE  // reject: asked_but_lost_by<.*sum = 0.*clamp<0>.*l2 norm
static_assert(esp::require<(centre >> esp::clamp<0> >> esp::normalize<esp::l2>), esp::zero_sum>);
#else
static_assert(esp::require<(centre >> esp::clamp<0> >> esp::normalize<esp::l2>), esp::nonnegative>);
#endif

#ifdef REJECT_BOUND_LOST_BY_A_STEP  // reject: ESP-213: a step of the prior loses this fact  // brief
static_assert(esp::require<(esp::cap<esp::l1, 1> >> centre), esp::l1_at_most<1>>);
#else
static_assert(esp::require<(esp::cap<esp::l1, 1> >> centre), esp::l1_at_most<2>>);
#endif

#ifdef REJECT_LIPSCHITZ_OF_ANY_CHANNELS  // reject: ESP-066: this fact is not proved  // brief
static_assert(esp::require<esp::cap<esp::l1, 1>, esp::lipschitz<1>>);
#else
static_assert(esp::require<esp::cap<esp::l1, 1>, esp::l1_at_most<1>>);
#endif

#ifdef REJECT_NOT_FINITE  // reject: ESP-066: this fact is not proved  // brief
static_assert(esp::require<esp::normalize<esp::sum>, esp::always_finite>);
#else
static_assert(esp::require<esp::normalize<esp::l1>, esp::always_finite>);
#endif

#ifdef REJECT_WIDER_SUPPORT  // reject: asked_but_proved_is<.*support: center_tap.*center_tap = 0
static_assert(esp::require<esp::on<esp::center_tap>(esp::assign<0>), esp::support<esp::center_tap>>);
#else
static_assert(esp::require<esp::on<esp::center_tap>(esp::assign<0>), esp::support<esp::neighbors>>);
#endif
