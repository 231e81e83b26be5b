// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that subtracts a reduction of the block from each tap.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>  // IWYU pragma: keep
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

template <class R>
concept ReductionOfABlock = !DeclaresPolicy<R> && !Expression<R> && requires(const R reduce) {
  { reduce(tap_t{}) } -> Expression;
};

}  // namespace detail

/// w - mean(w), or another reduction in place of the mean.
///
/// subtract<mean> establishes zero_sum; Euclidean projection, idempotent. Two passes.
/// Errors: ESP-030 for an argument that is no reduction. Example: examples/zero_mean.cpp
template <auto Reduction>
struct subtract_t : policy<subtract_t<Reduction>> {
  static_assert(
      detail::ReductionOfABlock<std::remove_const_t<decltype(Reduction)>>,
      "ESP-030: subtract<...> takes a reduction (mean, sum, min, max, l1, l2); write for example subtract<mean>");

  static constexpr text name() { return text("subtract<") << argument_text(Reduction) << ">"; }
  static constexpr auto map(auto w) { return w - Reduction(w); }
};
template <auto Reduction>
inline constexpr auto subtract = subtract_t<Reduction>{};

}  // namespace esp::inline ESPALIER_ABI
