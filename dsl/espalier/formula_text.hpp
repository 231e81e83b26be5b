// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A graph's formula as text: of a policy by class of taps, of a gradient with names for what it uses twice.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/formula_printer.hpp>
#include <espalier/graph.hpp>
#include <espalier/liveness.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// The output's formula, one line per class of taps.
constexpr void print_output(text& out, const graph& g, const tap_classes& classes, const formula_printer& printer) {
  for (int c = 0; c < classes.count; ++c) {
    if (classes.count > 1) {
      if (c > 0) out << "\n";
      if (classes[c].members == 0) {
        out << "elsewhere";
      } else {
        printer.region(out, classes[c].members);
      }
      out << ": ";
    }
    printer.print(out, g.output, c);
  }
}

[[nodiscard]] constexpr text formula_text(const graph& g) {
  const tap_classes classes(g);
  text out;
  print_output(out, g, classes, formula_printer(g, classes));
  return out;
}

/// A gradient's formula, after the scalars that it uses more than once, each under a letter.
[[nodiscard]] constexpr text gradient_text(const graph& g) {
  const tap_classes classes(g);
  formula_printer printer(g, classes);
  std::array<int, graph::capacity> uses{};
  const node_marks live = live_nodes(g);
  for (int id = 0; id < g.size; ++id) {
    if (!live[static_cast<std::size_t>(id)]) continue;
    for (int operand : {g[id].a, g[id].b, g[id].c}) {
      if (operand >= 0) ++uses[static_cast<std::size_t>(operand)];
    }
  }
  text out;
  char letter = 'a';
  for (int id = 0; id < g.size; ++id) {
    const bool leaf = g[id].is_leaf() || g[id].is_condition() || g[id].op == operation::detour;
    if (leaf || g[id].level == scope::tap || uses[static_cast<std::size_t>(id)] < 2 || letter > 'v') continue;
    if (letter == 'g') ++letter;
    const char name[] = {letter, 0};
    out << std::string_view(name) << " = ";
    printer.print_definition(out, id, -1);
    out << "\n";
    printer.call(id, letter++);
  }
  print_output(out, g, classes, printer);
  return out;
}

}  // namespace esp::inline ESPALIER_ABI::detail
