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

/// `y[r][i] = sum over k of line[k] from[r][Phase + i + k]`, given to a sink a register at a time.
///
/// Sums of six taps and more are made in two steps, the first of which writes sums of `inner` neighbours: nine taps
/// take six elements instead of nine. No sum is a difference of two, so that a NaN or a cancellation reaches no other
/// output; the error is below `taps` units of rounding of the sum of the terms' magnitudes. The first step is done for
/// all rows before the second reads what it wrote: what was just stored cannot be forwarded to a load that straddles
/// it.
///
/// Element 0 of the input stands at element `Phase` of a row, so that the rows may be written aligned though padding
/// stands before them: what is loaded where a register fills a line is then what was stored, and is forwarded.
template <class Line, index_t Phase, class T>
struct lane_pass {
  static constexpr tap_line line = Line::value;
  static constexpr bool two_steps = line.sums() && line.taps >= 6;
  static constexpr sum_of_sums steps = sum_of_sums_for(line.taps);
  /// Whether the first step's sums stay in registers on their way along a row: where those fill a line, so that the
  /// second takes its elements from two of them; `behind` of them are ahead of the one that is finished.
  static constexpr bool in_registers = two_steps && simd::fills_line<T>;
  static constexpr bool in_scratch = two_steps && !in_registers;
  static constexpr index_t behind = ((steps.outer - 1) * steps.inner + lanes<T> - 1) / lanes<T>;

  /// from: `rows` rows of `pitch` elements, of which `width + taps - 1` from `Phase` on are read into a result and two
  /// registers more are read; scratch: as many, if there are two steps. All begin at multiples of the register's size.
  /// Calls `sink(r, i, sums)` for i = 0, lanes, ... where a whole register of sums is below `width`, and
  /// `sink(r, i, sums, count)` for the rest.
  template <class Sink>
  static void run(const T* from, index_t pitch, index_t rows, index_t width, T* scratch, const Sink& sink) {
    if constexpr (in_registers) {
      for (index_t r = 0; r < rows; ++r, from += pitch) sweep_row(from, r, width, sink, numbers<behind>{});
    } else {
      const index_t summed = in_scratch ? width + line.taps - steps.inner : 0;
      for (index_t r = 0; r < rows; ++r) {
        for (index_t i = 0; i < summed; i += lanes<T>) {
          simd::store(scratch + r * pitch + i, first_step(from + r * pitch + i));
        }
      }
      for (index_t r = 0; r < rows; ++r, from += pitch, scratch += in_scratch ? pitch : 0) {
        index_t i = 0;
        for (; i + lanes<T> <= width; i += lanes<T>) sink(r, i, sums(scratch + i, from + i));
        if (i < width) sink(r, i, sums(scratch + i, from + i), width - i);
      }
    }
  }

 private:
  template <index_t Count>
  using numbers = std::make_index_sequence<static_cast<std::size_t>(Count)>;

  ESPALIER_ALWAYS_INLINE static batch<T> first_step(const T* from) { return sum_of(from, numbers<steps.inner - 1>{}); }
  ESPALIER_ALWAYS_INLINE static batch<T> sums([[maybe_unused]] const T* inner, const T* from) {
    if constexpr (in_scratch) return second_step(inner, from, numbers<steps.outer - 1>{}, numbers<steps.rest>{});
    return products(from, numbers<line.taps - 1>{});
  }

  // A row whose first step's sums stay in registers: `held[q]` are those of register i + q of the row.
  template <class Sink, std::size_t... Q>
  ESPALIER_ALWAYS_INLINE static void sweep_row(const T* from, index_t r, index_t width, const Sink& sink,
                                               std::index_sequence<Q...>) {
    batch<T> held[sizeof...(Q) + 1];
    ((held[Q] = first_step(from + static_cast<index_t>(Q) * lanes<T>)), ...);
    const auto next = [&](index_t i) {
      held[sizeof...(Q)] = first_step(from + i + behind * lanes<T>);
      const batch<T> sum = joined_sums(held, from + i, numbers<steps.outer - 1>{}, numbers<steps.rest>{});
      ((held[Q] = held[Q + 1]), ...);
      return sum;
    };
    index_t i = 0;
    for (; i + lanes<T> <= width; i += lanes<T>) sink(r, i, next(i));
    if (i < width) sink(r, i, next(i), width - i);
  }
  template <std::size_t... J, std::size_t... R>
  ESPALIER_ALWAYS_INLINE static batch<T> joined_sums(const batch<T>* held, [[maybe_unused]] const T* from,
                                                     std::index_sequence<J...>, std::index_sequence<R...>) {
    batch<T> sum = held[0];
    ((sum = sum + at_offset<static_cast<index_t>(J + 1) * steps.inner>(held)), ...);
    ((sum = sum + simd::load_offset<Phase + steps.outer * steps.inner + static_cast<index_t>(R)>(from)), ...);
    return sum;
  }
  template <index_t Offset>
  ESPALIER_ALWAYS_INLINE static batch<T> at_offset(const batch<T>* held) {
    constexpr index_t within = Offset % lanes<T>, whole = Offset / lanes<T>;
    if constexpr (within == 0) return held[whole];
    return simd::joined<within, T>(held[whole], held[whole + 1]);
  }

  template <std::size_t... K>
  ESPALIER_ALWAYS_INLINE static batch<T> sum_of(const T* from, std::index_sequence<K...>) {
    batch<T> sum = simd::load_offset<Phase>(from);
    ((sum = sum + simd::load_offset<Phase + static_cast<index_t>(K) + 1>(from)), ...);
    return sum;
  }
  template <std::size_t... J, std::size_t... R>
  ESPALIER_ALWAYS_INLINE static batch<T> second_step(const T* sums, [[maybe_unused]] const T* from,
                                                     std::index_sequence<J...>, std::index_sequence<R...>) {
    batch<T> sum = simd::load(sums);
    ((sum = sum + simd::load_offset<static_cast<index_t>(J + 1) * steps.inner>(sums)), ...);
    ((sum = sum + simd::load_offset<Phase + steps.outer * steps.inner + static_cast<index_t>(R)>(from)), ...);
    return sum;
  }
  template <std::size_t... K>
  ESPALIER_ALWAYS_INLINE static batch<T> products(const T* from, std::index_sequence<K...>) {
    batch<T> sum = tap_sum<Line, 0, T>::first(simd::load_offset<Phase>(from));
    (add<static_cast<index_t>(K) + 1>(from, sum), ...);
    return sum;
  }
  template <index_t K>
  ESPALIER_ALWAYS_INLINE static void add(const T* from, batch<T>& sum) {
    if constexpr (tap_sum<Line, K, T>::exists) sum = tap_sum<Line, K, T>::add(sum, simd::load_offset<Phase + K>(from));
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
