// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Regions for drawn policies, under short names that generated sources use as well.
#pragma once

#include <espalier/policies/causal.hpp>
#include <espalier/policies/central_difference.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/region.hpp>

namespace drawn::regions {

inline constexpr auto first_w = esp::mask<[](esp::tap_index t) { return t.w == 0; }>;
inline constexpr auto later_w = esp::mask<[](esp::tap_index t) { return t.w != 0; }>;
inline constexpr auto plane_h = esp::mask<[](esp::tap_index t) { return t.h == 1; }>;
inline constexpr auto plane_d = esp::mask<[](esp::tap_index t) { return t.d == 2; }>;
inline constexpr auto odd = esp::mask<[](esp::tap_index t) { return (t.d + t.h + t.w) % 2 == 1; }>;
inline constexpr auto last = esp::mask<[](esp::tap_index t, esp::extents k) { return t.w == k.w - 1; }>;
/// Of the taps' places: a checkerboard.
constexpr esp::index_t parity(esp::tap_index t) { return (t.d + t.h + t.w) % 2; }
inline constexpr auto all = esp::mask<[](esp::tap_index) { return true; }>;

}  // namespace drawn::regions
