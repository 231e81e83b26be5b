// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn policies through the library's graph without a compiler: the functions that build and examine graphs are
/// constexpr, so they run at run time too, thousands of policies a second.
#pragma once

#include <espalier/graph.hpp>

#include "drawn/tree.hpp"

namespace drawn {

/// The graph that `esp::formula` has for the printed policy.
esp::graph lowered(const policy& p);

/// True if the compiler refuses the policy: too long, or a divisor that is zero for every weight.
bool refused(const policy& p);

}  // namespace drawn
