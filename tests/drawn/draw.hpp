// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Draws policies: what people write, what nearly is it, and what nobody would.
#pragma once

#include <cstdint>

#include "drawn/tree.hpp"

namespace drawn {

/// The policy of this number under a seed; the same wherever it is drawn.
///
/// Four of five formulas start from a pattern that a proof knows (centred, normalised, clamped, capped, squared) or
/// from one that differs in a place: another norm, another region, another number, an operand that may be NaN.
policy draw_policy(std::uint64_t seed, std::uint64_t number);

}  // namespace drawn
