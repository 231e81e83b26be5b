// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/plain.hpp"

#include <algorithm>
#include <cmath>
#include <espalier/operation.hpp>
#include <limits>

#include "drawn/places.hpp"

namespace drawn {

using esp::detail::operation;

namespace {

template <class T>
T function_at(operation op, T x) {
  switch (op) {
    case operation::exp:
      return std::exp(x);
    case operation::log:
      return std::log(x);
    case operation::tanh:
      return std::tanh(x);
    case operation::sigmoid:
      return 1 / (1 + std::exp(-x));
    default:
      return x > 20 ? x : std::log1p(std::exp(x));
  }
}
template <class T>
T operation_on(operation op, T a, T b, T c) {
  const auto truth = [](bool yes) { return yes ? T{1} : T{0}; };
  switch (op) {
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
      return std::sqrt(a);
    case operation::abs:
      return std::fabs(a);
    case operation::min:
      return b < a ? b : a;
    case operation::max:
      return a < b ? b : a;
    case operation::select:
      return a != 0 ? b : c;
    case operation::less:
      return truth(a < b);
    case operation::less_equal:
      return truth(a <= b);
    case operation::negation:
      return truth(a == 0);
    case operation::conjunction:
      return truth(a != 0 && b != 0);
    case operation::disjunction:
      return truth(a != 0 || b != 0);
    default:
      return function_at(op, a);
  }
}

template <class T>
class plain_machine {
 public:
  plain_machine(const program& p, const input& in) : p_(p), in_(in), taps_(p.shape.kernel.volume()) {}

  std::vector<T> run() {
    for (const instruction& i : p_.code) {
      std::vector<T> result(at(count_of(i.level, p_.shape)));
      execute(i, result);
      values_.push_back(std::move(result));
    }
    std::vector<T> output;
    for (index_t t = 0; t < p_.shape.size(); ++t) output.push_back(at_tap(p_.output, t));
    return output;
  }

 private:
  [[nodiscard]] T at_tap(int i, index_t t) const {
    return values_[at(i)][at(value_of_tap(p_.code[at(i)].level, t, p_.shape))];
  }
  [[nodiscard]] T operand(const instruction& i, int a, index_t k) const {
    if (a < 0) return T{0};
    const place from = place_of(p_.code[at(a)].level, i.level, p_.shape);
    return values_[at(a)][at(k / from.stride % from.count)];
  }
  void execute(const instruction& i, std::vector<T>& result) {
    const auto each = [&](const auto& f) {
      for (index_t k = 0; k < static_cast<index_t>(result.size()); ++k) result[at(k)] = static_cast<T>(f(k));
    };
    switch (i.op) {
      case operation::tap:
        return each([&](index_t k) { return in_.weight[at(k)]; });
      case operation::constant:
        return each([&](index_t) { return i.value; });
      case operation::epsilon:
        return each([&](index_t) { return in_.eps; });
      case operation::parameter:
        return each([&](index_t k) {
          const auto& numbers = in_.numbers[at(static_cast<index_t>(i.value))];
          return numbers[at(k) % numbers.size()];
        });
      case operation::table:
        return each([&](index_t k) { return i.numbers[at(k % taps_)]; });
      case operation::inside:
        return each([&](index_t k) { return i.mask[at(k % taps_)] ? 1 : 0; });
      case operation::sum:
      case operation::smallest:
      case operation::largest:
        return reduce(i, result);
      case operation::spread:
        return each([&](index_t k) { return at_tap(i.a + i.groups[at(k % taps_)], k); });
      case operation::threshold:
        return each([&](index_t k) { return threshold(i, k); });
      default:
        return each(
            [&](index_t k) { return operation_on(i.op, operand(i, i.a, k), operand(i, i.b, k), operand(i, i.c, k)); });
    }
  }
  void add(operation op, T& total, T x) const {
    if (op == operation::sum) total += x;
    if (op == operation::smallest) total = x < total || x != x ? x : total;
    if (op == operation::largest) total = total < x || x != x ? x : total;
  }
  void reduce(const instruction& i, std::vector<T>& result) const {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    const T start = i.op == operation::sum ? T{0} : i.op == operation::smallest ? infinity : -infinity;
    std::fill(result.begin(), result.end(), start);
    const scope from = p_.code[at(i.a)].level;
    const bool by_tap = !i.mask.empty();
    for (index_t v = 0; v < (by_tap ? p_.shape.size() : count_of(from, p_.shape)); ++v) {
      if (by_tap && !i.mask[at(v % taps_)]) continue;
      const index_t t = by_tap ? v : first_tap_of(from, v, p_.shape);
      add(i.op, result[at(value_of_tap(i.level, t, p_.shape))], at_tap(i.a, t));
    }
  }
  [[nodiscard]] T threshold(const instruction& i, index_t block) const {
    std::vector<T> y;
    for (index_t t = block * taps_; t < (block + 1) * taps_; ++t) {
      if (i.mask[at(t % taps_)]) y.push_back(at_tap(i.a, t) - at_tap(i.c, t));
    }
    const bool numbers = std::all_of(y.begin(), y.end(), [](T x) { return std::isfinite(x); });
    const T total = at_tap(i.b, block * taps_);
    return numbers && total > 0 ? root_above(y, total) : std::numeric_limits<T>::quiet_NaN();
  }

  const program& p_;
  const input& in_;
  index_t taps_;
  std::vector<std::vector<T>> values_;
};

}  // namespace

template <class T>
std::vector<T> run_plainly(const program& p, const input& in) {
  return plain_machine<T>(p, in).run();
}

template std::vector<double> run_plainly(const program&, const input&);
template std::vector<float> run_plainly(const program&, const input&);

}  // namespace drawn
