// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A number with the precision of `double` and an exponent that no formula leaves.
#pragma once

#include <bit>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/square_root.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// mantissa * 2^exponent, with an exponent of 64 bits: neither overflows nor underflows. Zeros, infinities and NaN are
/// those of the mantissa and behave as IEEE 754 says.
///
/// Software, because `long double` is no wider than `double` on many machines, and usable in constant expressions. Each
/// operation rounds once, to 53 bits. Cost: a few nanoseconds an operation.
class wide_number {
 public:
  wide_number() = default;
  constexpr wide_number(double x) : wide_number(normalized(x, 0)) {}

  /// The nearest number of `T`, float or double; infinity beyond its range.
  template <class T>
  [[nodiscard]] constexpr T to() const {
    if constexpr (sizeof(T) < sizeof(double)) {
      static_assert(std::numeric_limits<T>::digits == 24);
      constexpr double beyond =
          0x1.ffffffp127;  // the least that rounds to infinity: no constant expression converts it
      const double x = to<double>();
      if (x >= beyond || x <= -beyond) return x < 0 ? -infinity_of<T> : infinity_of<T>;
      return static_cast<T>(x);
    } else {
      if (is_special()) return mantissa_;
      if (exponent_ > 1023) return mantissa_ < 0 ? -infinity_of<T> : infinity_of<T>;
      if (exponent_ >= -1022) return scaled(mantissa_, exponent_);
      if (exponent_ < -1080) return mantissa_ < 0 ? -0.0 : 0.0;
      return scaled(mantissa_, exponent_ + 1000) * 0x1p-1000;  // the second product alone rounds
    }
  }

  [[nodiscard]] constexpr bool is_nan() const { return mantissa_ != mantissa_; }
  /// `0 < x`.
  [[nodiscard]] constexpr bool is_positive() const { return mantissa_ > 0; }
  /// Neither zero nor infinite nor NaN: fraction() * 2^exponent(), the fraction's magnitude from 1 to below 2.
  [[nodiscard]] constexpr bool is_regular() const { return !is_special(); }
  [[nodiscard]] constexpr double fraction() const { return mantissa_; }
  [[nodiscard]] constexpr std::int64_t exponent() const { return exponent_; }
  /// This times 2^power.
  [[nodiscard]] constexpr wide_number scaled_by(std::int64_t power) const {
    return is_special() ? *this : wide_number(mantissa_, exponent_ + power);
  }

  constexpr wide_number operator-() const { return {-mantissa_, exponent_}; }
  friend constexpr wide_number operator+(wide_number a, wide_number b) {
    if (a.is_nan() || b.is_nan()) return nan();
    if (a.is_infinite() || b.is_infinite()) {
      if (a.is_infinite() && b.is_infinite() && a.mantissa_ != b.mantissa_) return nan();
      return a.is_infinite() ? a : b;
    }
    if (a.mantissa_ == 0 && b.mantissa_ == 0) return {a.mantissa_ + b.mantissa_, 0};
    if (b.mantissa_ == 0 || (a.mantissa_ != 0 && a.exponent_ > b.exponent_ + 60)) return a;
    if (a.mantissa_ == 0 || b.exponent_ > a.exponent_ + 60) return b;
    if (a.exponent_ < b.exponent_) return b + a;
    return normalized(a.mantissa_ + scaled(b.mantissa_, b.exponent_ - a.exponent_), a.exponent_);
  }
  friend constexpr wide_number operator-(wide_number a, wide_number b) { return a + -b; }
  friend constexpr wide_number operator*(wide_number a, wide_number b) {
    if (a.is_nan() || b.is_nan()) return nan();
    if (a.is_infinite() || b.is_infinite()) {
      if (a.mantissa_ == 0 || b.mantissa_ == 0) return nan();
      return (a.mantissa_ < 0) != (b.mantissa_ < 0) ? -infinity() : infinity();
    }
    return normalized(a.mantissa_ * b.mantissa_, a.exponent_ + b.exponent_);
  }
  friend constexpr wide_number operator/(wide_number a, wide_number b) {
    if (a.is_nan() || b.is_nan() || (a.is_infinite() && b.is_infinite())) return nan();
    if (b.mantissa_ == 0 && a.mantissa_ == 0) return nan();
    if (b.mantissa_ == 0 || a.is_infinite()) return a.is_negative() != b.is_negative() ? -infinity() : infinity();
    if (b.is_infinite()) return {a.is_negative() != b.is_negative() ? -0.0 : 0.0, 0};
    return normalized(a.mantissa_ / b.mantissa_, a.exponent_ - b.exponent_);
  }
  [[nodiscard]] friend constexpr wide_number square_root(wide_number a) {
    if (a.is_special()) return a.mantissa_ < 0 ? nan() : a;
    if (a.mantissa_ < 0) return nan();
    const bool odd = a.exponent_ % 2 != 0;
    return normalized(square_root(odd ? 2 * a.mantissa_ : a.mantissa_), (a.exponent_ - (odd ? 1 : 0)) / 2);
  }

  friend constexpr bool operator<(wide_number a, wide_number b) {
    if (a.is_special() || b.is_special() || (a.mantissa_ < 0) != (b.mantissa_ < 0) || a.exponent_ == b.exponent_) {
      return a.mantissa_ < b.mantissa_;
    }
    return (a.exponent_ < b.exponent_) != (a.mantissa_ < 0);
  }
  friend constexpr bool operator<=(wide_number a, wide_number b) { return !a.is_nan() && !b.is_nan() && !(b < a); }

 private:
  template <class T>
  static constexpr T infinity_of = std::numeric_limits<T>::infinity();

  constexpr wide_number(double mantissa, std::int64_t exponent) : mantissa_(mantissa), exponent_(exponent) {}
  static constexpr wide_number nan() { return {std::numeric_limits<double>::quiet_NaN(), 0}; }
  static constexpr wide_number infinity() { return {infinity_of<double>, 0}; }

  [[nodiscard]] constexpr bool is_infinite() const {
    return mantissa_ == infinity_of<double> || mantissa_ == -infinity_of<double>;
  }
  [[nodiscard]] constexpr bool is_special() const { return mantissa_ == 0 || is_nan() || is_infinite(); }
  [[nodiscard]] constexpr bool is_negative() const { return std::bit_cast<std::uint64_t>(mantissa_) >> 63 != 0; }

  /// x * 2^shift, where both and the result are normal.
  static constexpr double scaled(double x, std::int64_t shift) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) + (static_cast<std::uint64_t>(shift) << 52));
  }
  /// x * 2^exponent with a mantissa from 1 to below 2.
  static constexpr wide_number normalized(double x, std::int64_t exponent) {
    if (x == 0 || x != x || x == infinity_of<double> || x == -infinity_of<double>) return {x, 0};
    if (x < std::numeric_limits<double>::min() && x > -std::numeric_limits<double>::min()) {
      x *= 0x1p54;
      exponent -= 54;
    }
    const auto power = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7FF) - 1023;
    return {scaled(x, -power), exponent + power};
  }

  double mantissa_;
  std::int64_t exponent_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
