// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of a value that a sweep computes at one tap, whatever the weight is.
#pragma once

#include <bit>
#include <cstdint>
#include <espalier/applied.hpp>
#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/wide_number.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// A value at one tap of a block in element type `T`: a number, or what other taps may have too, or nothing known.
///
/// All that is said holds of what is computed, for every stored weight, NaN and infinities too, and of blocks that are
/// computed again on wide numbers.
template <class T>
struct known_value {
  enum class kind : unsigned char {
    own,     ///< Nothing is known.
    shared,  ///< Expression number `id` of things that all taps of a block read, or that negated.
    number,  ///< The same in every block.
  };
  kind is = kind::own;
  bool negated = false;
  bool signed_zero = true;  ///< Of a shared one: whether a zero has the sign that `negated` says.
  int id = 0;
  T number{};             ///< As the sweep has it.
  wide_number wide{0.0};  ///< As a block that is computed again has it.

  [[nodiscard]] static constexpr known_value shared(int id) { return {.is = kind::shared, .id = id}; }
  /// A number of the formula, as either way rounds it (wide_evaluation.hpp).
  [[nodiscard]] static constexpr known_value of(double x) {
    if (x != x) return {};
    const T rounded = wide_number(x).to<T>();
    const T size = rounded < 0 ? -rounded : rounded;
    const bool fits = x == 0 || (size >= std::numeric_limits<T>::min() && size <= std::numeric_limits<T>::max());
    return {.is = kind::number, .number = rounded, .wide = fits ? wide_number(double(rounded)) : wide_number(x)};
  }

  [[nodiscard]] constexpr bool is_own() const { return is == kind::own; }
  [[nodiscard]] constexpr bool is_shared() const { return is == kind::shared; }
  [[nodiscard]] constexpr bool is_number() const { return is == kind::number; }
  /// The number `x`, on either way.
  [[nodiscard]] constexpr bool is_exactly(double x) const {
    return is_number() && number == static_cast<T>(x) && !(wide < x) && !(x < wide);
  }
  /// Whether a block that is computed again has the same number.
  [[nodiscard]] constexpr bool is_one_number() const { return is_number() && wide.template to<T>() == number; }
  /// Whether zero is told from minus zero.
  [[nodiscard]] constexpr bool tells_zeros_apart() const { return is_shared() ? signed_zero : number != 0; }
  [[nodiscard]] constexpr bool is_negative() const {
    return is_shared() ? negated : number < 0 && wide < wide_number(0.0);
  }
  [[nodiscard]] constexpr known_value operator-() const {
    known_value result = *this;
    result.negated = is_shared() != negated;
    result.number = -number;
    result.wide = -wide;
    return result;
  }
  /// The same for equal values.
  [[nodiscard]] constexpr unsigned hash() const {
    if (!is_number()) return static_cast<unsigned>(id);
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(number));
    return number == 0 ? 0 : static_cast<unsigned>(bits >> 29 ^ bits >> 43);
  }
  [[nodiscard]] constexpr known_value without_sign() const { return is_negative() ? -*this : *this; }

  /// Whether both are one value, but for the sign of a zero; two of which nothing is known are not.
  friend constexpr bool operator==(const known_value& a, const known_value& b) {
    if (a.is != b.is || a.is_own()) return false;
    if (a.is_shared()) return a.id == b.id && a.negated == b.negated;
    return a.number == b.number && !(a.wide < b.wide) && !(b.wide < a.wide);
  }
};

/// The value of node `n` with numbers for operands; nothing is said of one that is not finite, of functions and of what
/// the two ways decide differently.
template <class T>
[[nodiscard]] constexpr known_value<T> applied_to_numbers(const node& n, const known_value<T>& a,
                                                          const known_value<T>& b) {
  using value = known_value<T>;
  value result{.is = value::kind::number};
  switch (n.op) {
    case operation::add:
      result.wide = a.wide + b.wide;
      break;
    case operation::subtract:
      result.wide = a.wide - b.wide;
      break;
    case operation::multiply:
      result.wide = a.wide * b.wide;
      break;
    case operation::divide:
      result.wide = a.wide / b.wide;
      break;
    case operation::sqrt:
      result.wide = square_root(a.wide);
      break;
    case operation::abs:
      return a.number < 0 || a.wide < wide_number(0.0) ? -a : a;
    case operation::min:
    case operation::max: {
      const value &x = n.op == operation::min ? b : a, &y = n.op == operation::min ? a : b;
      if ((x.number < y.number) != (x.wide < y.wide)) return {};
      return x.number < y.number ? b : a;
    }
    case operation::less:
      if ((a.number < b.number) != (a.wide < b.wide)) return {};
      return value::of(a.number < b.number ? 1 : 0);
    case operation::less_equal:
      if ((a.number <= b.number) != (a.wide <= b.wide)) return {};
      return value::of(a.number <= b.number ? 1 : 0);
    case operation::negation:
      return value::of(a.number == 0 ? 1 : 0);
    case operation::conjunction:
      return value::of(a.number != 0 && b.number != 0 ? 1 : 0);
    case operation::disjunction:
      return value::of(a.number != 0 || b.number != 0 ? 1 : 0);
    default:
      return {};
  }
  result.number = applied<T, false>(n, [&](int id) { return id == n.a ? a.number : b.number; });
  const bool zero = !(result.wide < wide_number(0.0)) && result.wide <= wide_number(0.0);
  const bool finite = ieee::is_finite(static_cast<double>(result.number)) && (zero || result.wide.is_regular());
  return finite ? result : value{};
}

}  // namespace esp::inline ESPALIER_ABI::detail
