// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that changes nothing.
#pragma once

#include <espalier/config.hpp>
#include <espalier/policy.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// w. Establishes nothing, destroys nothing; one pass (a copy). Example: examples/custom_constraint.cpp
struct identity_t : policy<identity_t> {
  static constexpr text name() { return {"identity"}; }
  static constexpr auto map(auto w) { return w; }
};
inline constexpr identity_t identity{};

}  // namespace esp::inline ESPALIER_ABI
