// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn policies through the library's graph without a compiler: the functions that build and examine graphs are
/// constexpr, so they run at run time too, thousands of policies a second.
#pragma once

#include <espalier/graph.hpp>

#include "drawn/tree.hpp"

namespace drawn {

/// The graph that `esp::detail::formula` has for the printed policy.
esp::detail::graph lowered(const policy& p);

/// True if a layer refuses the policy: too long, or a divisor that is zero for every weight (ESP-033, ESP-042).
bool refused(const policy& p);

/// True if `>>` may refuse to compose it, or a part of it, whatever the kernel is (ESP-025).
bool refused_in_parts(const policy& p);

}  // namespace drawn
