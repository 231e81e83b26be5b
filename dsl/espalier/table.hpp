// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A number for each tap, known while the program compiles: envelopes, moments, constant kernels.
#pragma once

#include <espalier/config.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_function.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What gives a number for a tap, from its index alone or with the kernel's extents.
template <auto F>
concept NumberOfATap = requires(tap_index t, extents kernel) {
  requires std::is_arithmetic_v<decltype(F(t, kernel))>;
} || requires(tap_index t) { requires std::is_arithmetic_v<decltype(F(t))>; };

}  // namespace detail

/// A number per tap: `w * at<[](esp::tap_index t) { return 1.0 / (1 + t.d); }>`, an expression like w itself.
///
/// `F` is a constexpr function of the tap's index, counted from 0, or of the index and the kernel's extents; it
/// captures nothing. `assign<at<f>>` is the kernel of these taps. Sums, means and norms of tables alone are computed by
/// the compiler where a double holds them; facts use the values; a table that is the same at every tap is a number.
/// Values are rounded once, to the layer's element type. Cost: a load per register of taps. Rejected when: ESP-214 for
/// a value that is not finite on the layer's kernel, ESP-215 for what is no such function.
template <auto F>
struct at_t : expression_tag {
  using expression_tag::operator=;
  static_assert(detail::NumberOfATap<F> && detail::ConstantOfATap<F>,
                "ESP-215: at<f> takes a constexpr function that gives a number for a tap's index; write for example "
                "at<[](esp::tap_index t) { return 0.5 * t.w; }>");
  static constexpr const char* name = "at";
  /// Without the sign of a zero: equal tables are one.
  static constexpr double value(tap_index t, extents kernel) {
    if constexpr (!detail::NumberOfATap<F> || !detail::ConstantOfATap<F>) {
      return static_cast<double>(t.w);
    } else {
      return without_sign_of_zero(static_cast<double>(detail::value_for<F>(t, kernel)));
    }
  }
  static constexpr double without_sign_of_zero(double x) { return x == 0 ? 0 : x; }
  /// Whether F has numbers for a kernel: a function object may say so, `fits(extents)` (ESP-216).
  static constexpr bool fits(extents kernel) {
    if constexpr (requires { F.fits(kernel); }) {
      return F.fits(kernel);
    } else {
      return true;
    }
  }
};
template <auto F>
inline constexpr auto at = at_t<F>{};

namespace detail {

/// A table as lowered formulas hold it: its numbers, and on which kernels it has any (null: on all).
struct table_info {
  double (*value)(tap_index, extents) = nullptr;  ///< Null for powers of the coordinates.
  bool (*fits)(extents) = nullptr;
  tap_index powers{};
  /// Not zero: how many taps of `regions` the groups of this partition have (tap_sets.hpp).
  int partition = 0;
  unsigned regions = 0;
  bool from_one = false;  ///< 1 for a group that has none

  /// The number for a tap. Coordinates count from the centre tap.
  constexpr double operator()(tap_index t, extents k) const {
    if (value != nullptr) return value(t, k);
    const auto power = [](index_t x, index_t n) {
      double result = 1;
      for (; n > 0; --n) result *= static_cast<double>(x);
      return result;
    };
    return power(t.d - k.d / 2, powers.d) * power(t.h - k.h / 2, powers.h) * power(t.w - k.w / 2, powers.w);
  }
};

template <class Table>
[[nodiscard]] constexpr table_info describe_table() {
  return {.value = &Table::value, .fits = &Table::fits};
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
