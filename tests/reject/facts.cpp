// SPDX-License-Identifier: BSD-3-Clause
// Refused: questions about what is no policy, and constant kernels of the wrong size.
#include <array>
#include <espalier/dsl.hpp>

constexpr std::array<double, 27> taps{1, 2, 3};
constexpr std::array<double, 9> plane{1, 2, 3};
constexpr auto capped = esp::cap<esp::l2, esp::param<"c">>;
constexpr auto formula = esp::tap_t{} - esp::mean(esp::tap_t{});
struct centre_t : esp::policy<centre_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w); }
};
inline constexpr centre_t centre{};

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
