// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// When a prior is applied to the weight of a layer.
#pragma once

#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

/// When a layer applies its prior.
enum class enforcement {
  forward,  ///< The stored weight is free; each forward uses the constrained weight, gradients flow through the prior.
  post_step,  ///< Forward uses the stored weight as it is; `project()` overwrites it with its constrained value.
};

}  // namespace esp::inline ESPALIER_ABI
