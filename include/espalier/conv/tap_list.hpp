// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The taps of a correlation that are computed: all of them, or a list that was made while the program compiled.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Row-major numbers of taps, ascending.
struct tap_list {
  const index_t* numbers = nullptr;  ///< Null: all taps.
  index_t count = 0;

  [[nodiscard]] constexpr bool all() const { return numbers == nullptr; }
};

/// The taps of a kernel that are kept, and the place of each among them.
template <kept_taps Kept, extents Kernel>
struct listed_taps {
  static constexpr index_t count = Kept.count(Kernel);
  /// Of a tap that is not kept -1.
  static constexpr auto places = [] {
    std::array<index_t, static_cast<std::size_t>(Kernel.volume())> result{};
    index_t place = 0;
    for (index_t t = 0; t < Kernel.volume(); ++t) result[static_cast<std::size_t>(t)] = Kept.has(t) ? place++ : -1;
    return result;
  }();
  static constexpr tap_list list() { return {numbers.data(), count}; }

 private:
  static constexpr auto numbers = [] {
    std::array<index_t, static_cast<std::size_t>(count + 1)> result{};  // one more: none is kept of a kernel of zeros
    for (index_t t = 0, place = 0; t < Kernel.volume(); ++t) {
      if (Kept.has(t)) result[static_cast<std::size_t>(place++)] = t;
    }
    return result;
  }();
};

/// All taps are no list: a kernel may have a million, which no constant evaluation is to walk.
template <kept_taps Kept, extents Kernel>
requires(Kept.all())
struct listed_taps<Kept, Kernel> {
  static constexpr index_t count = Kernel.volume();
  static constexpr tap_list list() { return {}; }
};

}  // namespace esp::inline ESPALIER_ABI::detail
