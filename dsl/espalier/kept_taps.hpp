// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The taps of a kernel that are computed; the others are zero in every block of the weight.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A set of taps, by their row-major numbers: all of them, until some are dropped. A structural type, so that kernels
/// are compiled for one; kernels of more than `most` taps are computed whole.
struct kept_taps {
  static constexpr index_t most = 512;
  static constexpr index_t word_bits = 64;

  std::array<std::uint64_t, static_cast<std::size_t>(most / word_bits)> dropped{};  ///< A bit for each tap.

  [[nodiscard]] constexpr bool has(index_t tap) const {
    return tap >= most || (dropped[static_cast<std::size_t>(tap / word_bits)] >> (tap % word_bits) & 1u) == 0;
  }
  /// Whether nothing was dropped.
  [[nodiscard]] constexpr bool all() const { return *this == kept_taps{}; }
  /// Taps of the kernel that are kept. A kernel may have millions of taps: the dropped ones are counted, by words.
  [[nodiscard]] constexpr index_t count(const extents& kernel) const {
    const index_t volume = kernel.volume();
    index_t result = volume, first = 0;
    for (const std::uint64_t word : dropped) {
      const index_t inside = volume - first;
      if (inside <= 0) break;
      result -= std::popcount(inside < word_bits ? word & ((std::uint64_t{1} << inside) - 1) : word);
      first += word_bits;
    }
    return result;
  }
  /// @pre tap < most
  constexpr void drop(index_t tap) {
    dropped[static_cast<std::size_t>(tap / word_bits)] |= std::uint64_t{1} << (tap % word_bits);
  }

  friend constexpr bool operator==(const kept_taps&, const kept_taps&) = default;
};

}  // namespace esp::inline ESPALIER_ABI::detail
