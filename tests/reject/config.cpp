// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/conv3d_rules.hpp>
#include <limits>

#ifdef REJECT_NO_INPUT_CHANNELS  // reject: ESP-001: in_channels must be at least 1
constexpr bool no_input_channels =
    esp::validated<esp::conv3d{.in_channels = 0, .out_channels = 8, .kernel_size = 3}>::value;
#else
constexpr bool no_input_channels =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3}>::value;
#endif

#ifdef REJECT_NEGATIVE_INPUT_CHANNELS  // reject: ESP-001: .*number of channels of the input
constexpr bool negative_input_channels =
    esp::validated<esp::conv3d{.in_channels = -4, .out_channels = 8, .kernel_size = 3}>::value;
#else
constexpr bool negative_input_channels =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3}>::value;
#endif

#ifdef REJECT_NO_OUTPUT_CHANNELS  // reject: ESP-002: out_channels must be at least 1
constexpr bool no_output_channels =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 0, .kernel_size = 3}>::value;
#else
constexpr bool no_output_channels =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3}>::value;
#endif

#ifdef REJECT_NO_GROUPS  // reject: ESP-003: groups must be at least 1
constexpr bool no_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .groups = 0}>::value;
#else
constexpr bool no_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .groups = 1}>::value;
#endif

#ifdef REJECT_NEGATIVE_GROUPS  // reject: ESP-003: .*groups = 1 for an ordinary convolution
constexpr bool negative_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .groups = -2}>::value;
#else
constexpr bool negative_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .groups = 2}>::value;
#endif

#ifdef REJECT_INPUT_CHANNELS_IN_GROUPS  // reject: ESP-004: in_channels is not divisible by groups
constexpr bool input_channels_in_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 9, .kernel_size = 3, .groups = 3}>::value;
#else
constexpr bool input_channels_in_groups =
    esp::validated<esp::conv3d{.in_channels = 6, .out_channels = 9, .kernel_size = 3, .groups = 3}>::value;
#endif

#ifdef REJECT_MORE_GROUPS_THAN_CHANNELS  // reject: ESP-004: .*divides both channel counts
constexpr bool more_groups_than_channels =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .groups = 8}>::value;
#else
constexpr bool more_groups_than_channels =
    esp::validated<esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .groups = 8}>::value;
#endif

#ifdef REJECT_OUTPUT_CHANNELS_IN_GROUPS  // reject: ESP-005: out_channels is not divisible by groups
constexpr bool output_channels_in_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .groups = 4}>::value;
#else
constexpr bool output_channels_in_groups =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .groups = 4}>::value;
#endif

#ifdef REJECT_EMPTY_KERNEL  // reject: ESP-006: every kernel extent must be at least 1
constexpr bool empty_kernel = esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 0}>::value;
#else
constexpr bool empty_kernel = esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3}>::value;
#endif

#ifdef REJECT_EMPTY_KERNEL_AXIS  // reject: ESP-006: .*kernel_size = 3 or
constexpr bool empty_kernel_axis =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, -3, 5}}>::value;
#else
constexpr bool empty_kernel_axis =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 3, 5}}>::value;
#endif

#ifdef REJECT_NO_STRIDE  // reject: ESP-007: every stride must be at least 1
constexpr bool no_stride =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .stride = 0}>::value;
#else
constexpr bool no_stride =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .stride = 2}>::value;
#endif

#ifdef REJECT_NO_STRIDE_ON_AN_AXIS  // reject: ESP-007: .*stride = 1 to visit every voxel
constexpr bool no_stride_on_an_axis =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .stride = {1, 1, -1}}>::value;
#else
constexpr bool no_stride_on_an_axis =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .stride = {1, 1, 2}}>::value;
#endif

#ifdef REJECT_NO_DILATION  // reject: ESP-008: every dilation must be at least 1
constexpr bool no_dilation =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .dilation = 0}>::value;
#else
constexpr bool no_dilation =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .dilation = 1}>::value;
#endif

#ifdef REJECT_NEGATIVE_PADDING  // reject: ESP-009: padding must not be negative
constexpr bool negative_padding =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = -1}>::value;
#else
constexpr bool negative_padding =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}>::value;
#endif

#ifdef REJECT_NEGATIVE_PADDING_AT_AN_END  // reject: ESP-009: .*crop the input
constexpr bool negative_padding_at_an_end = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = {{1, 1}, {1, 1}, {0, -2}}}>::value;
#else
constexpr bool negative_padding_at_an_end = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = {{1, 1}, {1, 1}, {0, 2}}}>::value;
#endif

#ifdef REJECT_NEGATIVE_EPS  // reject: ESP-010: eps must be finite and not negative
constexpr bool negative_eps =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .eps = -1e-12}>::value;
#else
constexpr bool negative_eps =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .eps = 1e-12}>::value;
#endif

#ifdef REJECT_INFINITE_EPS  // reject: ESP-010: .*leave it out for 1e-12
constexpr bool infinite_eps = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .eps = std::numeric_limits<double>::infinity()}>::value;
#else
constexpr bool infinite_eps = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .eps = std::numeric_limits<double>::epsilon()}>::value;
#endif

#ifdef REJECT_NAN_EPS  // reject: ESP-010: eps must be finite
constexpr bool nan_eps = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .eps = std::numeric_limits<double>::quiet_NaN()}>::value;
#else
constexpr bool nan_eps = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .eps = std::numeric_limits<double>::epsilon()}>::value;
#endif

#ifdef REJECT_UNKNOWN_ENFORCEMENT  // reject: ESP-011: enforce is neither
constexpr bool unknown_enforcement = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .enforce = esp::enforcement(2)}>::value;
#else
constexpr bool unknown_enforcement = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .enforce = esp::enforcement(1)}>::value;
#endif

#ifdef REJECT_WEIGHT_TOO_LARGE  // reject: ESP-012: the weight has more bytes
constexpr bool weight_too_large =
    esp::validated<esp::conv3d{.in_channels = 2147483648, .out_channels = 2147483648, .kernel_size = 3}>::value;
#else
constexpr bool weight_too_large =
    esp::validated<esp::conv3d{.in_channels = 2147483648, .out_channels = 8, .kernel_size = 3}>::value;
#endif

#ifdef REJECT_REACH_TOO_LARGE  // reject: ESP-013: dilation . kernel_size exceeds
constexpr bool reach_too_large =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 5, .dilation = 1073741824}>::value;
#else
constexpr bool reach_too_large =
    esp::validated<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 5, .dilation = 4}>::value;
#endif

#ifdef REJECT_INTEGER_ELEMENTS  // reject: ESP-014: a convolution computes in float or double
constexpr bool integer_elements = esp::validated_element<int>::value;
#else
constexpr bool integer_elements = esp::validated_element<float>::value;
#endif

#ifdef REJECT_LONG_DOUBLE_ELEMENTS  // reject: ESP-014: .*convert the data to one
constexpr bool long_double_elements = esp::validated_element<long double>::value;
#else
constexpr bool long_double_elements = esp::validated_element<double>::value;
#endif

#ifdef REJECT_UNKNOWN_ALGORITHM  // reject: ESP-017: algorithm is none
constexpr bool unknown_algorithm = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .algorithm = esp::algorithm(4)}>::value;
#else
constexpr bool unknown_algorithm = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .algorithm = esp::algorithm(3)}>::value;
#endif

#ifdef REJECT_UNKNOWN_ACTIVATION  // reject: ESP-200: activation is neither
constexpr bool unknown_activation = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .activation = esp::activation(2)}>::value;
#else
constexpr bool unknown_activation = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .activation = esp::activation(1)}>::value;
#endif

#ifdef REJECT_UNKNOWN_BOUNDARY  // reject: ESP-203: boundary is none of
constexpr bool unknown_boundary = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .boundary = esp::boundary(5)}>::value;
#else
constexpr bool unknown_boundary = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .boundary = esp::boundary(4)}>::value;
#endif

#ifdef REJECT_HALF_A_CIRCLE  // reject: ESP-245: boundary::circular joins the two ends
constexpr bool half_a_circle = esp::validated<esp::conv3d{
    .in_channels = 4,
    .out_channels = 8,
    .kernel_size = 3,
    .boundary = {{esp::boundary::circular, esp::boundary::zeros}, esp::boundary::zeros, esp::boundary::zeros}}>::value;
#else
constexpr bool half_a_circle = esp::validated<esp::conv3d{
    .in_channels = 4,
    .out_channels = 8,
    .kernel_size = 3,
    .boundary = {{esp::boundary::reflect, esp::boundary::zeros}, esp::boundary::zeros, esp::boundary::zeros}}>::value;
#endif

#ifdef REJECT_OTHER_HALF_OF_A_CIRCLE  // reject: ESP-245: .*write it for both sides
constexpr bool other_half_of_a_circle = esp::validated<esp::conv3d{
    .in_channels = 4,
    .out_channels = 8,
    .kernel_size = 3,
    .boundary = {
        esp::boundary::zeros, esp::boundary::zeros, {esp::boundary::reflect, esp::boundary::circular}}}>::value;
#else
constexpr bool other_half_of_a_circle = esp::validated<esp::conv3d{
    .in_channels = 4,
    .out_channels = 8,
    .kernel_size = 3,
    .boundary = {
        esp::boundary::zeros, esp::boundary::zeros, {esp::boundary::circular, esp::boundary::circular}}}>::value;
#endif

#ifdef REJECT_WINOGRAD_OF_FIVE_TAPS  // reject: ESP-018: algorithm::winograd needs stride 1
constexpr bool winograd_of_five_taps = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 5, .algorithm = esp::algorithm::winograd}>::value;
#else
constexpr bool winograd_of_five_taps = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = 3, .algorithm = esp::algorithm::winograd}>::value;
#endif

#ifdef REJECT_WINOGRAD_OF_STRIDE_TWO  // reject: ESP-018: .*write .algorithm = esp::algorithm::automatic
constexpr bool winograd_of_stride_two = esp::validated<esp::conv3d{.in_channels = 4,
                                                                   .out_channels = 8,
                                                                   .kernel_size = {1, 3, 3},
                                                                   .stride = 2,
                                                                   .algorithm = esp::algorithm::winograd}>::value;
#else
constexpr bool winograd_of_stride_two = esp::validated<esp::conv3d{.in_channels = 4,
                                                                   .out_channels = 8,
                                                                   .kernel_size = {1, 3, 3},
                                                                   .stride = 1,
                                                                   .algorithm = esp::algorithm::winograd}>::value;
#endif

#ifdef REJECT_TALL_WINOGRAD_OF_A_ROW  // reject: ESP-018: .*for winograd_f43 along D or H
constexpr bool tall_winograd_of_a_row = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = {1, 1, 3}, .algorithm = esp::algorithm::winograd_f43}>::value;
#else
constexpr bool tall_winograd_of_a_row = esp::validated<esp::conv3d{
    .in_channels = 4, .out_channels = 8, .kernel_size = {1, 3, 3}, .algorithm = esp::algorithm::winograd_f43}>::value;
#endif
