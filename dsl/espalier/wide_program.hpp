// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A plan as data, for the interpreter of wide_evaluation.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/threshold_search.hpp>
#include <espalier/wide_functions.hpp>
#include <espalier/wide_number.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A live node of a graph, in the form that is kept in a program's data.
struct wide_node {
  operation op = operation::constant;
  scope level = scope::whole;
  short a = -1, b = -1, c = -1;
  short pass = 0;
  scope phase = scope::tap;
  region_set regions = 0;
  short partition = 0, group = 0;
  double value = 0;
};

/// Values that come one after the other, from the first as often as they are asked for it.
struct wide_values {
  constexpr virtual wide_number at(index_t number) = 0;

 protected:
  constexpr ~wide_values() = default;
};

/// `search_threshold` of them: called through a program, so that a formula without thresholds holds none of it (7 KB).
[[nodiscard]] constexpr wide_number wide_threshold_of(index_t count, wide_values& x, const wide_number& largest,
                                                      const wide_number& c) {
  return search_threshold(count, [&x](index_t i) { return x.at(i); }, largest, c);
}

/// What `wide_evaluation` runs: the live nodes of a plan, and which regions each tap is in.
struct wide_program {
  const wide_node* nodes;
  int size;
  int output;
  int passes;
  index_t taps;
  index_t in;   ///< Blocks of a filter.
  index_t out;  ///< Filters of the weight.
  const region_set* members;
  const short* groups;   ///< The group of each tap, partition after partition; null where there is none.
  const double* tables;  ///< A number for each tap, table after table; null where there is none.
  bool is_gradient;
  const number_stretch* names;                      ///< Where the numbers of the names are.
  wide_number (*function)(operation, wide_number);  ///< Null where none is used: a program holds no functions then.
  wide_number (*threshold)(index_t, wide_values&, const wide_number&, const wide_number&);  ///< The same of thresholds.
  bool has_inputs = false;  ///< Values of input channels are kept.

  /// How many numbers hold the values of all input channels.
  [[nodiscard]] constexpr index_t inputs_size() const { return has_inputs ? in * size : 0; }
};

/// The tables of `wide_program_of`, as long as they have to be.
template <class F>
struct wide_tables {
  using schedule = plan<F>;
  static constexpr const graph& g = F::value;
  static constexpr int live = [] {
    int count = 0;
    for (int id = 0; id < g.size; ++id) count += schedule::is_live(id) ? 1 : 0;
    return count;
  }();
  struct listed {
    std::array<wide_node, static_cast<std::size_t>(live)> nodes{};
    int output = 0;
  };
  static constexpr listed list = [] {
    listed result;
    std::array<short, graph::capacity> place{};
    short size = 0;
    const auto moved = [&](int id) { return id < 0 ? short{-1} : place[static_cast<std::size_t>(id)]; };
    for (int id = 0; id < g.size; ++id) {
      if (!schedule::is_live(id)) continue;
      const node& n = g[id];
      place[static_cast<std::size_t>(id)] = size;
      result.nodes[static_cast<std::size_t>(size++)] = {
          n.op,          n.level,   moved(n.a),  moved(n.b), moved(n.c), static_cast<short>(n.known.pass),
          n.known.phase, n.regions, n.partition, n.group,    n.value};
    }
    result.output = moved(g.output);
    return result;
  }();
  static constexpr auto members = [] {
    constexpr index_t taps = g.region_count == 0 ? 1 : g.shape.kernel.volume();
    std::array<region_set, static_cast<std::size_t>(taps)> result{};
    for (int region = 0; region < g.region_count; ++region) {
      for (index_t t = 0; t < taps; ++t) {
        if (g.contains(1u << region, t)) result[static_cast<std::size_t>(t)] |= 1u << region;
      }
    }
    return result;
  }();
  static constexpr auto groups = [] {
    constexpr index_t taps = g.shape.kernel.volume();
    std::array<short, static_cast<std::size_t>(g.partition_count == 0 ? 1 : g.partition_count * taps)> result{};
    for (int partition = 0; partition < g.partition_count; ++partition) {
      for (index_t t = 0; t < taps; ++t) {
        result[static_cast<std::size_t>(partition * taps + t)] = static_cast<short>(g.groups_of(partition + 1)[t]);
      }
    }
    return result;
  }();
  static constexpr auto values = [] {
    constexpr index_t taps = g.shape.kernel.volume();
    std::array<double, static_cast<std::size_t>(g.table_count == 0 ? 1 : g.table_count * taps)> result{};
    for (int table = 0; table < g.table_count; ++table) {
      for (index_t t = 0; t < taps; ++t) result[static_cast<std::size_t>(table * taps + t)] = g.table_value(table, t);
    }
    return result;
  }();
};

/// The program of formula `F`. Data: 32 bytes a live node.
template <class F>
inline constexpr wide_program wide_program_of{wide_tables<F>::list.nodes.data(),
                                              wide_tables<F>::live,
                                              wide_tables<F>::list.output,
                                              plan<F>::passes,
                                              F::value.shape.kernel.volume(),
                                              F::value.shape.in,
                                              F::value.shape.out,
                                              F::value.region_count == 0 ? nullptr : wide_tables<F>::members.data(),
                                              F::value.partition_count == 0 ? nullptr : wide_tables<F>::groups.data(),
                                              F::value.table_count == 0 ? nullptr : wide_tables<F>::values.data(),
                                              F::value.is_gradient,
                                              number_table<F>::stretches.data(),
                                              F::value.has_functions() ? &wide_function_of : nullptr,
                                              plan<F>::has_thresholds ? &wide_threshold_of : nullptr,
                                              plan<F>::has_inputs};

}  // namespace esp::inline ESPALIER_ABI::detail
