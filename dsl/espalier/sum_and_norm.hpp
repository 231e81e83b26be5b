// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What proofs ask of a formula beside its taps: their sum and their l2 norm.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Two nodes of a graph.
struct sum_and_norm {
  int total = -1;
  int norm = -1;
};

/// Appends the sum and the l2 norm of node `of` over each part of `reach`; a proof of `g` then knows both.
/// `by_inputs`: the sum over the whole weight is made of those over input channels, not of those over filters.
[[nodiscard]] constexpr sum_and_norm ask_sum_and_norm(graph& g, int of, scope reach, bool by_inputs = false) {
  const auto sum = [&](int x) {
    return g.sum_between(g.reduce(operation::sum, x, 0, by_inputs ? scope::input : reach),
                         by_inputs ? scope::input : reach, reach);
  };
  const int total = sum(of);
  const int norm = g.root(sum(g.multiply(of, of)));
  g.queries = {total, norm};
  return {total, norm};
}

}  // namespace esp::inline ESPALIER_ABI::detail
