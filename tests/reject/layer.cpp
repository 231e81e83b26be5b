// SPDX-License-Identifier: BSD-3-Clause
// Refused: priors that a layer's own kernel cannot carry, and tensors and names that a layer does not know.
#include <espalier/espalier.hpp>

using esp::constrained_conv3d;
using esp::conv3d;

constexpr conv3d small{.in_channels = 2, .out_channels = 2, .kernel_size = 3};
constexpr conv3d depthwise{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .groups = 2};
constexpr conv3d single{.in_channels = 2, .out_channels = 2, .kernel_size = 1};
constexpr conv3d even{.in_channels = 2, .out_channels = 2, .kernel_size = 4};
constexpr conv3d flat{.in_channels = 2, .out_channels = 2, .kernel_size = {1, 3, 3}};
constexpr conv3d half_even{.in_channels = 2, .out_channels = 2, .kernel_size = {3, 3, 2}};

constexpr auto fixed = esp::modes::fixed_center<-1, 1>;
constexpr auto formula = esp::tap_t{} - esp::mean(esp::tap_t{});
constexpr auto two = 2;
constexpr auto to_a_string = [](auto) { return "w"; };
constexpr auto by_nothing = [](auto w) { return w / (esp::sum(w) - esp::sum(w)); };
constexpr auto by_sum = [](auto w) { return w / (esp::sum(w) + esp::sum(w)); };
constexpr auto last_plane = esp::mask<[](esp::tap_index t) { return t.d == 2; }>;
constexpr auto first_plane = esp::mask<[](esp::tap_index t) { return t.d == 0; }>;
constexpr auto without_neighbors = [](auto w) { return w - esp::mean(w, esp::neighbors); };
constexpr auto without_center = [](auto w) { return select(inside(esp::center_tap), 0, w); };
constexpr auto cubic = esp::grouped<esp::cube_group>(esp::subtract<esp::mean>);
constexpr auto centred_shells = esp::grouped<esp::shells>(esp::subtract<esp::mean>);
constexpr auto equations = esp::moments<esp::zero_sum>;
constexpr auto contraction = esp::cap_lipschitz<1>;
constexpr auto centred = esp::subtract<esp::mean>;
struct scaled_t : esp::policy<scaled_t> {
  double factor = 2;
  static constexpr auto map(auto w) { return w; }
};
inline constexpr scaled_t scaled{};

template <int Levels>
constexpr auto nested(auto w) {
  if constexpr (Levels == 0) {
    return w;
  } else {
    return esp::abs(nested<Levels - 1>(w) - Levels);
  }
}
constexpr auto long_formula = [](auto w) { return nested<150>(w); };

using capped = constrained_conv3d<small, esp::cap<esp::l2, esp::param<"c">>>;
using plain = constrained_conv3d<small>;
using batch = xt::xtensor<float, 5>;
using volume = xt::xtensor<float, 4>;

#ifdef REJECT_FORMULA_AS_PRIOR  // reject: ESP-020: an expression stands where a policy is expected
constrained_conv3d<small, formula> formula_as_prior;
#else
constrained_conv3d<small, by_sum> formula_as_prior;
#endif

#ifdef REJECT_NUMBER_AS_PRIOR  // reject: ESP-024: this is no policy
constrained_conv3d<small, 3> number_as_prior;
#else
constrained_conv3d<small, fixed> number_as_prior;
#endif

#ifdef REJECT_STRING_LAMBDA_AS_PRIOR  // reject: ESP-024: this is no policy
constrained_conv3d<small, to_a_string> string_lambda_as_prior;
#else
constrained_conv3d<small, by_sum> string_lambda_as_prior;
#endif

#ifdef REJECT_REDUCTION_AS_PRIOR  // reject: ESP-037: a reduction stands where a policy is expected
constrained_conv3d<small, esp::mean> reduction_as_prior;
#else
constrained_conv3d<small, esp::identity> reduction_as_prior;
#endif

#ifdef REJECT_DATA_IN_A_PRIOR  // reject: ESP-034: a policy has data members
constrained_conv3d<small, scaled> data_in_a_prior;
#else
constrained_conv3d<small, fixed> data_in_a_prior;
#endif

#ifdef REJECT_LONG_PRIOR  // reject: ESP-033: the prior's formula is too long
constrained_conv3d<small, long_formula> long_prior;
#else
constrained_conv3d<small, by_sum> long_prior;
#endif

#ifdef REJECT_CENTER_OF_AN_EVEN_KERNEL  // reject: ESP-040: the prior needs a centre tap
constrained_conv3d<even, fixed> center_of_an_even_kernel;
#else
constrained_conv3d<small, fixed> center_of_an_even_kernel;
#endif

#ifdef REJECT_CENTER_OF_A_HALF_EVEN_KERNEL  // reject: ESP-040: the prior needs a centre tap, and a kernel with an even
constrained_conv3d<half_even, fixed> center_of_a_half_even_kernel;
#else
constrained_conv3d<flat, fixed> center_of_a_half_even_kernel;
#endif

#ifdef REJECT_CENTER_IN_A_REDUCTION  // reject: ESP-040: the prior needs a centre tap
constrained_conv3d<even, without_neighbors> center_in_a_reduction;
#else
constrained_conv3d<small, without_neighbors> center_in_a_reduction;
#endif

#ifdef REJECT_CENTER_IN_A_SELECTION  // reject: ESP-040: the prior needs a centre tap
constrained_conv3d<half_even, without_center> center_in_a_selection;
#else
constrained_conv3d<flat, without_center> center_in_a_selection;
#endif

#ifdef REJECT_TAP_OUTSIDE  // reject: ESP-041: a region of the prior lies outside the kernel
constrained_conv3d<small, esp::on<esp::tap<0, 0, 5>>(esp::assign<0>)> tap_outside;
#else
constrained_conv3d<small, esp::on<esp::tap<0, 0, 2>>(esp::assign<0>)> tap_outside;
#endif

#ifdef REJECT_NEGATIVE_TAP  // reject: ESP-041: a region of the prior lies outside the kernel
constrained_conv3d<small, esp::on<esp::tap<0, 0, -1>>(esp::assign<0>)> negative_tap;
#else
constrained_conv3d<small, esp::on<esp::tap<0, 0, 1>>(esp::assign<0>)> negative_tap;
#endif

#ifdef REJECT_MASK_WITHOUT_TAPS  // reject: ESP-041: a region of the prior lies outside the kernel: it holds none
constrained_conv3d<flat, esp::on<last_plane>(esp::assign<0>)> mask_without_taps;
#else
constrained_conv3d<flat, esp::on<first_plane>(esp::assign<0>)> mask_without_taps;
#endif

#ifdef REJECT_NEIGHBORS_OF_A_SINGLE_TAP  // reject: ESP-041: a region of the prior lies outside the kernel
constrained_conv3d<single, fixed> neighbors_of_a_single_tap;
#else
constrained_conv3d<small, fixed> neighbors_of_a_single_tap;
#endif

#ifdef REJECT_DIVISION_BY_ZERO  // reject: ESP-042: the prior divides by a value that is zero whatever the weights are
constrained_conv3d<small, by_nothing> division_by_zero;
#else
constrained_conv3d<small, by_sum> division_by_zero;
#endif

#ifdef REJECT_CUBE_GROUP_OF_A_FLAT_KERNEL  // reject: ESP-218: the prior speaks of the rotations of a cube
constrained_conv3d<flat, cubic> cube_group_of_a_flat_kernel;
#else
constrained_conv3d<small, cubic> cube_group_of_a_flat_kernel;
#endif

#ifdef REJECT_GROUPS_OF_A_LARGE_KERNEL  // reject: ESP-221: groups of taps are told apart in kernels of up to 512 taps
constrained_conv3d<conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 9}, centred_shells>
    groups_of_a_large_kernel;
#else
constrained_conv3d<conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 5}, centred_shells>
    groups_of_a_large_kernel;
#endif

#ifdef REJECT_EQUATIONS_OF_GROUPS  // reject: ESP-238: affine, moments and cap_lipschitz speak of whole blocks
constrained_conv3d<small, esp::grouped<esp::shells>(equations)> equations_of_groups;
#else
constrained_conv3d<small, esp::grouped<esp::shells>(centred)> equations_of_groups;
#endif

#ifdef REJECT_CAP_LIPSCHITZ_OF_GROUPS  // reject: ESP-238: affine, moments and cap_lipschitz speak of whole blocks
constrained_conv3d<small, esp::grouped<esp::shells>(contraction)> cap_lipschitz_of_groups;
#else
constrained_conv3d<small, esp::grouped<esp::shells>(centred)> cap_lipschitz_of_groups;
#endif

#ifdef REJECT_INPUTS_OF_SEVERAL_GROUPS  // reject: ESP-219: per_input sums over all output channels that read
constrained_conv3d<depthwise, esp::per_input(esp::modes::unit_l2)> inputs_of_several_groups;
#else
constrained_conv3d<small, esp::per_input(esp::modes::unit_l2)> inputs_of_several_groups;
#endif

#ifdef REJECT_LAYER_OF_INTEGERS  // reject: ESP-014: a convolution computes in float or double
constrained_conv3d<small, fixed, int> layer_of_integers;
#else
constrained_conv3d<small, fixed, float> layer_of_integers;
#endif

#ifdef REJECT_CONFIGURATION_AND_PRIOR  // reject: ESP-001: in_channels must be at least 1
constrained_conv3d<conv3d{.in_channels = 0, .out_channels = 2, .kernel_size = 3}, fixed> configuration_and_prior;
#else
constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3}, fixed> configuration_and_prior;
#endif

#ifdef REJECT_RAW_POINTERS_WITH_A_FORMULA  // reject: ESP-020: an expression stands where a policy is expected
constexpr auto raw_pointers = esp::convolution<small, formula>::weights.size();
#else
constexpr auto raw_pointers = esp::convolution<small, by_sum>::weights.size();
#endif

#ifdef REJECT_RAW_POINTERS_EVEN_KERNEL  // reject: ESP-040: the prior needs a centre tap
inline auto raw_even_kernel() { return esp::convolution<even, fixed>::constrain_scratch_size(); }
#else
inline auto raw_even_kernel() { return esp::convolution<small, fixed>::constrain_scratch_size(); }
#endif

#ifdef REJECT_VOLUME_WITHOUT_BATCH  // reject: ESP-015: a convolution takes five axes
inline auto volume_without_batch(const plain& layer, const volume& x) { return layer(x); }
#else
inline auto volume_without_batch(const plain& layer, const batch& x) { return layer(x); }
#endif

#ifdef REJECT_MATRIX  // reject: ESP-015: a convolution takes five axes
inline auto matrix(const plain& layer, const batch& x) { return layer(xt::xtensor<float, 2>{x}); }
#else
inline auto matrix(const plain& layer, const batch& x) { return layer(xt::xtensor<float, 5>{x}); }
#endif

#ifdef REJECT_OUTPUT_OF_RANK_FOUR  // reject: ESP-015: a convolution takes five axes
inline auto output_of_rank_four(const plain& layer, const batch& x, volume& y) { layer.forward(x, y); }
#else
inline auto output_of_rank_four(const plain& layer, const batch& x, batch& y) { layer.forward(x, y); }
#endif

#ifdef REJECT_UNKNOWN_NAME  // reject: ESP-045: the prior has no parameter of this name
inline auto unknown_name(capped& layer) { layer.set<"d">(0.8F); }
#else
inline auto unknown_name(capped& layer) { layer.set<"c">(0.8F); }
#endif

#ifdef REJECT_UNKNOWN_NAME_READ  // reject: ESP-045: the prior has no parameter of this name
inline auto unknown_name_read(const capped& layer) { return layer.get<"C">(); }
#else
inline auto unknown_name_read(const capped& layer) { return layer.get<"c">(); }
#endif

#ifdef REJECT_NAME_OF_NO_PARAMETER  // reject: ESP-045: the prior has no parameter of this name
inline auto name_of_no_parameter(plain& layer) { layer.set<"c">(0.8F); }
#else
inline auto name_of_no_parameter(capped& layer) { layer.set<"c">(0.8F); }
#endif

#ifdef REJECT_NUMBER_BEYOND_FLOAT  // reject: ESP-190: a number of the prior is infinite or zero
esp::constrained_conv3d<small, esp::on<esp::center_tap>(esp::assign<1e39>)> number_beyond_float;
#else
esp::constrained_conv3d<small, esp::on<esp::center_tap>(esp::assign<1e38>)> number_beyond_float;
#endif

#ifdef REJECT_CAP_BELOW_FLOAT  // reject: ESP-190: .* or take double
esp::constrained_conv3d<small, esp::cap<esp::l2, 1e-50>> cap_below_float;
#else
esp::constrained_conv3d<small, esp::cap<esp::l2, 1e-40>> cap_below_float;
#endif

#ifdef REJECT_EPS_BELOW_FLOAT  // reject: ESP-191: eps is infinite or zero
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .eps = 1e-50}> eps_of_float;
#else
esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .eps = 1e-40}> eps_of_float;
#endif
