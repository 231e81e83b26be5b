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
[[nodiscard]] constexpr sum_and_norm ask_sum_and_norm(graph& g, int of, scope reach) {
  const int total = g.reduce(operation::sum, of, 0, reach);
  const int norm = g.root(g.reduce(operation::sum, g.multiply(of, of), 0, reach));
  g.queries = {total, norm};
  return {total, norm};
}

}  // namespace esp::inline ESPALIER_ABI::detail
