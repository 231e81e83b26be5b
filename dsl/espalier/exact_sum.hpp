// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums and products of doubles without rounding, for numbers that a proof must know exactly.
#pragma once

#include <espalier/bounded_vector.hpp>
#include <espalier/config.hpp>
#include <espalier/ieee.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A sum of doubles that do not overlap, from small to large, none of them zero: the expansions of Shewchuk (Adaptive
/// precision floating-point arithmetic, 1997). What gets too many parts or leaves the range where they are exact is
/// `lost()`.
class exact_sum {
 public:
  constexpr exact_sum() = default;
  constexpr exact_sum(double x) { *this += x; }

  [[nodiscard]] constexpr bool lost() const { return parts_.overflow(); }
  [[nodiscard]] constexpr bool is_zero() const { return parts_.empty() && !lost(); }
  /// The parts, from small to large; of what is one double, that one.
  [[nodiscard]] constexpr const bounded_vector<double, 24>& parts() const { return parts_; }

  /// The sum, rounded.
  [[nodiscard]] constexpr double nearest() const {
    double result = 0;
    for (double part : parts_) result += part;
    return result;
  }

  constexpr exact_sum& operator+=(double x) {
    if (!within(x)) return lose();
    bounded_vector<double, 24> made;
    if (lost()) made.mark_overflow();
    for (double part : parts_) {
      const pair s = two_sum(x, part);
      if (s.low != 0) made.push_back(s.low);
      x = s.high;
    }
    if (x != 0) made.push_back(x);
    parts_ = made;
    return *this;
  }
  constexpr exact_sum& operator+=(const exact_sum& other) {
    if (other.lost()) return lose();
    for (double part : other.parts_) *this += part;
    return *this;
  }
  [[nodiscard]] constexpr exact_sum operator-() const {
    exact_sum result = *this;
    for (double& part : result.parts_) part = -part;
    return result;
  }
  friend constexpr exact_sum operator+(exact_sum a, const exact_sum& b) { return a += b; }
  friend constexpr exact_sum operator*(const exact_sum& a, const exact_sum& b) {
    exact_sum result;
    if (a.lost() || b.lost()) return result.lose();
    for (double x : a.parts_) {
      for (double y : b.parts_) {
        const pair p = two_product(x, y);
        result += p.low;
        result += p.high;
      }
    }
    return result;
  }

 private:
  struct pair {
    double high, low;
  };
  /// Products of two such numbers, and what their rounding leaves, are normal.
  static constexpr bool within(double x) {
    const double size = ieee::size(x);
    return size == 0 || (size > 0x1p-440 && size < 0x1p440);
  }
  constexpr exact_sum& lose() {
    parts_.mark_overflow();
    return *this;
  }
  static constexpr pair two_sum(double a, double b) {
    const double sum = a + b, other = sum - a;
    return {sum, (a - (sum - other)) + (b - other)};
  }
  static constexpr pair two_product(double a, double b) {
    const auto high_half = [](double x) {
      const double wide = x * 0x1.0000002p27;
      return wide - (wide - x);
    };
    const double a1 = high_half(a), a2 = a - a1, b1 = high_half(b), b2 = b - b1, product = a * b;
    return {product, a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2)};
  }

  bounded_vector<double, 24> parts_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
