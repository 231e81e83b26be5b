// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Facts asked of a layer: `establishes<prior, lipschitz<1>, config>`.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/proof_shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// What a fact of a layer is asked for: its weight's shape, eps and groups, and whether its padding copies the border,
/// of which `lipschitz` is not claimed. Found where `establishes` and `require_on` are given a configuration.
/// @pre groups >= 1.
[[nodiscard]] constexpr detail::proof_shape proof_shape_of(const conv3d& config) {
  detail::proof_shape asked = detail::weight_shape_of(config);
  asked.eps = config.eps;
  asked.groups = config.groups;
  asked.copies_border = detail::boundary_of(config) != boundary::zeros;
  return asked;
}

}  // namespace esp::inline ESPALIER_ABI
