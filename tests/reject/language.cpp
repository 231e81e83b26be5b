// SPDX-License-Identifier: BSD-3-Clause
// Refused: what is no policy, and policies that cannot follow each other.
#include <espalier/dsl.hpp>

using esp::clamp;
using esp::normalize;
using esp::on;
using esp::subtract;

// Policies of a program: one that centres, two that divide by a sum, and what only looks like a policy.
struct centre_t : esp::policy<centre_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w); }
};
inline constexpr centre_t centre{};
struct share_t : esp::policy<share_t> {
  static constexpr auto map(auto w) { return w / esp::sum(w); }
};
inline constexpr share_t share{};
constexpr auto share_of_sum = [](auto w) { return w / (esp::sum(w) + esp::eps); };
constexpr auto share_of_l1 = [](auto w) { return w / (esp::l1(w) + esp::eps); };

struct no_base_t {
  static constexpr auto map(auto w) { return w; }
};
inline constexpr no_base_t no_base{};
constexpr auto formula = esp::tap_t{} - esp::mean(esp::tap_t{});
constexpr auto bound = esp::param<"c">;
constexpr auto applied = normalize<esp::l2>(esp::tap_t{});
constexpr auto negative = esp::tap_t{} < 0;
constexpr auto letter = "w";
constexpr auto number = 0.5;
constexpr auto of_a_double = [](double w) { return w; };
constexpr auto to_a_string = [](auto) { return "w"; };

/// A formula of 2 * Levels nodes and a few.
template <int Levels>
constexpr auto nested(auto w) {
  if constexpr (Levels == 0) {
    return w;
  } else {
    return esp::abs(nested<Levels - 1>(w) - Levels);
  }
}

#ifdef REJECT_FORMULA_AFTER_POLICY  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto formula_after_policy = clamp<0> >> formula;
#else
constexpr auto formula_after_policy = clamp<0> >> centre;
#endif

#ifdef REJECT_FORMULA_BEFORE_POLICY  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto formula_before_policy = formula >> clamp<0>;
#else
constexpr auto formula_before_policy = centre >> clamp<0>;
#endif

#ifdef REJECT_PARAMETER_AS_POLICY  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto parameter_as_policy = clamp<0> >> bound;
#else
constexpr auto parameter_as_policy = clamp<0> >> centre;
#endif

#ifdef REJECT_APPLIED_POLICY  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto applied_policy = clamp<0> >> applied;
#else
constexpr auto applied_policy = clamp<0> >> centre;
#endif

#ifdef REJECT_CONDITION_AS_POLICY  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto condition_as_policy = clamp<0> >> negative;
#else
constexpr auto condition_as_policy = clamp<0> >> centre;
#endif

#ifdef REJECT_NUMBER_AFTER_POLICY  // reject: ESP-024: this is no policy
constexpr auto number_after_policy = clamp<0> >> 3;
#else
constexpr auto number_after_policy = clamp<0> >> centre;
#endif

#ifdef REJECT_NUMBER_BEFORE_POLICY  // reject: ESP-024: this is no policy
constexpr auto number_before_policy = 0.5 >> clamp<0>;
#else
constexpr auto number_before_policy = centre >> clamp<0>;
#endif

#ifdef REJECT_REGION_AS_POLICY  // reject: ESP-024: this is no policy
constexpr auto region_as_policy = clamp<0> >> esp::center_tap;
#else
constexpr auto region_as_policy = clamp<0> >> esp::identity;
#endif

#ifdef REJECT_NO_BASE  // reject: ESP-024: this is no policy; .*a type derived from esp::policy
constexpr auto no_base_class = clamp<0> >> no_base;
#else
constexpr auto no_base_class = clamp<0> >> centre;
#endif

#ifdef REJECT_LAMBDA_OF_A_DOUBLE  // reject: ESP-024: this is no policy; .*lambda .*auto w
constexpr auto lambda_of_a_double = clamp<0> >> of_a_double;
#else
constexpr auto lambda_of_a_double = clamp<0> >> share_of_l1;
#endif

#ifdef REJECT_LAMBDA_TO_A_STRING  // reject: ESP-024: this is no policy; .*returns a formula of w
constexpr auto lambda_to_a_string = clamp<0> >> to_a_string;
#else
constexpr auto lambda_to_a_string = clamp<0> >> share_of_l1;
#endif

#ifdef REJECT_REDUCTION_AS_POLICY  // reject: ESP-037: a reduction stands where a policy is expected
constexpr auto reduction_as_policy = clamp<0> >> esp::mean;
#else
constexpr auto reduction_as_policy = clamp<0> >> esp::identity;
#endif

inline auto captured_constant() {
  constexpr double factor = 0.5;
#ifdef REJECT_CAPTURED_CONSTANT  // reject: ESP-023: a lambda used as a policy captures a value
  return clamp<0> >> [factor](auto w) { return w * factor; };
#else
  return clamp<0> >> [](auto w) { return w * factor; };
#endif
}

inline auto captured_variable(double threshold) {
#ifdef REJECT_CAPTURED_VARIABLE  // reject: ESP-023: a lambda used as a policy captures a value
  const auto twice = [threshold](auto w) { return 2 * w; };
  return static_cast<void>(threshold), twice >> clamp<0>;
#else
  const auto twice = [](auto w) { return 2 * w; };
  return static_cast<void>(threshold), twice >> clamp<0>;
#endif
}

#ifdef REJECT_DATA_MEMBER  // reject: ESP-034: a policy has data members
struct gain_t : esp::policy<gain_t> {
  float factor;
  static constexpr auto map(auto w) { return 2 * w; }
};
constexpr auto data_member = clamp<0> >> gain_t{};
#else
struct gain_t : esp::policy<gain_t> {
  static float factor;
  static constexpr auto map(auto w) { return 2 * w; }
};
constexpr auto data_member = clamp<0> >> gain_t{};
#endif

#ifdef REJECT_MISSPELT_MAP  // reject: ESP-021: a policy has no usable `map`
struct misspelt_t : esp::policy<misspelt_t> {
  static constexpr auto mop(auto w) { return w; }
};
constexpr auto misspelt_map = misspelt_t{} >> clamp<0>;
#else
struct misspelt_t : esp::policy<misspelt_t> {
  static constexpr auto map(auto w) { return w; }
};
constexpr auto misspelt_map = misspelt_t{} >> clamp<0>;
#endif

#ifdef REJECT_MAP_NOT_STATIC  // reject: ESP-021: a policy has no usable `map`; add: static constexpr auto map
struct not_static_t : esp::policy<not_static_t> {
  constexpr auto map(auto w) { return w; }
};
constexpr auto map_not_static = clamp<0> >> not_static_t{};
#else
struct not_static_t : esp::policy<not_static_t> {
  static constexpr auto map(auto w) { return w; }
};
constexpr auto map_not_static = clamp<0> >> not_static_t{};
#endif

#ifdef REJECT_PRIVATE_MAP  // reject: ESP-021: a policy has no usable `map`
class hidden_t : public esp::policy<hidden_t> {
  static constexpr auto map(auto w) { return w; }
};
constexpr auto private_map = clamp<0> >> hidden_t{};
#else
struct hidden_t : public esp::policy<hidden_t> {
  static constexpr auto map(auto w) { return w; }
};
constexpr auto private_map = clamp<0> >> hidden_t{};
#endif

#ifdef REJECT_MAP_OF_A_DOUBLE  // reject: ESP-021: a policy has no usable `map`
struct of_double_t : esp::policy<of_double_t> {
  static constexpr auto map(double w) { return w; }
};
constexpr auto map_of_a_double = clamp<0> >> of_double_t{};
#else
struct of_double_t : esp::policy<of_double_t> {
  static constexpr auto map(auto w) { return w; }
};
constexpr auto map_of_a_double = clamp<0> >> of_double_t{};
#endif

#ifdef REJECT_MAP_TO_A_STRING  // reject: ESP-022: `map` returns something that is no formula
struct to_string_t : esp::policy<to_string_t> {
  static constexpr auto map(auto) { return letter; }
};
constexpr auto map_to_a_string = clamp<0> >> to_string_t{};
#else
struct to_string_t : esp::policy<to_string_t> {
  static constexpr auto map(auto) { return number; }
};
constexpr auto map_to_a_string = clamp<0> >> to_string_t{};
#endif

#ifdef REJECT_MAP_TO_A_CONDITION  // reject: ESP-022: `map` returns something that is no formula
struct to_condition_t : esp::policy<to_condition_t> {
  static constexpr auto map(auto w) { return w < 1; }
};
constexpr auto map_to_a_condition = clamp<0> >> to_condition_t{};
#else
struct to_condition_t : esp::policy<to_condition_t> {
  static constexpr auto map(auto w) { return w - 1; }
};
constexpr auto map_to_a_condition = clamp<0> >> to_condition_t{};
#endif

#ifdef REJECT_MAP_WITHOUT_RETURN  // reject: ESP-022: `map` returns something that is no formula
struct no_return_t : esp::policy<no_return_t> {
  static constexpr auto map(auto w) { w; }
};
constexpr auto map_without_return = clamp<0> >> no_return_t{};
#else
struct no_return_t : esp::policy<no_return_t> {
  static constexpr auto map(auto w) { return w; }
};
constexpr auto map_without_return = clamp<0> >> no_return_t{};
#endif

#ifdef REJECT_SUM_OF_ZERO  // reject: ESP-025: .*subtract<mean> leaves a sum of zero
constexpr auto sum_of_zero = subtract<esp::mean> >> normalize<esp::sum>;
#else
constexpr auto sum_of_zero = subtract<esp::mean> >> normalize<esp::l1>;
#endif

#ifdef REJECT_SUM_OF_ZERO_IN_MODES  // reject: ESP-025: this policy divides by a value that the policies before
constexpr auto sum_of_zero_in_modes = esp::modes::zero_mean >> esp::modes::sum_to_one;
#else
constexpr auto sum_of_zero_in_modes = esp::modes::zero_mean >> esp::modes::unit_l2;
#endif

#ifdef REJECT_SUM_OF_ZERO_IN_CUSTOM_POLICIES  // reject: ESP-025: this policy divides by a value that the policies
constexpr auto sum_of_zero_in_custom_policies = centre >> share;
#else
constexpr auto sum_of_zero_in_custom_policies = centre >> centre;
#endif

#ifdef REJECT_SUM_OF_ZERO_IN_A_LAMBDA  // reject: ESP-025: this policy divides by a value that the policies before
constexpr auto sum_of_zero_in_a_lambda = subtract<esp::mean> >> share_of_sum;
#else
constexpr auto sum_of_zero_in_a_lambda = subtract<esp::mean> >> share_of_l1;
#endif

#ifdef REJECT_SUM_OF_ZERO_LATER  // reject: ESP-025: this policy divides by a value that the policies before
constexpr auto sum_of_zero_later = clamp<-1, 1> >> centre >> normalize<esp::l2> >> normalize<esp::sum>;
#else
constexpr auto sum_of_zero_later = clamp<-1, 1> >> centre >> normalize<esp::l2> >> normalize<esp::l1>;
#endif

#ifdef REJECT_SUM_OF_ZERO_ON_A_REGION  // reject: ESP-025: this policy divides by a value that the policies before
constexpr auto sum_of_zero_on_a_region = on<esp::neighbors>(centre) >> on<esp::neighbors>(share);
#else
constexpr auto sum_of_zero_on_a_region = on<esp::neighbors>(centre) >> on<esp::center_tap>(share);
#endif

#ifdef REJECT_SUM_OF_ZERO_PER_FILTER  // reject: ESP-025: this policy divides by a value that the policies before
constexpr auto sum_of_zero_per_filter = esp::per_filter(centre) >> esp::per_filter(share);
#else
constexpr auto sum_of_zero_per_filter = esp::per_filter(centre) >> esp::per_filter(centre);
#endif

#ifdef REJECT_NORM_OF_ZERO  // reject: ESP-025: this policy divides by a value that the policies before it make zero
constexpr auto norm_of_zero = esp::assign<0> >> normalize<esp::l2>;
#else
constexpr auto norm_of_zero = esp::assign<1> >> normalize<esp::l2>;
#endif

#ifdef REJECT_TOO_LONG  // reject: ESP-033: the composed formula is too long
constexpr auto too_long = clamp<0> >> [](auto w) { return nested<200>(w); };
#else
constexpr auto too_long = clamp<0> >> [](auto w) { return nested<20>(w); };
#endif

#ifdef REJECT_TWO_MISTAKES  // reject: ESP-024: this is no policy
constexpr auto two_mistakes = clamp<0> >> 3 >> normalize<esp::l2>;
#else
constexpr auto two_mistakes = clamp<0> >> centre >> normalize<esp::l2>;
#endif
