// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// `explain(prior)`: name, formula, passes, operations and proved facts of a prior, as text made at compile time.
#pragma once

#include <espalier/config.hpp>
#include <espalier/facts.hpp>
#include <espalier/lower.hpp>
#include <espalier/plan.hpp>
#include <espalier/text.hpp>
#include <iosfwd>

namespace esp::inline ESPALIER_ABI {

/// What `explain` returns; every part is usable on its own.
struct explanation {
  text name;         ///< `clamp<0> >> normalize<l1>`
  text formula;      ///< one line per class of taps
  int passes = 0;    ///< walks over the weight
  text reductions;   ///< what each pass but the last computes
  text operations;   ///< arithmetic per kernel block, all passes together
  text establishes;  ///< the proved facts, or "nothing that is proved"
};

/// Prints a node as a person would write it. Division by a block's scalar, which the graph holds as a product with the
/// reciprocal, reads as a division again, and a sum over its count as a mean.
class formula_printer {
 public:
  constexpr formula_printer(const graph& g, const tap_classes& classes) : g_(g), classes_(classes) {}

  constexpr void print(text& out, int id, int c, int precedence = 0) const {
    id = resolve(id, c);
    const node& n = g_[id];
    switch (n.op) {
      case operation::tap:
        out << "w";
        return;
      case operation::incoming:
        out << "g";
        return;
      case operation::detour:
        return print(out, n.a, c, precedence);
      case operation::constant:
        out << n.value;
        return;
      case operation::epsilon:
        out << "eps";
        return;
      case operation::parameter:
        out << g_.parameters[static_cast<std::size_t>(n.value)];
        return;
      case operation::add:
        return infix(out, n, " + ", 1, 1, c, precedence);
      case operation::subtract:
        return infix(out, n, " - ", 1, 2, c, precedence);
      case operation::multiply:
        return product(out, n, c, precedence);
      case operation::divide:
        if (is_mean(n)) return function(out, "mean", g_[n.a].a, c, g_[n.a].regions, g_[n.a].level);
        return infix(out, n, " / ", 2, 3, c, precedence);
      case operation::negate:
        out << "-";
        return print(out, n.a, c, 3);
      case operation::less:
        return infix(out, n, " < ", 0, 1, c, precedence);
      case operation::less_equal:
        return infix(out, n, " <= ", 0, 1, c, precedence);
      case operation::conjunction:
        return infix(out, n, " && ", 0, 1, c, precedence);
      case operation::disjunction:
        return infix(out, n, " || ", 0, 1, c, precedence);
      case operation::negation:
        out << "!";
        return print(out, n.a, c, 3);
      case operation::sqrt:
        return function(out, "sqrt", n.a, c);
      case operation::abs:
        out << "|";
        print(out, n.a, c);
        out << "|";
        return;
      case operation::min:
        return arguments(out, "min", {n.a, n.b, -1}, c);
      case operation::max:
        return arguments(out, "max", {n.a, n.b, -1}, c);
      case operation::select:
        return arguments(out, "select", {n.a, n.b, n.c}, c);
      case operation::inside:
        region(out, n.regions);
        return;
      case operation::sum:
        return function(out, "sum", n.a, c, n.regions, n.level);
      case operation::smallest:
        return function(out, "min", n.a, c, n.regions, n.level);
      case operation::largest:
        return function(out, "max", n.a, c, n.regions, n.level);
      default:
        return;
    }
  }

  /// The regions in `set`, or those that class `c` belongs to.
  constexpr void region(text& out, region_set set) const {
    const char* separator = "";
    for (int i = 0; i < g_.region_count; ++i) {
      if ((set >> i & 1u) == 0) continue;
      out << separator << std::string_view(g_.regions[static_cast<std::size_t>(i)].name);
      separator = " and ";
    }
  }

 private:
  [[nodiscard]] constexpr int resolve(int id, int c) const {
    while (c >= 0 && g_[id].op == operation::select && g_[g_[id].a].op == operation::inside) {
      id = classes_[c].in(g_[g_[id].a].regions) ? g_[id].b : g_[id].c;
    }
    return id;
  }
  [[nodiscard]] constexpr bool is_mean(const node& n) const {
    return g_[n.a].op == operation::sum && g_[n.b].is_constant() &&
           g_[n.b].value == g_.population(g_[n.a].regions, g_[n.a].level);
  }
  constexpr void infix(text& out, const node& n, const char* symbol, int left, int right, int c, int outer) const {
    if (left < outer) out << "(";
    print(out, n.a, c, left);
    out << symbol;
    print(out, n.b, c, right);
    if (left < outer) out << ")";
  }
  constexpr void product(text& out, const node& n, int c, int outer) const {
    const bool swap = g_[n.b].level < g_[n.a].level;  // the finer factor first: w * k
    const int x = swap ? n.b : n.a;
    const int y = swap ? n.a : n.b;
    if (n.a == n.b) {
      print(out, x, c, 4);
      out << "^2";
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
  constexpr void function(text& out, const char* name, int x, int c, region_set set = 0,
                          scope reach = scope::block) const {
    out << name << "(";
    if (g_[x].is_reduction() && reach > scope::block) {
      // One reduction that runs through several scopes reads as one.
      const node* inner = &g_[x];
      while (inner->is_reduction() && g_[inner->a].is_reduction()) inner = &g_[inner->a];
      x = inner->a;
      set = inner->regions;
    }
    print(out, x, set == 0 ? c : class_in(set));
    if (set != 0) {
      out << "; ";
      region(out, set);
    }
    if (reach > scope::block) out << "; " << std::string_view(name_of(reach));
    out << ")";
  }
  /// A class whose taps a reduction over `set` sees; -1 if they differ.
  [[nodiscard]] constexpr int class_in(region_set set) const {
    int found = -1;
    for (int c = 0; c < classes_.count; ++c) {
      if (classes_[c].in(set)) found = found < 0 ? c : found;
    }
    return found;
  }
  constexpr void arguments(text& out, const char* name, std::array<int, 3> ids, int c) const {
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
};

[[nodiscard]] constexpr text formula_text(const graph& g) {
  const tap_classes classes(g);
  const formula_printer printer(g, classes);
  text out;
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
  return out;
}

template <class F>
[[nodiscard]] consteval text facts_text() {
  constexpr const graph& g = F::value;
  text out;
  const char* separator = "";
  const auto state = [&](auto... parts) {
    out << separator;
    (out << ... << parts);
    separator = "; ";
  };
  const known_facts& known = facts_of<F>;
  const known_facts& filter = filter_facts_of<F>;
  const known_facts& whole = whole_facts_of<F>;
  if (known.sum) state("sum = ", *known.sum);
  if (!known.sum && filter.sum) state("sum of a filter = ", *filter.sum);
  if (!known.sum && !filter.sum && whole.sum) state("sum of the whole weight = ", *whole.sum);
  if (known.l2) state("l2 norm = ", *known.l2);
  if (!known.l2 && known.l2_bound) state("l2 norm <= ", *known.l2_bound);
  if (!known.l2_bound && filter.l2_bound) state("l2 norm of a filter <= ", *filter.l2_bound);
  if (!known.l2_bound && !filter.l2_bound && whole.l2_bound) state("l2 norm of the whole weight <= ", *whole.l2_bound);
  const bool below = known.range.hi < interval::infinity;
  const bool above = known.range.lo > -interval::infinity;
  if (above && below) state(known.range.lo, " <= w <= ", known.range.hi);
  if (above && !below) state("w >= ", known.range.lo);
  if (below && !above) state("w <= ", known.range.hi);
  const tap_classes classes(g);
  const formula_printer printer(g, classes);
  const algebra proof(g);
  for (int c = 0; c < classes.count; ++c) {
    if (const auto v = proof.constant_in_class(g.output, c)) {
      text where;
      printer.region(where, classes[c].members);
      state(where.empty() ? std::string_view("every tap") : where.view(), " = ", *v);
    }
  }
  if (out.empty()) out << "nothing that is proved";
  return out;
}

template <class F>
[[nodiscard]] consteval text reductions_text() {
  using schedule = plan<F>;
  const formula_printer printer(F::value, schedule::classes);
  text out;
  for (int p = 0; p < schedule::passes; ++p) {
    const char* separator = p == 0 ? "" : "; then ";
    for (scope s : {scope::block, scope::filter, scope::whole}) {
      for (int id : schedule::reductions(p, s)) {
        bool intermediate = false;  // a block's share of a filter's sum is no result of its own
        for (int user = id + 1; user < F::value.size; ++user) {
          intermediate = intermediate || (F::value[user].is_reduction() && F::value[user].a == id);
        }
        if (intermediate) continue;
        out << separator;
        printer.print(out, id, -1);
        separator = ", ";
      }
    }
  }
  return out;
}

template <class F>
[[nodiscard]] consteval text operations_text() {
  using schedule = plan<F>;
  constexpr const graph& g = F::value;
  index_t additions = 0, products = 0, divisions = 0, roots = 0, choices = 0;
  const auto count = [&](const node& n, index_t times) {
    switch (n.op) {
      case operation::add:
      case operation::subtract:
      case operation::sum:
        additions += times;
        break;
      case operation::multiply:
        products += times;
        break;
      case operation::divide:
        divisions += times;
        break;
      case operation::sqrt:
        roots += times;
        break;
      case operation::tap:
      case operation::incoming:
      case operation::detour:
      case operation::constant:
      case operation::inside:
        break;
      default:
        choices += times;
    }
  };
  for (int p = 0; p < schedule::passes; ++p) {
    for (int c = 0; c < schedule::classes.count; ++c) {
      const index_t taps = schedule::classes[c].count;
      for (int id : schedule::tap_nodes(p, c)) count(g[id], taps);
      for (int id : schedule::reductions(p, scope::block)) {
        if (schedule::classes[c].in(g[id].regions)) count(g[id], taps);
      }
    }
  }
  for (int id = 0; id < g.size; ++id) {
    if (schedule::is_live(id) && g[id].level == scope::block && !g[id].is_reduction()) count(g[id], 1);
  }
  text out;
  out << additions << " additions, " << products << " products, " << divisions << " divisions, " << roots << " roots, "
      << choices << " comparisons and selections for " << g.shape.kernel.volume() << " taps";
  return out;
}

// Each part is a constant evaluation of its own: compilers bound the steps of one, and long formulas need many.
template <class F>
inline constexpr text formula_of = formula_text(F::value);
template <class F>
inline constexpr text reductions_of = reductions_text<F>();
template <class F>
inline constexpr text operations_of = operations_text<F>();
template <class F>
inline constexpr text proved_of = facts_text<F>();

/// All of it for a lowered formula; a layer explains its own.
template <class F>
[[nodiscard]] consteval explanation explain_formula() {
  return {.name = policy_name<typename F::policy_type>(),
          .formula = formula_of<F>,
          .passes = plan<F>::passes,
          .reductions = reductions_of<F>,
          .operations = operations_of<F>,
          .establishes = proved_of<F>};
}

/// What a prior is, in words: `std::cout << explain(modes::fixed_center<-1, 1>)`. For a kernel of other extents than
/// 3 x 3 x 3: `explain<extents{1, 5, 5}>(prior)`. Made at compile time. Example: examples/custom_constraint.cpp
template <extents Kernel = 3, class P>
[[nodiscard]] consteval explanation explain(P) {
  return explain_formula<
      formula<required_policy<P>, weight_shape{.out = typical_shape.out, .in = typical_shape.in, .kernel = Kernel}>>();
}

template <class Char, class Traits>
std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const explanation& e) {
  os << e.name.view() << "\n  formula      ";
  for (char c : e.formula.view()) {
    if (c == '\n') {
      os << "\n               ";
    } else {
      os << c;
    }
  }
  os << "\n  passes       " << e.passes;
  if (!e.reductions.empty()) os << " (" << e.reductions.view() << "; then the weights)";
  return os << "\n  operations   " << e.operations.view() << "\n  establishes  " << e.establishes.view() << '\n';
}

}  // namespace esp::inline ESPALIER_ABI
