// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A table as text: its numbers where they are few, else how many and between what.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// Prints a table of a graph: `at(w: -1, 0, 1)` where one axis decides, `at(1, 2, 3, 4)`, of few numbers but zeros
/// `at((1, 1, 0): -1, (1, 1, 2): 1, else 0)`, or `at(27 numbers from 0.1 to 1)`, with its place among the formula's
/// tables if another one reads the same.
class table_printer {
 public:
  constexpr table_printer(const graph& g, int table) : g_(g), table_(table) {}

  constexpr void print(text& out) const {
    const extents k = g_.shape.kernel;
    const index_t size[] = {k.d, k.h, k.w}, step[] = {k.h * k.w, k.w, 1};
    const char* names[] = {"d: ", "h: ", "w: "};
    out << "at(";
    for (int axis = 0; axis < 3; ++axis) {
      if (size[axis] == 1 || size[axis] > most || k.volume() == size[axis] || !decides(axis)) continue;
      out << std::string_view(names[axis]);
      list(out, size[axis], step[axis]);
      return void(out << ")");
    }
    if (k.volume() <= most) {
      list(out, k.volume(), 1);
      return void(out << ")");
    }
    if (nonzeros() <= most) {
      for (index_t t = 0; t < k.volume(); ++t) {
        const tap_index i = tap_at(t, k);
        if (value(t) != 0) out << "(" << i.d << ", " << i.h << ", " << i.w << "): " << value(t) << ", ";
      }
      return void(out << "else 0)");
    }
    const interval own = bounds_of(table_);
    out << k.volume() << " numbers from " << own.lo << " to " << own.hi;
    int place = 1, alike = 0;
    for (int i = 0; i < g_.table_count; ++i) {
      if (!(bounds_of(i) == own)) continue;
      ++alike;
      if (i < table_) ++place;
    }
    if (alike > 1) out << ", " << place << " of " << alike;
    out << ")";
  }

 private:
  static constexpr index_t most = 9;

  [[nodiscard]] constexpr double value(index_t tap) const { return g_.table_value(table_, tap); }
  [[nodiscard]] constexpr index_t nonzeros() const {
    index_t count = 0;
    for (index_t t = 0; t < g_.shape.kernel.volume(); ++t) count += value(t) != 0 ? 1 : 0;
    return count;
  }
  [[nodiscard]] constexpr bool decides(int axis) const {
    const extents k = g_.shape.kernel;
    for (index_t t = 0; t < k.volume(); ++t) {
      const tap_index i = tap_at(t, k);
      const index_t first = axis == 0 ? i.d * k.h * k.w : axis == 1 ? i.h * k.w : i.w;
      if (value(t) != value(first)) return false;
    }
    return true;
  }
  constexpr void list(text& out, index_t count, index_t step) const {
    for (index_t i = 0; i < count; ++i) out << (i > 0 ? ", " : "") << value(i * step);
  }
  [[nodiscard]] constexpr interval bounds_of(int table) const {
    return g_.range_of_table(table, [](index_t) { return true; });
  }

  const graph& g_;
  int table_;
};

constexpr void print_table(text& out, const graph& g, int table) { table_printer(g, table).print(out); }

}  // namespace esp::inline ESPALIER_ABI::detail
