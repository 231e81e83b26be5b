// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Policies of the library that are more than one formula of taps: each under its source, with the library's own
/// lowering, and beside that as its page writes it.
#pragma once

#include <espalier/shape.hpp>
#include <vector>

#include "drawn/tree.hpp"

namespace drawn {

/// Those that fit a kernel of these extents.
std::vector<step> named_policies(esp::extents kernel);

}  // namespace drawn
