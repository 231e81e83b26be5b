// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/program.hpp"

#include <algorithm>
#include <espalier/operation.hpp>

#include "drawn/enclosure_of_function.hpp"

namespace drawn {

using esp::index_t, esp::detail::operation, esp::detail::scope;

namespace {

std::size_t at(index_t i) { return static_cast<std::size_t>(i); }

/// Values that a level has in a weight of this shape, and taps that share one.
index_t count_of(scope level, const esp::weight_shape& s) {
  return level == scope::tap ? s.size() : level == scope::block ? s.blocks() : level == scope::filter ? s.out : 1;
}
index_t taps_per_value(scope level, const esp::weight_shape& s) { return s.size() / count_of(level, s); }

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
  const index_t step = by_tap ? 1 : taps_per_value(from, p.shape);
  const index_t part = taps_per_value(i.level, p.shape);
  const index_t shared = taps_per_value(from, p.shape);
  const index_t taps = p.shape.kernel.volume();
  const auto start = i.op == operation::sum        ? enclosure<T>::exactly(0)
                     : i.op == operation::smallest ? enclosure<T>::exactly(enclosure<T>::infinity)
                                                   : enclosure<T>::exactly(-enclosure<T>::infinity);
  for (index_t k = 0; k < count_of(i.level, p.shape); ++k) {
    enclosure<T> total = start;
    T sizes = 0;
    T terms = 0;
    for (index_t t = k * part; t < (k + 1) * part; t += step) {
      if (by_tap && !i.mask[at(t % taps)]) continue;
      const enclosure<T>& term = x[at(t / shared)];
      total = accumulated(i.op, total, term);
      sizes += magnitude(term).hi;
      ++terms;
    }
    result[at(k)] = i.op == operation::sum ? in_any_order(total, sizes, terms) : total;
  }
}

/// A threshold grows with every value and falls as its sum grows: its ends are those of the ends. What stands above it
/// is added with rounding, which moves it by no more than so many units of the sum as there are values.
template <class T>
void machine<T>::find_thresholds(const program& p, const instruction& i, value& result) {
  const index_t taps = p.shape.kernel.volume();
  const index_t shared = taps_per_value(p.code[at(i.a)].level, p.shape);
  const auto end = [](std::vector<T>& x, T c) {  // less the largest value
    std::sort(x.begin(), x.end(), std::greater<>());
    T sum = 0, t = -c;
    for (std::size_t k = 0; k < x.size() && (k == 0 || x[k] - x[0] > t); ++k) {
      sum += x[k] - x[0];
      t = (sum - c) / static_cast<T>(k + 1);
    }
    return t;
  };
  for (index_t k = 0; k < p.shape.blocks(); ++k) {
    std::vector<T> low, high;
    bool known = true;
    for (index_t t = 0; t < taps; ++t) {
      if (!i.mask[at(t)]) continue;
      const enclosure<T>& x = values_[at(i.a)][at((k * taps + t) / shared)];
      known = known && x.is_finite();
      low.push_back(x.lo);
      high.push_back(x.hi);
    }
    const enclosure<T>& c = values_[at(i.b)][at(k * taps / taps_per_value(p.code[at(i.b)].level, p.shape))];
    const enclosure<T>& most = values_[at(i.c)][at(k * taps / taps_per_value(p.code[at(i.c)].level, p.shape))];
    result[at(k)] = enclosure<T>::unknown();
    if (!known || low.empty() || !c.is_finite() || !(c.lo > 0) || !most.is_finite()) continue;
    const T from = end(low, c.hi), to = end(high, c.lo);
    const T slack = 4 * static_cast<T>(low.size() + 4) * std::numeric_limits<T>::epsilon() * c.hi;
    const T lowest = -(most.hi - low[0] - from + slack), highest = high[0] - most.lo + to + slack;
    result[at(k)] = {std::max(lowest, -c.hi - slack), std::min(highest, T{0})};
  }
}

template <class T>
void machine<T>::execute(const program& p, const instruction& i, const input& in, value& result) {
  const index_t count = count_of(i.level, p.shape);
  const index_t taps = p.shape.kernel.volume();
  const index_t mine = taps_per_value(i.level, p.shape);
  const auto stride = [&](int operand) {
    return operand < 0 ? index_t{1} : taps_per_value(p.code[at(operand)].level, p.shape) / mine;
  };
  const index_t sa = stride(i.a), sb = stride(i.b), sc = stride(i.c);
  const auto a = [&](index_t k) { return values_[at(i.a)][at(k / sa)]; };
  const auto b = [&](index_t k) { return values_[at(i.b)][at(k / sb)]; };
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
      return each([&](index_t k) { return chosen(a(k), b(k), values_[at(i.c)][at(k / sc)]); });
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
      return reduce(p, i, result);
    case operation::threshold:
      return find_thresholds(p, i, result);
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
  const index_t shared = taps_per_value(p.code[at(p.output)].level, p.shape);
  output_.resize(at(p.shape.size()));
  for (index_t t = 0; t < p.shape.size(); ++t) output_[at(t)] = values_[at(p.output)][at(t / shared)];
  return output_;
}

template class machine<long double>;
template class machine<double>;
template class machine<float>;

}  // namespace drawn
