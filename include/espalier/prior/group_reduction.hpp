// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The reductions over groups of a block's taps, for as many blocks at a time as a register has lanes.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/node_value.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// All reductions over groups of pass `P`: a tap of many blocks at a time, added to the total of its group, in the
/// order in which evaluate.hpp takes the taps.
template <class F, class T, int P>
struct group_reduction {
  using schedule = plan<F>;
  using registers = node_registers<F, T>;
  static constexpr const graph& g = F::value;
  static constexpr node_ids ids = schedule::folds(P, true);
  static constexpr index_t width = lanes<T>;
  static constexpr tap_order order{g.shape.kernel.volume()};

  /// Tiles `(tap, lane)` of the weight and of the incoming gradient. `scalar(id)` is where the scalars of a node are,
  /// a register of lanes, and behind it those of the other groups; the totals are kept there.
  template <class Scalar>
  static void run(const T* tile, const T* incoming, const Scalar& scalar) {
    registers r;
    for_nodes<registers::template read_by_taps<P>>([&](auto id) { r.template read<id>(scalar(id)); });
    for_nodes<ids>([&](auto id) {
      for (index_t k = 0; k < schedule::groups_in(id); ++k) {
        simd::store(scalar(id) + k * width, simd::neutral<g[id].op, T>());
      }
    });
    for (index_t step = 0; step < order.taps; ++step) {
      const index_t t = order.tap_at(step);
      const tap_of_blocks<F, T> row{simd::load(tile + t * width), incoming + t * width, t};
      r.template compute_taps<P>(row);
      for_nodes<ids>([&](auto id) {
        T* const total = scalar(id) + row.group(std::integral_constant<int, g[id].partition>{}) * width;
        simd::store(total, r.template with_taps<id>(simd::load(total), row));
      });
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
