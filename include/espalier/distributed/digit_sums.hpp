// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums of floating point numbers whose bits depend on no order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Sums of arrays of `T`, element by element, that are the same in whatever order and on whatever ranks they are added.
///
/// A number is written in digits of 32 bits at places that do not depend on it: v = sum of c_j 2^(32 j), each c_j with
/// the sign of v. The digits of the highest place that any of the added numbers reaches, and of the one or two below
/// it, are added as whole numbers of 64 bits; lower ones are dropped, for each number alike whenever it comes. What is
/// dropped of a number is below 2^-32 of the largest added one for float, 2^-64 for double. The sum of 2^31 numbers
/// fits. A NaN or an infinity among them makes NaN.
template <class T>
class digit_sums {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);
  static constexpr int kept = std::is_same_v<T, float> ? 2 : 3;
  /// Places of none and of what is no number; those of numbers are within 35 of 0.
  static constexpr std::int64_t nowhere = -1000, beyond = 1000;

 public:
  explicit digit_sums(index_t count)
      : tops_(static_cast<std::size_t>(count), nowhere),
        own_tops_(tops_),
        digits_(static_cast<std::size_t>(count * kept)) {}

  /// Adds an array.
  void add(const T* values) {
    for (std::size_t i = 0; i < tops_.size(); ++i) add(i, values[i]);
  }

  /// Adds those of all ranks: each has the sums of all then. Cost: `kept` + 1 numbers of 64 bits an element through
  /// `combine`. Allocates nothing, so that no rank stops on the way.
  template <class H>
  void combine(H& halo) {
    own_tops_ = tops_;
    halo.combine(std::span<std::int64_t>(tops_), combination::largest);
    for (std::size_t i = 0; i < tops_.size(); ++i) drop(i, tops_[i] - own_tops_[i]);
    halo.combine(std::span<std::int64_t>(digits_), combination::total);
  }

  /// The sum at a place, rounded.
  [[nodiscard]] T value(index_t place) const {
    const auto i = static_cast<std::size_t>(place);
    if (tops_[i] == beyond) return std::numeric_limits<T>::quiet_NaN();
    std::int64_t high = digits_[i * kept], carry = 0;
    double low = 0;
    for (int k = kept - 1; k > 0; --k) {
      // Without a carry the sum of two rounded digits would round twice.
      const std::int64_t digit = digits_[i * kept + static_cast<std::size_t>(k)] + carry;
      carry = digit >> 32;
      low = (low + static_cast<double>(digit & 0xffffffff)) * 0x1p-32;
    }
    high += carry;
    return static_cast<T>(std::ldexp(static_cast<double>(high) + low, static_cast<int>(tops_[i]) * 32));
  }

 private:
  // The digits of +-m 2^e: their places, from the lowest on, count up from `place`.
  struct digits {
    std::array<std::uint64_t, kept> parts;
    int place;
    bool is_negative, is_finite;
  };
  static digits digits_of(T v) {
    using unsigned_type = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr int fraction_bits = std::numeric_limits<T>::digits - 1, bits_of = static_cast<int>(sizeof(T)) * 8;
    constexpr int all_ones = (1 << (bits_of - 1 - fraction_bits)) - 1;
    const auto bits = std::bit_cast<unsigned_type>(v);
    const int field = static_cast<int>(bits >> fraction_bits) & all_ones;
    const std::uint64_t fraction = bits & ((unsigned_type{1} << fraction_bits) - 1);
    const std::uint64_t m = field > 0 ? fraction | std::uint64_t{1} << fraction_bits : fraction;
    const int e = (field > 0 ? field : 1) - (all_ones / 2 + fraction_bits);
    const int place = (e + 1120) / 32 - 35, shift = e - 32 * place;
    digits result{{}, place, bits >> (bits_of - 1) != 0, field != all_ones};
    result.parts[0] = m << shift & 0xffffffff;
    result.parts[1] = m >> (32 - shift) & 0xffffffff;
    if constexpr (kept > 2) result.parts[2] = m >> 1 >> (63 - shift);
    return result;
  }
  void add(std::size_t i, T v) {
    const digits of = digits_of(v);
    if (!of.is_finite) return raise(i, beyond);
    int highest = kept - 1;
    while (highest >= 0 && of.parts[static_cast<std::size_t>(highest)] == 0) --highest;
    if (highest >= 0 && of.place + highest > tops_[i]) raise(i, of.place + highest);
    for (int k = 0; k <= highest; ++k) {
      const std::int64_t at = tops_[i] - (of.place + k);
      const auto digit = static_cast<std::int64_t>(of.parts[static_cast<std::size_t>(k)]);
      if (at < kept) digits_[i * kept + static_cast<std::size_t>(at)] += of.is_negative ? -digit : digit;
    }
  }
  void raise(std::size_t i, std::int64_t top) {
    drop(i, top - tops_[i]);
    tops_[i] = top;
  }
  // Moves the digits of an element so many places down.
  void drop(std::size_t i, std::int64_t places) {
    const auto begin = digits_.begin() + static_cast<std::ptrdiff_t>(i * kept);
    const std::int64_t moved = std::min<std::int64_t>(places, kept);
    std::shift_right(begin, begin + kept, moved);
    std::fill_n(begin, moved, 0);
  }

  std::vector<std::int64_t> tops_, own_tops_, digits_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
