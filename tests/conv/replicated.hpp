// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn problems on a replicated border.
#pragma once

#include <espalier/conv/conv3d.hpp>

namespace drawn {

/// The same configuration on a replicated border.
constexpr esp::conv3d replicated(esp::conv3d config) {
  config.boundary = esp::boundary::replicate;
  return config;
}

}  // namespace drawn
