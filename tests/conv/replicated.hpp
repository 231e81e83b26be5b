// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Configurations whose padding repeats the input, for drawn problems of every direction.
#pragma once

#include <espalier/conv/conv3d.hpp>

namespace drawn {

/// The same configuration on a replicated border.
constexpr esp::conv3d replicated(esp::conv3d config) {
  config.boundary = esp::boundary::replicate;
  return config;
}

}  // namespace drawn
