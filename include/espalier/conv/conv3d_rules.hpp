// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a convolution's configuration must satisfy: one named concept and one sentence per rule.
///
/// A concept's arguments are the values it judges, so the compiler prints them beside the sentence. A rule that needs
/// another rule's values to make sense holds where that other rule fails: one mistake gives one error.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/shape.hpp>
#include <initializer_list>  // IWYU pragma: keep
#include <limits>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// No extent, stride or padding comes near this; below it, sums and products of two of them cannot overflow.
inline constexpr index_t largest_setting = index_t{1} << 31;

constexpr bool all_between(extents e, index_t low, index_t high) {
  return e.d >= low && e.h >= low && e.w >= low && e.d <= high && e.h <= high && e.w <= high;
}

constexpr bool divides(index_t groups, index_t channels) { return groups < 1 || channels % groups == 0; }

constexpr bool product_fits(index_t a, index_t b) {
  return a < 1 || b < 1 || a <= std::numeric_limits<index_t>::max() / b;
}

/// Whether `out * in * kernel` doubles can be counted in bytes by a signed 64-bit number.
constexpr bool bytes_fit(index_t out, index_t in, extents kernel) {
  index_t bytes = sizeof(double);
  for (const index_t factor : {out, in, kernel.d, kernel.h, kernel.w}) {
    if (!product_fits(bytes, factor)) return false;
    bytes *= factor < 1 ? 1 : factor;
  }
  return true;
}

constexpr bool reach_fits(extents kernel, extents dilation) {
  if (!all_between(kernel, 1, largest_setting) || !all_between(dilation, 1, largest_setting)) return true;
  const extents reach{kernel.d * dilation.d, kernel.h * dilation.h, kernel.w * dilation.w};
  return all_between(reach, 1, largest_setting);
}

constexpr bool algorithm_serves(algorithm a, const conv3d& config) {
  return a == algorithm::winograd       ? winograd_serves(config)
         : a == algorithm::winograd_f43 ? winograd_f43_serves(config)
                                        : true;
}

constexpr bool is_known(const axis_boundary& b) {
  return b.before <= boundary::circular && b.after <= boundary::circular;
}

constexpr bool is_closed(const axis_boundary& b) {
  return (b.before == boundary::circular) == (b.after == boundary::circular);
}

template <index_t InChannels>
concept InChannelsArePositive = InChannels >= 1;

template <index_t OutChannels>
concept OutChannelsArePositive = OutChannels >= 1;

template <index_t Groups>
concept GroupsArePositive = Groups >= 1;

template <index_t Channels, index_t Groups>
concept ChannelsDivideIntoGroups = divides(Groups, Channels);

template <extents Kernel>
concept KernelHasTaps = all_between(Kernel, 1, largest_setting);

template <extents Stride>
concept StrideIsPositive = all_between(Stride, 1, largest_setting);

template <extents Dilation>
concept DilationIsPositive = all_between(Dilation, 1, largest_setting);

template <pads Padding>
concept PaddingIsNotNegative =
    all_between(Padding.before, 0, largest_setting) && all_between(Padding.after, 0, largest_setting);

template <double Eps>
concept EpsIsFiniteAndNotNegative = Eps >= 0.0 && Eps <= std::numeric_limits<double>::max();

template <enforcement Enforce>
concept EnforcementIsKnown = Enforce == enforcement::forward || Enforce == enforcement::post_step;

template <algorithm Algorithm>
concept AlgorithmIsKnown = Algorithm == algorithm::automatic || Algorithm == algorithm::direct ||
                           Algorithm == algorithm::winograd || Algorithm == algorithm::winograd_f43;

template <activation Activation>
concept ActivationIsKnown = Activation == activation::none || Activation == activation::relu;

template <boundaries Boundary>
concept BoundaryIsKnown = is_known(Boundary.d) && is_known(Boundary.h) && is_known(Boundary.w);

template <boundaries Boundary>
concept CircularIsClosed = is_closed(Boundary.d) && is_closed(Boundary.h) && is_closed(Boundary.w);

template <algorithm Algorithm, extents Kernel, extents Stride, extents Dilation>
concept AlgorithmServes = !KernelHasTaps<Kernel> || !StrideIsPositive<Stride> || !DilationIsPositive<Dilation> ||
                          algorithm_serves(Algorithm, {.kernel_size = Kernel, .stride = Stride, .dilation = Dilation});

template <index_t OutChannels, index_t InChannelsPerGroup, extents Kernel>
concept WeightFitsMemory = bytes_fit(OutChannels, InChannelsPerGroup, Kernel);

template <extents Kernel, extents Dilation>
concept DilatedKernelFits = reach_fits(Kernel, Dilation);

/// The types a convolution computes in.
template <class T>
concept ConvolutionElement = std::is_same_v<T, float> || std::is_same_v<T, double>;

constexpr index_t channels_per_group(index_t channels, index_t groups) {
  return groups < 1 ? channels : channels / groups;
}

}  // namespace detail

/// Whether every rule holds: a question, without an error. Code for a configuration is instantiated only where it does.
template <conv3d Config>
inline constexpr bool is_valid =
    detail::InChannelsArePositive<Config.in_channels> && detail::OutChannelsArePositive<Config.out_channels> &&
    detail::GroupsArePositive<Config.groups> && detail::ChannelsDivideIntoGroups<Config.in_channels, Config.groups> &&
    detail::ChannelsDivideIntoGroups<Config.out_channels, Config.groups> && detail::KernelHasTaps<Config.kernel_size> &&
    detail::StrideIsPositive<Config.stride> && detail::DilationIsPositive<Config.dilation> &&
    detail::PaddingIsNotNegative<Config.padding.explicit_pads> && detail::EpsIsFiniteAndNotNegative<Config.eps> &&
    detail::EnforcementIsKnown<Config.enforce> && detail::ActivationIsKnown<Config.activation> &&
    detail::BoundaryIsKnown<Config.boundary> && detail::CircularIsClosed<Config.boundary> &&
    detail::AlgorithmIsKnown<Config.algorithm> &&
    detail::AlgorithmServes<Config.algorithm, Config.kernel_size, Config.stride, Config.dilation> &&
    detail::WeightFitsMemory<Config.out_channels, detail::channels_per_group(Config.in_channels, Config.groups),
                             Config.kernel_size> &&
    detail::DilatedKernelFits<Config.kernel_size, Config.dilation>;

namespace detail {

/// Channels and kernel_size have no defaults; where two are missing, one sentence says so in place of two. g++ takes a
/// configuration whose fields stand in another order for one that ends before the first that does.
template <conv3d Config>
concept FieldsAreSet = static_cast<int>(Config.in_channels != 0) + static_cast<int>(Config.out_channels != 0) +
                           static_cast<int>(!(Config.kernel_size == extents{})) >=
                       2;

}  // namespace detail

/// Refuses a wrong configuration on the line that instantiates it, one sentence per broken rule.
///
/// `value` is `is_valid<Config>`; what builds on a configuration stops where it is false.
/// Rejected when one of the concepts above fails; docs/errors.md shows a wrong and a right program for each.
template <conv3d Config>
struct validated {
  static constexpr bool value = is_valid<Config>;

  static_assert(
      detail::FieldsAreSet<Config>,
      "ESP-076: in_channels, out_channels and kernel_size have no defaults; set all three. Fields stand in the "
      "order in_channels, out_channels, kernel_size, stride, dilation, padding, groups, bias, enforce, eps, "
      "algorithm, activation, boundary");
  static_assert(!detail::FieldsAreSet<Config> || detail::InChannelsArePositive<Config.in_channels>,
                "ESP-001: in_channels must be at least 1; set .in_channels to the number of channels of the input");
  static_assert(!detail::FieldsAreSet<Config> || detail::OutChannelsArePositive<Config.out_channels>,
                "ESP-002: out_channels must be at least 1; set .out_channels to the number of filters you want");
  static_assert(detail::GroupsArePositive<Config.groups>,
                "ESP-003: groups must be at least 1; write .groups = 1 for an ordinary convolution or .groups = "
                "in_channels for a depthwise one");
  static_assert(detail::ChannelsDivideIntoGroups<Config.in_channels, Config.groups>,
                "ESP-004: in_channels is not divisible by groups; choose a number of groups that divides both channel "
                "counts");
  static_assert(detail::ChannelsDivideIntoGroups<Config.out_channels, Config.groups>,
                "ESP-005: out_channels is not divisible by groups; choose a number of groups that divides both channel "
                "counts");
  static_assert(!detail::FieldsAreSet<Config> || detail::KernelHasTaps<Config.kernel_size>,
                "ESP-006: every kernel extent must be at least 1 (and at most 2^31); write .kernel_size = 3 or "
                ".kernel_size = {3, 3, 5}");
  static_assert(detail::StrideIsPositive<Config.stride>,
                "ESP-007: every stride must be at least 1 (and at most 2^31); write .stride = 1 to visit every voxel");
  static_assert(detail::DilationIsPositive<Config.dilation>,
                "ESP-008: every dilation must be at least 1 (and at most 2^31); write .dilation = 1 for adjacent taps");
  static_assert(detail::PaddingIsNotNegative<Config.padding.explicit_pads>,
                "ESP-009: padding must not be negative (and at most 2^31); crop the input instead of padding by a "
                "negative number");
  static_assert(detail::EpsIsFiniteAndNotNegative<Config.eps>,
                "ESP-010: eps must be finite and not negative; leave it out for 1e-12, or write .eps = 0 for none");
  static_assert(detail::EnforcementIsKnown<Config.enforce>,
                "ESP-011: enforce is neither enforcement::forward nor enforcement::post_step; use one of the two");
  static_assert(
      detail::WeightFitsMemory<Config.out_channels, detail::channels_per_group(Config.in_channels, Config.groups),
                               Config.kernel_size>,
      "ESP-012: the weight has more bytes than a 64-bit size can count; reduce channels or kernel_size");
  static_assert(detail::DilatedKernelFits<Config.kernel_size, Config.dilation>,
                "ESP-013: dilation * kernel_size exceeds 2^31 voxels on an axis; reduce one of the two");
  static_assert(
      detail::AlgorithmIsKnown<Config.algorithm>,
      "ESP-017: algorithm is none of algorithm::automatic, direct, winograd and winograd_f43; use one of the four");
  static_assert(detail::AlgorithmServes<Config.algorithm, Config.kernel_size, Config.stride, Config.dilation>,
                "ESP-018: algorithm::winograd needs stride 1 and kernel extents of 3 with dilation 1, or 1, one of "
                "them 3 (for winograd_f43 along D or H); write .algorithm = esp::algorithm::automatic");
  static_assert(detail::ActivationIsKnown<Config.activation>,
                "ESP-200: activation is neither activation::none nor activation::relu; use one of the two");
  static_assert(detail::BoundaryIsKnown<Config.boundary>,
                "ESP-203: boundary is none of boundary::zeros, replicate, reflect, symmetric and circular; use one of "
                "the five");
  static_assert(detail::CircularIsClosed<Config.boundary>,
                "ESP-245: boundary::circular joins the two ends of an axis; write it for both sides of the axis, "
                "{boundary::circular, boundary::circular}, or for neither");
};

/// Refuses an element type the kernels are not written for.
template <class T>
struct validated_element {
  static constexpr bool value = detail::ConvolutionElement<T>;
  static_assert(detail::ConvolutionElement<T>,
                "ESP-014: a convolution computes in float or double; convert the data to one");
};

}  // namespace esp::inline ESPALIER_ABI
