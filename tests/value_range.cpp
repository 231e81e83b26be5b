// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/value_range.hpp>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::interval, esp::operation, esp::value_range;

constexpr double infinity = interval::infinity;

/// Numbers that operations treat differently: signs, zeros, ends of the range, and with them all infinities and NaN.
const std::vector<double> numbers{-infinity, -1e300, -2, -1e-200, -0.0, 0.0, 1e-200, 0.5, 3, 1e300, infinity, NAN};

/// The smallest knowledge that covers some of the numbers.
value_range knowledge_of(const std::vector<double>& some) {
  value_range r = esp::range_of_constant(0);
  bool first = true;
  r.nan = r.minus_zero = false;
  r.finite = true;
  r.away = infinity;
  for (double x : some) {
    if (std::isnan(x)) {
      r.nan = true;
      continue;
    }
    static_cast<interval&>(r) = first ? interval::exactly(x) : hull(r, interval::exactly(x));
    r.finite = r.finite && !std::isinf(x);
    r.minus_zero = r.minus_zero || (x == 0 && std::signbit(x));
    r.away = std::min(r.away, std::fabs(x));
    first = false;
  }
  if (first) r = {};
  return r;
}

bool covers(const value_range& r, double x) {
  if (std::isnan(x)) return r.nan;
  if (std::isinf(x)) return !r.finite && (x > 0 ? r.hi > value_range::large : r.lo < -value_range::large);
  if (x == 0 && std::signbit(x) && !r.minus_zero) return false;
  return r.lo <= x && x <= r.hi && (std::fabs(x) >= r.away || r.away < value_range::tiny);
}

double applied(operation op, double a, double b) {
  switch (op) {
    case operation::add:
      return a + b;
    case operation::subtract:
      return a - b;
    case operation::negate:
      return -a;
    case operation::multiply:
      return a * b;
    case operation::divide:
      return a / b;
    case operation::sqrt:
      return std::sqrt(a);
    case operation::abs:
      return std::fabs(a);
    case operation::min:
      return b < a ? b : a;
    default:
      return a < b ? b : a;
  }
}

}  // namespace

TEST_CASE("every rule covers what IEEE arithmetic does to what its operands may be") {
  std::mt19937 engine(11);
  const auto some = [&] {
    std::vector<double> chosen;
    while (chosen.empty()) {
      for (double x : numbers) {
        if (engine() % 4 == 0) chosen.push_back(x);
      }
    }
    return chosen;
  };
  long tried = 0;
  for (int n = 0; n < 20000; ++n) {
    const auto xs = some(), ys = some();
    const value_range a = knowledge_of(xs), b = knowledge_of(ys);
    for (operation op : {operation::add, operation::subtract, operation::negate, operation::multiply, operation::divide,
                         operation::sqrt, operation::abs, operation::min, operation::max}) {
      const value_range r = esp::range_of_operation(op, a, b, false);
      const value_range square = esp::range_of_operation(operation::multiply, a, a, true);
      for (double x : xs) {
        if (!covers(square, x * x)) REQUIRE(covers(square, x * x));
        for (double y : ys) {
          const double z = applied(op, x, y);
          INFO("operation " << static_cast<int>(op) << " of " << x << " and " << y << " is " << z << ", said to be in ["
                            << r.lo << ", " << r.hi << "]" << (r.nan ? " or NaN" : ""));
          if (!covers(r, z)) REQUIRE(covers(r, z));
          ++tried;
        }
      }
    }
  }
  REQUIRE(tried > 500000);
}

TEST_CASE("a NaN in the second operand of max leaves the first") {
  const value_range tap = esp::range_of_finite();
  const value_range root = esp::range_of_root(tap);
  STATIC_REQUIRE(esp::range_of_root(esp::range_of_finite()).nan);
  REQUIRE(root.nonnegative());
  REQUIRE(!esp::range_of_larger(tap, root).nonnegative());
  REQUIRE(!esp::range_of_larger(tap, root).nan);
  REQUIRE(esp::range_of_larger(root, tap).nonnegative());
  REQUIRE(esp::range_of_larger(tap, esp::range_of_constant(0)).nonnegative());
  REQUIRE(!esp::range_of_smaller(tap, esp::range_of_negative(root)).nonpositive());
}

TEST_CASE("NaN comes from infinities, zeros and negative roots, and from nothing else") {
  const value_range tap = esp::range_of_finite(), square = esp::range_of_product(tap, tap, true);
  const value_range box =
      esp::range_of_smaller(esp::range_of_larger(tap, esp::range_of_constant(-1)), esp::range_of_constant(1));
  const interval taps = interval::exactly(27);
  REQUIRE(!tap.nan);
  REQUIRE(esp::range_of_any().nan);
  REQUIRE(!square.nan);
  REQUIRE(esp::range_of_sum(square, esp::range_of_negative(square)).nan);  // infinity - infinity
  REQUIRE(!esp::range_of_sum(tap, box).nan);
  REQUIRE(esp::range_of_total(tap, taps).nan);
  REQUIRE(!esp::range_of_total(square, taps).nan);
  REQUIRE(!esp::range_of_total(box, taps).nan);
  REQUIRE(esp::range_of_product(tap, esp::range_of_total(square, taps), false).nan);  // 0 * infinity
  REQUIRE(esp::range_of_quotient(tap, square).nan);                                   // 0 / 0
  REQUIRE(!esp::range_of_quotient(esp::range_of_constant(1), square).nan);
  REQUIRE(!esp::range_of_root(square).nan);
  // 1 - x for x <= 1 is exactly not negative, and rounded perhaps; 2 - x is far enough.
  const value_range one = esp::range_of_constant(1), two = esp::range_of_constant(2);
  REQUIRE(esp::range_of_operation(operation::subtract, one, box, false).nonnegative());
  REQUIRE(esp::range_of_root(esp::range_of_operation(operation::subtract, one, box, false)).nan);
  REQUIRE(!esp::range_of_root(esp::range_of_operation(operation::subtract, two, box, false)).nan);
}

TEST_CASE("a divisor that may be minus zero proves no sign") {
  const value_range one = esp::range_of_constant(1);
  const value_range clamped = esp::range_of_larger(esp::range_of_finite(), esp::range_of_constant(0));
  REQUIRE(clamped.minus_zero);
  REQUIRE(!esp::range_of_quotient(one, clamped).nonnegative());
  REQUIRE(esp::range_of_quotient(one, esp::range_of_magnitude(clamped)).nonnegative());
  REQUIRE(esp::range_of_quotient(one, esp::range_of_sum(clamped, esp::range_of_epsilon(1e-12))).nonnegative());
  REQUIRE(esp::range_of_quotient(one, esp::range_of_total(clamped, interval::exactly(9))).nonnegative());
}

TEST_CASE("leaves") {
  REQUIRE(esp::range_of_constant(-0.0).minus_zero);
  REQUIRE(!esp::range_of_constant(0.0).minus_zero);
  REQUIRE(esp::range_of_constant(NAN).nan);
  REQUIRE(esp::range_of_constant(NAN) == interval{});
  REQUIRE(esp::range_of_epsilon(1e-12) == interval{0, 1e-12});
  REQUIRE(esp::range_of_epsilon(1e-12).may_be_zero());
  REQUIRE(esp::range_of_count() == interval{1, infinity});
  REQUIRE(!esp::range_of_condition().nan);
}
