// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A formula that looks at one number alone, as a function of registers: for what is no weight.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/liveness.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What formulas of one number are lowered for: a kernel of several taps, so that what looks at others is seen.
inline constexpr weight_shape pointwise_shape{.out = 1, .in = 1, .kernel = 3};

/// Whether a graph computes each tap from itself and from numbers that it names: no reduction, region, table, parameter
/// or learned number.
[[nodiscard]] constexpr bool is_pointwise(const graph& g) {
  const node_marks live = live_nodes(g);
  for (int id = 0; id < g.size; ++id) {
    const node& n = g[id];
    if (!live[static_cast<std::size_t>(id)]) continue;
    const bool leaf = n.op == operation::tap || n.op == operation::incoming || n.op == operation::constant ||
                      n.op == operation::epsilon;
    if (n.is_leaf() ? !leaf : n.is_reduction() || n.op == operation::inside || n.op == operation::spread) return false;
  }
  return true;
}

/// The value of formula `F` (dsl/espalier/lower.hpp) in each lane, with the operations and the bits of a sweep.
/// @pre `is_pointwise(F::value)`.
template <class F, class T>
struct pointwise_formula {
  /// `w` is the tap; `incoming` what a formula of a gradient multiplies with.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> value(const batch<T>& w, const batch<T>& incoming) {
    node_registers<F, T> r;
    for_nodes<live>([&](auto id) {
      if constexpr (g[id].op == operation::tap) {
        r.values[id] = w;
      } else if constexpr (g[id].op == operation::incoming) {
        r.values[id] = incoming;
      } else if constexpr (g[id].is_leaf()) {
        r.values[id] = simd::broadcast(static_cast<T>(g[id].value));
      } else {
        r.template compute<id>();
      }
    });
    return r.values[g.output];
  }

 private:
  static constexpr const graph& g = F::value;

  // Operands come before what is made of them.
  static constexpr node_ids live = [] {
    const node_marks marked = live_nodes(g);
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      if (marked[static_cast<std::size_t>(id)]) result.push_back(id);
    }
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
