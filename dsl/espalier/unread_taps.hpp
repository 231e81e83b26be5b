// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The taps of a stored weight that a formula never reads: masked ones, and those that a fixed value replaces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// One bit for each class of taps; every bit of a value that is coarser than a tap.
using class_set = std::uint32_t;
static_assert(tap_classes::capacity <= 32);

/// The classes among `asked` for which `select(inside(R), x, y)` is x.
[[nodiscard]] constexpr class_set classes_inside(const tap_classes& classes, region_set regions, class_set asked) {
  class_set result = 0;
  for (int c = 0; c < classes.count; ++c) {
    if (classes[c].in(regions)) result |= class_set{1} << c;
  }
  return result & asked;
}

/// The classes at which the weight is an operand of the result: one walk from the output to the weight. A reduction
/// reads the classes of its region, a choice by a region one side of each class, everything else all that its user
/// reads.
[[nodiscard]] constexpr class_set classes_read(const graph& g, const tap_classes& classes) {
  constexpr class_set all = ~class_set{0};
  std::array<class_set, static_cast<std::size_t>(graph::capacity)> read{};
  const auto mark = [&](int id, class_set set) {
    if (id >= 0 && set != 0) read[static_cast<std::size_t>(id)] |= g[id].level == scope::tap ? set : all;
  };
  mark(g.output, all);
  class_set of_weight = 0;
  for (int id = g.output; id >= 0; --id) {
    const class_set set = read[static_cast<std::size_t>(id)];
    const node& n = g[id];
    if (n.op == operation::tap) of_weight |= set;
    if (set == 0 || n.is_leaf()) continue;
    if (n.op == operation::select && g[n.a].op == operation::inside) {
      const class_set inside = classes_inside(classes, g[n.a].regions, set);
      mark(n.b, inside);
      mark(n.c, set & ~inside);
    } else {
      const class_set operands = n.is_reduction() ? classes_inside(classes, n.regions, all) : set;
      for (int operand : {n.a, n.b, n.c}) mark(operand, operands);
    }
  }
  return of_weight;
}

/// Whether each tap is read, by its row-major number; `count` of them are not.
template <index_t Taps>
struct taps_read {
  std::array<bool, static_cast<std::size_t>(Taps)> read{};
  index_t unread = 0;
};

/// Of a formula without regions nothing is asked: it reads every tap or none, and is not looked at.
template <class F>
inline constexpr auto taps_read_by = [] {
  constexpr const graph& g = F::value;
  constexpr bool has_regions = g.region_count > 0 && !g.too_long;
  taps_read<has_regions ? g.shape.kernel.volume() : 0> result;
  if constexpr (has_regions) {
    const tap_classes classes(g);
    const class_set read = classes.too_many ? ~class_set{0} : classes_read(g, classes);
    for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
      const int c = classes.too_many ? 0 : classes.class_of(g, t);
      const bool is_read = (read >> c & 1) != 0;
      result.read[static_cast<std::size_t>(t)] = is_read;
      result.unread += is_read ? 0 : 1;
    }
  }
  return result;
}();

}  // namespace esp::inline ESPALIER_ABI::detail
