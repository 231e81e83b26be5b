// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Hostile weights: where a claim that is almost true breaks.
#pragma once

#include <espalier/shape.hpp>
#include <string>
#include <vector>

#include "drawn/program.hpp"
#include "drawn/random.hpp"

namespace drawn {

/// Draws the weight and the parameters: zeros, denormals, the largest numbers, equal and opposite ones, one tap alone,
/// sums that nearly cancel, negative blocks, integers, eighths, and mixtures. All are finite; eps is 0.
void draw_input(random_source& random, const esp::weight_shape& shape, input& in);

/// As a failure prints it: numbers that read back as they were.
std::string text_of(const input& in);

}  // namespace drawn
