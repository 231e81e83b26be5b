// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/program.hpp"

#include <algorithm>
#include <cmath>
#include <espalier/operation.hpp>
#include <functional>
#include <limits>

#include "drawn/enclosure_of_function.hpp"
#include "drawn/places.hpp"

namespace drawn {

using esp::index_t, esp::detail::operation, esp::detail::scope;

namespace {

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

/// Over a reduction's part of the weight: every tap of its mask, or, from a coarser operand in a graph, every value.
template <class T>
void machine<T>::reduce(const program& p, const instruction& i, value& result) {
  const value& x = values_[at(i.a)];
  const scope from = p.code[at(i.a)].level;
  const bool by_tap = !i.mask.empty();
  const index_t taps = p.shape.kernel.volume();
  const auto start = i.op == operation::sum        ? enclosure<T>::exactly(0)
                     : i.op == operation::smallest ? enclosure<T>::exactly(enclosure<T>::infinity)
                                                   : enclosure<T>::exactly(-enclosure<T>::infinity);
  std::fill(result.begin(), result.end(), start);
  std::vector<T> sizes(result.size(), T{0}), terms(result.size(), T{0});
  for (index_t v = 0; v < (by_tap ? p.shape.size() : count_of(from, p.shape)); ++v) {
    if (by_tap && !i.mask[at(v % taps)]) continue;
    const index_t t = by_tap ? v : first_tap_of(from, v, p.shape);
    const std::size_t k = at(value_of_tap(i.level, t, p.shape));
    const enclosure<T>& term = x[at(value_of_tap(from, t, p.shape))];
    result[k] = accumulated(i.op, result[k], term);
    sizes[k] += magnitude(term).hi;
    ++terms[k];
  }
  for (std::size_t k = 0; i.op == operation::sum && k < result.size(); ++k) {
    result[k] = in_any_order(result[k], sizes[k], terms[k]);
  }
}

/// One value for each tap: that of its group, in the part of the weight that the reduction runs over.
template <class T>
void machine<T>::reduce_in_groups(const program& p, const instruction& i, value& result) {
  const index_t taps = p.shape.kernel.volume();
  instruction one = i;
  one.groups.clear();
  one.level = i.reach;
  value totals(at(count_of(i.reach, p.shape)));
  for (int group = 0; group <= *std::max_element(i.groups.begin(), i.groups.end()); ++group) {
    for (index_t t = 0; t < taps; ++t) one.mask[at(t)] = i.mask[at(t)] && i.groups[at(t)] == group;
    reduce(p, one, totals);
    for (index_t t = 0; t < p.shape.size(); ++t) {
      if (i.groups[at(t % taps)] == group) result[at(t)] = totals[at(value_of_tap(i.reach, t, p.shape))];
    }
  }
}

template <class T>
T root_above(std::vector<T> y, T total) {
  std::sort(y.begin(), y.end(), std::greater<>{});
  T sum = 0, t = 0;
  for (std::size_t n = 0; n < y.size() && (n == 0 || y[n] > t); ++n) {
    sum += y[n];
    t = (sum - total) / static_cast<T>(n + 1);
  }
  return t;
}

/// Of one block. Each y that counts is within the total of the largest, so a few roundings of both for each of them are
/// what the root may be off, in whatever order it is found.
template <class T>
enclosure<T> machine<T>::threshold(const program& p, const instruction& i, index_t block) const {
  const index_t taps = p.shape.kernel.volume();
  const auto of = [&](int operand, index_t t) {
    return values_[at(operand)][at(value_of_tap(p.code[at(operand)].level, block * taps + t, p.shape))];
  };
  const enclosure<T> total = of(i.b, 0), largest = of(i.c, 0);
  std::vector<T> low, high;
  for (index_t t = 0; t < taps; ++t) {
    if (!i.mask[at(t)]) continue;
    const enclosure<T> y = of(i.a, t) - largest;
    if (y.is_nan() || y.is_unknown() || !(y.hi < enclosure<T>::infinity)) return enclosure<T>::unknown();
    low.push_back(y.lo);
    high.push_back(y.hi);
  }
  const bool is_sum = !total.is_nan() && !total.is_unknown() && total.lo > 0 && total.is_finite();
  if (low.empty() || !is_sum) return enclosure<T>::unknown();
  const T lowest = *std::max_element(low.begin(), low.end()), highest = *std::max_element(high.begin(), high.end());
  if (!(lowest > -enclosure<T>::infinity)) return enclosure<T>::unknown();
  const T n = static_cast<T>(low.size() + 4);
  // Where a sum on the way to the root may overflow, nothing is concluded.
  const T room = std::numeric_limits<T>::max() / (4 * n);
  if (!(total.hi < room && std::fabs(lowest) < room && std::fabs(highest) < room)) return enclosure<T>::unknown();
  if (!std::all_of(low.begin(), low.end(), [room](T y) { return y > -room; })) return enclosure<T>::unknown();
  const T slack =
      4 * n * n * std::numeric_limits<T>::epsilon() * (total.hi + std::max(std::fabs(lowest), std::fabs(highest))) +
      std::numeric_limits<T>::min();
  return enclosure<T>{-(slack - root_above(low, total.hi)), root_above(high, total.lo) + slack};
}

template <class T>
void machine<T>::execute(const program& p, const instruction& i, const input& in, value& result) {
  const index_t count = count_of(i.level, p.shape);
  const index_t taps = p.shape.kernel.volume();
  const auto place = [&](int operand) {
    return operand < 0 ? drawn::place{} : place_of(p.code[at(operand)].level, i.level, p.shape);
  };
  const auto pa = place(i.a), pb = place(i.b), pc = place(i.c);
  const auto a = [&](index_t k) { return values_[at(i.a)][at(k / pa.stride % pa.count)]; };
  const auto b = [&](index_t k) { return values_[at(i.b)][at(k / pb.stride % pb.count)]; };
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
      return each([&](index_t k) { return chosen(a(k), b(k), values_[at(i.c)][at(k / pc.stride % pc.count)]); });
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
    case operation::sum:
    case operation::smallest:
    case operation::largest:
      return i.groups.empty() ? reduce(p, i, result) : reduce_in_groups(p, i, result);
    case operation::spread:
      return each([&](index_t k) {
        const int from = i.a + i.groups[at(k % taps)];
        return values_[at(from)][at(value_of_tap(p.code[at(from)].level, k, p.shape))];
      });
    case operation::threshold:
      return each([&](index_t k) { return threshold(p, i, k); });
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
  for (index_t t = 0; t < p.shape.size(); ++t)
    output_[at(t)] = values_[at(p.output)][at(value_of_tap(level, t, p.shape))];
  return output_;
}

template double root_above(std::vector<double>, double);
template float root_above(std::vector<float>, float);
template class machine<long double>;
template class machine<double>;
template class machine<float>;

}  // namespace drawn
