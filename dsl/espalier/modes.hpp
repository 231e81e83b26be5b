// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The eight modes of the constrained layer, each one line in the language, and two that stand in for those which
/// divide by a sum of any sign.
#pragma once

#include <espalier/config.hpp>
#include <espalier/pipeline.hpp>
#include <espalier/policies/assign.hpp>
#include <espalier/policies/cap.hpp>
#include <espalier/policies/clamp.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policies/normalize.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/shift.hpp>
#include <espalier/policies/subtract.hpp>
#include <espalier/reduction.hpp>
#include <espalier/region.hpp>

namespace esp::inline ESPALIER_ABI {

namespace modes {

/// w. Example: examples/custom_constraint.cpp
inline constexpr auto none = identity;

/// max(w, 0). Establishes nonnegative. Example: examples/groups_nonneg.cpp
inline constexpr auto nonneg = clamp<0>;

/// w / (sum(w) + eps). Establishes sum_is<1>; no projection: see docs/facts.md for blocks whose sum is near zero.
inline constexpr auto sum_to_one = normalize<sum>;

/// w - mean(w). Establishes zero_sum. Example: examples/zero_mean.cpp
inline constexpr auto zero_mean = subtract<mean>;

/// max(w, 0) / (sum(max(w, 0)) + eps). Establishes nonnegative, sum_is<1>, bounds<0, 1>; a block without a positive tap
/// becomes zero.
inline constexpr auto nonneg_sum1 = detail::composed_by_name(clamp<0>, normalize<l1>);

/// w / sqrt(sum(w * w) + eps). Establishes l2_is<1>, bounds<-1, 1>; a zero block stays zero. Example:
/// examples/unit_l2.cpp
inline constexpr auto unit_l2 = normalize<l2>;

/// w * min(1, c / sqrt(sum(w * w) + eps)). Establishes l2_at_most<c>. Example: examples/max_l2_post_step.cpp
template <auto C>
inline constexpr auto max_l2 = cap<l2, C>;

/// The centre tap is `Center`; the others are scaled to sum to `NeighborSum`. Establishes sum_is<Center + NeighborSum>
/// and the centre's value. Every kernel extent odd (ESP-040). Example: examples/fixed_center.cpp
template <auto Center = -1, auto NeighborSum = 1>
inline constexpr auto fixed_center = on<neighbors>(normalize<sum, NeighborSum>) >> on<center_tap>(assign<Center>);

/// `sum_to_one` without its singular set: w + (1 - sum(w)) / taps. Establishes sum_is<1>; no block grows without bound.
/// A block that sums to one is what both make of it, so this is also where `sum_to_one` may start from.
inline constexpr auto shifted_sum_to_one = shift<1>;

/// `fixed_center` without its singular set: the neighbours are moved to their sum, not scaled. Establishes
/// sum_is<Center + NeighborSum> and the centre's value; a start for `fixed_center` too. Example:
/// examples/fixed_center.cpp
template <auto Center = -1, auto NeighborSum = 1>
inline constexpr auto shifted_fixed_center = on<neighbors>(shift<NeighborSum>) >> on<center_tap>(assign<Center>);

}  // namespace modes

}  // namespace esp::inline ESPALIER_ABI
