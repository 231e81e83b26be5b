// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The tables of a formula, on its kernel.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/tap_sets.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What became of a table that was entered: its place, or the number that it has at every tap. The place is -1 where
/// there is no room.
struct entered_table {
  formula_fault fault = formula_fault::none;
  bool is_number = false;
  double number = 0;
  int index = -1;
};

/// Tables that differ at some tap of the kernel.
struct table_list : tap_sets {
  static constexpr int table_capacity = 64;

  std::array<table_info, table_capacity> tables{};
  int table_count = 0;

  /// Enters a table; equal ones are one.
  [[nodiscard]] constexpr entered_table enter(const table_info& info) {
    const extents k = shape.kernel;
    if (info.fits != nullptr && !info.fits(k)) return {.fault = formula_fault::does_not_fit};
    entered_table result{.is_number = true, .number = number_in(info, 0)};
    for (index_t t = 0; t < k.volume(); ++t) {
      const double v = number_in(info, t);
      if (!ieee::is_finite(v)) return {.fault = formula_fault::not_finite};
      result.is_number = result.is_number && v == result.number;
    }
    if (result.is_number) return result;
    int index = 0;
    while (index < table_count && !same_numbers(tables[static_cast<std::size_t>(index)], info)) ++index;
    if (index == table_capacity) return result;
    if (index == table_count) tables[static_cast<std::size_t>(table_count++)] = info;
    result.index = index;
    return result;
  }
  /// The number that table number `index` has at a tap.
  [[nodiscard]] constexpr double table_value(int index, index_t tap_number) const {
    return number_in(tables[static_cast<std::size_t>(index)], tap_number);
  }
  /// What is known of a table's numbers at the taps for which `counts(tap)` holds.
  template <class Counts>
  [[nodiscard]] constexpr value_range range_of_table(int index, const Counts& counts) const {
    value_range result = range_of_constant(0);
    bool first = true;
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      if (!counts(t)) continue;
      const value_range v = range_of_constant(table_value(index, t));
      result = first ? v : range_of_either(result, v);
      first = false;
    }
    return result;
  }

 private:
  /// Compares numbers, not addresses of functions: those are no constants under a sanitizer.
  [[nodiscard]] constexpr bool same_numbers(const table_info& a, const table_info& b) const {
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      if (number_in(a, t) != number_in(b, t)) return false;
    }
    return true;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
