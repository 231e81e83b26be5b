// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What stands in for a register, and for the functions of xsimd, where the instruction set has none.
#pragma once

#include <cmath>
#include <cstddef>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// One number with the operators of a register; its mask is a `bool`.
template <class T>
struct one_lane {
  static constexpr std::size_t size = 1;
  T data{};

  one_lane() = default;
  explicit one_lane(T value) : data(value) {}
  static one_lane load_aligned(const T* p) { return one_lane(*p); }
  static one_lane load_unaligned(const T* p) { return one_lane(*p); }
  void store_aligned(T* p) const { *p = data; }
  void store_unaligned(T* p) const { *p = data; }

  friend one_lane operator+(one_lane a, one_lane b) { return one_lane(a.data + b.data); }
  friend one_lane operator-(one_lane a, one_lane b) { return one_lane(a.data - b.data); }
  friend one_lane operator*(one_lane a, one_lane b) { return one_lane(a.data * b.data); }
  friend one_lane operator/(one_lane a, one_lane b) { return one_lane(a.data / b.data); }
  friend one_lane operator-(one_lane a) { return one_lane(-a.data); }
  friend bool operator<(one_lane a, one_lane b) { return a.data < b.data; }
  friend bool operator<=(one_lane a, one_lane b) { return a.data <= b.data; }
  friend bool operator>(one_lane a, one_lane b) { return a.data > b.data; }
  friend bool operator>=(one_lane a, one_lane b) { return a.data >= b.data; }
  friend bool operator==(one_lane a, one_lane b) { return a.data == b.data; }
  friend bool operator!=(one_lane a, one_lane b) { return a.data != b.data; }
};

/// The functions that batch.hpp asks of xsimd, under the names that they have there.
namespace on_one_lane {

template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE one_lane<T> fma(one_lane<T> a, one_lane<T> b, one_lane<T> c) {
  return a * b + c;
}
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE one_lane<T> select(bool mask, one_lane<T> a, one_lane<T> b) {
  return mask ? a : b;
}
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE one_lane<T> sqrt(one_lane<T> a) {
  return one_lane<T>(std::sqrt(a.data));
}
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE one_lane<T> abs(one_lane<T> a) {
  return one_lane<T>(std::fabs(a.data));
}
[[nodiscard]] ESPALIER_ALWAYS_INLINE bool any(bool mask) { return mask; }

}  // namespace on_one_lane
}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
