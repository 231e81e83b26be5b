// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A formula's graph run in `long double` over a whole weight, with a bound of the error that rounding to `T` makes.
#pragma once

#include <algorithm>
#include <cmath>
#include <espalier/graph.hpp>
#include <limits>
#include <vector>

#include "support/units.hpp"

namespace support {

/// Whether `long double` has an exponent that no test here leaves: else it is no reference.
inline constexpr bool has_wide_reference = std::numeric_limits<long double>::max_exponent > 8 * 1024;

/// A value, and what rounding on the way may have changed, in units of the type's rounding. `unsure` marks a value that
/// depends on a comparison which rounding may turn, or is no number.
struct bounded {
  long double value = 0;
  long double error = 0;
  bool unsure = false;
};

/// Node by node over all taps, without passes, tiles or simplifications of the order: shares no code with the library
/// but the graph.
class wide_reference {
 public:
  template <class T>
  wide_reference(const esp::graph& g, const T* weight, const T* incoming, const std::vector<T>& parameters)
      : g_(g), values_(static_cast<std::size_t>(g.size)) {
    const auto size = static_cast<std::size_t>(g.shape.size());
    for (int id = 0; id < g.size; ++id) {
      const esp::node& n = g[id];
      std::vector<bounded>& v = values_[static_cast<std::size_t>(id)];
      v.resize(size);
      for (std::size_t i = 0; i < size; ++i) {
        bounded& x = v[i];
        if (n.op == esp::operation::tap) {
          x.value = weight[i];
        } else if (n.op == esp::operation::incoming) {
          x.value = incoming[i];
        } else if (n.op == esp::operation::constant || n.op == esp::operation::epsilon) {
          x.value = n.value;
          x.error = std::fabs(x.value);
        } else if (n.op == esp::operation::parameter) {
          x.value = parameters[static_cast<std::size_t>(n.value)];
        } else if (n.op == esp::operation::inside) {
          x.value = g.contains(n.regions, static_cast<esp::index_t>(i) % g.shape.kernel.volume()) ? 1 : 0;
        } else if (!n.is_reduction()) {
          x = applied(n, i);
        }
      }
      if (n.op == esp::operation::threshold) {
        find_thresholds(n, v);
      } else if (n.is_reduction()) {
        reduce(n, v);
      }
    }
  }
  [[nodiscard]] const std::vector<bounded>& result() const { return values_[static_cast<std::size_t>(g_.output)]; }

 private:
  [[nodiscard]] const bounded& at(int id, std::size_t i) const { return values_[static_cast<std::size_t>(id)][i]; }
  static bounded made(long double value, long double error, bool unsure) {
    return {value, error + std::fabs(value), unsure || !std::isfinite(value)};
  }
  static bounded truth(bool yes, bool unsure) { return {yes ? 1.0L : 0.0L, 0, unsure}; }
  /// The relative error of `T` is at most 2^-24, and bounds are in its units.
  static bool near(const bounded& a, const bounded& b) {
    return std::fabs(a.value - b.value) <= (a.error + b.error) * 0x1p-20L && a.value != b.value;
  }

  [[nodiscard]] bounded applied(const esp::node& n, std::size_t i) const {
    using esp::operation;
    const bounded none;
    const bounded &a = n.a < 0 ? none : at(n.a, i), &b = n.b < 0 ? none : at(n.b, i), &c = n.c < 0 ? none : at(n.c, i);
    const bool unsure = a.unsure || b.unsure;
    const bool ties = unsure || near(a, b) || (a.value == b.value && a.error + b.error > 0);
    switch (n.op) {
      case operation::add:
        return made(a.value + b.value, a.error + b.error, unsure);
      case operation::subtract:
        return made(a.value - b.value, a.error + b.error, unsure);
      case operation::multiply:
        return made(a.value * b.value, std::fabs(a.value) * b.error + std::fabs(b.value) * a.error, unsure);
      case operation::divide: {
        const long double q = a.value / b.value;
        return made(q, (a.error + std::fabs(q) * b.error) / std::fabs(b.value), unsure);
      }
      case operation::sqrt: {
        const long double r = std::sqrt(a.value);
        return made(r, r == 0 ? 0 : a.error / (2 * r), unsure);
      }
      case operation::exp:
      case operation::log:
      case operation::tanh:
      case operation::sigmoid:
      case operation::softplus:
        return function(n.op, a);
      case operation::negate:
        return {-a.value, a.error, unsure};
      case operation::abs:
        return {std::fabs(a.value), a.error, unsure};
      case operation::min:
      case operation::max: {
        const bool first = n.op == operation::min ? a.value <= b.value : a.value >= b.value;
        return {first ? a.value : b.value, std::max(a.error, b.error), unsure};
      }
      case operation::less:
        return truth(a.value < b.value, ties);
      case operation::less_equal:
        return truth(a.value <= b.value, ties);
      case operation::negation:
        return truth(a.value == 0, unsure);
      case operation::conjunction:
        return truth(a.value != 0 && b.value != 0, unsure);
      case operation::disjunction:
        return truth(a.value != 0 || b.value != 0, unsure);
      case operation::detour:
        return a;
      case operation::spread: {
        const auto tap = static_cast<esp::index_t>(i % static_cast<std::size_t>(g_.shape.kernel.volume()));
        return at(n.a + g_.groups_of(g_[n.a].partition)[tap], i);
      }
      case operation::select: {
        const bounded& chosen = a.value != 0 ? b : c;
        return {chosen.value, chosen.error, a.unsure || chosen.unsure};
      }
      default:
        return {0, 0, true};
    }
  }

  /// Off by at most two units in the last place, and by its slope times what the argument is off by.
  static bounded function(esp::operation op, const bounded& a) {
    using esp::operation;
    const long double x = a.value, e = std::exp(x), s = exact_sigmoid(x), t = std::tanh(x);
    const long double value = op == operation::exp       ? e
                              : op == operation::log     ? std::log(x)
                              : op == operation::tanh    ? t
                              : op == operation::sigmoid ? s
                                                         : exact_softplus(x);
    const long double slope = op == operation::exp       ? e
                              : op == operation::log     ? 1 / x
                              : op == operation::tanh    ? 1 - t * t
                              : op == operation::sigmoid ? s * (1 - s)
                                                         : s;
    return made(value, a.error * std::fabs(slope) + 2 * std::fabs(value), a.unsure);
  }

  /// Which part of `level` element `i` is in, and how many elements one has of `size`.
  [[nodiscard]] std::size_t part_of(esp::scope level, std::size_t i, std::size_t taps) const {
    const auto in = static_cast<std::size_t>(g_.shape.in);
    return level == esp::scope::tap      ? i
           : level == esp::scope::block  ? i / taps
           : level == esp::scope::filter ? i / taps / in
           : level == esp::scope::input  ? i / taps % in
                                         : 0;
  }
  [[nodiscard]] std::size_t elements_of(esp::scope level, std::size_t taps, std::size_t size) const {
    const auto in = static_cast<std::size_t>(g_.shape.in);
    return level == esp::scope::tap      ? 1
           : level == esp::scope::block  ? taps
           : level == esp::scope::filter ? taps * in
           : level == esp::scope::input  ? size / in
                                         : size;
  }

  void reduce(const esp::node& n, std::vector<bounded>& v) const {
    const auto taps = static_cast<std::size_t>(g_.shape.kernel.volume());
    // What is reduced further is the same for all taps of a block, or all blocks of a channel: it counts once.
    const esp::scope from = g_[n.a].level;
    const std::size_t parts = v.size() / elements_of(n.level, taps, v.size());
    for (std::size_t p = 0; p < parts; ++p) {
      bounded total;
      long double largest = 0;
      bool first = true;
      std::vector<bool> seen(v.size() / elements_of(from, taps, v.size()));
      for (std::size_t i = 0; i < v.size(); ++i) {
        if (part_of(n.level, i, taps) != p || seen[part_of(from, i, taps)]) continue;
        seen[part_of(from, i, taps)] = true;
        const auto tap = static_cast<esp::index_t>(i % taps);
        if (n.partition > 0 && from == esp::scope::tap && g_.groups_of(n.partition)[tap] != n.group) continue;
        if (from == esp::scope::tap && !g_.contains(n.regions, tap)) continue;
        const bounded& x = at(n.a, i);
        total.unsure = total.unsure || x.unsure;
        if (n.op == esp::operation::sum) {
          total.value += x.value;
          total.error += x.error;
          largest += std::fabs(x.value);
        } else {
          const bool takes =
              first || (n.op == esp::operation::smallest ? x.value < total.value : total.value < x.value);
          if (takes) total.value = x.value;
          total.error = std::max(total.error, x.error);
        }
        first = false;
      }
      total.error += 4 * largest;
      for (std::size_t i = 0; i < v.size(); ++i) {
        if (part_of(n.level, i, taps) == p) v[i] = total;
      }
    }
  }

  /// By sorting: the first mean of the largest values, less their share of the sum, that the next value is below. It is
  /// off by what its values and its sum are off by, and unsure where a value may be above it or not.
  void find_thresholds(const esp::node& n, std::vector<bounded>& v) const {
    const auto taps = static_cast<std::size_t>(g_.shape.kernel.volume());
    for (std::size_t begin = 0; begin < v.size(); begin += taps) {
      std::vector<bounded> x;
      for (std::size_t t = 0; t < taps; ++t) {
        if (g_.contains(n.regions, static_cast<esp::index_t>(t))) x.push_back(at(n.a, begin + t));
      }
      std::sort(x.begin(), x.end(), [](const bounded& a, const bounded& b) { return a.value > b.value; });
      const bounded largest = at(n.c, begin), c = at(n.b, begin);
      bounded t{-c.value, c.error + 2 * std::fabs(c.value), largest.unsure || c.unsure};
      long double sum = 0;
      for (std::size_t k = 0; k < x.size(); ++k) {
        const long double below = x[k].value - largest.value;
        t.unsure = t.unsure || x[k].unsure;
        t.error = std::max(t.error, x[k].error + c.error + 4 * std::fabs(c.value));
        if (k > 0 && below <= t.value) break;
        sum += below;
        t.value = (sum - c.value) / static_cast<long double>(k + 1);
      }
      for (std::size_t i = begin; i < begin + taps; ++i) v[i] = t;
    }
  }

  const esp::graph& g_;
  std::vector<std::vector<bounded>> values_;
};

}  // namespace support
