// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What becomes of finished sums where they are stored as outputs: the bias is added, then the activation applied.
///
/// Every family of kernels sums in its own way and stores in its own place. Each asks one object, which a call carries
/// from its entry to its stores, for the share of the channels that it is about to store. What is known when the
/// program is compiled costs a store nothing; the rest is an operation on a register of sums.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A NaN is not at most 0 and stays; -0 is, and becomes 0.
template <activation Activation, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> activated(const batch<T>& value) {
  if constexpr (Activation == activation::none) return value;
  const batch<T> zero = simd::broadcast(T(0));
  return simd::select<T>(value <= zero, zero, value);
}

/// Of one register of sums, with lanes along positions or along channels: whatever `add` has. Where the output goes is
/// nothing to it.
template <activation Activation, class T>
struct register_epilogue {
  batch<T> add;

  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> operator()(const batch<T>& sum) const {
    return activated<Activation, T>(sum + add);
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> operator()(const batch<T>& sum, const T*) const { return (*this)(sum); }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> operator()(const batch<T>& sum, const T*, const lane_range<T>&) const {
    return (*this)(sum);
  }
};

/// Of the sums of one channel.
template <activation Activation, class T>
struct channel_epilogue {
  T add = T(0);

  [[nodiscard]] ESPALIER_ALWAYS_INLINE T operator()(T sum) const {
    const T value = sum + add;
    return Activation == activation::relu && value <= T(0) ? T(0) : value;
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE register_epilogue<Activation, T> in_registers() const {
    return {simd::broadcast(add)};
  }
};

/// Of a call. Without a bias a store adds zero, so that it has one path; one that has another asks `keeps`.
template <activation Activation, class T>
struct epilogue {
  const T* bias = nullptr;  ///< One number for each channel, or null.

  /// Whether sums with lanes along channels are finished only when they lie along positions: `after_bias` is then what
  /// `lanes_of` leaves to do.
  static constexpr bool after_turning = false;

  /// Whether outputs are the sums as they are.
  [[nodiscard]] constexpr bool keeps() const { return Activation == activation::none && bias == nullptr; }

  /// The same for the channels from `channel` on.
  [[nodiscard]] constexpr epilogue from(index_t channel) const { return {bias == nullptr ? nullptr : bias + channel}; }
  [[nodiscard]] constexpr channel_epilogue<Activation, T> of(index_t channel) const {
    return {bias == nullptr ? T(0) : bias[channel]};
  }
  /// Of the channels `[first, first + count)`, at most one register of them, with a lane for each.
  [[nodiscard]] register_epilogue<Activation, T> lanes_of(index_t first, index_t count) const {
    alignas(alignment) std::array<T, static_cast<std::size_t>(lanes<T>)> add{};
    if (bias != nullptr) std::copy_n(bias + first, count, add.begin());
    return {simd::load(add.data())};
  }
};

/// Of a gradient, and of sums that wait for more: nothing is done to them.
template <class T>
inline constexpr epilogue<activation::none, T> no_epilogue{};

/// What a store asks for: with the sums goes where the first output is stored, and which lanes are, if not all. Cheap
/// to copy: a few pointers, and a type.
template <class E, class T>
concept Epilogue = requires(const E& e, index_t channel, batch<T> sums, const T* to, const lane_range<T>& there) {
  { e.keeps() } -> std::same_as<bool>;
  { e.from(channel) } -> std::same_as<E>;
  { e.of(channel).in_registers()(sums, to) } -> std::same_as<batch<T>>;
  { e.of(channel).in_registers()(sums, to, there) } -> std::same_as<batch<T>>;
  { e.lanes_of(channel, channel)(sums) } -> std::same_as<batch<T>>;
  requires std::same_as<const bool, decltype(E::after_turning)>;
};

/// What a call stores with: what it is given, an epilogue; or the configuration's where that is a bias, or null.
template <activation Activation, class T, class Added>
[[nodiscard]] constexpr auto epilogue_of(const Added& added) {
  if constexpr (Epilogue<Added, T>) {
    return added;
  } else {
    return epilogue<Activation, T>{added};
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
