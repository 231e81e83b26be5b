// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One node of a graph as text, written as a person would write it.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/group_text.hpp>
#include <espalier/node.hpp>
#include <espalier/notation.hpp>
#include <espalier/operation.hpp>
#include <espalier/region.hpp>
#include <espalier/region_text.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table_text.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/text.hpp>
#include <espalier/threshold_form.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// Prints a node as a person would write it. Division by a block's scalar, which the graph holds as a product with the
/// reciprocal, reads as a division again, and a sum over its count as a mean.
class formula_printer {
 public:
  constexpr formula_printer(const graph& g, const tap_classes& classes) : g_(g), classes_(classes) {}

  constexpr void print(text& out, int id, int c, int precedence = 0) const {
    id = resolve(id, c);
    if (const char name = names_[static_cast<std::size_t>(id)]; name != 0) {
      const char letter[] = {name, 0};
      out << std::string_view(letter);
      return;
    }
    print_definition(out, id, c, precedence);
  }

  /// From now on node `id` prints as `letter`.
  constexpr void call(int id, char letter) { names_[static_cast<std::size_t>(id)] = letter; }

  constexpr void print_definition(text& out, int id, int c, int precedence = 0) const {
    const node& n = g_[id];
    if (n.op == operation::known_sum) return function(out, "sum", n.a, n.regions);
    if (n.is_leaf()) return leaf(out, n);
    if (n.op == operation::threshold) return threshold_below(out, n, precedence);
    if (is_function(n.op)) return arguments(out, notation(n.op), {n.a, n.b, n.c}, c);
    if (n.is_reduction()) return reduction(out, notation(n.op), n);
    switch (n.op) {
      case operation::detour:
      case operation::spread:
        return print(out, n.a, c, precedence);
      case operation::inside:
        return region(out, n.regions);
      case operation::multiply:
        return product(out, n, c, precedence);
      case operation::divide:
        if (is_mean(n)) return reduction(out, "mean", g_[n.a]);
        if (is_mean_in_groups(g_, n)) return reduction(out, "mean", g_[g_[n.a].a]);
        return infix(out, n, c, precedence);
      case operation::negate:
        if (is_zero(n.a, c)) return void(out << "0");
        [[fallthrough]];
      case operation::negation:
        out << notation(n.op);
        return print(out, n.a, c, 3);
      case operation::abs:
        out << "|";
        print(out, n.a, c);
        return void(out << "|");
      case operation::sqrt:
      case operation::min:
      case operation::max:
      case operation::select:
        return arguments(out, notation(n.op), {n.a, n.b, n.c}, c);
      default:
        return infix(out, n, c, precedence);
    }
  }

  /// `threshold(x, c)` for node `id`, which is that less the largest value.
  constexpr void print_whole_threshold(text& out, int id) const { threshold(out, g_[id]); }

  /// The regions in `set`, or those that class `c` belongs to.
  constexpr void region(text& out, region_set set) const {
    const char* separator = "";
    for (int i = 0; i < g_.region_count; ++i) {
      if ((set >> i & 1u) == 0) continue;
      const region_info& shown = g_.regions[static_cast<std::size_t>(i)];
      bool named_alike = false;
      for (int j = 0; j < g_.region_count; ++j) {
        const std::string_view other = g_.regions[static_cast<std::size_t>(j)].name;
        named_alike = named_alike || (j != i && other == shown.name);
      }
      out << separator;
      print_region(out, shown, g_.shape.kernel, named_alike);
      separator = " and ";
    }
  }

 private:
  constexpr void leaf(text& out, const node& n) const {
    switch (n.op) {
      case operation::tap:
        return void(out << "w");
      case operation::incoming:
        return void(out << "g");
      case operation::constant:
        return void(out << n.value);
      case operation::epsilon:
        return void(out << "eps");
      case operation::table:
        return print_table(out, g_, n.table());
      case operation::parts:
        return void(out << (n.counted() == scope::filter ? "channels" : "filters"));
      default:
        return void(out << g_.parameters[n.name()]);
    }
  }

  [[nodiscard]] constexpr int resolve(int id, int c) const { return c < 0 ? id : classes_.resolve(g_, id, c); }
  /// What a gradient's masks make zero, or one, in class `c`.
  [[nodiscard]] constexpr bool is_zero(int id, int c) const {
    const node& n = g_[resolve(id, c)];
    if (c < 0 || n.level != scope::tap) return n.is_constant() && n.value == 0;
    switch (n.op) {
      case operation::multiply:
        return is_zero(n.a, c) || is_zero(n.b, c);
      case operation::add:
      case operation::subtract:
        return is_zero(n.a, c) && is_zero(n.b, c);
      case operation::divide:
      case operation::negate:
        return is_zero(n.a, c);
      default:
        return false;
    }
  }
  [[nodiscard]] constexpr bool is_one(int id, int c) const {
    const node& n = g_[resolve(id, c)];
    return c >= 0 && g_[id].level == scope::tap && n.is_constant() && n.value == 1;
  }
  [[nodiscard]] constexpr bool is_mean(const node& n) const {
    if (g_[n.a].op != operation::sum) return false;
    const node* inner = &g_[n.a];
    while (g_[inner->a].is_reduction()) inner = &g_[inner->a];
    count_parts divisor{}, population{.number = static_cast<double>(g_.taps_in(inner->regions))};
    if (!count(divisor, n.b)) return false;
    for (const node* sum = &g_[n.a]; sum != inner; sum = &g_[sum->a]) {
      const bool of_channels = direction_of(g_[sum->a].level, sum->level) == scope::filter;
      const scope s = of_channels ? scope::filter : scope::whole;
      const index_t parts = parts_per(s, g_.shape);
      if (parts > 0) population.number *= static_cast<double>(parts);
      if (parts == 0) population.symbols |= 1 << static_cast<int>(s);
    }
    return divisor == population;
  }
  /// A product of a number and counts of channels, a bit each.
  struct count_parts {
    double number = 1;
    int symbols = 0;
    friend constexpr bool operator==(const count_parts&, const count_parts&) = default;
  };
  [[nodiscard]] constexpr bool count(count_parts& product, int id) const {
    const node& n = g_[id];
    if (n.is_constant()) product.number *= n.value;
    if (n.op == operation::parts) product.symbols |= 1 << static_cast<int>(n.counted());
    if (n.op == operation::multiply) return count(product, n.a) && count(product, n.b);
    return n.is_constant() || n.op == operation::parts;
  }
  constexpr void infix(text& out, const node& n, int c, int outer) const {
    if (const int t = threshold_in(n); t >= 0) return print_threshold(out, n, t, c, outer);
    // A branch that a region decides against is zero in a gradient: it is not worth a term.
    if (n.op == operation::add && is_zero(n.a, c)) return print(out, n.b, c, outer);
    if ((n.op == operation::add || n.op == operation::subtract) && is_zero(n.b, c)) return print(out, n.a, c, outer);
    if (n.op == operation::divide && is_zero(n.a, c)) return void(out << "0");
    const int own = n.op == operation::divide ? 2 : n.is_condition() ? 0 : 1;
    const bool either_way = n.op == operation::add;  // a + (b + c) needs no brackets
    if (own < outer) out << "(";
    print(out, n.a, c, own);
    out << notation(n.op);
    print(out, n.b, c, either_way ? own : own + 1);
    if (own < outer) out << ")";
  }
  constexpr void product(text& out, const node& n, int c, int outer) const {
    const bool swap = g_[n.b].level < g_[n.a].level;  // the finer factor first: w * k
    const int x = swap ? n.b : n.a;
    const int y = swap ? n.a : n.b;
    if (is_zero(x, c) || is_zero(y, c)) return void(out << "0");
    if (is_one(x, c)) return print(out, y, c, outer);
    if (n.a == n.b) {
      if (outer > 3) out << "(";
      print(out, x, c, 4);
      out << (outer > 3 ? "^2)" : "^2");
      return;
    }
    if (outer > 2) out << "(";
    print(out, x, c, 2);
    if (g_[y].op == operation::divide && !is_mean(g_[y])) {
      if (!(g_[g_[y].a].is_constant() && g_[g_[y].a].value == 1)) {
        out << " * ";
        print(out, g_[y].a, c, 3);
      }
      out << " / ";
      print(out, g_[y].b, c, 3);
    } else {
      out << " * ";
      print(out, y, c, 3);
    }
    if (outer > 2) out << ")";
  }
  constexpr void reduction(text& out, std::string_view name, const node& n) const {
    function(out, name, n.a, n.regions, n.level, n.partition);
  }
  constexpr void function(text& out, std::string_view name, int x, region_set set = 0, scope reach = scope::block,
                          int partition = 0) const {
    out << name << "(";
    const auto continues = [&](int id) {
      return g_[id].is_reduction() && (notation(g_[id].op) == name || (name == "mean" && g_[id].op == operation::sum));
    };
    if (continues(x) && reach > scope::block) {
      // One reduction that runs through several scopes reads as one; a largest sum does not.
      const node* inner = &g_[x];
      while (continues(inner->a)) inner = &g_[inner->a];
      x = inner->a;
      set = inner->regions;
    }
    print(out, x, set == 0 ? -1 : class_in(set));
    if (set != 0) {
      out << "; ";
      region(out, set);
    }
    if (partition > 0) print_partition(out << "; ", g_, partition);
    if (reach > scope::block) out << "; " << std::string_view(name_of(reach));
    out << ")";
  }
  /// The threshold that `n` is the whole of, or that it takes away; -1 if none. A graph holds it beside the largest
  /// value.
  [[nodiscard]] constexpr int threshold_in(const node& n) const {
    if (n.op != operation::add && n.op != operation::subtract) return -1;
    if (g_[n.b].op != operation::threshold || names_[static_cast<std::size_t>(n.b)] != 0) return -1;
    const node& x = g_[n.a];
    if (n.op == operation::add) return is_largest_beside(g_, n.a, n.b) ? n.b : -1;
    return x.op == operation::subtract && x.a == g_[n.b].a && is_largest_beside(g_, x.b, n.b) ? n.b : -1;
  }
  constexpr void print_threshold(text& out, const node& n, int t, int c, int outer) const {
    if (n.op == operation::add) return threshold(out, g_[t]);
    if (outer > 1) out << "(";
    print(out, g_[t].a, c, 1);
    out << " - ";
    threshold(out, g_[t]);
    if (outer > 1) out << ")";
  }
  constexpr void threshold(text& out, const node& t) const {
    out << "threshold(";
    print(out, t.a, t.regions == 0 ? -1 : class_in(t.regions));
    out << ", ";
    print(out, t.b, -1);
    if (t.regions != 0) region(out << "; ", t.regions);
    out << ")";
  }
  constexpr void threshold_below(text& out, const node& t, int outer) const {
    if (outer > 1) out << "(";
    threshold(out, t);
    out << " - ";
    print(out, t.c, -1, 2);
    if (outer > 1) out << ")";
  }
  /// A class whose taps a reduction over `set` sees; -1 if they differ.
  [[nodiscard]] constexpr int class_in(region_set set) const {
    int found = -1;
    for (int c = 0; c < classes_.count; ++c) {
      if (classes_[c].in(set)) found = found < 0 ? c : found;
    }
    return found;
  }
  constexpr void arguments(text& out, std::string_view name, std::array<int, 3> ids, int c) const {
    out << name << "(";
    const char* separator = "";
    for (int id : ids) {
      if (id < 0) continue;
      out << separator;
      print(out, id, c);
      separator = ", ";
    }
    out << ")";
  }

  const graph& g_;
  const tap_classes& classes_;
  std::array<char, graph::capacity> names_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
