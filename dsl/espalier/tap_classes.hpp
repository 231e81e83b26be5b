// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The taps of a kernel grouped by the regions they belong to: within a class, a formula is the same for every tap.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Taps that belong to exactly the regions in `members`.
struct tap_class {
  region_set members = 0;
  index_t count = 0;

  [[nodiscard]] constexpr bool in(region_set set) const { return (members & set) == set; }
};

/// The classes of a graph's kernel, in the order of their first taps. Without regions there is one.
struct tap_classes {
  /// `modes::fixed_center` has two; five independent masks have at most 32.
  static constexpr int capacity = 32;

  std::array<tap_class, capacity> classes{};
  int count = 0;
  bool too_many = false;

  constexpr explicit tap_classes(const graph& g) {
    if (g.region_count == 0) {
      classes[0].count = g.shape.kernel.volume();
      count = 1;
      return;
    }
    for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
      const int c = find(members_of(g, t));
      if (c < 0) {
        too_many = true;
        return;
      }
      ++classes[static_cast<std::size_t>(c)].count;
    }
  }

  constexpr const tap_class& operator[](int c) const { return classes[static_cast<std::size_t>(c)]; }

  /// The class of a tap, by its row-major number.
  [[nodiscard]] constexpr int class_of(const graph& g, index_t t) const {
    if (g.region_count == 0) return 0;
    const region_set members = members_of(g, t);
    for (int c = 0; c < count; ++c) {
      if ((*this)[c].members == members) return c;
    }
    return -1;
  }

  /// The branch that a region decides for the taps of class `c`: `select(inside(R), x, y)` is x or y, never a choice.
  [[nodiscard]] constexpr int resolve(const graph& g, int id, int c) const {
    while (g[id].op == operation::select && g[g[id].a].op == operation::inside) {
      id = (*this)[c].in(g[g[id].a].regions) ? g[id].b : g[id].c;
    }
    return id;
  }

 private:
  [[nodiscard]] static constexpr region_set members_of(const graph& g, index_t t) {
    region_set members = 0;
    for (int i = 0; i < g.region_count; ++i) {
      if (g.contains(1u << i, t)) members |= 1u << i;
    }
    return members;
  }
  [[nodiscard]] constexpr int find(region_set members) {
    for (int c = 0; c < count; ++c) {
      if ((*this)[c].members == members) return c;
    }
    if (count == capacity) return -1;
    classes[static_cast<std::size_t>(count)].members = members;
    return count++;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
