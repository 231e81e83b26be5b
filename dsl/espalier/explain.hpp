// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// `explain(prior)`: name, formula, passes, operations and proved facts of a prior, as text made at compile time.
#pragma once

#include <espalier/config.hpp>
#include <espalier/formula_printer.hpp>
#include <espalier/formula_text.hpp>
#include <espalier/gradient.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/policy.hpp>
#include <espalier/proved_facts.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/step_facts.hpp>
#include <espalier/table_rules.hpp>
#include <espalier/text.hpp>
#include <iosfwd>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// What `explain` returns; every part is usable on its own.
struct explanation {
  text name;        ///< `clamp<0> >> normalize<l1>`; with the formula of a lambda and the taps of a mask
  text formula;     ///< one line per class of taps
  int passes = 0;   ///< walks over the weight
  text reductions;  ///< what each pass but the last computes
  text operations;  ///< arithmetic per kernel block, all passes together
  text gradient;    ///< with respect to the weight w, for the gradient g of the constrained weight
  int gradient_passes = 0;
  text establishes;  ///< the proved facts, or "nothing that is proved"
  text steps;        ///< of `a >> b`, a line for each: the facts that it gains, keeps and loses
};

namespace detail {

template <class F>
[[nodiscard]] consteval text reductions_text() {
  using schedule = plan<F>;
  const formula_printer printer(F::value, schedule::classes);
  text out;
  for (int p = 0; p < schedule::passes; ++p) {
    const char* separator = p == 0 ? "" : "; then ";
    for (scope s : {scope::block, scope::filter, scope::input, scope::whole}) {
      for (int id : schedule::firsts(schedule::reductions(p, s))) {
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
    for (int id : schedule::thresholds(p)) {
      out << separator;
      printer.print_whole_threshold(out, id);
      separator = ", ";
    }
  }
  return out;
}

/// How often each operation runs, by the names that a reader knows.
struct operation_counts {
  index_t additions = 0, products = 0, divisions = 0, roots = 0, choices = 0, negations = 0, magnitudes = 0, logic = 0,
          functions = 0, thresholds = 0;

  constexpr void add(const node& n, index_t times) {
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
      case operation::negate:
        negations += times;
        break;
      case operation::abs:
        magnitudes += times;
        break;
      case operation::negation:
      case operation::conjunction:
      case operation::disjunction:
        logic += times;
        break;
      case operation::min:
      case operation::max:
      case operation::select:
      case operation::less:
      case operation::less_equal:
      case operation::smallest:
      case operation::largest:
        choices += times;
        break;
      default:
        functions += is_function(n.op) ? times : 0;
        thresholds += n.op == operation::threshold ? times : 0;
        break;
    }
  }
};

/// Of all taps of a block.
template <class F>
[[nodiscard]] consteval operation_counts counted_operations() {
  using schedule = plan<F>;
  constexpr const graph& g = F::value;
  operation_counts counts;
  for (int p = 0; p < schedule::passes; ++p) {
    for (int c = 0; c < schedule::classes.count; ++c) {
      const index_t taps = schedule::classes[c].count;
      for (int id : schedule::tap_nodes(p, c)) counts.add(g[id], taps);
      for (int id : schedule::firsts(schedule::reductions(p, scope::block))) {
        if (schedule::classes[c].in(g[id].regions)) counts.add(g[id], taps);
      }
    }
  }
  for (int id = 0; id < g.size; ++id) {
    if (schedule::is_live(id) && g[id].level == scope::block && !is_fold(g[id].op)) counts.add(g[id], 1);
  }
  return counts;
}

template <class F>
[[nodiscard]] consteval text operations_text() {
  constexpr operation_counts n = counted_operations<F>();
  text out;
  out << n.additions << " additions, " << n.products << " products, " << n.divisions << " divisions, " << n.roots
      << " roots, " << n.choices << " comparisons and selections";
  if (n.functions > 0) out << ", " << n.functions << " exponentials and logarithms";
  if (n.negations > 0) out << ", " << n.negations << " negations";
  if (n.magnitudes > 0) out << ", " << n.magnitudes << " absolute values";
  if (n.logic > 0) out << ", " << n.logic << " logical operations";
  if (n.thresholds > 0) out << ", " << n.thresholds << (n.thresholds == 1 ? " threshold" : " thresholds");
  out << " for " << F::value.shape.kernel.volume() << " taps";
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
inline constexpr text steps_of_formula = steps_text<F>();
template <class F>
inline constexpr text gradient_of = gradient_text(F::value);

template <class F>
struct lambda_of {
  static constexpr bool value = false;
};
template <class L>
struct lambda_of<held::quick_t<L>> {
  static constexpr bool value = true;
};

/// A type made by a template, whose arguments its short name leaves out.
template <class T>
[[nodiscard]] consteval bool has_template_arguments() {
  std::string_view name = __PRETTY_FUNCTION__;
  name = name.substr(name.find("T = ") + 4);
  return name.substr(0, name.find_first_of(";]")).find('<') != std::string_view::npos;
}

template <class P, weight_shape Shape>
[[nodiscard]] constexpr text explained_name() {
  if constexpr (requires { P::template name_on<Shape>(); }) {
    return P::template name_on<Shape>();
  } else if constexpr (lambda_of<P>::value || (!requires { P::name(); } && has_template_arguments<P>())) {
    text t = policy_name<P>();
    t << "(";
    for (char c : formula_of<formula<P, Shape>>.view())
      t << (c == '\n' ? std::string_view("; ") : std::string_view(&c, 1));
    return t << ")";
  } else {
    return policy_name<P>();
  }
}

/// All of it for a lowered formula; a layer explains its own.
template <class F>
[[nodiscard]] consteval explanation explain_formula() {
  if constexpr (!usable_tables<F>::value) return {};
  using derived = gradient_formula<typename F::policy_type, F::value.shape, F::eps>;
  return {.name = explained_name<typename F::policy_type, F::value.shape>(),
          .formula = formula_of<F>,
          .passes = plan<F>::passes,
          .reductions = reductions_of<F>,
          .operations = operations_of<F>,
          .gradient = gradient_of<derived>,
          .gradient_passes = plan<derived>::passes,
          .establishes = proved_of<F>,
          .steps = steps_of_formula<F>};
}

}  // namespace detail

/// What a prior is, in words: `std::cout << explain(modes::fixed_center<-1, 1>)`. For a kernel of other extents than
/// 3 x 3 x 3: `explain<extents{1, 5, 5}>(prior)`. Made at compile time. Example: examples/custom_constraint.cpp
template <extents Kernel = 3, class P>
[[nodiscard]] consteval explanation explain(P) {
  return detail::explain_formula<detail::formula<
      detail::required_policy<P>,
      weight_shape{.out = detail::typical_shape.out, .in = detail::typical_shape.in, .kernel = Kernel}>>();
}

template <class Char, class Traits>
std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& os, const explanation& e) {
  const auto indented = [&os](std::string_view lines) {
    for (char c : lines) {
      if (c == '\n') {
        os << "\n               ";
      } else {
        os << c;
      }
    }
  };
  os << e.name.view() << "\n  formula      ";
  indented(e.formula);
  os << "\n  passes       " << e.passes;
  if (!e.reductions.empty()) os << " (" << e.reductions.view() << "; then the weights)";
  os << "\n  operations   " << e.operations.view() << "\n  gradient     ";
  indented(e.gradient);
  os << "\n               in " << e.gradient_passes << (e.gradient_passes == 1 ? " pass" : " passes")
     << "\n  establishes  " << e.establishes.view();
  if (!e.steps.empty()) os << "\n  steps        ";
  indented(e.steps);
  return os << '\n';
}

}  // namespace esp::inline ESPALIER_ABI
