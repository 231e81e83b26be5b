// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A partition as text that tells it from every other partition of the same kernel: its name, or its groups.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/groups.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// Prints a partition of a graph: `planes<depth>`; of `groups<f>` and of mirrors, whose names do not say which they
/// are, the group of each tap too, a letter a tap, rows and planes apart: `groups(abc/abc/abc abc/abc/abc
/// abc/abc/abc)`.
constexpr void print_partition(text& out, const graph& g, int partition) {
  const std::string_view name = g.partitions[static_cast<std::size_t>(partition - 1)].name;
  out << name;
  if (name != "groups" && name != "mirror") return;
  const extents k = g.shape.kernel;
  const tap_groups& groups = g.groups_of(partition);
  if (k.volume() > 64 || groups.count > 26) return void(out << "(" << groups.count << " groups)");
  out << "(";
  for (index_t t = 0; t < k.volume(); ++t) {
    if (t > 0 && t % k.w == 0) out << (t % (k.h * k.w) == 0 ? " " : "/");
    const char letter[] = {static_cast<char>('a' + groups[t]), 0};
    out << std::string_view(letter);
  }
  out << ")";
}

/// A sum over groups that is divided by how many values it has.
[[nodiscard]] constexpr bool is_mean_in_groups(const graph& g, const node& n) {
  if (g[n.a].op != operation::spread || g[g[n.a].a].op != operation::sum) return false;
  const node* inner = &g[g[n.a].a];
  int b = n.b;
  while (g[inner->a].partition > 0) {
    const scope direction = direction_of(g[inner->a].level, inner->level);
    const index_t parts = parts_per(direction, g.shape);
    inner = &g[inner->a];
    if (parts == 1) continue;
    if (g[b].op != operation::multiply) return false;
    b = g[g[b].a].op == operation::parts || g[g[b].b].op == operation::table ? g[b].b : g[b].a;
  }
  const node& count = g[b];
  const tap_groups& groups = g.groups_of(inner->partition);
  for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
    const double size = groups.sizes[static_cast<std::size_t>(groups[t])];
    const bool agrees = count.op == operation::table ? g.table_value(count.table(), t) == size
                                                     : count.is_constant() && count.value == size;
    if (!agrees || inner->regions != 0) return false;
  }
  return true;
}

}  // namespace esp::inline ESPALIER_ABI::detail
