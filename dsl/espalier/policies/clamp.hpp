// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that limits each tap to an interval.
#pragma once

#include <espalier/config.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// No upper bound: the default of `clamp<lo>`.
struct unbounded_t {};
inline constexpr unbounded_t unbounded{};

template <auto Lo, auto Hi>
concept OrderedBounds = !requires {
  requires Hi < Lo;
};

/// max(w, lo), and min(..., hi) where an upper bound is given. A NaN weight stays NaN.
///
/// Establishes bounds<lo, hi>, and nonnegative for lo >= 0. Euclidean projection onto the box, idempotent. One pass.
/// Errors: ESP-026 for lo > hi. Example: examples/groups_nonneg.cpp
template <auto Lo, auto Hi = unbounded>
struct clamp_t : policy<clamp_t<Lo, Hi>> {
  static_assert(OrderedBounds<Lo, Hi>,
                "ESP-026: clamp<lo, hi> has its bounds in the wrong order; write the smaller one first");

  static constexpr text name() {
    text t("clamp<");
    t << argument_text(Lo);
    if constexpr (!std::is_same_v<std::remove_const_t<decltype(Hi)>, unbounded_t>) t << ", " << argument_text(Hi);
    return t << ">";
  }
  static constexpr auto map(auto w) {
    if constexpr (std::is_same_v<std::remove_const_t<decltype(Hi)>, unbounded_t>) {
      return max(w, Lo);
    } else {
      return min(max(w, Lo), Hi);
    }
  }
};
template <auto Lo, auto Hi = unbounded>
inline constexpr clamp_t<Lo, Hi> clamp{};

}  // namespace esp::inline ESPALIER_ABI
