// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a layer computes, in 128 bits: a file that was saved from another layer is known by it.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

constexpr hash128& operator<<(hash128& h, const extents& e) {
  return h << static_cast<std::uint64_t>(e.d) << static_cast<std::uint64_t>(e.h) << static_cast<std::uint64_t>(e.w);
}

/// One number where all sides have one rule, else six behind a number of their own.
constexpr void mix_boundary(hash128& h, const boundaries& b) {
  const auto add = [&h](boundary side) { h << static_cast<std::uint64_t>(side); };
  h << std::uint64_t{is_one(b) ? 10U : 11U};
  if (is_one(b)) return add(b.d.before);
  for (const axis_boundary& axis : {b.d, b.h, b.w}) {
    add(axis.before);
    add(axis.after);
  }
}

/// Mixes in what the configuration says beside the weight's shape. A field that has its default adds nothing, so a
/// field that a later version adds leaves the identity of today's layers as it is.
constexpr void mix_configuration(hash128& h, const conv3d& c) {
  constexpr conv3d defaults{};
  h << static_cast<std::uint64_t>(c.in_channels) << static_cast<std::uint64_t>(c.out_channels);
  if (!(c.stride == defaults.stride)) h << std::uint64_t{1} << c.stride;
  if (!(c.dilation == defaults.dilation)) h << std::uint64_t{2} << c.dilation;
  if (!(c.padding == defaults.padding)) {
    h << std::uint64_t{3} << std::uint64_t{c.padding.is_same} << c.padding.explicit_pads.before
      << c.padding.explicit_pads.after;
    const std::uint64_t leads =
        (c.padding.leads_d ? 1U : 0U) + (c.padding.leads_h ? 2U : 0U) + (c.padding.leads_w ? 4U : 0U);
    if (leads != 0) h << std::uint64_t{12} << leads;
  }
  if (c.groups != defaults.groups) h << std::uint64_t{4} << static_cast<std::uint64_t>(c.groups);
  if (c.bias != defaults.bias) h << std::uint64_t{5};
  if (c.enforce != defaults.enforce) h << std::uint64_t{6} << static_cast<std::uint64_t>(c.enforce);
  if (c.eps != defaults.eps) h << std::uint64_t{7} << c.eps;
  if (c.algorithm != defaults.algorithm) h << std::uint64_t{8} << static_cast<std::uint64_t>(c.algorithm);
  if (c.activation != defaults.activation) h << std::uint64_t{9} << static_cast<std::uint64_t>(c.activation);
  if (c.boundary != defaults.boundary) mix_boundary(h, c.boundary);
}

/// The identity of a layer's type: its prior as a lowered formula with its gradient rules and eps (`formula_hash`), its
/// configuration and its element type. Names count for nothing, meaning counts to the last bit of a constant.
template <class Layer>
[[nodiscard]] consteval hash128 layer_identity() {
  using formula_type = typename Layer::convolution_type::formula_type;
  hash128 h = policy_hash<typename formula_type::policy_type, formula_type::value.shape, formula_type::eps>();
  mix_configuration(h, Layer::config);
  return h << std::uint64_t{sizeof(typename Layer::element)};
}

}  // namespace esp::inline ESPALIER_ABI::detail
