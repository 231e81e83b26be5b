// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Runs a plan over an array, one node at a time: constexpr kernels, and the specification of the SIMD sweep.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/applied.hpp>
#include <espalier/checked_number.hpp>
#include <espalier/config.hpp>
#include <espalier/element_range.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/parameter_check.hpp>
#include <espalier/plan.hpp>
#include <espalier/policy.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table_rules.hpp>
#include <espalier/threshold_search.hpp>
#include <espalier/wide_evaluation.hpp>
#include <espalier/wide_number.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The interpreter. Values are kept per scope: a block's scalars for every block, a filter's for every filter. What
/// left the range of `T` is computed again on wide numbers, as in the sweep.
template <class F, class T>
class evaluator {
  using schedule = plan<F>;
  static constexpr const graph& g = F::value;
  static constexpr std::size_t nodes = static_cast<std::size_t>(g.size);
  using values = std::array<T, nodes>;
  static constexpr tap_order order{F::value.shape.kernel.volume()};

 public:
  /// Writes the constrained weight of `in` to `out`; both have `g.shape.size()` elements and may be the same array.
  /// `parameters` holds the numbers of the names in the order of `number_offset`.
  /// `incoming` is the gradient of the constrained weight, for a formula that is a gradient.
  constexpr void operator()(const T* in, T* out, const T* parameters, const T* incoming = nullptr) {
    incoming_ = incoming;
    take_numbers(parameters);
    wide_evaluation<T> wide(wide_program_of<F>, parameters, wide_inputs_.data());
    for (int p = 0; p < schedule::passes; ++p) {
      compute(schedule::scalars({p}, scope::whole), whole_, 0, 0);
      start(schedule::reductions(p, scope::whole), whole_);
      start_inputs(p);
      if (p == schedule::passes - 1) {
        decide_what_is_redone(p, in);
        if (schedule::reach == scope::whole && redone_[0]) wide.see_whole(in, incoming);
      }
      for (index_t f = 0; f < g.shape.out; ++f) pass_over_filter(p, f, in, out, wide);
      finish_inputs(p);
      compute(schedule::scalars({p, scope::whole}, scope::whole), whole_, 0, 0);
    }
  }

 private:
  static constexpr std::size_t at(index_t i) { return static_cast<std::size_t>(i); }
  constexpr void take_numbers(const T* parameters) {
    for (int id = 0; id < g.size; ++id) {
      const node& n = g[id];
      const bool fixed = n.op == operation::constant || n.op == operation::epsilon || n.op == operation::known_sum;
      if (fixed) whole_[at(id)] = static_cast<T>(n.value);
      if (n.op != operation::parameter) continue;
      const number_stretch& s = number_table<F>::stretches[n.name()];
      for (index_t block = 0; block < g.shape.blocks(); ++block) {
        values& part = n.level == scope::block    ? blocks_[at(block)]
                       : n.level == scope::filter ? filters_[at(block / g.shape.in)]
                                                  : whole_;
        part[at(id)] = parameters[s.offset + number_of_block(s.part, block, g.shape.in)];
      }
    }
  }

  using watch = range_watch<F, T>;
  /// Blocks that are computed again together, by the first of them.
  static constexpr index_t together = schedule::reach == scope::block    ? 1
                                      : schedule::reach == scope::filter ? g.shape.in
                                                                         : g.shape.blocks();
  constexpr void decide_what_is_redone(int p, const T* in) {
    for (index_t f = 0; f < g.shape.out; ++f) compute(schedule::scalars({p}, scope::filter), filters_[at(f)], f, 0);
    for (index_t first = 0; first < g.shape.blocks(); first += together) {
      range_verdict verdict;
      for (index_t block = first; block < first + together; ++block) {
        const index_t f = block / g.shape.in;
        compute(schedule::scalars({p}, scope::block), blocks_[at(block)], f, block);
        for (const watched_scalar& s : watch::scalars) {
          s.look(verdict, scalar(s.id, f, block), scalar(s.a, f, block), scalar(s.b, f, block));
        }
      }
      const index_t length = g.shape.kernel.volume(), from = first * length;
      redone_[at(first)] = is_out_of_range(verdict, watch::sum.products, in + from,
                                           is_gradient ? incoming_ + from : nullptr, together * length, is_gradient);
    }
  }

  constexpr void pass_over_filter(int p, index_t f, const T* in, T* out, wide_evaluation<T>& wide) {
    compute(schedule::scalars({p}, scope::filter), filters_[at(f)], f, 0);
    start(schedule::reductions(p, scope::filter), filters_[at(f)]);
    std::array<node_ids, at(schedule::classes.count)> per_tap{};
    for (int c = 0; c < schedule::classes.count; ++c) per_tap[at(c)] = schedule::tap_nodes(p, c);
    for (index_t i = 0; i < g.shape.in; ++i) {
      const index_t block = f * g.shape.in + i;
      if (p == schedule::passes - 1 && redone_[at(block / together * together)]) {
        // Of a filter, and of the whole weight filter by filter.
        const index_t blocks = schedule::reach == scope::block ? 1 : g.shape.in;
        const index_t from = block * g.shape.kernel.volume();
        wide.write_column(in + from, is_gradient ? incoming_ + from : nullptr, block, blocks, out + from);
        i += blocks - 1;
        continue;
      }
      values& scalars = blocks_[at(block)];
      compute(schedule::scalars({p}, scope::block), scalars, f, block);
      const node_ids reduced = schedule::reductions(p, scope::block);
      for (values& lane : lanes_) start(reduced, lane);
      for (index_t step = 0; step < order.taps; ++step) {
        const index_t t = order.tap_at(step);
        const int c = schedule::classes.class_of(g, t);
        visit_tap(p, c, per_tap[at(c)], f, block, t, lanes_[at(order.lane_of(t))], in, out);
      }
      for (index_t half = order.lanes / 2; half > 0; half /= 2) {
        for (index_t lane = 0; lane < half; ++lane) {
          for (int id : reduced) add_to(g[id].op, lanes_[at(lane)][at(id)], lanes_[at(lane + half)][at(id)]);
        }
      }
      for (int id : reduced) scalars[at(id)] = lanes_[0][at(id)];
      if constexpr (schedule::has_thresholds) find_thresholds(p, f, block, in);
      compute(schedule::scalars({p, scope::block}, scope::block), scalars, f, block);
      accumulate(schedule::reductions(p, scope::filter), filters_[at(f)], scalars);
      if constexpr (schedule::has_inputs) accumulate(schedule::reductions(p, scope::input), inputs_[at(i)], scalars);
    }
    compute(schedule::scalars({p, scope::filter}, scope::filter), filters_[at(f)], f, 0);
    accumulate(schedule::reductions(p, scope::filter, scope::whole), whole_, filters_[at(f)]);
  }
  constexpr void start_inputs(int p) {
    for (index_t i = 0; schedule::has_inputs && i < g.shape.in; ++i) {
      compute(schedule::scalars({p}, scope::input), inputs_[at(i)], 0, i);
      start(schedule::reductions(p, scope::input), inputs_[at(i)]);
    }
  }
  constexpr void finish_inputs(int p) {
    for (index_t i = 0; schedule::has_inputs && i < g.shape.in; ++i) {
      compute(schedule::scalars({p, scope::input}, scope::input), inputs_[at(i)], 0, i);
      accumulate(schedule::reductions(p, scope::input, scope::whole), whole_, inputs_[at(i)]);
    }
  }

  constexpr void find_thresholds(int p, index_t f, index_t block, const T* in) {
    for (int id : schedule::thresholds(p)) blocks_[at(block)][at(id)] = threshold(g[id], f, block, in);
  }
  constexpr T threshold(const node& n, index_t f, index_t block, const T* in) const {
    const node_ids parts = schedule::parts_of(n.a);
    std::array<checked_number<T>, at(g.shape.kernel.volume())> x{};
    index_t count = 0;
    for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
      if (!g.contains(n.regions, t)) continue;
      const int c = schedule::classes.class_of(g, t);
      values v{};
      see_tap(c, parts, f, block, t, in, v);
      x[at(count++)] = checked_number<T>::of(value_of(n.a, c, v, f, block));
    }
    const auto largest = checked_number<T>::of(scalar(n.c, f, block)), c = checked_number<T>::of(scalar(n.b, f, block));
    return search_threshold(count, [&x](index_t i) { return x[at(i)]; }, largest, c).value;
  }

  constexpr void visit_tap(int p, int c, const node_ids& per_tap, index_t f, index_t block, index_t t, values& lane,
                           const T* in, T* out) {
    values v{};
    see_tap(c, per_tap, f, block, t, in, v);
    const auto read = [&](int id) { return value_of(id, c, v, f, block); };
    for (int id : schedule::reductions(p, scope::block)) {
      if (g[id].partition > 0 && g.groups_of(g[id].partition)[t] != g[id].group) continue;
      values& total = g[id].partition > 0 ? lanes_[0] : lane;  // of a group in the order of its taps
      if (schedule::classes[c].in(g[id].regions)) add_to(g[id].op, total[at(id)], read(g[id].a));
    }
    if (p == schedule::passes - 1) out[block * g.shape.kernel.volume() + t] = read(g.output);
  }
  /// The values of the nodes in `per_tap` at tap `t`, which is of class `c`.
  constexpr void see_tap(int c, const node_ids& per_tap, index_t f, index_t block, index_t t, const T* in,
                         values& v) const {
    const index_t position = block * g.shape.kernel.volume() + t;
    const auto read = [&](int id) { return value_of(id, c, v, f, block); };
    for (int id : per_tap) {
      if (g[id].op == operation::tap) {
        v[at(id)] = in[position];
      } else if (g[id].op == operation::incoming) {
        v[at(id)] = incoming_[position];
      } else if (g[id].op == operation::inside) {
        v[at(id)] = schedule::classes[c].in(g[id].regions) ? T{1} : T{0};
      } else if (g[id].op == operation::table) {
        v[at(id)] = static_cast<T>(g.table_value(g[id].table(), t));
      } else if (g[id].op == operation::spread) {
        v[at(id)] = scalar(g[id].a + g.groups_of(g[g[id].a].partition)[t], f, block);
      } else {
        v[at(id)] = applied<T, g.has_functions()>(g[id], read);
      }
    }
  }

  [[nodiscard]] constexpr T value_of(int id, int c, const values& v, index_t f, index_t block) const {
    const int r = schedule::resolve(id, c);
    return g[r].level == scope::tap ? v[at(r)] : scalar(r, f, block);
  }
  [[nodiscard]] constexpr T scalar(int id, index_t f, index_t block) const {
    const scope level = g[id].level;
    if constexpr (schedule::has_inputs) {
      if (level == scope::input) return inputs_[at(block % g.shape.in)][at(id)];
    }
    return level == scope::block ? blocks_[at(block)][at(id)]
                                 : (level == scope::filter ? filters_[at(f)][at(id)] : whole_[at(id)]);
  }

  constexpr void compute(const node_ids& ids, values& into, index_t f, index_t block) {
    for (int id : ids)
      into[at(id)] = applied<T, g.has_functions()>(g[id], [&](int operand) { return scalar(operand, f, block); });
  }
  static constexpr void start(const node_ids& ids, values& into) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    for (int id : ids) {
      into[at(id)] = g[id].op == operation::smallest ? infinity : g[id].op == operation::largest ? -infinity : T{0};
    }
  }
  static constexpr void accumulate(const node_ids& ids, values& into, const values& from) {
    for (int id : ids) add_to(g[id].op, into[at(id)], from[at(g[id].a)]);
  }
  static constexpr bool is_gradient = g.is_gradient;
  const T* incoming_ = nullptr;
  std::array<values, at(tap_order::most_lanes)> lanes_{};  // of the reductions over the block at hand
  values whole_{};
  std::array<values, at(g.shape.out)> filters_{};
  std::array<values, at(g.shape.blocks())> blocks_{};
  static constexpr index_t inputs = schedule::has_inputs ? g.shape.in : 0;
  std::array<values, at(inputs)> inputs_{};
  std::array<wide_number, at(wide_program_of<F>.inputs_size())> wide_inputs_{};
  std::array<bool, at(g.shape.blocks())> redone_{};
};

/// Rejects a block, or a list of parameters, of the wrong length.
template <std::size_t Taps, extents Kernel>
concept OneElementPerTap = Taps == static_cast<std::size_t>(Kernel.volume());
template <std::size_t Parameters, class F>
concept OneNumberPerName = Parameters == static_cast<std::size_t>(F::value.parameter_count);

template <class F, std::size_t Taps, std::size_t Parameters>
struct explain_evaluation {
  static_assert(OneElementPerTap<Taps, F::value.shape.kernel>,
                "ESP-035: the array does not have one element per tap; its size is the product of the kernel extents");
  static_assert(OneNumberPerName<Parameters, F>,
                "ESP-036: the number of parameters after the block differs from the number of names in the formula; "
                "pass one number per param<\"name\">, in the order of the formula");
  static constexpr bool value = OneElementPerTap<Taps, F::value.shape.kernel> && OneNumberPerName<Parameters, F>;
};
template <class F, std::size_t Taps, std::size_t Parameters>
inline constexpr bool can_evaluate = explain_evaluation<F, Taps, Parameters>::value;

}  // namespace detail

/// The constrained value of one kernel block of extents `Kernel`, in constant expressions and at run time.
///
/// `evaluate<modes::unit_l2, 3>(std::array<float, 27>{...})`; named parameters follow the block, in the order in which
/// the formula names them; one that breaks the rule of a policy that uses it is no constant expression, and throws
/// `refused_number` at run time. Cost: an interpreter, about 50 ns a tap at run time; layers run the same plan with
/// SIMD. Example: examples/custom_constraint.cpp
template <auto Prior, extents Kernel, class T, std::size_t N, class... Parameters>
[[nodiscard]] constexpr std::array<T, N> evaluate(const std::array<T, N>& block, Parameters... parameters) {
  using f =
      detail::formula<detail::required_policy<decltype(Prior)>, weight_shape{.out = 1, .in = 1, .kernel = Kernel}>;
  std::array<T, N> result{};
  if constexpr (detail::usable_tables<f>::value && detail::can_evaluate<f, N, sizeof...(Parameters)> &&
                detail::fitting_numbers<f, T>::value) {
    const T given[sizeof...(Parameters) + 1]{static_cast<T>(parameters)...};
    T named[sizeof...(Parameters) + 1]{};
    for (int i = 0; i < f::value.parameter_count; ++i) named[detail::number_offset(f::value, i)] = given[i];
    constexpr unsigned all = (1u << sizeof...(Parameters)) - 1;
    const auto found = detail::parameter_check<f, T>::find_given(named, all);
    if (found.broken >= 0) throw detail::refused_number(found.rule);
    detail::evaluator<f, T>{}(block.data(), result.data(), named);
  }
  return result;
}

}  // namespace esp::inline ESPALIER_ABI
