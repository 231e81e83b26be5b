// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A weight small enough to be written, with several filters, input channels and taps: for policies that reduce over
/// more than a block.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/evaluate.hpp>

#include "support/internals.hpp"

namespace scopes {

/// What `Prior` makes of two filters of two input channels, in constant expressions.
template <auto Prior, esp::extents Kernel, std::size_t N>
constexpr std::array<double, N> of(const std::array<double, N>& in) {
  using f = esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = Kernel}>;
  static_assert(N == static_cast<std::size_t>(4 * Kernel.volume()));
  std::array<double, N> out{};
  esp::evaluator<f, double>{}(in.data(), out.data(), nullptr);
  return out;
}

/// Blocks of three taps.
using weight = std::array<double, 12>;
inline constexpr weight in{1, 2, 3, 4, 5, 9, -1, -2, -3, 0, 0, 12};
template <auto Prior>
constexpr weight of(const weight& blocks) {
  return of<Prior, esp::extents{1, 1, 3}>(blocks);
}

}  // namespace scopes
