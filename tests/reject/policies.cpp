// SPDX-License-Identifier: BSD-3-Clause
// Refused: arguments of the vocabulary's policies that make no sense.
#include <espalier/dsl.hpp>
#include <limits>

using esp::assign;
using esp::cap;
using esp::clamp;
using esp::normalize;
using esp::on;
using esp::subtract;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double one = 1;
constexpr auto lower = esp::param<"lower">;
constexpr auto formula = esp::tap_t{} - esp::mean(esp::tap_t{});
constexpr auto of_a_tap = [](esp::tap_index t) { return t.d == 0; };
constexpr auto of_a_string = [](const char*) { return true; };

constexpr auto depth_of = [](esp::tap_index t) { return t.d; };
constexpr auto across = esp::axis::width;
constexpr auto sides = esp::mirror<esp::axis::width>;
constexpr auto half_of_depth = [](esp::tap_index t) { return 0.5 * static_cast<double>(t.d); };

#ifdef REJECT_BOUNDS_REVERSED  // reject: ESP-026: clamp<lo, hi> has its bounds in the wrong order
constexpr auto bounds_reversed = clamp<1, 0>;
#else
constexpr auto bounds_reversed = clamp<-1, 0>;
#endif

#ifdef REJECT_BOUNDS_REVERSED_IN_A_PIPELINE  // reject: ESP-026: clamp<lo, hi> has its bounds in the wrong order
constexpr auto bounds_reversed_in_a_pipeline = normalize<esp::l2> >> clamp<0.5, 0.25>;
#else
constexpr auto bounds_reversed_in_a_pipeline = normalize<esp::l2> >> clamp<0.125, 0.25>;
#endif

#ifdef REJECT_BOUNDS_NAN  // reject: ESP-026: clamp<lo, hi> has its bounds in the wrong order, or one is no number
constexpr auto bounds_nan = clamp<not_a_number, 1>;
#else
constexpr auto bounds_nan = clamp<one, 1>;
#endif

#ifdef REJECT_BOUNDS_OF_A_REDUCTION  // reject: ESP-026: clamp<lo, hi> .* no number
constexpr auto bounds_of_a_reduction = clamp<0, esp::mean>;
#else
constexpr auto bounds_of_a_reduction = clamp<0, esp::unbounded>;
#endif

#ifdef REJECT_CAP_ZERO  // reject: ESP-027: the bound of cap<norm, c> is not positive
constexpr auto cap_zero = cap<esp::l2, 0>;
#else
constexpr auto cap_zero = cap<esp::l2, 1>;
#endif

#ifdef REJECT_CAP_NEGATIVE  // reject: ESP-027: the bound of cap<norm, c> is not positive
constexpr auto cap_negative = esp::modes::max_l2<-0.8>;
#else
constexpr auto cap_negative = esp::modes::max_l2<0.8>;
#endif

#ifdef REJECT_CAP_NAN  // reject: ESP-027: the bound of cap<norm, c> is not positive
constexpr auto cap_nan = cap<esp::l1, not_a_number>;
#else
constexpr auto cap_nan = cap<esp::l1, one>;
#endif

#ifdef REJECT_CAP_OF_SUM  // reject: ESP-031: cap<...> takes l1 or l2
constexpr auto cap_of_sum = cap<esp::sum, 1>;
#else
constexpr auto cap_of_sum = cap<esp::l1, 1>;
#endif

#ifdef REJECT_CAP_OF_A_NUMBER  // reject: ESP-031: cap<...> takes l1 or l2
constexpr auto cap_of_a_number = cap<2, 1>;
#else
constexpr auto cap_of_a_number = cap<esp::l2, 1>;
#endif

#ifdef REJECT_NORMALIZE_MEAN  // reject: ESP-028: normalize<...> takes sum, l1 or l2
constexpr auto normalize_mean = normalize<esp::mean>;
#else
constexpr auto normalize_mean = normalize<esp::sum>;
#endif

#ifdef REJECT_NORMALIZE_MEAN_IN_A_PIPELINE  // reject: ESP-028: normalize<...> takes sum, l1 or l2
constexpr auto normalize_mean_in_a_pipeline = clamp<0> >> normalize<esp::mean>;
#else
constexpr auto normalize_mean_in_a_pipeline = clamp<0> >> normalize<esp::sum>;
#endif

#ifdef REJECT_NORMALIZE_NUMBER  // reject: ESP-028: normalize<...> takes sum, l1 or l2
constexpr auto normalize_number = normalize<2>;
#else
constexpr auto normalize_number = normalize<esp::l2>;
#endif

#ifdef REJECT_NORMALIZE_TO_INFINITY  // reject: ESP-029: the target of normalize<norm, target> is not finite
constexpr auto normalize_to_infinity = normalize<esp::l2, infinity>;
#else
constexpr auto normalize_to_infinity = normalize<esp::l2, one>;
#endif

#ifdef REJECT_NORMALIZE_TO_NAN  // reject: ESP-029: the target of normalize<norm, target> is not finite
constexpr auto normalize_to_nan = normalize<esp::sum, not_a_number>;
#else
constexpr auto normalize_to_nan = normalize<esp::sum, one>;
#endif

#ifdef REJECT_SUBTRACT_NUMBER  // reject: ESP-030: subtract<...> takes a reduction
constexpr auto subtract_number = subtract<3>;
#else
constexpr auto subtract_number = subtract<esp::mean>;
#endif

#ifdef REJECT_SUBTRACT_POLICY  // reject: ESP-030: subtract<...> takes a reduction
constexpr auto subtract_policy = subtract<esp::identity>;
#else
constexpr auto subtract_policy = subtract<esp::mean>;
#endif

#ifdef REJECT_SUBTRACT_PARAMETER  // reject: ESP-030: subtract<...> takes a reduction
constexpr auto subtract_parameter = subtract<lower>;
#else
constexpr auto subtract_parameter = subtract<esp::mean>;
#endif

#ifdef REJECT_ASSIGN_INFINITY  // reject: ESP-032: assign<v> takes a finite number
constexpr auto assign_infinity = assign<infinity>;
#else
constexpr auto assign_infinity = assign<one>;
#endif

#ifdef REJECT_ASSIGN_NAN  // reject: ESP-032: assign<v> takes a finite number
constexpr auto assign_nan = on<esp::center_tap>(assign<not_a_number>);
#else
constexpr auto assign_nan = on<esp::center_tap>(assign<one>);
#endif

#ifdef REJECT_ASSIGN_REDUCTION  // reject: ESP-032: assign<v> takes a finite number
constexpr auto assign_reduction = assign<esp::mean>;
#else
constexpr auto assign_reduction = assign<lower>;
#endif

#ifdef REJECT_FIXED_CENTER_INFINITE  // reject: ESP-032: assign<v> takes a finite number
constexpr auto fixed_center_infinite = esp::modes::fixed_center<infinity, 1>;
#else
constexpr auto fixed_center_infinite = esp::modes::fixed_center<one, 1>;
#endif

#ifdef REJECT_ON_NUMBER  // reject: ESP-039: on<...> takes a region
constexpr auto on_number = on<3>(assign<0>);
#else
constexpr auto on_number = on<esp::neighbors>(assign<0>);
#endif

#ifdef REJECT_ON_REDUCTION  // reject: ESP-039: on<...> takes a region
constexpr auto on_reduction = on<esp::mean>(assign<0>);
#else
constexpr auto on_reduction = on<esp::neighbors>(assign<0>);
#endif

#ifdef REJECT_ON_PREDICATE  // reject: ESP-039: on<...> takes a region: .*mask<
constexpr auto on_predicate = on<of_a_tap>(assign<0>);
#else
constexpr auto on_predicate = on<esp::neighbors>(assign<0>);
#endif

#ifdef REJECT_MASK_OF_A_STRING  // reject: ESP-038: mask<...> takes a predicate
constexpr auto mask_of_a_string = on<esp::mask<of_a_string>>(assign<0>);
#else
constexpr auto mask_of_a_string = on<esp::mask<of_a_tap>>(assign<0>);
#endif

#ifdef REJECT_MASK_OF_A_NUMBER  // reject: ESP-038: mask<...> takes a predicate
constexpr auto mask_of_a_number = on<esp::mask<3>>(assign<0>);
#else
constexpr auto mask_of_a_number = on<esp::mask<of_a_tap>>(assign<0>);
#endif

#ifdef REJECT_NUMBER_ON_A_REGION  // reject: ESP-024: this is no policy
constexpr auto number_on_a_region = on<esp::center_tap>(3);
#else
constexpr auto number_on_a_region = on<esp::center_tap>(esp::identity);
#endif

#ifdef REJECT_FORMULA_ON_A_REGION  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto formula_on_a_region = on<esp::center_tap>(formula);
#else
constexpr auto formula_on_a_region = on<esp::center_tap>(esp::identity);
#endif

#ifdef REJECT_REDUCTION_ON_A_REGION  // reject: ESP-037: a reduction stands where a policy is expected
constexpr auto reduction_on_a_region = on<esp::neighbors>(esp::mean);
#else
constexpr auto reduction_on_a_region = on<esp::neighbors>(esp::identity);
#endif

#ifdef REJECT_NUMBER_PER_FILTER  // reject: ESP-024: this is no policy
constexpr auto number_per_filter = esp::per_filter(3);
#else
constexpr auto number_per_filter = esp::per_filter(esp::identity);
#endif

#ifdef REJECT_GROUPS_OF_HALVES  // reject: ESP-220: groups<f> takes a constexpr function that gives a whole number
constexpr auto groups_of_halves = [](auto w) { return w - esp::mean(w, esp::groups<half_of_depth>); };
constexpr auto used_halves = clamp<0> >> groups_of_halves;
#else
constexpr auto groups_of_halves = [](auto w) { return w - esp::mean(w, esp::groups<depth_of>); };
constexpr auto used_halves = clamp<0> >> groups_of_halves;
#endif

#ifdef REJECT_GROUPED_BY_A_NUMBER  // reject: ESP-220: groups<f> takes a constexpr function that gives a whole number
constexpr auto grouped_by_a_number = esp::grouped<3>(clamp<0>);
#else
constexpr auto grouped_by_a_number = esp::grouped<depth_of>(clamp<0>);
#endif

#ifdef REJECT_SYMMETRIC_IN_AN_AXIS  // reject: ESP-239: symmetric<...> takes mirror<axes...>, point_reflection or
constexpr auto symmetric_in_an_axis = esp::symmetric<across>;
#else
constexpr auto symmetric_in_an_axis = esp::symmetric<sides>;
#endif

#ifdef REJECT_GROUPED_NUMBER  // reject: ESP-024: this is no policy
constexpr auto grouped_number = esp::grouped<esp::shells>(3);
#else
constexpr auto grouped_number = esp::grouped<esp::shells>(esp::identity);
#endif

#ifdef REJECT_NUMBER_PER_INPUT  // reject: ESP-024: this is no policy
constexpr auto number_per_input = esp::per_input(3);
#else
constexpr auto number_per_input = esp::per_input(esp::identity);
#endif

#ifdef REJECT_REDUCTION_PER_FILTER  // reject: ESP-037: a reduction stands where a policy is expected
constexpr auto reduction_per_filter = clamp<0> >> esp::per_filter(esp::sum);
#else
constexpr auto reduction_per_filter = clamp<0> >> esp::per_filter(esp::identity);
#endif

#ifdef REJECT_FORMULA_OF_THE_WHOLE_WEIGHT  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto formula_of_the_whole_weight = esp::whole_weight(formula);
#else
constexpr auto formula_of_the_whole_weight = esp::whole_weight(esp::identity);
#endif
