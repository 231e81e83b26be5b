// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Numbers of a proof: exact fractions where that is possible, else with a bound of their error.
#pragma once

#include <bit>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/square_root.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// p / q * 2^e with odd p and q, exact while both fit 64 bits: then 1 - 27 * (1 / 27) is zero and nothing else is.
///
/// Every double is such a number. What fits no more is rounded to a double with a bound of its relative error; what
/// nearly cancels of it could be zero or anything small, and is `unknown()`.
class coefficient {
 public:
  constexpr coefficient() = default;
  constexpr coefficient(double v) { *this = rounded(v, 0); }

  [[nodiscard]] constexpr bool is_zero() const { return p_ == 0 && exact(); }
  [[nodiscard]] constexpr bool exact() const { return error_ == 0; }
  /// Nothing may be concluded from it.
  [[nodiscard]] constexpr bool unknown() const { return !(error_ <= tolerable); }
  [[nodiscard]] constexpr bool negative() const { return p_ < 0; }
  [[nodiscard]] constexpr bool positive() const { return p_ > 0; }

  /// Of an exact one: numerator / denominator * 2^exponent.
  [[nodiscard]] constexpr std::int64_t numerator() const { return p_; }
  [[nodiscard]] constexpr std::int64_t denominator() const { return q_; }
  [[nodiscard]] constexpr int exponent() const { return e_; }

  /// The nearest double, up to some roundings; infinity or zero where it leaves the range.
  [[nodiscard]] constexpr double value() const {
    constexpr double most = 0x1.ffffffffp1023;
    double x = fraction();
    for (int e = e_; e != 0 && x != 0;) {
      const int step = e > 512 ? 512 : e < -512 ? -512 : e;
      const double scale = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + step) << 52);
      if (step > 0 && (x > most / scale || -x > most / scale)) {
        return x < 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
      }
      x *= scale;
      e -= step;
    }
    return x;
  }

  [[nodiscard]] constexpr coefficient operator-() const {
    coefficient c = *this;
    c.p_ = -c.p_;
    return c;
  }
  friend constexpr coefficient operator*(const coefficient& a, const coefficient& b) {
    coefficient c;
    const std::int64_t g = common_factor(a.p_, b.q_);
    const std::int64_t h = common_factor(b.p_, a.q_);
    c.e_ = a.e_ + b.e_;
    if (a.exact() && b.exact() && !__builtin_mul_overflow(a.p_ / g, b.p_ / h, &c.p_) &&
        !__builtin_mul_overflow(a.q_ / h, b.q_ / g, &c.q_)) {
      return c.in_range();
    }
    return rounded(a.fraction() * b.fraction(), a.e_ + b.e_, a.error_ + b.error_);
  }
  /// The reciprocal of what is not zero.
  [[nodiscard]] constexpr coefficient inverse() const {
    coefficient c;
    c.p_ = p_ < 0 ? -q_ : q_;
    c.q_ = p_ < 0 ? -p_ : p_;
    c.e_ = -e_;
    c.error_ = error_;
    return exact() ? c.in_range() : rounded(1 / fraction(), -e_, error_);
  }
  friend constexpr coefficient operator+(const coefficient& a, const coefficient& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const coefficient& low = a.e_ < b.e_ ? a : b;
    const coefficient& high = a.e_ < b.e_ ? b : a;
    const std::int64_t g = common_factor(low.q_, high.q_);
    std::int64_t x = 0, y = 0;
    coefficient c;
    const bool fits = high.e_ - low.e_ < 62 &&
                      !__builtin_mul_overflow(high.p_, std::int64_t{1} << (high.e_ - low.e_), &x) &&
                      !__builtin_mul_overflow(x, low.q_ / g, &x) && !__builtin_mul_overflow(low.p_, high.q_ / g, &y) &&
                      !__builtin_add_overflow(x, y, &c.p_) && !__builtin_mul_overflow(low.q_ / g, high.q_, &c.q_);
    if (a.exact() && b.exact() && fits) {
      c.e_ = low.e_;
      return c.reduced();
    }
    return inexact_sum(low, high);
  }

  /// The root of what is not negative.
  [[nodiscard]] constexpr coefficient root() const {
    const auto whole_root = [](std::int64_t n) {
      return static_cast<std::int64_t>(square_root(static_cast<double>(n)));
    };
    const std::int64_t r = whole_root(p_);
    const std::int64_t s = whole_root(q_);
    if (exact() && e_ % 2 == 0 && r * r == p_ && s * s == q_) {
      coefficient c;
      c.p_ = r;
      c.q_ = s;
      c.e_ = e_ / 2;
      return c;
    }
    const int odd = e_ % 2 != 0 ? 1 : 0;
    return rounded(square_root(fraction() * (odd != 0 ? 2 : 1)), (e_ - odd) / 2, error_);
  }

  friend constexpr bool operator==(const coefficient&, const coefficient&) = default;

 private:
  /// An error that an answer may have: facts are compared with a tolerance of 1e-12.
  static constexpr double tolerable = 1e-13;
  static constexpr double rounding = 0x1p-51;

  [[nodiscard]] constexpr double fraction() const { return static_cast<double>(p_) / static_cast<double>(q_); }

  /// v * 2^e; inexact if it comes with an error.
  [[nodiscard]] static constexpr coefficient rounded(double v, int e, double error = -1) {
    coefficient c;
    c.error_ = error < 0 ? 0 : error + 4 * rounding;
    if (v == 0) return c;
    if (v != v || !(v >= -std::numeric_limits<double>::max() && v <= std::numeric_limits<double>::max())) {
      c.error_ = 1;
      return c;
    }
    int shift = 0;
    if (v < 0x1p-900 && -v < 0x1p-900) {
      v *= 0x1p200;
      shift = -200;
    }
    const auto bits = std::bit_cast<std::uint64_t>(v);
    c.p_ = static_cast<std::int64_t>((bits & 0xFFFFFFFFFFFFFull) | 0x10000000000000ull);
    c.e_ = static_cast<int>(bits >> 52 & 0x7FF) - 1075 + shift + e;
    if (v < 0) c.p_ = -c.p_;
    return c.reduced();
  }
  [[nodiscard]] static constexpr coefficient inexact_sum(const coefficient& low, const coefficient& high) {
    const auto size = [](double x) { return x < 0 ? -x : x; };
    const int apart = high.e_ - low.e_;
    double x = low.fraction();
    for (int i = 0; i < apart && size(x) > 0x1p-200; ++i) x /= 2;
    const double y = high.fraction();
    const double total = x + y;
    const double doubt = size(x) * (low.error_ + 4 * rounding) + size(y) * (high.error_ + 4 * rounding);
    return rounded(total, high.e_, total == 0 ? 1 : doubt / size(total));
  }

  [[nodiscard]] static constexpr std::int64_t common_factor(std::int64_t a, std::int64_t b) {
    if (a == 1 || b == 1) return 1;
    if (a < 0) a = -a;
    if (b < 0) b = -b;
    while (b != 0) {
      const std::int64_t rest = a % b;
      a = b;
      b = rest;
    }
    return a == 0 ? 1 : a;
  }
  [[nodiscard]] constexpr coefficient reduced() const {
    coefficient c = *this;
    if (c.p_ == 0) return coefficient(c.error_, nothing{});
    if (q_ != 1) {
      const std::int64_t g = common_factor(c.p_, c.q_);
      c.p_ /= g;
      c.q_ /= g;
    }
    while (c.p_ % 2 == 0) c.p_ /= 2, ++c.e_;
    return c.in_range();
  }
  [[nodiscard]] constexpr coefficient in_range() const {
    coefficient c = *this;
    if (c.p_ == 0) return coefficient(c.error_, nothing{});
    if (c.e_ > 4000 || c.e_ < -4000) c.error_ = 1;  // far from every double
    return c;
  }
  struct nothing {};
  constexpr coefficient(double error, nothing) : error_(error) {}

  std::int64_t p_ = 0;
  std::int64_t q_ = 1;
  int e_ = 0;
  double error_ = 0;  ///< relative
};

}  // namespace esp::inline ESPALIER_ABI::detail
