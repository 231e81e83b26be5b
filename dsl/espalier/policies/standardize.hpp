// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Weight standardisation: filters of mean 0 and deviation 1.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/lower.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

/// The same of what a scope makes its reductions run over.
struct standardize_part_t : policy<standardize_part_t> {
  static constexpr auto map(auto w) {
    auto centred = w - mean(w);
    auto deviation = sqrt(sum_of_squares(centred) / (sum(constant_t(1)) - 1));
    return centred / (deviation + 1e-5);
  }
};

}  // namespace detail::held

/// (w - mean) / (deviation + 1e-5), mean and deviation over all taps and input channels of an output channel, the
/// deviation with n - 1 below: `Conv3D_WS`, `WSConv3d` (Qiao et al. 2019, arXiv 1903.10520; the constants are those of
/// their code).
///
/// Establishes per_filter(zero_sum) and, of a layer, always_finite. A filter whose taps are all equal becomes 0, with a
/// gradient that is finite. Three passes, each over one output channel. Errors: ESP-042 for a filter of one tap, in a
/// layer. Example: examples/public_priors.cpp
struct standardize_t : policy<standardize_t> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return {"standardize"}; }
  /// A template, so that only a program that uses the policy pays for its formula.
  template <class Graph>
  static constexpr int lower(Graph& g, const detail::binding& b) {
    return per_filter_t<detail::held::standardize_part_t>::lower(g, b);
  }
};
inline constexpr standardize_t standardize{};

}  // namespace esp::inline ESPALIER_ABI
