// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/program.hpp"

#include <algorithm>
#include <espalier/operation.hpp>
#include <map>
#include <utility>

#include "drawn/enclosure_of_function.hpp"

namespace drawn {

using esp::index_t, esp::detail::operation, esp::detail::scope;

namespace {

std::size_t at(index_t i) { return static_cast<std::size_t>(i); }

/// Values that a level has in a weight of this shape.
index_t count_of(scope level, const esp::weight_shape& s) {
  return level == scope::tap      ? s.size()
         : level == scope::block  ? s.blocks()
         : level == scope::filter ? s.out
         : level == scope::input  ? s.in
                                  : 1;
}
/// Which of them element `e` of the weight reads, and the first element that reads value `k`.
index_t value_of(scope level, index_t e, const esp::weight_shape& s) {
  const index_t taps = s.kernel.volume();
  return level == scope::tap      ? e
         : level == scope::block  ? e / taps
         : level == scope::filter ? e / taps / s.in
         : level == scope::input  ? e / taps % s.in
                                  : 0;
}
index_t first_of(scope level, index_t k, const esp::weight_shape& s) {
  const index_t taps = s.kernel.volume();
  return level == scope::tap      ? k
         : level == scope::block  ? k * taps
         : level == scope::filter ? k * taps * s.in
         : level == scope::input  ? k * taps
                                  : 0;
}

template <class T>
enclosure<T> accumulated(operation op, enclosure<T> total, enclosure<T> x) {
  if (op == operation::sum) return total + x;
  if (x.is_nan() || total.is_nan()) return enclosure<T>::nan();
  return op == operation::smallest ? lesser(total, x) : greater(total, x);
}

/// The sum of so many terms of so much size together, rounded after each addition in any order. Long double is for the
/// exact sum, which has no order.
template <class T>
enclosure<T> in_any_order(enclosure<T> sum, T sizes, T terms) {
  if constexpr (sizeof(T) > sizeof(double)) return sum;
  if (sum.is_nan() || sum.is_unknown()) return sum;
  if (terms < 3) return sum;
  const T slack = sizes * terms * std::numeric_limits<T>::epsilon();
  if (!(sizes < enclosure<T>::infinity)) return enclosure<T>::unknown();
  return sum + enclosure<T>{-slack, slack};
}

}  // namespace

/// Over a reduction's part of the weight: every tap of its mask, or, from a coarser operand in a graph, every value. Of
/// groups, a value for each tap.
template <class T>
void machine<T>::reduce(const program& p, const instruction& i, value& result) {
  const value& x = values_[at(i.a)];
  const scope from = p.code[at(i.a)].level;
  const bool by_tap = !i.mask.empty(), in_groups = !i.groups.empty();
  const scope reach = in_groups ? i.reach : i.level;
  const index_t taps = p.shape.kernel.volume();
  const auto start = i.op == operation::sum        ? enclosure<T>::exactly(0)
                     : i.op == operation::smallest ? enclosure<T>::exactly(enclosure<T>::infinity)
                                                   : enclosure<T>::exactly(-enclosure<T>::infinity);
  struct total_of {
    enclosure<T> total;
    T sizes = 0, terms = 0;
  };
  std::map<std::pair<index_t, index_t>, total_of> totals;
  const auto key = [&](index_t e) {
    return std::pair{value_of(reach, e, p.shape), in_groups ? i.groups[at(e % taps)] : 0};
  };
  for (index_t e = 0; e < p.shape.size(); ++e) {
    if (by_tap ? !i.mask[at(e % taps)] : first_of(from, value_of(from, e, p.shape), p.shape) != e) continue;
    const enclosure<T>& term = x[at(value_of(from, e, p.shape))];
    total_of& t = totals.try_emplace(key(e), total_of{start}).first->second;
    t.total = accumulated(i.op, t.total, term);
    t.sizes += magnitude(term).hi;
    ++t.terms;
  }
  for (index_t k = 0; k < count_of(i.level, p.shape); ++k) {
    const auto found = totals.find(key(first_of(i.level, k, p.shape)));
    if (found == totals.end()) {
      result[at(k)] = start;
      continue;
    }
    const total_of& t = found->second;
    result[at(k)] = i.op == operation::sum ? in_any_order(t.total, t.sizes, t.terms) : t.total;
  }
}

template <class T>
void machine<T>::execute(const program& p, const instruction& i, const input& in, value& result) {
  const index_t count = count_of(i.level, p.shape);
  const index_t taps = p.shape.kernel.volume();
  const auto read = [&](int operand, index_t k) {
    return values_[at(operand)][at(value_of(p.code[at(operand)].level, first_of(i.level, k, p.shape), p.shape))];
  };
  const auto a = [&](index_t k) { return read(i.a, k); };
  const auto b = [&](index_t k) { return read(i.b, k); };
  const auto each = [&](const auto& f) {
    for (index_t k = 0; k < count; ++k) result[at(k)] = f(k);
  };
  const auto number = [](double v) {
    const T nearest = static_cast<T>(v);
    // Of a narrower T, the neighbours on both sides: which one the conversion takes depends on the rounding mode.
    if (static_cast<double>(nearest) == v || v != v) return enclosure<T>::exactly(nearest);
    return enclosure<T>{std::nextafter(nearest, -enclosure<T>::infinity), nearest};
  };
  if (esp::detail::is_function(i.op)) return each([&](index_t k) { return function_of(i.op, a(k)); });
  switch (i.op) {
    case operation::tap:
      return each([&](index_t k) { return number(in.weight[at(k)]); });
    case operation::constant: {
      const auto v = number(i.value);
      const T u = static_cast<T>(i.uncertainty);
      return each([&](index_t) { return u == 0 ? v : v * enclosure<T>{-(u - 1), 1 + u}; });
    }
    case operation::epsilon:
      return each([&](index_t) { return number(in.eps); });
    case operation::parameter:
      return each([&](index_t k) {
        const auto& numbers = in.numbers[at(static_cast<index_t>(i.value))];
        return number(numbers[at(k) % numbers.size()]);  // of an input channel, the same in every filter
      });
    case operation::add:
      return each([&](index_t k) { return a(k) + b(k); });
    case operation::subtract:
      return each([&](index_t k) { return a(k) - b(k); });
    case operation::multiply:
      return i.a == i.b ? each([&](index_t k) { return squared(a(k)); }) : each([&](index_t k) { return a(k) * b(k); });
    case operation::divide:
      return each([&](index_t k) {
        const enclosure<T> divisor = b(k);
        divided_by_zero_ = divided_by_zero_ || divisor.holds(0);
        return a(k) / divisor;
      });
    case operation::negate:
      return each([&](index_t k) { return -a(k); });
    case operation::sqrt:
      return each([&](index_t k) { return root(a(k)); });
    case operation::abs:
      return each([&](index_t k) { return magnitude(a(k)); });
    case operation::min:
      return each([&](index_t k) { return lesser(a(k), b(k)); });
    case operation::max:
      return each([&](index_t k) { return greater(a(k), b(k)); });
    case operation::select:
      return each([&](index_t k) { return chosen(a(k), b(k), read(i.c, k)); });
    case operation::less:
    case operation::less_equal:
      return each([&](index_t k) { return is_less(a(k), b(k), i.op == operation::less_equal); });
    case operation::negation:
      return each([&](index_t k) { return opposite(a(k)); });
    case operation::conjunction:
      return each([&](index_t k) { return both(a(k), b(k)); });
    case operation::disjunction:
      return each([&](index_t k) { return opposite(both(opposite(a(k)), opposite(b(k)))); });
    case operation::table:
      return each([&](index_t k) { return number(i.numbers[at(k % taps)]); });
    case operation::inside:
      return each([&](index_t k) { return truth<T>(true, i.mask[at(k % taps)]); });
    case operation::spread:
      return each([&](index_t k) { return read(i.a + static_cast<int>(i.groups[at(k % taps)]), k); });
    case operation::sum:
    case operation::smallest:
    case operation::largest:
      return reduce(p, i, result);
    default:
      return each([](index_t) { return enclosure<T>::unknown(); });
  }
}

template <class T>
const std::vector<enclosure<T>>& machine<T>::run(const program& p, const input& in) {
  divided_by_zero_ = false;
  values_.resize(std::max(values_.size(), p.code.size()));
  for (std::size_t i = 0; i < p.code.size(); ++i) {
    values_[i].resize(at(count_of(p.code[i].level, p.shape)));
    execute(p, p.code[i], in, values_[i]);
  }
  const scope level = p.code[at(p.output)].level;
  output_.resize(at(p.shape.size()));
  for (index_t t = 0; t < p.shape.size(); ++t) output_[at(t)] = values_[at(p.output)][at(value_of(level, t, p.shape))];
  return output_;
}

template class machine<long double>;
template class machine<double>;
template class machine<float>;

}  // namespace drawn
