// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// exp, log, tanh, sigmoid and softplus of a register: the bits of dsl/espalier/elementary_functions.hpp in each lane.
#pragma once

#include <bit>
#include <espalier/config.hpp>
#include <espalier/elementary.hpp>
#include <espalier/elementary_coefficients.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/product.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// A register as elementary.hpp takes it. Its bits are those of a vector of integers, which g++ and clang know on every
/// instruction set; xsimd's names for them changed between versions.
template <class T>
struct register_lanes {
  using value = batch<T>;
  using number = T;
  using numbers = elementary_coefficients<T>;
  using held = typename batch<T>::register_type;
  using element = typename numbers::bits;
  typedef element bits __attribute__((vector_size(sizeof(held))));

  [[nodiscard]] ESPALIER_ALWAYS_INLINE static value of(T x) { return broadcast(x); }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static value product(const value& a, const value& b) {
    return simd::product<T>(a, b);
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static value quotient(const value& a, const value& b) { return divide<T>(a, b); }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static value select(const batch_mask<T>& mask, const value& a, const value& b) {
    return simd::select<T>(mask, a, b);
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static value as_exponent(const value& x) {
    return number_of(bits_of(x) << numbers::mantissa_bits);
  }

  struct parts {
    value exponent;
    value fraction;
  };
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static parts split(const value& x) {
    constexpr element root = numbers::root_of_half, one = std::bit_cast<element>(T(1));
    constexpr T whole = T(element{1} << numbers::mantissa_bits);
    const bits moved = bits_of(x) + (one - root);
    const value exponent = number_of((moved >> numbers::mantissa_bits) | std::bit_cast<element>(whole));
    const value fraction = number_of((moved & ((element{1} << numbers::mantissa_bits) - 1)) + root);
    return {exponent - broadcast<T>(whole + numbers::bias), fraction};
  }

 private:
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static bits bits_of(const value& x) {
    const held numbers_in = x;
    return __builtin_bit_cast(bits, numbers_in);
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static value number_of(const bits& x) {
    return value(__builtin_bit_cast(held, x));
  }
};

/// -|x|, not below what e^x vanishes at; NaN stays.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> away_from_zero(const batch<T>& x) {
  const batch<T> least = broadcast(elementary_coefficients<T>::least_argument);
  const batch<T> away = -abs<T>(x);
  return select<T>(away < least, least, away);
}

template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> exponential(const batch<T>& x) {
  if constexpr (!has_registers) {
    return batch<T>(detail::exponential(x.data));
  } else {
    const batch<T> least = broadcast(elementary_coefficients<T>::least_argument);
    const batch<T> most = broadcast(elementary_coefficients<T>::most_argument);
    return elementary<register_lanes<T>>::exponential(select<T>(x < least, least, select<T>(most < x, most, x)));
  }
}

template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> logarithm(const batch<T>& x) {
  if constexpr (!has_registers) {
    return batch<T>(detail::logarithm(x.data));
  } else {
    using limits = std::numeric_limits<T>;
    const batch<T> zero = broadcast(T{0});
    const batch<T> at_most_zero = select<T>(x < zero, broadcast(limits::quiet_NaN()), broadcast(-limits::infinity()));
    const batch<T> some = select<T>(x <= broadcast(limits::max()), elementary<register_lanes<T>>::logarithm(x), x);
    return select<T>(x <= zero, at_most_zero, some);
  }
}

template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> hyperbolic_tangent(const batch<T>& x) {
  if constexpr (!has_registers) {
    return batch<T>(detail::hyperbolic_tangent(x.data));
  } else {
    using functions = elementary<register_lanes<T>>;
    const batch<T> most = broadcast(elementary_coefficients<T>::saturated), zero = broadcast(T{0});
    const batch<T> size = abs<T>(x);
    const batch<T> beyond_one = functions::tangent_from_one(select<T>(most < size, most, size));
    const batch<T> close_to_zero = select<T>(x == zero, x, functions::tangent_near_zero(x));
    return select<T>(size < broadcast(T{1}), close_to_zero, select<T>(x < zero, -beyond_one, beyond_one));
  }
}

/// 1 / (1 + e^-x).
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> logistic(const batch<T>& x) {
  if constexpr (!has_registers) {
    return batch<T>(detail::logistic(x.data));
  } else {
    return elementary<register_lanes<T>>::sigmoid(x, away_from_zero<T>(x));
  }
}

/// log(1 + e^x).
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> soft_plus(const batch<T>& x) {
  if constexpr (!has_registers) {
    return batch<T>(detail::soft_plus(x.data));
  } else {
    return elementary<register_lanes<T>>::softplus(x, away_from_zero<T>(x));
  }
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
