// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the library proves of a policy, and whether a constrained weight contradicts it.
#pragma once

#include <array>
#include <espalier/facts.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drawn/program.hpp"

namespace drawn {

/// Facts of blocks, of filters, of the whole weight; and of each tap of a block.
struct claims {
  std::array<esp::detail::known_facts, 3> at{};
  std::vector<std::optional<double>> taps;

  /// True if something is said that does not hold of every weight anyway.
  [[nodiscard]] bool any() const;
};

/// The library's proofs, run at run time.
claims claims_of(const esp::detail::graph& g);

/// The bounds that do not follow from a sum or a norm: they hold for every eps.
claims bounds_alone(const claims& c);

/// One sentence about the first claim that the weight contradicts: `what` was claimed, `actual` is its enclosure.
std::optional<std::string> contradicted(const claims& c, const esp::weight_shape& shape,
                                        const std::vector<enclosure<long double>>& weight);

/// True if all of the weight is finite and none of it unknown.
bool defined(const std::vector<enclosure<long double>>& weight);

}  // namespace drawn
