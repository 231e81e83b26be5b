// SPDX-License-Identifier: BSD-3-Clause
// Refused: sizes of sets that there are none of, thresholds over more than a block, and arguments of neither kind.
#include <espalier/espalier.hpp>
#include <limits>

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double one = 1;
constexpr esp::conv3d small{.in_channels = 2, .out_channels = 2, .kernel_size = 3};
constexpr auto by_itself = [](auto w) { return esp::excess(w, esp::abs(w)); };
constexpr auto by_its_norm = [](auto w) { return esp::excess(w, esp::l1(w)); };
constexpr auto a_corner = esp::tap<0, 0, 0>;
constexpr auto the_middle = esp::center_tap;
constexpr auto of_the_middle = [](auto w) { return esp::excess(w, 1, esp::center_tap); };

#ifdef REJECT_SIMPLEX_ZERO  // reject: ESP-228: simplex<s>, l1_ball<c>, l2_ball<c> and sphere<r> take a finite number
constexpr auto simplex_zero = esp::simplex<0>;
#else
constexpr auto simplex_zero = esp::simplex<1>;
#endif

#ifdef REJECT_L1_BALL_NEGATIVE  // reject: ESP-228: .* write for example l1_ball<1>
constexpr auto l1_ball_negative = esp::l1_ball<-1>;
#else
constexpr auto l1_ball_negative = esp::l1_ball<1>;
#endif

#ifdef REJECT_L2_BALL_INFINITE  // reject: ESP-228: .* write for example l2_ball<1>
constexpr auto l2_ball_infinite = esp::l2_ball<infinity>;
#else
constexpr auto l2_ball_infinite = esp::l2_ball<one>;
#endif

#ifdef REJECT_SPHERE_OF_A_NORM  // reject: ESP-228: .* write for example sphere<1>
constexpr auto sphere_of_a_norm = esp::sphere<esp::l2>;
#else
constexpr auto sphere_of_a_norm = esp::sphere<one>;
#endif

#ifdef REJECT_SPHERE_ZEROS  // reject: ESP-230: the second argument of sphere<r, zeros>
constexpr auto sphere_zeros = esp::sphere<1, 0>;
#else
constexpr auto sphere_zeros = esp::sphere<1, esp::zero_block::keep>;
#endif

#ifdef REJECT_HYPERPLANE_INFINITE  // reject: ESP-029: the value of hyperplane<f, v> is not finite
constexpr auto hyperplane_infinite = esp::hyperplane<[](esp::tap_index) { return 1.0; }, infinity>;
#else
constexpr auto hyperplane_infinite = esp::hyperplane<[](esp::tap_index) { return 1.0; }, one>;
#endif

#ifdef REJECT_HALF_SPACE_INFINITE  // reject: ESP-029: the value of half_space<f, v> is not finite
constexpr auto half_space_infinite = esp::half_space<[](esp::tap_index) { return 1.0; }, infinity>;
#else
constexpr auto half_space_infinite = esp::half_space<[](esp::tap_index) { return 1.0; }, one>;
#endif

#ifdef REJECT_THRESHOLD_OF_A_FILTER  // reject: ESP-227: a threshold runs over one kernel block
esp::constrained_conv3d<small, esp::per_filter(esp::simplex<1>)> threshold_of_a_filter;
#else
esp::constrained_conv3d<small, esp::per_filter(esp::sphere<1>)> threshold_of_a_filter;
#endif

#ifdef REJECT_THRESHOLD_BY_TAPS  // reject: ESP-227: a threshold runs over one kernel block
esp::constrained_conv3d<small, by_itself> threshold_by_taps;
#else
esp::constrained_conv3d<small, by_its_norm> threshold_by_taps;
#endif

#ifdef REJECT_THRESHOLD_OF_NO_TAP  // reject: ESP-227: a threshold runs over one kernel block
esp::constrained_conv3d<small, esp::on<a_corner>(of_the_middle)> threshold_of_no_tap;
#else
esp::constrained_conv3d<small, esp::on<the_middle>(of_the_middle)> threshold_of_no_tap;
#endif

#ifdef REJECT_THRESHOLD_WITHOUT_A_SUM  // reject: ESP-229: threshold and excess take a formula, the sum
constexpr auto threshold_without_a_sum = [](auto w) { return w - esp::threshold(w); };
#else
constexpr auto threshold_without_a_sum = [](auto w) { return w - esp::max(w); };
#endif
constexpr auto used = esp::identity >> threshold_without_a_sum;

#ifdef REJECT_EXCESS_OF_A_REGION  // reject: ESP-229: threshold and excess take a formula, the sum
constexpr auto excess_of_a_region = [](auto w) { return esp::excess(w, esp::neighbors); };
#else
constexpr auto excess_of_a_region = [](auto w) { return esp::max(w, esp::neighbors); };
#endif
constexpr auto used_too = esp::identity >> excess_of_a_region;
