// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The facts that are proved of a formula, as a list and in words.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/algebra.hpp>
#include <espalier/bounded_vector.hpp>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/facts.hpp>
#include <espalier/formula_printer.hpp>
#include <espalier/graph.hpp>
#include <espalier/group_text.hpp>
#include <espalier/groups.hpp>
#include <espalier/interval.hpp>
#include <espalier/l1_facts.hpp>
#include <espalier/lower.hpp>
#include <espalier/moments.hpp>
#include <espalier/region_text.hpp>
#include <espalier/schur.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/symmetry_facts.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/text.hpp>
#include <optional>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// `derivative along w`, `derivative along d, h, h`.
constexpr text& print_axes(text& out, const tap_index& times) {
  out << "derivative";
  const char* separator = " along ";
  const index_t of_axis[] = {times.d, times.h, times.w};
  const char* names[] = {"d", "h", "w"};
  for (int axis = 0; axis < 3; ++axis) {
    for (index_t i = 0; i < of_axis[axis]; ++i) {
      out << separator << names[axis];
      separator = ", ";
    }
  }
  return out;
}

/// A fact as explanations print it: `sum = 0`, `l2 norm of a filter <= 1`.
[[nodiscard]] constexpr text fact_text(const fact& f) {
  text out;
  const char* const part = f.reach == scope::block    ? ""
                           : f.reach == scope::filter ? " of a filter"
                           : f.reach == scope::input  ? " of an input channel"
                                                      : " of the whole weight";
  switch (f.kind) {
    case fact_kind::total:
      return out << "sum" << part << " = " << f.value;
    case fact_kind::l1_norm:
      return out << "l1 norm" << part << " = " << f.value;
    case fact_kind::l1_norm_at_most:
      return out << "l1 norm" << part << " <= " << f.value;
    case fact_kind::norm:
      return out << "l2 norm" << part << " = " << f.value;
    case fact_kind::norm_at_most:
      return out << "l2 norm" << part << " <= " << f.value;
    case fact_kind::interval:
      if (f.upper == interval::infinity) return out << "w >= " << f.value;
      if (f.value == -interval::infinity) return out << "w <= " << f.upper;
      return out << f.value << " <= w <= " << f.upper;
    case fact_kind::lipschitz:
      return out << "lipschitz <= " << f.value;
    case fact_kind::moment:
      return out << "moment<" << f.where.d << ", " << f.where.h << ", " << f.where.w << "> = " << f.value;
    case fact_kind::derivative:
      return print_axes(out, f.where) << " to order " << f.value;
    case fact_kind::laplacian:
      return out << "laplacian to order " << f.value;
    case fact_kind::finite:
      return out << "finite";
    case fact_kind::symmetric:
    case fact_kind::antisymmetric: {
      graph g;
      g.shape = typical_shape;
      out << (f.kind == fact_kind::symmetric ? "symmetric: " : "antisymmetric: ");
      print_partition(out, g, g.partition_of(*f.partition));
      return out;
    }
    case fact_kind::support:
      out << "support: ";
      print_region(out, *f.region, typical_shape.kernel);
      return out;
    default:
      if (f.center) return out << "center_tap = " << f.value;
      return out << "tap<" << static_cast<long long>(f.where.d) << ", " << static_cast<long long>(f.where.h) << ", "
                 << static_cast<long long>(f.where.w) << "> = " << f.value;
  }
}

/// Sums, norms and bounds that are proved of a formula; those that others imply are left out.
using fact_list = bounded_vector<fact, 16>;

/// Lists the facts of one kind at the scopes where they say something new.
class fact_lister {
 public:
  constexpr explicit fact_lister(fact_list& out) : out_(out) {}

  constexpr void sum(const known_facts& k, scope reach) {
    if (!sum_told_ && k.sum) out_.push_back({.kind = fact_kind::total, .value = *k.sum, .reach = reach});
    sum_told_ = sum_told_ || k.sum;
    if (k.sum && (k.range.nonnegative() || k.range.nonpositive())) l1_.exact = l1_.bounded = true;
  }
  constexpr void l1(const known_l1& k, scope reach) {
    norm(l1_, k.value, k.bound, fact_kind::l1_norm, fact_kind::l1_norm_at_most, reach);
  }
  constexpr void l2(const known_facts& k, const known_l1& sizes, scope reach) {
    norm(l2_, k.l2, sharper(k.l2_bound, sizes.l2_bound), fact_kind::norm, fact_kind::norm_at_most, reach);
  }

 private:
  struct told {
    bool exact = false;
    bool bounded = false;
  };
  constexpr void norm(told& before, const std::optional<double>& value, const std::optional<double>& bound,
                      fact_kind is, fact_kind at_most, scope reach) {
    if (before.exact) return;
    if (value) out_.push_back({.kind = is, .value = *value, .reach = reach});
    if (!before.bounded && !value && bound) out_.push_back({.kind = at_most, .value = *bound, .reach = reach});
    before = {.exact = value.has_value(), .bounded = before.bounded || bound};
  }

  fact_list& out_;
  bool sum_told_ = false;
  told l1_, l2_;
};

/// Of the symmetries that a formula speaks of.
constexpr void list_symmetries(fact_list& list, const graph& g) {
  for (int p = 1; p <= g.partition_count; ++p) {
    const partition_info& orbits = g.partitions[static_cast<std::size_t>(p - 1)];
    if (!orbits.is_symmetry) continue;
    const bool is_mirror = std::string_view(orbits.name) == "mirror" && g.sizes_of(p, 0).hi <= 2;
    if (is_symmetric(g, orbits)) {
      list.push_back({.kind = fact_kind::symmetric, .partition = &orbits});
    } else if (is_mirror && is_antisymmetric(g, orbits)) {
      list.push_back({.kind = fact_kind::antisymmetric, .partition = &orbits});
    }
  }
}

template <class F>
inline constexpr fact_list facts_listed_of = [] {
  fact_list list;
  fact_lister lister(list);
  const auto each = [](const auto& take) {
    take(facts_of<F>, l1_of<F, scope::block>, scope::block);
    take(filter_facts_of<F>, l1_of<F, scope::filter>, scope::filter);
    if constexpr (F::value.has_level(scope::input)) take(input_facts_of<F>, l1_of<F, scope::input>, scope::input);
    take(whole_facts_of<F>, l1_of<F, scope::whole>, scope::whole);
  };
  each([&](const known_facts& k, const known_l1&, scope reach) { lister.sum(k, reach); });
  each([&](const known_facts&, const known_l1& k, scope reach) { lister.l1(k, reach); });
  each([&](const known_facts& k, const known_l1& sizes, scope reach) { lister.l2(k, sizes, reach); });
  const interval range = within_norms(facts_of<F>.range, l1_of<F, scope::block>);
  if (range != interval{}) list.push_back({.kind = fact_kind::interval, .value = range.lo, .upper = range.hi});
  if (schur_bound_of<F> < interval::infinity)
    list.push_back({.kind = fact_kind::lipschitz, .value = schur_bound_of<F>});
  list_symmetries(list, F::value);
  return list;
}();

/// The taps whose value is the same for every weight, class by class.
struct fixed_classes {
  tap_classes classes;
  std::array<std::optional<double>, tap_classes::capacity> value{};

  constexpr explicit fixed_classes(const graph& g) : classes(g) {
    const algebra proof(g);
    for (int c = 0; c < classes.count; ++c) value[static_cast<std::size_t>(c)] = proof.constant_in_class(g.output, c);
  }
  [[nodiscard]] constexpr std::optional<double> of_tap(const graph& g, index_t t) const {
    const int c = classes.class_of(g, t);
    return c < 0 ? std::nullopt : value[static_cast<std::size_t>(c)];
  }
};
template <class F>
inline constexpr fixed_classes fixed_classes_of{F::value};

/// `center_tap = -1`, `every tap = 0`, `elsewhere = 0`; nothing of a class whose value is not fixed.
constexpr void print_fixed_class(text& out, const graph& g, const fixed_classes& fixed, int c) {
  const std::optional<double> value = fixed.value[static_cast<std::size_t>(c)];
  if (!value) return;
  text where;
  formula_printer(g, fixed.classes).region(where, fixed.classes[c].members);
  const std::string_view all = fixed.classes.count == 1 ? "every tap" : "elsewhere";
  out << (where.empty() ? all : where.view()) << " = " << *value;
}

/// Of a block that no weight changes, the moments of the least degree from 1 to 4 that has other ones than zero.
constexpr void print_moments(text& out, const graph& g, const char* separator) {
  const constant_block block(g);
  bool found = !block.valid();
  for (index_t degree = 1; degree <= 4 && !found; ++degree) {
    for (index_t i = degree; i >= 0; --i) {
      for (index_t j = degree - i; j >= 0; --j) {
        const tap_index powers{i, j, degree - i - j};
        if (!has_center_for(powers, g.shape.kernel) || block.has({.powers = powers}, true)) continue;
        out << separator
            << fact_text({.kind = fact_kind::moment, .value = block.moment_of(powers), .where = powers}).view();
        separator = "; ";
        found = true;
      }
    }
  }
}

/// The facts of a formula, or "nothing that is proved".
template <class F>
[[nodiscard]] consteval text facts_text() {
  constexpr const graph& g = F::value;
  constexpr const fixed_classes& fixed = fixed_classes_of<F>;
  text out;
  const char* separator = "";
  for (const fact& f : facts_listed_of<F>) {
    out << separator << fact_text(f);
    separator = "; ";
  }
  index_t zeros = 0;
  for (int c = 0; c < fixed.classes.count; ++c) {
    if (!fixed.value[static_cast<std::size_t>(c)]) continue;
    out << separator;
    print_fixed_class(out, g, fixed, c);
    separator = "; ";
    if (fixed.value[static_cast<std::size_t>(c)] == 0.0) zeros += fixed.classes[c].count;
  }
  if (g.table_count > 0) print_moments(out, g, separator);
  if (zeros > 0 && zeros < g.shape.kernel.volume()) {
    out << "; support: ";
    print_taps(out, g.shape.kernel, [&](tap_index t) {
      return fixed.of_tap(g, (t.d * g.shape.kernel.h + t.h) * g.shape.kernel.w + t.w) != 0.0;
    });
  }
  if (out.empty()) out << "nothing that is proved";
  return out;
}

template <class F>
inline constexpr text proved_of = facts_text<F>();

}  // namespace esp::inline ESPALIER_ABI::detail
