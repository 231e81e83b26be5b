// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A plan run on wide numbers, for the parts of a weight where an intermediate result leaves the range of its type.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/moment.hpp>
#include <espalier/node.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/wide_number.hpp>
#include <espalier/wide_program.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// The interpreter: the formula as dsl/espalier/evaluate.hpp runs it, each operation on wide numbers, the results
/// rounded once to `T`. One function for all formulas; nothing but the scalars of one block, its filter and the input
/// channels is kept, so that scalars are found again in every pass. Cost: some 10 ns a node and tap.
template <class T>
class wide_evaluation {
 public:
  /// `parameters` holds the numbers of the names in the order of `number_offset`; `inputs` has `inputs_size()` numbers.
  ESPALIER_COLD constexpr wide_evaluation(const wide_program& program, const T* parameters,
                                          wide_number* inputs = nullptr)
      : p_(program), parameters_(parameters), inputs_(inputs) {
    for (int id = 0; id < p_.size; ++id) {
      const wide_node& n = node_at(id);
      if (n.op == operation::constant || n.op == operation::epsilon || n.op == operation::known_sum)
        value_[at(id)] = constant(n.value);
    }
    take_numbers(p_, scope::whole, 0, parameters_, value_.data());
    compute({}, scope::whole);
  }

  /// Finds what is known of the whole weight, for a formula that reduces so far. All of it must still be as it was.
  ESPALIER_COLD constexpr void see_whole(const T* in, const T* incoming) {
    const index_t length = p_.in * p_.taps;
    for (int pass = 0; pass < p_.passes - 1; ++pass) {
      compute({pass}, scope::whole);
      start(pass, scope::whole);
      for_inputs([&] {
        compute({pass}, scope::input);
        start(pass, scope::input);
      });
      for (index_t f = 0; f < p_.out; ++f) {
        see_filter(in + f * length, moved(incoming, f * length), f * p_.in, p_.in, pass, p_.has_inputs);
        accumulate(pass, scope::filter, scope::whole);
      }
      for_inputs([&] {
        compute({pass, scope::input}, scope::input);
        accumulate(pass, scope::input, scope::whole);
      });
      compute({pass, scope::whole}, scope::whole);
    }
    compute({p_.passes - 1}, scope::whole);
    for_inputs([&] { compute({p_.passes - 1}, scope::input); });
  }

  /// Writes the result of `blocks` blocks, one or all of a filter, from number `first` of the weight on, to `out`,
  /// whose elements are `stride` apart; `out` may be where the block or its incoming gradient is.
  ESPALIER_COLD constexpr void write_column(const T* in, const T* incoming, index_t first, index_t blocks, T* out,
                                            index_t stride = 1) {
    const int last = p_.passes - 1;
    see_filter(in, incoming, first, blocks, last - 1);
    compute({last}, scope::filter);
    for (index_t b = 0; b < blocks; ++b) {
      take_input(b);
      see_block(in, incoming, first + b, last - 1);
      compute({last}, scope::block);
      for (index_t t = 0; t < p_.taps; ++t, out += stride) {
        see_tap(in, incoming, t, last);
        *out = value_[at(p_.output)].template to<T>();
      }
      in += p_.taps;
      incoming = moved(incoming, p_.taps);
    }
  }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] constexpr const wide_node& node_at(int id) const { return p_.nodes[id]; }
  [[nodiscard]] constexpr const T* moved(const T* incoming, index_t by) const {
    return p_.is_gradient ? incoming + by : incoming;
  }
  /// As the sweep rounds it, unless nothing of it would be left.
  ESPALIER_COLD static constexpr wide_number constant(double value) {
    const wide_number rounded(double(wide_number(value).to<T>()));
    const double smallest = static_cast<double>(std::numeric_limits<T>::min());
    const double largest = static_cast<double>(std::numeric_limits<T>::max());
    const bool fits =
        value == 0 || (value >= smallest && value <= largest) || (value <= -smallest && value >= -largest);
    return fits ? rounded : wide_number(value);
  }

  /// Calls `body` for each input channel with its values in place, and keeps what becomes of them.
  template <class Body>
  constexpr void for_inputs(const Body& body) {
    for (index_t i = 0; p_.has_inputs && i < p_.in; ++i) {
      take_input(i);
      body();
      keep_input(i);
    }
  }
  constexpr void take_input(index_t i) {
    exchange_input(i, [](wide_number& here, wide_number& kept) { here = kept; });
  }
  constexpr void keep_input(index_t i) {
    exchange_input(i, [](wide_number& here, wide_number& kept) { kept = here; });
  }
  template <class Move>
  constexpr void exchange_input(index_t i, const Move& move) {
    for (int id = 0; p_.has_inputs && id < p_.size; ++id) {
      if (node_at(id).level == scope::input) move(value_[at(id)], inputs_[i * p_.size + id]);
    }
  }

  /// The scalars of a filter up to the end of pass `last`; its blocks enter the sums over input channels if it `adds`.
  ESPALIER_COLD constexpr void see_filter(const T* in, const T* incoming, index_t first, index_t blocks, int last,
                                          bool adds = false) {
    if (!has(scope::filter) && !adds) return;
    take_numbers(p_, scope::filter, first, parameters_, value_.data());
    for (int pass = 0; pass <= last; ++pass) {
      compute({pass}, scope::filter);
      start(pass, scope::filter);
      for (index_t b = 0; b < blocks; ++b) {
        take_input(b);
        see_block(in + b * p_.taps, moved(incoming, b * p_.taps), first + b, pass);
        accumulate(pass, scope::block, scope::filter);
        if (!adds || pass != last) continue;
        accumulate(pass, scope::block, scope::input);
        keep_input(b);
      }
      compute({pass, scope::filter}, scope::filter);
    }
  }
  ESPALIER_NO_INLINE constexpr void see_block(const T* in, const T* incoming, index_t block, int last) {
    take_numbers(p_, scope::block, block, parameters_, value_.data());
    for (int pass = 0; pass <= last; ++pass) {
      compute({pass}, scope::block);
      start(pass, scope::block);
      for (index_t t = 0; t < p_.taps; ++t) {
        see_tap(in, incoming, t, pass);
        for (int id = 0; id < p_.size; ++id) {
          const wide_node& n = node_at(id);
          if (!reduces_at(n, pass, scope::block) || (n.regions & members(t)) != n.regions) continue;
          if (n.partition == 0 || group_of(n.partition, t) == n.group) add(n, id);
        }
      }
      for (int id = 0; id < p_.size; ++id) {
        if (node_at(id).op == operation::threshold && node_at(id).pass == pass) find_threshold(in, incoming, id);
      }
      compute({pass, scope::block}, scope::block);
    }
  }
  ESPALIER_COLD constexpr void find_threshold(const T* in, const T* incoming, int id) {
    const wide_node& n = node_at(id);
    index_t count = 0;
    for (index_t t = 0; t < p_.taps; ++t) count += (n.regions & members(t)) == n.regions ? 1 : 0;
    // The values come in the order of the taps, over and over again: from the first one, or after the one before.
    struct values_of_taps final : wide_values {
      wide_evaluation& all;
      const T *in, *incoming;
      const wide_node& n;
      index_t tap = -1;

      constexpr values_of_taps(wide_evaluation& e, const T* weights, const T* gradients, const wide_node& reduction)
          : all(e), in(weights), incoming(gradients), n(reduction) {}
      constexpr wide_number at(index_t number) override {
        if (number == 0) tap = -1;
        do ++tap;
        while ((n.regions & all.members(tap)) != n.regions);
        all.see_tap(in, incoming, tap, n.pass);
        return all.value_[wide_evaluation::at(n.a)];
      }
    };
    values_of_taps values(*this, in, incoming, n);
    value_[at(id)] = p_.threshold(count, values, value_[at(n.c)], value_[at(n.b)]);
  }
  ESPALIER_NO_INLINE constexpr void see_tap(const T* in, const T* incoming, index_t t, int pass) {
    for (int id = 0; id < p_.size; ++id) {
      const wide_node& n = node_at(id);
      if (n.level != scope::tap || moment{pass} < known(n)) continue;
      if (n.op == operation::tap) {
        value_[at(id)] = wide_number(double(in[t]));
      } else if (n.op == operation::incoming) {
        value_[at(id)] = wide_number(double(incoming[t]));
      } else if (n.op == operation::inside) {
        value_[at(id)] = truth((n.regions & members(t)) == n.regions);
      } else if (n.op == operation::spread) {
        value_[at(id)] = value_[at(n.a + group_of(node_at(n.a).partition, t))];
      } else if (n.op == operation::table) {
        value_[at(id)] = constant(p_.tables[static_cast<index_t>(n.value) * p_.taps + t]);
      } else {
        value_[at(id)] = applied(n);
      }
    }
  }
  [[nodiscard]] constexpr int group_of(int partition, index_t t) const {
    return p_.groups[(partition - 1) * p_.taps + t];
  }
  [[nodiscard]] constexpr region_set members(index_t t) const { return p_.members == nullptr ? 0u : p_.members[t]; }
  [[nodiscard]] constexpr bool has(scope level) const {
    for (int id = 0; id < p_.size; ++id) {
      if (node_at(id).level == level) return true;
    }
    return false;
  }
  static constexpr moment known(const wide_node& n) { return {n.pass, n.phase}; }
  /// Scalars of `level` that become known at moment `t`.
  ESPALIER_NO_INLINE constexpr void compute(const moment& t, scope level) {
    for (int id = 0; id < p_.size; ++id) {
      const wide_node& n = node_at(id);
      if (n.level == level && known(n) == t && !is_reduction(n.op) && !is_leaf(n.op)) value_[at(id)] = applied(n);
    }
  }
  static constexpr bool reduces_at(const wide_node& n, int pass, scope level) {
    return is_reduction(n.op) && n.level == level && n.pass == pass;
  }
  ESPALIER_NO_INLINE constexpr void start(int pass, scope level) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (int id = 0; id < p_.size; ++id) {
      const operation op = node_at(id).op;
      if (!reduces_at(node_at(id), pass, level)) continue;
      value_[at(id)] = op == operation::smallest ? infinity : op == operation::largest ? -infinity : 0.0;
    }
  }
  ESPALIER_COLD constexpr void accumulate(int pass, scope from, scope level) {
    for (int id = 0; id < p_.size; ++id) {
      const wide_node& n = node_at(id);
      if (reduces_at(n, pass, level) && node_at(n.a).level == from) add(n, id);
    }
  }
  constexpr void add(const wide_node& n, int id) {
    const wide_number x = value_[at(n.a)];
    wide_number& total = value_[at(id)];
    if (n.op == operation::sum) total = total + x;
    if (n.op == operation::smallest && (x < total || x.is_nan())) total = x;
    if (n.op == operation::largest && (total < x || x.is_nan())) total = x;
  }

  static constexpr wide_number truth(bool yes) { return yes ? 1.0 : 0.0; }
  [[nodiscard]] ESPALIER_NO_INLINE constexpr wide_number applied(const wide_node& n) const {
    const wide_number zero = 0.0;
    const wide_number a = n.a < 0 ? zero : value_[at(n.a)];
    const wide_number b = n.b < 0 || n.op == operation::detour ? zero : value_[at(n.b)];
    switch (n.op) {
      case operation::add:
        return a + b;
      case operation::subtract:
        return a - b;
      case operation::multiply:
        return a * b;
      case operation::divide:
        return a / b;
      case operation::negate:
        return -a;
      case operation::sqrt:
        return square_root(a);
      case operation::abs:
        return (-a).is_positive() ? -a : a + zero;  // -0 becomes 0
      case operation::min:
        return b < a ? b : a;
      case operation::max:
        return a < b ? b : a;
      case operation::less:
        return truth(a < b);
      case operation::less_equal:
        return truth(a <= b);
      case operation::negation:
        return truth(!a.is_positive());
      case operation::conjunction:
        return truth(a.is_positive() && b.is_positive());
      case operation::disjunction:
        return truth(a.is_positive() || b.is_positive());
      case operation::select:
        return a.is_positive() ? b : value_[at(n.c)];
      default:
        return is_function(n.op) ? p_.function(n.op, a) : a;
    }
  }

  wide_program p_;
  const T* parameters_;
  wide_number* inputs_ = nullptr;  // of each input channel in turn, a number for each node
  std::array<wide_number, graph::capacity> value_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
