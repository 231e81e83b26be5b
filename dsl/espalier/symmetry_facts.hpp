// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Whether a formula makes kernels that a symmetry leaves as they are, or turns into their negatives.
#pragma once

#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/groups.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// True if the output has one value in each orbit: it is tied, by what it is made of. Holds with eps as it is.
[[nodiscard]] constexpr bool is_symmetric(const graph& formula_graph, const partition_info& orbits) {
  graph g = formula_graph;
  const int partition = g.partition_of(orbits);
  return partition > 0 && !g.too_long && g.is_tied(g.output, partition);
}

/// True if the output sums to zero in each orbit of a reflection, which has one or two taps: two are then each other's
/// negatives, and one is zero.
[[nodiscard]] constexpr bool is_antisymmetric(const graph& formula_graph, const partition_info& orbits) {
  graph g = formula_graph;
  const int partition = g.partition_of(orbits);
  if (partition == 0 || g.too_long) return false;
  const int sum = g.reduce_in_groups(operation::sum, g.output, 0, partition, scope::block);
  g.queries = {sum, -1};
  if (g.too_long) return false;
  const algebra proof(g);
  for (int c = 0; c < proof.classes().count; ++c) {
    if (proof.constant_in_class(sum, c) != 0.0) return false;
  }
  return !proof.classes().too_many;
}

}  // namespace esp::inline ESPALIER_ABI::detail
