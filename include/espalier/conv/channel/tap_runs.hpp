// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The kept taps of a kernel as runs along its rows, which lanes along channels broadcast one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Kept taps of a kernel row whose elements follow each other in a panel: as many as there are in a row, but one where
/// dilation keeps the taps apart. A count of 0 is the end of the row.
struct tap_run {
  index_t first = 0;
  index_t count = 0;
};

/// The next run from tap `from` of a row of `KW` taps on, of which the first has number `row` in its kernel.
constexpr tap_run next_run(const kept_taps& kept, index_t row, index_t KW, bool joined, index_t from) {
  while (from < KW && !kept.has(row + from)) ++from;
  index_t end = from;
  while (end < KW && (joined || end == from) && kept.has(row + end)) ++end;
  return {from, end - from};
}

/// Whether the taps of a kernel row stand beside each other.
constexpr bool joins_taps(const conv3d& config) { return config.kernel_size.w == 1 || config.dilation.w == 1; }

/// The runs of a kernel by their length: how many there are of each. At most 31 lengths differ, whose sum is 496 taps.
struct run_lengths {
  struct some {
    index_t taps = 0;
    index_t count = 0;
  };
  std::array<some, 32> of{};
  index_t distinct = 0;

  constexpr run_lengths(const conv3d& config, const kept_taps& kept) {
    const extents& K = config.kernel_size;
    const bool joined = joins_taps(config);
    if (kept.all()) {
      add(joined ? K.w : 1, K.d * K.h * (joined ? 1 : K.w));
      return;
    }
    for (index_t row = 0; row < K.volume(); row += K.w) {
      for (tap_run r = next_run(kept, row, K.w, joined, 0); r.count > 0;
           r = next_run(kept, row, K.w, joined, r.first + r.count)) {
        add(r.count, 1);
      }
    }
  }
  /// Elements of all runs in panels of `panel` channels as tiles of `broadcasts` cover them.
  [[nodiscard]] constexpr index_t tiles(index_t panel, index_t broadcasts) const {
    index_t result = 0;
    for (index_t i = 0; i < distinct; ++i) {
      const some& s = of[static_cast<std::size_t>(i)];
      result += ceil_div(s.taps * panel, broadcasts) * s.count;
    }
    return result;
  }

 private:
  constexpr void add(index_t taps, index_t count) {
    index_t i = 0;
    while (i < distinct && of[static_cast<std::size_t>(i)].taps != taps) ++i;
    of[static_cast<std::size_t>(i)].taps = taps;
    of[static_cast<std::size_t>(i)].count += count;
    if (i == distinct) ++distinct;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
