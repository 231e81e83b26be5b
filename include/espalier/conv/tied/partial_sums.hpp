// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the taps of each group are added: first along W, then along H, then along D, each different sum once.
///
/// A sum of taps along W is the same row of numbers for every kh and kd that ask for it, moved: it is computed once a
/// plane. So are sums of such rows along H, and only what is added along D belongs to one group. The 27 taps of a cube
/// in 4 orbits take 8 additions in place of 23: x[w-1] + x[w+1] serves faces, edges and corners alike.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/tied/groups.hpp>
#include <espalier/known_tap.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// One summand: an array, moved by so many taps of each axis. Only summands along D have a plane.
struct sum_term {
  index_t array = 0;  ///< 0 is the input.
  tap_index at;
  bool negated = false;

  friend constexpr bool operator==(const sum_term&, const sum_term&) = default;
};

/// An array of sums: `array[q] = sum over terms of +- source[q + at]`. The first term is not moved along the axis that
/// is summed over and not negated, but for arrays along D.
struct sum_array {
  index_t first = 0;  ///< Number of its first term.
  index_t terms = 0;
  index_t reach_h = 0;  ///< Rows and columns of taps that it reaches beyond the element that it is stored at.
  index_t reach_w = 0;
  bool kept = false;     ///< Whether it is read again for other output planes, or by products.
  index_t number = 0;    ///< Arrays of its sort before it, in the order of the scratch,
  index_t before_h = 0;  ///< and the sum of what these reach along H.
};

/// Arrays of one sort: those of an input plane that are kept, those that are not, and those of an output plane.
struct sum_sort {
  index_t count = 0;
  index_t reach_h = 0;  ///< What they reach along H together.
};

/// What is added for a kernel of `Count` taps. Arrays `[0, planes)` belong to an input plane, of which 0 is the input
/// and `[rows, planes)` are summed along H; arrays `[planes, arrays)` to an output plane.
template <index_t Count>
struct sum_plan {
  std::array<sum_array, static_cast<std::size_t>(3 * Count + 1)> array{};
  std::array<sum_term, static_cast<std::size_t>(3 * Count)> term{};
  std::array<sum_term, static_cast<std::size_t>(Count)> group{};  ///< What is multiplied: never negated.
  index_t rows = 1;
  index_t planes = 1;
  index_t arrays = 1;
  index_t terms = 0;
  index_t groups = 0;
  sum_sort kept, passing, along_d;

  [[nodiscard]] constexpr const sum_array& of(index_t i) const { return array[static_cast<std::size_t>(i)]; }
  [[nodiscard]] constexpr const sum_term& term_of(const sum_array& a, index_t i) const {
    return term[static_cast<std::size_t>(a.first + i)];
  }
  /// Additions for each element of the input, but for the borders.
  [[nodiscard]] constexpr index_t additions() const { return terms - (arrays - 1); }
};

/// Builds a plan axis by axis: what is summed along one is what the next one adds.
template <index_t Count>
struct sum_planner {
  /// Some sum of a group that later axes add to: of its taps at (kd, kh), or at kd.
  struct use {
    index_t group;
    sum_term term;
    bool taken = false;
  };
  /// Uses of one axis, in the order of the taps.
  struct uses {
    std::array<use, static_cast<std::size_t>(Count)> list{};
    index_t count = 0;

    constexpr void add(const use& u) { list[static_cast<std::size_t>(count++)] = u; }
    constexpr use& operator[](index_t i) { return list[static_cast<std::size_t>(i)]; }
  };

  sum_plan<Count> plan;

  constexpr sum_planner(const tied_groups<Count>& groups, const extents& kernel) {
    plan.groups = groups.count;
    uses taps;
    for (index_t t = 0; t < Count; ++t) {
      const index_t g = groups.group[static_cast<std::size_t>(t)];
      if (g >= 0) taps.add({g, {0, tap_at(t, kernel), groups.negated[static_cast<std::size_t>(t)]}});
    }
    uses along_w = summed(taps, [](const tap_index& a, const tap_index& b) { return a.d == b.d && a.h == b.h; });
    plan.rows = plan.arrays;
    uses along_h = summed(along_w, [](const tap_index& a, const tap_index& b) { return a.d == b.d; });
    plan.planes = plan.arrays;
    sum_planes(along_h);
    for (index_t a = 0; a < plan.arrays; ++a) {
      sum_array& own = plan.array[static_cast<std::size_t>(a)];
      sum_sort& sort = a >= plan.planes ? plan.along_d : (own.kept ? plan.kept : plan.passing);
      own.number = sort.count++;
      own.before_h = sort.reach_h;
      sort.reach_h += own.reach_h;
    }
  }

 private:
  /// Sums what each group has together: every set of terms once, wherever it lies and whatever its sign.
  template <class Together>
  constexpr uses summed(uses& parts, const Together& together) {
    uses result;
    for (index_t i = 0; i < parts.count; ++i) {
      if (parts[i].taken) continue;
      const use first = parts[i];
      const index_t begin = plan.terms;
      tap_index least = first.term.at;
      // Uses of one place of the slower axes follow each other.
      for (index_t j = i; j < parts.count && together(first.term.at, parts[j].term.at); ++j) {
        if (parts[j].group != first.group) continue;
        parts[j].taken = true;
        const tap_index& at = parts[j].term.at;
        if (at.w < least.w) least.w = at.w;
        plan.term[static_cast<std::size_t>(plan.terms++)] = parts[j].term;
      }
      result.add({first.group, named(begin, least)});
    }
    return result;
  }

  /// The terms from `begin` on as one array, from `least` on; they are dropped where that is there already, or is no
  /// sum.
  constexpr sum_term named(index_t begin, const tap_index& least) {
    const index_t count = plan.terms - begin;
    const auto term = [&](index_t i) -> sum_term& { return plan.term[static_cast<std::size_t>(begin + i)]; };
    if (count == 1) {
      plan.terms = begin;
      return term(0);
    }
    const bool negated = term(0).negated;
    for (index_t i = 0; i < count; ++i) {
      sum_term& t = term(i);
      t.at = {0, t.at.h - least.h, t.at.w - least.w};
      t.negated = t.negated != negated;
    }
    for (index_t a = 1; a < plan.arrays; ++a) {
      if (!same(plan.of(a), begin, count)) continue;
      plan.terms = begin;
      return {a, least, negated};
    }
    add_array(begin);
    return {plan.arrays - 1, least, negated};
  }

  constexpr bool same(const sum_array& a, index_t begin, index_t count) const {
    if (a.terms != count) return false;
    for (index_t i = 0; i < count; ++i) {
      if (!(plan.term_of(a, i) == plan.term[static_cast<std::size_t>(begin + i)])) return false;
    }
    return true;
  }

  constexpr void add_array(index_t begin) {
    sum_array& a = plan.array[static_cast<std::size_t>(plan.arrays++)];
    a = {begin, plan.terms - begin};
    for (index_t i = 0; i < a.terms; ++i) {
      const sum_term& t = plan.term_of(a, i);
      const sum_array& source = plan.of(t.array);
      if (a.reach_h < source.reach_h + t.at.h) a.reach_h = source.reach_h + t.at.h;
      if (a.reach_w < source.reach_w + t.at.w) a.reach_w = source.reach_w + t.at.w;
    }
  }

  /// Each group from its planes: what has one, and is not negated, is multiplied where it lies.
  constexpr void sum_planes(uses& planes) {
    for (index_t i = 0; i < planes.count; ++i) {
      if (planes[i].taken) continue;
      const index_t group = planes[i].group, begin = plan.terms;
      for (index_t j = i; j < planes.count; ++j) {
        if (planes[j].group != group) continue;
        planes[j].taken = true;
        const sum_term& t = planes[j].term;
        plan.array[static_cast<std::size_t>(t.array)].kept = true;
        plan.term[static_cast<std::size_t>(plan.terms++)] = t;
      }
      sum_term& product = plan.group[static_cast<std::size_t>(group)];
      if (plan.terms == begin + 1 && !planes[i].term.negated) {
        plan.terms = begin;
        product = planes[i].term;
      } else {
        add_array(begin);
        product = {plan.arrays - 1, {}, false};
      }
    }
  }
};

/// The plan for the groups of a table of a kernel's taps, with its products in the order of the packed weight: that of
/// the weight's taps.
template <std::size_t Count>
[[nodiscard]] constexpr auto plan_sums(const std::array<known_tap, Count>& table, const extents& kernel,
                                       tap_numbering order) {
  auto plan = sum_planner<static_cast<index_t>(Count)>(tied_groups_of(table, order), kernel).plan;
  if (order == tap_numbering::mirrored) std::reverse(plan.group.begin(), plan.group.begin() + plan.groups);
  return plan;
}

/// A plan as the loops read it, whatever its number of taps.
struct sums_view {
  const sum_array* array = nullptr;
  const sum_term* term = nullptr;
  const sum_term* group = nullptr;
  index_t planes = 1, arrays = 1, groups = 0;
  sum_sort kept, passing, along_d;

  template <index_t Count>
  static constexpr sums_view of(const sum_plan<Count>& p) {
    return {p.array.data(), p.term.data(), p.group.data(), p.planes, p.arrays, p.groups, p.kept, p.passing, p.along_d};
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
