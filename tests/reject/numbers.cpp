// SPDX-License-Identifier: BSD-3-Clause
// Refused: learned numbers that nothing would teach or that start at nothing, and names for two numbers.
#include <espalier/espalier.hpp>

using esp::constrained_conv3d;
using esp::conv3d;
using esp::learned;
using esp::param;
using esp::per;

constexpr conv3d small{.in_channels = 2, .out_channels = 2, .kernel_size = 3};
constexpr conv3d small_post_step{
    .in_channels = 2, .out_channels = 2, .kernel_size = 3, .enforce = esp::enforcement::post_step};

constexpr auto scaled = [](auto w) { return w * learned<"g", per::filter>; };
constexpr auto scaled_blocks = [](auto w) { return w * learned<"g", per::block>; };
constexpr auto scaled_by_a_parameter = [](auto w) { return w * param<"g", per::filter>; };
constexpr auto scaled_by_another = [](auto w) { return w * learned<"h", per::filter>; };
constexpr auto from_a_tap = [](auto w) { return w * learned<"g", per::block>.starts_at(w); };
constexpr auto from_a_sum = [](auto w) { return w * learned<"g", per::block>.starts_at(esp::sum(w)); };
constexpr auto from_a_maximum = [](auto w) { return w * learned<"g", per::block>.starts_at(esp::max(w)); };
constexpr auto filters_from_a_sum = [](auto w) { return w * learned<"g", per::filter>.starts_at(esp::sum(w)); };
constexpr auto filters_from_their_sum = esp::per_filter(filters_from_a_sum);
constexpr auto above = [](auto w) { return esp::select(w < learned<"t">, 0, w); };
constexpr auto at_least = [](auto w) { return esp::max(w, learned<"t">); };

using layer = constrained_conv3d<small, scaled>;
using plain = constrained_conv3d<small>;

#ifdef REJECT_LEARNED_IN_POST_STEP  // reject: ESP-222: a learned number stands in the prior of a layer that forwards
constrained_conv3d<small_post_step, scaled> learned_in_post_step;
#else
constrained_conv3d<small, scaled> learned_in_post_step;
#endif

#ifdef REJECT_WEIGHT_NORM_IN_POST_STEP  // reject: ESP-222: a learned number stands in the prior of a layer that forwards
constrained_conv3d<small_post_step, esp::weight_norm> weight_norm_in_post_step;
#else
constrained_conv3d<small, esp::weight_norm> weight_norm_in_post_step;
#endif

#ifdef REJECT_A_NAME_FOR_TWO_SCOPES  // reject: ESP-223: a name of the prior stands for different numbers
constrained_conv3d<small, (esp::identity >> scaled >> scaled_blocks)> a_name_for_two_scopes;
#else
constrained_conv3d<small, (esp::identity >> scaled >> scaled)> a_name_for_two_scopes;
#endif

#ifdef REJECT_A_NAME_LEARNED_AND_NOT  // reject: ESP-223: a name of the prior stands for different numbers
constrained_conv3d<small, (esp::identity >> scaled >> scaled_by_a_parameter)> a_name_learned_and_not;
#else
constrained_conv3d<small, (esp::identity >> scaled >> scaled_by_another)> a_name_learned_and_not;
#endif

#ifdef REJECT_A_NAME_WITH_TWO_STARTS  // reject: ESP-223: a name of the prior stands for different numbers
constrained_conv3d<small, (esp::identity >> from_a_sum >> from_a_maximum)> a_name_with_two_starts;
#else
constrained_conv3d<small, (esp::identity >> scaled_blocks >> from_a_maximum)> a_name_with_two_starts;
#endif

#ifdef REJECT_LEARNED_IN_A_CONDITION  // reject: ESP-224: no gradient reaches a learned number of the prior
constrained_conv3d<small, above> learned_in_a_condition;
#else
constrained_conv3d<small, at_least> learned_in_a_condition;
#endif

#ifdef REJECT_LEARNED_STRAIGHT_THROUGH  // reject: ESP-224: no gradient reaches a learned number of the prior
constrained_conv3d<small, esp::with_gradient<esp::gradient_rule::straight_through>(scaled)> learned_straight_through;
#else
constrained_conv3d<small, esp::with_gradient<esp::gradient_rule::inclusive>(scaled)> learned_straight_through;
#endif

#ifdef REJECT_START_OF_A_TAP  // reject: ESP-225: a learned number starts at a formula that has several values
constrained_conv3d<small, from_a_tap> start_of_a_tap;
#else
constrained_conv3d<small, from_a_sum> start_of_a_tap;
#endif

#ifdef REJECT_FILTERS_FROM_BLOCKS  // reject: ESP-225: a learned number starts at a formula that has several values
constrained_conv3d<small, filters_from_a_sum> filters_from_blocks;
#else
constrained_conv3d<small, filters_from_their_sum> filters_from_blocks;
#endif

void names(layer& conv) {
#ifdef REJECT_NAME_OF_NO_NUMBER  // reject: ESP-045: the prior has no parameter of this name
  static_cast<void>(conv.get<"gain">());
#else
  static_cast<void>(conv.get<"g">());
#endif
}
