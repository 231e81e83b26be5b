// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the library says of the taps of a policy, and whether a constrained weight contradicts it.
#pragma once

#include <espalier/graph.hpp>
#include <espalier/known_taps.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drawn/program.hpp"
#include "drawn/random.hpp"

namespace drawn {

using tap_table = std::vector<esp::detail::known_tap>;

/// The table of a graph in element type `T`, made at run time.
template <class T>
tap_table taps_of(const esp::detail::graph& g);

/// Whether anything is said.
bool says_something(const tap_table& said);

/// One sentence about the first tap that is not what the table says; `weight` has one block after the other.
template <class T>
std::optional<std::string> contradicted(const tap_table& said, const std::vector<T>& weight);

/// Puts NaN and infinities among the weights and numbers.
void spoil(random_source& random, input& in);

}  // namespace drawn
