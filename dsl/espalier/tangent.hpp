// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What of a gradient keeps to the facts that are proved of a formula's value.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/sum_and_norm.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// `x`, and 0 at the taps that belong to exactly the regions in `members`.
[[nodiscard]] constexpr int zero_in_class(graph& g, int x, region_set members, int region) {
  if (region == g.region_count) return g.constant(0);
  const int rest = zero_in_class(g, x, members, region + 1);
  const int inside = g.inside(1u << region);
  return (members >> region & 1u) != 0 ? g.select(inside, rest, x) : g.select(inside, x, rest);
}

/// `y` without the directions that leave what is proved of node `value`: fixed taps, then the mean of the others
/// where the block's sum is fixed, then the component along the (centred) value where its l2 norm is fixed.
[[nodiscard]] constexpr int tangent(graph& g, int value, int y) {
  graph query = g;
  query.is_gradient = false;  // what is asked is of the formula's value
  query.output = value;
  const auto [total, norm] = ask_sum_and_norm(query, value, scope::block);
  const algebra proof(query);

  const tap_classes classes(g);
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  std::array<bool, tap_classes::capacity> fixed{};
  index_t free = 0;
  for (int c = 0; c < classes.count; ++c) {
    fixed[at(c)] = proof.constant_in_class(value, c).has_value();
    free += fixed[at(c)] ? 0 : classes[c].count;
  }
  const auto without_fixed = [&](int x) {
    for (int c = 0; c < classes.count; ++c) {
      if (fixed[at(c)]) x = zero_in_class(g, x, classes[c].members, 0);
    }
    return x;
  };
  const auto centred = [&](int x) {
    const int masked = without_fixed(x);
    const int average =
        g.divide(g.reduce(operation::sum, masked, 0, scope::block), g.constant(static_cast<double>(free)));
    return without_fixed(g.subtract(x, average));
  };
  const bool keeps_sum = proof.constant(total).has_value();
  int result = keeps_sum ? centred(y) : without_fixed(y);
  if (proof.constant(norm)) {
    const int along = keeps_sum ? centred(value) : without_fixed(value);
    const int square = g.reduce(operation::sum, g.multiply(along, along), 0, scope::block);
    const int shared = g.divide(g.reduce(operation::sum, g.multiply(result, along), 0, scope::block), square);
    // A block without a direction, such as one of zeros, has nothing to be tangent to.
    const int nowhere = g.compare(operation::less_equal, square, g.constant(0));
    const int share = g.select(nowhere, g.constant(0), shared);
    result = g.subtract(result, g.multiply(along, share));
  }
  return result;
}

}  // namespace esp::inline ESPALIER_ABI::detail
