// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Weights that a formula fears: zeros, equal taps, sums that cancel, numbers at the ends of a type's range, NaN.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <limits>
#include <span>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

namespace testing {

/// What is special about the taps that a prior sees together.
enum class kernel_kind : unsigned char {
  ordinary,       ///< bell-shaped around 0, of deviation 1
  tiny,           ///< the squares vanish
  huge,           ///< the squares are infinite
  denormal,       ///< whole multiples of the smallest number, zeros among them
  zero,           ///< zeros of both signs
  negative,       ///< no tap is above -0.01
  equal,          ///< one number in all taps
  one_tap,        ///< zeros but for one
  whole,          ///< whole numbers, multiples of how many there are: means are whole too
  same_size,      ///< one magnitude in all taps, of either sign
  nearly_equal,   ///< one number, or the next one to it
  cancelling,     ///< the sum is 0 up to the last bit
  with_nan,       ///< ordinary but for a NaN
  with_infinity,  ///< ordinary but for one infinity or two
};
inline constexpr std::array<std::string_view, 14> kernel_kind_names{
    "ordinary", "tiny",  "huge",      "denormal",     "zero",       "negative", "equal taps",
    "one tap",  "whole", "same size", "nearly equal", "cancelling", "with NaN", "with infinity",
};

/// A stream of such weights, the same on every machine for equal seeds.
///
/// `hostile_kernels drawn(7); drawn.fill(std::span(block));` fills the taps that a prior sees together, and tells with
/// what. Cost: some ten nanoseconds a tap. Example: tests/testing/hostile_kernels.cpp
class hostile_kernels {
 public:
  explicit hostile_kernels(std::uint64_t seed) : state_(seed) {}

  /// Of a kind that is drawn, each as often.
  template <class T>
  kernel_kind fill(std::span<T> taps) {
    const auto kind = static_cast<kernel_kind>(below(kernel_kind_names.size()));
    fill(kind, taps);
    return kind;
  }

  /// Of this kind. @pre there are taps
  template <class T>
  void fill(kernel_kind kind, std::span<T> taps) {
    constexpr bool narrow = sizeof(T) == 4;
    const double scale = kind == kernel_kind::tiny   ? (narrow ? 1e-25 : 1e-200)
                         : kind == kernel_kind::huge ? (narrow ? 1e30 : 1e300)
                                                     : 1;
    const T one = static_cast<T>(below(2) == 0 ? normal() : static_cast<double>(below(9)) - 4);
    const auto signed_zero = [&] { return below(2) == 0 ? T(0) : -T(0); };
    for (T& tap : taps) {
      const T drawn = static_cast<T>(normal() * scale);
      switch (kind) {
        case kernel_kind::denormal:
          tap = static_cast<T>(static_cast<double>(below(2001)) - 1000) * std::numeric_limits<T>::denorm_min();
          break;
        case kernel_kind::zero:
        case kernel_kind::one_tap:
          tap = signed_zero();
          break;
        case kernel_kind::negative:
          tap = -std::fabs(drawn) - T(0.01);
          break;
        case kernel_kind::equal:
          tap = one;
          break;
        case kernel_kind::whole:
          tap = static_cast<T>((static_cast<double>(below(17)) - 8) * static_cast<double>(taps.size()));
          break;
        case kernel_kind::same_size:
          tap = below(2) == 0 ? one : -one;
          break;
        case kernel_kind::nearly_equal:
          tap = below(2) == 0 ? one : std::nextafter(one, T(0));
          break;
        default:
          tap = drawn;
      }
    }
    change_some(kind, taps, one);
  }

  [[nodiscard]] std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  /// Within (-1, 1).
  [[nodiscard]] double uniform() { return static_cast<double>(next() >> 11) * 0x1p-52 - 1; }
  /// Three of these: bell-shaped, of deviation 1.
  [[nodiscard]] double normal() { return uniform() + uniform() + uniform(); }

 private:
  template <class T>
  void change_some(kernel_kind kind, std::span<T> taps, T one) {
    T& chosen = taps[below(taps.size())];
    if (kind == kernel_kind::one_tap) chosen = one == 0 ? T(1) : one;
    if (kind == kernel_kind::with_nan) chosen = std::numeric_limits<T>::quiet_NaN();
    if (kind == kernel_kind::cancelling) {
      T sum = 0;
      for (const T& tap : taps) sum += &tap == &chosen ? T(0) : tap;
      chosen = below(2) == 0 ? -sum : std::nextafter(-sum, T(0));
    }
    if (kind == kernel_kind::with_infinity) {
      const T infinity = std::numeric_limits<T>::infinity();
      chosen = below(2) == 0 ? infinity : -infinity;
      if (below(3) == 0) taps[below(taps.size())] = infinity;
    }
  }
  /// splitmix64 (G. Steele, D. Lea and C. Flood, OOPSLA 2014).
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace testing

}  // namespace esp::inline ESPALIER_ABI
