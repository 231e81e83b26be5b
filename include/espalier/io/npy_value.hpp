// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The types of values that a .npy file may hold, and how each becomes a float or a double.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// How a file stores a value: `{'f', 8}` is float64, `{'u', 1}` uint8, `{'b', 1}` bool.
struct npy_type {
  char kind = 'f';                          ///< f floating point, i signed, u unsigned, b bool
  int bytes = 4;                            ///< 1, 2, 4 or 8
  std::endian order = std::endian::little;  ///< of the file

  /// `float32`, `uint8`, `bool`: NumPy's name.
  [[nodiscard]] std::string name() const {
    if (kind == 'b') return "bool";
    return (kind == 'f' ? "float" : kind == 'i' ? "int" : "uint") + std::to_string(8 * bytes);
  }
  friend constexpr bool operator==(const npy_type&, const npy_type&) = default;
};

/// The type that NumPy writes as `text`; false where it is none of those that are read.
[[nodiscard]] constexpr bool npy_type_of(std::string_view text, npy_type& out) {
  if (text.size() != 3) return false;
  const char order = text[0], kind = text[1], digit = text[2];
  const bool sized = kind == 'f'                    ? digit == '2' || digit == '4' || digit == '8'
                     : (kind == 'i' || kind == 'u') ? digit == '1' || digit == '2' || digit == '4' || digit == '8'
                                                    : kind == 'b' && digit == '1';
  // One byte has no order: NumPy writes |, others < or >.
  if (!sized || (order != '<' && order != '>' && !(order == '|' && digit == '1'))) return false;
  out = {kind, digit - '0', order == '>' ? std::endian::big : std::endian::little};
  return true;
}

/// The value of an IEEE half: float holds each.
[[nodiscard]] constexpr float half_value(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = bits >> 10 & 31u, fraction = bits & 0x3FFu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float subnormal = static_cast<float>(fraction) * 0x1p-24F;
  return sign != 0 ? -subnormal : subnormal;
}

/// The value of type `Stored` in the order `order` at `bytes`.
template <class Stored>
[[nodiscard]] Stored stored_value(const std::byte* bytes, std::endian order) {
  std::array<std::byte, sizeof(Stored)> raw{};
  for (std::size_t i = 0; i < sizeof(Stored); ++i) {
    raw[i] = bytes[order == std::endian::native ? i : sizeof(Stored) - 1 - i];
  }
  return std::bit_cast<Stored>(raw);
}

/// `value` as a `T`; `exact` becomes false where that is another number, and `finite` where a finite number became
/// none.
template <class T, class Stored>
[[nodiscard]] T converted(Stored value, bool& exact, bool& finite) {
  if constexpr (std::is_integral_v<Stored>) {
    // Exact when the digits from the first 1 to the last are no more than a T has.
    // By the widest signed type first, whose digits a negative number keeps.
    const auto whole = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    const std::uint64_t size = std::is_signed_v<Stored> && value < 0 ? 0 - whole : whole;
    const int digits =
        size == 0 ? 0 : static_cast<int>(std::bit_width(size)) - static_cast<int>(std::countr_zero(size));
    if (digits > std::numeric_limits<T>::digits) exact = false;
    return static_cast<T>(value);
  } else if constexpr (sizeof(Stored) > sizeof(T)) {
    // From halfway between the largest float and what would follow it, rounding leads beyond.
    if (std::isfinite(value) && std::abs(value) >= 0x1.ffffffp127) {
      exact = finite = false;
      return std::copysign(std::numeric_limits<T>::infinity(), static_cast<T>(value < 0 ? -1 : 1));
    }
    const T result = static_cast<T>(value);
    if (!std::isnan(value) && static_cast<Stored>(result) != value) exact = false;
    return result;
  } else {
    return static_cast<T>(value);
  }
}

/// Calls `body.template operator()<Stored>(decode)`, where `decode(bytes)` gives a value of a C++ type.
template <class Body>
void with_stored_type(const npy_type& type, const Body& body) {
  const auto as = [&]<class Stored>(std::type_identity<Stored>) {
    body([order = type.order](const std::byte* bytes) { return stored_value<Stored>(bytes, order); });
  };
  const auto whole = [&]<class One, class Two, class Four, class Eight>(
                         std::type_identity<One> one, std::type_identity<Two> two, std::type_identity<Four> four,
                         std::type_identity<Eight> eight) {
    type.bytes == 1 ? as(one) : type.bytes == 2 ? as(two) : type.bytes == 4 ? as(four) : as(eight);
  };
  if (type.kind == 'i') {
    whole(std::type_identity<std::int8_t>{}, std::type_identity<std::int16_t>{}, std::type_identity<std::int32_t>{},
          std::type_identity<std::int64_t>{});
  } else if (type.kind == 'u') {
    whole(std::type_identity<std::uint8_t>{}, std::type_identity<std::uint16_t>{}, std::type_identity<std::uint32_t>{},
          std::type_identity<std::uint64_t>{});
  } else if (type.kind == 'b') {
    // Any byte but 0 is true.
    body([](const std::byte* bytes) { return static_cast<std::uint8_t>(*bytes != std::byte{0} ? 1 : 0); });
  } else if (type.bytes == 2) {
    body(
        [order = type.order](const std::byte* bytes) { return half_value(stored_value<std::uint16_t>(bytes, order)); });
  } else if (type.bytes == 4) {
    as(std::type_identity<float>{});
  } else {
    as(std::type_identity<double>{});
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
