// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// An epilogue of several stages: the bias is added, then each does its part on the register of sums that is stored.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/stages.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The residual of a call, which lies as its output does: what is added lies everywhere as far from where the output
/// goes. One number, so that a load takes the address of the store and a register beside it: with two pointers the row
/// tile of a 3^3 kernel kept an address for each row of both, and its sums in memory.
template <class T>
struct residual_beside {
  std::uintptr_t bytes = 0;  ///< From the output to the residual, as addresses count.

  residual_beside() = default;
  residual_beside(const T* y, const T* residual)
      : bytes(reinterpret_cast<std::uintptr_t>(residual) - reinterpret_cast<std::uintptr_t>(y)) {}

  [[nodiscard]] ESPALIER_ALWAYS_INLINE const T* at(const T* to) const {
    return reinterpret_cast<const T*>(reinterpret_cast<std::uintptr_t>(to) + bytes);
  }
};

/// Of one register of sums with lanes along positions.
///
/// Every stage computes on registers, whatever lanes of one are stored: an element has the same bits in each place of a
/// row. Of the residual no more is read than is stored.
template <class Stages, class T>
struct chained_share;
template <class... Stages, class T>
struct chained_share<stage_list<Stages...>, T> {
  batch<T> add;
  residual_beside<T> beside;

  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> operator()(const batch<T>& sum, const T* to) const {
    batch<T> value = sum + add;
    ((value = next<Stages>(value, beside.at(to))), ...);
    return value;
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> operator()(const batch<T>& sum, const T* to,
                                                           const lane_range<T>& there) const {
    batch<T> value = sum + add;
    ((value = next<Stages>(value, beside.at(to), there)), ...);
    return value;
  }

 private:
  // Where all lanes are stored, and where some are. No lambda: g++ calls one from a row tile, with its sums in memory.
  template <class Stage>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> next(const batch<T>& value, const T* residual) {
    if constexpr (adds_residual<Stage>) {
      return value + simd::load_unaligned(residual);
    } else {
      return Stage::template value<T>(value);
    }
  }
  template <class Stage>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> next(const batch<T>& value, const T* residual,
                                                            const lane_range<T>& there) {
    if constexpr (adds_residual<Stage>) {
      return value + simd::load_range(residual, there);
    } else {
      return Stage::template value<T>(value);
    }
  }
};

/// Of the sums of one channel.
template <class Stages, class T>
struct chained_channel {
  T add = T(0);
  residual_beside<T> beside;

  [[nodiscard]] ESPALIER_ALWAYS_INLINE chained_share<Stages, T> in_registers() const {
    return {simd::broadcast(add), beside};
  }
  /// Asks for what is read where an output goes soon.
  ESPALIER_ALWAYS_INLINE void ask(const T* to) const {
    if constexpr (Stages::residuals > 0) simd::prefetch(beside.at(to));
  }
};

/// Of a call. Sums with lanes along channels have their biases added there, and the stages follow when they lie as the
/// output does.
template <class Stages, class T>
struct chained_epilogue {
  const T* bias = nullptr;  ///< One number for each channel, or null.
  residual_beside<T> beside;

  static constexpr bool after_turning = true;

  [[nodiscard]] static constexpr bool keeps() { return false; }
  [[nodiscard]] constexpr chained_epilogue from(index_t channel) const {
    return {bias == nullptr ? nullptr : bias + channel, beside};
  }
  [[nodiscard]] constexpr chained_channel<Stages, T> of(index_t channel) const {
    return {bias == nullptr ? T(0) : bias[channel], beside};
  }
  [[nodiscard]] register_epilogue<activation::none, T> lanes_of(index_t first, index_t count) const {
    return epilogue<activation::none, T>{bias}.lanes_of(first, count);
  }
  /// What `lanes_of` leaves to do. The bias is in the sums, and what is added is -0, which changes no bit of them.
  [[nodiscard]] chained_share<Stages, T> after_bias() const { return {simd::broadcast(T(-0.0)), beside}; }
};

}  // namespace esp::inline ESPALIER_ABI::detail
