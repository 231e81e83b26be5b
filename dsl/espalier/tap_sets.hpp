// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a graph knows of the taps of its kernel: regions, and partitions into groups.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/groups.hpp>
#include <espalier/interval.hpp>
#include <espalier/node.hpp>
#include <espalier/region.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Why a formula's tables, or its groups of taps, cannot be used.
enum class formula_fault : unsigned char {
  none,
  not_finite,
  does_not_fit,
  dependent,
  not_a_cube,
  too_many_taps,
  of_whole_blocks
};

/// Regions and partitions of one kernel, each once.
struct tap_sets {
  static constexpr int region_capacity = 16;
  static constexpr int partition_capacity = 4;

  weight_shape shape{};
  std::array<region_info, region_capacity> regions{};
  int region_count = 0;
  std::array<partition_info, partition_capacity> partitions{};
  std::array<tap_groups, partition_capacity> groups{};
  int partition_count = 0;
  formula_fault fault = formula_fault::none;  ///< of a table or partition; then `too_long` is set too
  bool too_long = false;                      ///< a capacity was exceeded; the graph is unusable (ESP-033)

  /// Marks the formula as one that cannot be used, for a reason that has a sentence of its own.
  constexpr int unusable(formula_fault why) {
    fault = why;
    too_long = true;
    return 0;
  }
  /// The bit of a region, which is entered into the table when it is new: regions of the same taps are one.
  [[nodiscard]] constexpr region_set bit_of(const region_info& region) {
    int index = 0;
    while (index < region_count && !same_taps(regions[static_cast<std::size_t>(index)], region)) ++index;
    if (index == region_count) {
      if (region_count == region_capacity) return too_long = true, 0u;
      regions[static_cast<std::size_t>(region_count++)] = region;
    }
    regions[static_cast<std::size_t>(index)].needs_center |= region.needs_center;
    return 1u << index;
  }

  /// The number of a partition, from 1 on; it is entered when it is new: those of the same groups are one. 0 where the
  /// kernel cannot have it.
  [[nodiscard]] constexpr int partition_of(const partition_info& info) {
    const extents k = shape.kernel;
    if (info.needs_cube && !(k.d == k.h && k.h == k.w)) return unusable(formula_fault::not_a_cube);
    if (k.volume() > tap_groups::most_taps) return unusable(formula_fault::too_many_taps);
    const tap_groups own(info, k);
    int index = 0;
    while (index < partition_count && groups[static_cast<std::size_t>(index)].of != own.of) ++index;
    if (index == partition_count) {
      if (partition_count == partition_capacity) return too_long = true, 0;
      partitions[static_cast<std::size_t>(index)] = info;
      groups[static_cast<std::size_t>(partition_count++)] = own;
    }
    return index + 1;
  }
  /// The groups of partition number `partition`.
  [[nodiscard]] constexpr const tap_groups& groups_of(int partition) const {
    return groups[static_cast<std::size_t>(partition - 1)];
  }
  /// Whether `same(s, t)` holds for the taps of each group: of each tap and the first one of its group.
  template <class Same>
  [[nodiscard]] constexpr bool holds_in_groups(int partition, const Same& same) const {
    const tap_groups& in = groups_of(partition);
    std::array<index_t, static_cast<std::size_t>(tap_groups::most_taps)> first{};
    int known = 0;
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      index_t& s = first[static_cast<std::size_t>(in[t])];
      if (in[t] == known) s = t, ++known;
      if (s != t && !same(s, t)) return false;
    }
    return true;
  }
  /// How many taps of `set` the groups have: the fewest and the most, a group without any apart.
  [[nodiscard]] constexpr interval sizes_of(int partition, region_set set) const {
    const auto sizes = counted(partition, set);
    interval result{interval::infinity, 0};
    for (int group = 0; group < groups_of(partition).count; ++group) {
      const double size = sizes[static_cast<std::size_t>(group)];
      result = {size < result.lo ? size : result.lo, size > result.hi ? size : result.hi};
    }
    return result;
  }
  /// The table of the number of taps of `set` in each tap's group; 1 in a group without any.
  [[nodiscard]] constexpr table_info population_of_groups(int partition, region_set set) const {
    return {.partition = partition, .regions = set, .from_one = true};
  }
  /// The same table with 0 there.
  [[nodiscard]] constexpr table_info taps_of_groups(int partition, region_set set) const {
    return {.partition = partition, .regions = set};
  }
  [[nodiscard]] constexpr bool contains(region_set set, index_t tap_number) const {
    for (int i = 0; i < region_count; ++i) {
      if ((set >> i & 1u) != 0 &&
          !regions[static_cast<std::size_t>(i)].contains(tap_at(tap_number, shape.kernel), shape.kernel)) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] constexpr index_t taps_in(region_set set) const {
    if (set == 0) return shape.kernel.volume();
    index_t count = 0;
    for (index_t t = 0; t < shape.kernel.volume(); ++t) count += contains(set, t) ? 1 : 0;
    return count;
  }

 protected:
  /// What a table has at a tap.
  [[nodiscard]] constexpr double number_in(const table_info& table, index_t tap) const {
    if (table.partition == 0) return table(tap_at(tap, shape.kernel), shape.kernel);
    const tap_groups& in = groups_of(table.partition);
    if (table.regions == 0) return in.sizes[static_cast<std::size_t>(in[tap])];
    int size = 0;
    for (index_t t = 0; t < shape.kernel.volume(); ++t) size += in[t] == in[tap] && contains(table.regions, t) ? 1 : 0;
    return size == 0 && table.from_one ? 1 : size;
  }

 private:
  [[nodiscard]] constexpr std::array<short, static_cast<std::size_t>(tap_groups::most_taps)> counted(
      int partition, region_set set) const {
    std::array<short, static_cast<std::size_t>(tap_groups::most_taps)> sizes{};
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      if (set == 0 || contains(set, t)) ++sizes[static_cast<std::size_t>(groups_of(partition)[t])];
    }
    return sizes;
  }
  /// Compares what two regions hold, not their functions' addresses: those are no constants under a sanitizer.
  [[nodiscard]] constexpr bool same_taps(const region_info& a, const region_info& b) const {
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      const tap_index where = tap_at(t, shape.kernel);
      if (a.contains(where, shape.kernel) != b.contains(where, shape.kernel)) return false;
    }
    return true;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
