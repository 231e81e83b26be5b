// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Interval arithmetic on points: what a formula's value is between, so that rounding is never taken for a false claim.
///
/// Every operation here expects the rounding mode FE_UPWARD (`rounding_upward`): a lower end is the negative of an
/// upper one. The interval holds the value in exact arithmetic and that of any evaluation that rounds each step to T.
#pragma once

#include <cfenv>
#include <cmath>
#include <limits>

namespace drawn {

/// Sets the rounding mode for as long as it lives.
class rounding_upward {
 public:
  rounding_upward() : before_(std::fegetround()) { std::fesetround(FE_UPWARD); }
  ~rounding_upward() { std::fesetround(before_); }
  rounding_upward(const rounding_upward&) = delete;
  rounding_upward& operator=(const rounding_upward&) = delete;

 private:
  int before_;
};

/// Between `lo` and `hi`; a point if they are equal, so exact. Both NaN: the value is NaN. From -infinity to infinity:
/// the value is unknown and may be NaN; nothing is ever concluded from it.
template <class T>
struct enclosure {
  static constexpr T infinity = std::numeric_limits<T>::infinity();
  T lo = 0;
  T hi = 0;

  static constexpr enclosure exactly(T x) { return {x, x}; }
  static constexpr enclosure unknown() { return {-infinity, infinity}; }
  static constexpr enclosure nan() { return exactly(std::numeric_limits<T>::quiet_NaN()); }

  bool is_nan() const { return lo != lo; }
  bool is_unknown() const { return lo == -infinity && hi == infinity; }
  bool is_point() const { return lo == hi; }
  bool is_finite() const { return lo > -infinity && hi < infinity; }
  bool holds(T x) const { return (lo <= x && x <= hi) || (is_nan() && x != x); }
};

/// What NaN at an end means: NaN where the operands are exact, else anything.
template <class T>
enclosure<T> settled(T lo, T hi, bool exact) {
  if (lo == lo && hi == hi) return {lo, hi};
  return exact ? enclosure<T>::nan() : enclosure<T>::unknown();
}

template <class T>
enclosure<T> operator-(enclosure<T> a) {
  return {-a.hi, -a.lo};
}

template <class T>
enclosure<T> operator+(enclosure<T> a, enclosure<T> b) {
  if (a.is_nan() || b.is_nan()) return enclosure<T>::nan();
  if (a.is_unknown() || b.is_unknown()) return enclosure<T>::unknown();
  const T hi = a.hi + b.hi;
  const T lo = -((-a.lo) - b.lo);
  if (lo == 0 && hi == 0) {  // rounding upward gives the two ends different signs; to nearest it is +0
    return enclosure<T>::exactly(std::signbit(a.hi) && std::signbit(b.hi) && a.hi == 0 ? -T{0} : T{0});
  }
  return settled(lo, hi, a.is_point() && b.is_point());
}
template <class T>
enclosure<T> operator-(enclosure<T> a, enclosure<T> b) {
  return a + (-b);
}

/// The hull of op(x, y) for the ends x of a and y of b, where `up(x, y)` rounds upward.
template <class T, class Up>
enclosure<T> hull_of_ends(enclosure<T> a, enclosure<T> b, const Up& up) {
  const bool exact = a.is_point() && b.is_point();
  T hi = up(a.lo, b.lo);
  T lo = up(-a.lo, b.lo);  // of the negative
  if (!exact) {
    for (T x : {a.lo, a.hi}) {
      for (T y : {b.lo, b.hi}) {
        const T p = up(x, y);
        const T m = up(-x, y);
        if (!(p <= hi)) hi = p == p && hi == hi ? p : std::numeric_limits<T>::quiet_NaN();
        if (!(m <= lo)) lo = m == m && lo == lo ? m : std::numeric_limits<T>::quiet_NaN();
      }
    }
  }
  if (exact && lo == 0 && hi == 0) return enclosure<T>::exactly(hi);
  return settled(-lo, hi, exact);
}

template <class T>
enclosure<T> operator*(enclosure<T> a, enclosure<T> b) {
  if (a.is_nan() || b.is_nan()) return enclosure<T>::nan();
  if (a.is_unknown() || b.is_unknown()) return enclosure<T>::unknown();
  return hull_of_ends(a, b, [](T x, T y) { return x * y; });
}
/// A square is no product of two independent numbers. That of what may be NaN may be.
template <class T>
enclosure<T> squared(enclosure<T> a) {
  enclosure<T> p = a * a;
  if (p.lo < 0 && !p.is_unknown()) p.lo = 0;
  return p;
}

template <class T>
enclosure<T> operator/(enclosure<T> a, enclosure<T> b) {
  if (a.is_nan() || b.is_nan()) return enclosure<T>::nan();
  if (a.is_unknown() || b.is_unknown()) return enclosure<T>::unknown();
  if (b.lo <= 0 && b.hi >= 0) {
    if (!b.is_point()) return enclosure<T>::unknown();
    if (a.is_point() && a.lo == 0) return enclosure<T>::nan();
    if (a.lo <= 0 && a.hi >= 0) return enclosure<T>::unknown();
    return enclosure<T>::exactly((a.lo < 0) == std::signbit(b.lo) ? a.infinity : -a.infinity);
  }
  return hull_of_ends(a, b, [](T x, T y) { return x / y; });
}

template <class T>
enclosure<T> root(enclosure<T> a) {
  if (a.is_nan() || a.hi < 0) return enclosure<T>::nan();
  if (a.is_unknown() || a.lo < 0) return enclosure<T>::unknown();
  const T hi = std::sqrt(a.hi);
  T lo = std::sqrt(a.lo);
  const T above = lo * lo;
  const T below = -((-lo) * lo);
  if (!(above == a.lo && below == a.lo) && lo > 0 && lo < a.infinity) lo = std::nextafter(lo, T{0});
  return {lo, hi};
}

template <class T>
enclosure<T> magnitude(enclosure<T> a) {
  if (a.is_nan() || a.is_unknown()) return a;
  if (a.lo >= 0) return {std::fabs(a.lo), std::fabs(a.hi)};
  if (a.hi <= 0) return {std::fabs(a.hi), -a.lo};
  return {0, -a.lo > a.hi ? -a.lo : a.hi};
}

/// b < a ? b : a, so a NaN in b gives a.
template <class T>
enclosure<T> lesser(enclosure<T> a, enclosure<T> b) {
  if (a.is_nan() || b.is_nan()) return a;
  if (a.is_unknown() || b.is_unknown()) return enclosure<T>::unknown();
  return {b.lo < a.lo ? b.lo : a.lo, b.hi < a.hi ? b.hi : a.hi};
}
template <class T>
enclosure<T> greater(enclosure<T> a, enclosure<T> b) {
  return -lesser(-a, -b);
}

/// A condition is the point 1 or 0, or unknown.
template <class T>
enclosure<T> truth(bool known, bool value) {
  return known ? enclosure<T>::exactly(value ? 1 : 0) : enclosure<T>::unknown();
}
template <class T>
enclosure<T> is_less(enclosure<T> a, enclosure<T> b, bool or_equal) {
  if (a.is_nan() || b.is_nan()) return truth<T>(true, false);
  if (a.is_unknown() || b.is_unknown()) return enclosure<T>::unknown();
  const bool always = or_equal ? a.hi <= b.lo : a.hi < b.lo;
  const bool never = or_equal ? a.lo > b.hi : a.lo >= b.hi;
  return truth<T>(always || never, always);
}
template <class T>
enclosure<T> opposite(enclosure<T> c) {
  return c.is_unknown() ? c : truth<T>(true, c.lo == 0);
}
template <class T>
enclosure<T> both(enclosure<T> a, enclosure<T> b) {
  const bool no = (!a.is_unknown() && a.lo == 0) || (!b.is_unknown() && b.lo == 0);
  return truth<T>(no || (!a.is_unknown() && !b.is_unknown()), !no);
}
/// condition ? a : b; where the condition is unknown, what holds for either.
template <class T>
enclosure<T> chosen(enclosure<T> condition, enclosure<T> a, enclosure<T> b) {
  if (!condition.is_unknown()) return condition.lo != 0 ? a : b;
  if (a.is_nan() && b.is_nan()) return a;
  if (a.is_nan() || b.is_nan() || a.is_unknown() || b.is_unknown()) return enclosure<T>::unknown();
  return {b.lo < a.lo ? b.lo : a.lo, a.hi < b.hi ? b.hi : a.hi};
}

}  // namespace drawn
