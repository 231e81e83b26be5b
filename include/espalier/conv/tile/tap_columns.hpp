// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The taps of a kernel by its columns: those of one (kd, kw), which read rows of one plane that lie below each other.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Neighbouring columns of one plane of a kernel that have the same taps.
struct column_run {
  index_t kd = 0;
  index_t kw = 0;     ///< Of the first column.
  index_t count = 0;  ///< Columns.
  unsigned rows = 0;  ///< A bit for each kh that has a tap, and one at least.

  [[nodiscard]] constexpr index_t taps() const { return std::popcount(rows); }

  friend constexpr bool operator==(const column_run&, const column_run&) = default;
};

/// The taps of column (kd, kw) of a kernel of extents `K`: a bit for each kh. @pre `K.h` is at most 31.
[[nodiscard]] constexpr unsigned column_rows(const extents& K, const kept_taps& kept, index_t kd, index_t kw) {
  unsigned rows = 0;
  for (index_t kh = 0; kh < K.h; ++kh) rows |= kept.has((kd * K.h + kh) * K.w + kw) ? 1U << kh : 0U;
  return rows;
}

/// Calls `use` with every run of a kernel, in the order (kd, kw). Columns without a tap belong to none.
template <class Use>
constexpr void each_run(const extents& K, const kept_taps& kept, const Use& use) {
  for (index_t kd = 0; kd < K.d; ++kd) {
    for (index_t kw = 0; kw < K.w;) {
      column_run run{kd, kw, 0, column_rows(K, kept, kd, kw)};
      for (; kw < K.w && column_rows(K, kept, kd, kw) == run.rows; ++kw) ++run.count;
      if (run.rows != 0) use(run);
    }
  }
}

/// What a tile that is compiled for a set of taps unrolls: the taps of one column of each run. A star of 7 has 7, of 13
/// 11, a causal mask of 63 of 125 taps 15; of drawn masks it is nearly all taps.
[[nodiscard]] constexpr index_t unrolled_taps(const extents& K, const kept_taps& kept) {
  index_t taps = 0;
  each_run(K, kept, [&](const column_run& run) { taps += run.taps(); });
  return taps;
}

/// How many of them a tile is compiled for: each is 16 multiply-adds, so that a row of tiles stays below half of a
/// first cache of instructions of 32 KiB.
inline constexpr index_t most_unrolled = 64;
[[nodiscard]] constexpr bool unrolls(const extents& K, const kept_taps& kept) {
  return unrolled_taps(K, kept) <= most_unrolled;
}

/// A set of taps as it is read backwards: the gradient of the input has the taps of the forward so.
[[nodiscard]] constexpr kept_taps read_backwards(const extents& K, const kept_taps& kept) {
  const index_t taps = K.volume();
  kept_taps result;
  for (index_t t = 0; t < taps; ++t) {
    if (!kept.has(t)) result.drop(taps - 1 - t);
  }
  return result;
}

/// Every tap of a kernel of `TapsH` rows; its other extents are known when it runs.
template <index_t TapsH>
struct all_columns {
  static constexpr bool whole = true;
  static constexpr index_t taps_h = TapsH;
  static constexpr unsigned rows = (1U << TapsH) - 1;

  /// Taps of a kernel of extents `K`.
  static constexpr index_t taps(const extents& K) { return K.volume(); }
  static constexpr bool has(index_t) { return true; }
};

/// The taps of a kernel that are kept, known when the program is compiled, by its runs. @pre there is one.
template <extents Kernel, kept_taps Kept>
struct some_columns {
  static constexpr bool whole = false;
  static constexpr index_t taps_h = Kernel.h;

  static constexpr std::size_t run_count = [] {
    std::size_t count = 0;
    each_run(Kernel, Kept, [&](const column_run&) { ++count; });
    return count;
  }();
  static_assert(run_count > 0, "a kernel without a tap is no work for a tile");
  static constexpr std::array<column_run, run_count> runs = [] {
    std::array<column_run, run_count> all{};
    std::size_t at = 0;
    each_run(Kernel, Kept, [&](const column_run& run) { all[at++] = run; });
    return all;
  }();

  static constexpr index_t taps(const extents&) { return Kept.count(Kernel); }
  static constexpr bool has(index_t tap) { return Kept.has(tap); }
};

template <extents Kernel, kept_taps Kept>
using columns_of = std::conditional_t<Kept.all(), all_columns<Kernel.h>, some_columns<Kernel, Kept>>;

}  // namespace esp::inline ESPALIER_ABI::detail
