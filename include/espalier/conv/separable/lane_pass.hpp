// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A line of taps along W, where the elements of a row are lanes: a few rows in the first cache.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/separable/lines.hpp>
#include <espalier/conv/separable/tap_sum.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/load_offset.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// A sum of `inner * outer + rest` neighbours as `outer` sums of `inner` and the rest.
struct sum_of_sums {
  index_t inner = 1, outer = 1, rest = 0;

  /// Elements that are loaded for a sum, in both steps.
  [[nodiscard]] constexpr index_t loads() const { return inner + outer + rest; }
};

/// The one of fewest loads.
[[nodiscard]] constexpr sum_of_sums sum_of_sums_for(index_t taps) {
  sum_of_sums best{taps, 1, 0};
  for (index_t inner = 2; inner < taps; ++inner) {
    const sum_of_sums next{inner, taps / inner, taps % inner};
    if (next.loads() < best.loads()) best = next;
  }
  return best;
}

/// `y[r][i] = sum over k of line[k] from[r][i + k]`, given to a sink a register at a time.
///
/// Sums of six taps and more are made in two steps, the first of which writes sums of `inner` neighbours: nine taps take
/// six elements instead of nine. No sum is a difference of two, so that a NaN or a cancellation reaches no other output;
/// the error is below `taps` units of rounding of the sum of the terms' magnitudes. The first step is done for all rows
/// before the second reads what it wrote: what was just stored cannot be forwarded to a load that straddles it.
template <class Line, class T>
struct lane_pass {
  static constexpr tap_line line = Line::value;
  static constexpr bool two_steps = line.sums() && line.taps >= 6;
  static constexpr sum_of_sums steps = sum_of_sums_for(line.taps);

  /// from: `rows` rows of `pitch` elements, of which `width + taps - 1` are read into a result and two registers more
  /// are read; scratch: as many, if there are two steps. All begin at multiples of the register's size.
  /// Calls `sink(r, i, sums)` for i = 0, lanes, ... below `width`.
  template <class Sink>
  static void run(const T* from, index_t pitch, index_t rows, index_t width, T* scratch, const Sink& sink) {
    constexpr auto count = [](index_t n) { return static_cast<std::size_t>(n); };
    if constexpr (two_steps) {
      constexpr std::make_index_sequence<count(steps.inner - 1)> inner{};
      constexpr std::make_index_sequence<count(steps.outer - 1)> outer{};
      constexpr std::make_index_sequence<count(steps.rest)> rest{};
      const index_t summed = width + line.taps - steps.inner;
      for (index_t r = 0; r < rows; ++r) {
        for (index_t i = 0; i < summed; i += lanes<T>) {
          simd::store(scratch + r * pitch + i, first_step(from + r * pitch + i, inner));
        }
      }
      for (index_t r = 0; r < rows; ++r) {
        for (index_t i = 0; i < width; i += lanes<T>) {
          sink(r, i, second_step(scratch + r * pitch + i, from + r * pitch + i, outer, rest));
        }
      }
    } else {
      constexpr std::make_index_sequence<count(line.taps - 1)> others{};
      for (index_t r = 0; r < rows; ++r) {
        for (index_t i = 0; i < width; i += lanes<T>) sink(r, i, products(from + r * pitch + i, others));
      }
    }
  }

 private:
  template <std::size_t... K>
  ESPALIER_ALWAYS_INLINE static batch<T> first_step(const T* from, std::index_sequence<K...>) {
    batch<T> sum = simd::load(from);
    ((sum = sum + simd::load_offset<static_cast<index_t>(K) + 1>(from)), ...);
    return sum;
  }
  template <std::size_t... J, std::size_t... R>
  ESPALIER_ALWAYS_INLINE static batch<T> second_step(const T* sums, [[maybe_unused]] const T* from,
                                                     std::index_sequence<J...>, std::index_sequence<R...>) {
    batch<T> sum = simd::load(sums);
    ((sum = sum + simd::load_offset<static_cast<index_t>(J + 1) * steps.inner>(sums)), ...);
    ((sum = sum + simd::load_offset<steps.outer * steps.inner + static_cast<index_t>(R)>(from)), ...);
    return sum;
  }
  template <std::size_t... K>
  ESPALIER_ALWAYS_INLINE static batch<T> products(const T* from, std::index_sequence<K...>) {
    batch<T> sum = tap_sum<Line, 0, T>::first(simd::load(from));
    (add<static_cast<index_t>(K) + 1>(from, sum), ...);
    return sum;
  }
  template <index_t K>
  ESPALIER_ALWAYS_INLINE static void add(const T* from, batch<T>& sum) {
    if constexpr (tap_sum<Line, K, T>::exists) sum = tap_sum<Line, K, T>::add(sum, simd::load_offset<K>(from));
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
