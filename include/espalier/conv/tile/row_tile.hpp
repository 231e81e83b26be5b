// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of output rows of one channel, which share the input rows they read.
#pragma once

#include <bit>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/tile/tap_columns.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_elements.hpp>
#include <espalier/simd/lane_flags.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/stream.hpp>
#include <limits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Rows and vectors of a tile for kernels of `taps_h` rows: accumulators, the weights of a column (kd, kw), and the
/// vectors of one input row fit the registers. 8 x 2 on 32 registers up to 9 taps; on 16 registers 4 x 2 up to 5 taps.
struct row_tile_shape {
  index_t rows = 1;
  index_t vectors = 1;

  friend constexpr bool operator==(const row_tile_shape&, const row_tile_shape&) = default;
};

[[nodiscard]] constexpr row_tile_shape row_tile_for(index_t taps_h, index_t registers = operand_registers) {
  // Beyond 8 rows few volumes fill the tile. Two vectors hide the latency of 4 cycles with 4 rows.
  for (index_t rows = 8; rows > 1; --rows) {
    if (rows * 2 + taps_h + 2 <= registers) return {rows, 2};
  }
  return {registers > taps_h + 4 ? (registers - taps_h - 2 < 8 ? registers - taps_h - 2 : 8) : 2, 1};
}

/// What tiles find beside rows that they read where these lie: they never reach there, zeros, or elements of the row.
enum class row_ends { none, zeros, repeated };

/// What a row of tiles reads. Positions count with the offset of a column along W.
template <class T>
struct row_tile_input {
  extents taps;
  index_t channels = 1;             ///< Input channels to sum over.
  const index_t* offset = nullptr;  ///< (taps.d, taps.w): where a column reads its first row; plane 0: its position.
  const T* first = nullptr;         ///< Position 0 of the first row of the first channel.
  index_t channel = 0;              ///< Between two channels,
  index_t pitch = 0;                ///< and two rows.
  index_t ahead = 0;                ///< Asked for: what lies so far behind each tile's input. 0: nothing.
  /// With ends: the positions that are there, as a range and as a flag for each. Others are zero, and are not read.
  /// Where ends are repeated, flags are of all positions that are no zeros, and `elements` has the element of the row
  /// for each, as `element_in_table`. @pre what a register of positions repeats lies within the row's first or last
  /// register.
  index_t begin = 0;
  index_t end = std::numeric_limits<index_t>::max();
  const T* flags = nullptr;
  const T* elements = nullptr;
};

/// Where the sums of a row of tiles go.
template <class T>
struct row_tile_output {
  T* y;                 ///< Position 0 of the first row.
  index_t pitch;        ///< Between two rows.
  index_t rows, width;  ///< Those that are stored.
  bool stream = false;  ///< Whole tiles go past the caches. @pre their rows begin at multiples of a register.
};

/// Computes `Rows` rows of `Vectors` vectors of one output channel, and stores what its share of an epilogue makes of
/// them.
///
/// `y[r][q] = finish(sum over ic, column, kh (in this order) of weight[ic][column][kh] * input row (ic, kd, r + kh)
/// [offset[column] + q])`, where a column is one (kd, kw); without a tap that `Columns` does not have: it is neither
/// read nor multiplied, and the weight holds the others one after the other. An input row is loaded once for the output
/// rows that read it: a load that straddles two cache lines costs as much as two multiply-adds, and serves as many as
/// the column has taps. Only rows and positions below `rows` and `width` are stored. Any alignment.
///
/// Registers: `Rows * Vectors` accumulators, a weight for each tap of a column, one of input; g++ takes one more for
/// copies. With `Ends` a column that reaches beyond its rows is loaded by flags: two registers more, unless they are
/// masks; where these are repeated, each vector of it that does is taken apart by numbers: a register for each.
template <class Columns, index_t Rows, index_t Vectors, row_ends Ends, class T>
struct row_tile {
  static constexpr index_t input_rows = Rows + Columns::taps_h - 1;
  static constexpr index_t positions = Vectors * lanes<T>;

  /// `tiles` tiles from position `at` on. @pre where there are several, all their positions are stored.
  template <class Finish>
  static void run(const row_tile_input<T>& in, index_t at, index_t tiles, const T* weight, const Finish& finish,
                  const row_tile_output<T>& out) {
    sweep(std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{}, in, at, tiles, weight, finish, out);
  }

 private:
  static constexpr std::size_t vectors = static_cast<std::size_t>(Vectors);

  // A function of its own: inlined where it has one caller, g++ spills a sum for what the epilogue holds (ReLU, AVX2).
  // The accumulators are indexed by constants throughout: an index from a loop would keep them in memory.
  template <std::size_t... A, class Finish>
  ESPALIER_NO_INLINE static void sweep(std::index_sequence<A...>, const row_tile_input<T>& in, index_t at,
                                       index_t tiles, const T* weight, Finish finish, row_tile_output<T> out) {
    for (index_t tile = 0; tile < tiles; ++tile, at += positions) {
      batch<T> acc[sizeof...(A)];
      ((acc[A] = simd::broadcast(T(0))), ...);
      if constexpr (requires { finish.ask(out.y); }) {
        if (tile == 0) (finish.ask(place<A>(out.y + at, out.pitch)), ...);
        if (tile + 1 < tiles) (finish.ask(place<A>(out.y + at + positions, out.pitch)), ...);
      }
      add_channels(acc, in, at, weight);
      // Read when the sums are there: what it holds in registers would be one more beside them.
      const Finish* last = &finish;
      ESPALIER_HIDE(last);
      const auto finished = last->in_registers();
      if (in.ahead > 0) ask(in.first + at + in.ahead, in.pitch);
      // Else g++ keeps the address of every row beside the tiles, in vector registers.
      T* y = out.y + at;
      ESPALIER_HIDE(y);
      const index_t width = out.width - at;
      if (out.rows >= Rows && width >= positions) {
        if (out.stream) {
          (simd::store_stream(place<A>(y, out.pitch), finished(acc[A], place<A>(y, out.pitch))), ...);
        } else {
          (simd::store_unaligned(place<A>(y, out.pitch), finished(acc[A], place<A>(y, out.pitch))), ...);
        }
      } else {
        const lane_range<T> inside[] = {
            lane_range<T>(0, width - static_cast<index_t>(A < vectors ? A : 0) * lanes<T>)...};
        ((static_cast<index_t>(A / vectors) < out.rows
              ? simd::store_range(place<A>(y, out.pitch), finished(acc[A], place<A>(y, out.pitch), inside[A % vectors]),
                                  inside[A % vectors])
              : void()),
         ...);
      }
    }
  }
  static void ask(const T* from, index_t pitch) {
    for (index_t r = 0; r < Rows; ++r) {
      for (index_t v = 0; v < Vectors; ++v) simd::prefetch(from + r * pitch + v * lanes<T>);
    }
  }
  template <std::size_t A>
  static T* place(T* y, index_t y_pitch) {
    return y + static_cast<index_t>(A / vectors) * y_pitch + static_cast<index_t>(A % vectors) * lanes<T>;
  }

  ESPALIER_ALWAYS_INLINE static void add_channels(batch<T>* acc, const row_tile_input<T>& in, index_t at,
                                                  const T* weight) {
    const T* first = in.first + at;
    for (index_t ic = 0; ic < in.channels; ++ic, first += in.channel) {
      if constexpr (Columns::whole) {
        const index_t columns = in.taps.d * in.taps.w;
        for (index_t column = 0, kw = 0; column < columns; ++column, weight += Columns::taps_h) {
          add_column<Columns::rows>(acc, in, first, kw, column, at, weight);
          kw = kw + 1 < in.taps.w ? kw + 1 : 0;
        }
      } else {
        add_runs(std::make_index_sequence<Columns::run_count>{}, acc, in, first, at, weight);
      }
    }
  }
  template <std::size_t... I>
  ESPALIER_ALWAYS_INLINE static void add_runs(std::index_sequence<I...>, batch<T>* acc, const row_tile_input<T>& in,
                                              const T* first, index_t at, const T*& weight) {
    (add_run<I>(acc, in, first, at, weight), ...);
  }
  template <std::size_t I>
  ESPALIER_ALWAYS_INLINE static void add_run(batch<T>* acc, const row_tile_input<T>& in, const T* first, index_t at,
                                             const T*& weight) {
    constexpr column_run run = Columns::runs[I];
    for (index_t kw = run.kw; kw < run.kw + run.count; ++kw, weight += run.taps()) {
      ESPALIER_HIDE(weight);
      add_column<run.rows>(acc, in, first, kw, run.kd * in.taps.w + kw, at, weight);
    }
  }

  // One column of taps, `Taps` by their bits.
  template <unsigned Taps>
  ESPALIER_ALWAYS_INLINE static void add_column(batch<T>* acc, const row_tile_input<T>& in, const T* first, index_t kw,
                                                index_t column, index_t at, const T* weight) {
    const T* const x = first + in.offset[column];
    if constexpr (Ends != row_ends::none) {
      const index_t position = at + in.offset[kw];
      if (position < in.begin || position + positions > in.end) {
        if constexpr (Ends == row_ends::zeros) {
          return add_rows<Taps>(all_rows{}, all_taps{}, acc, x, in.pitch, flagged_load{in.flags + position}, weight);
        } else {
          return add_ends<Taps>(acc, in, x, position, weight);
        }
      }
    }
    add_rows<Taps>(all_rows{}, all_taps{}, acc, x, in.pitch, plain_load{}, weight);
  }
  // A column that meets an end of its rows in one of its vectors, or in all: what meets none is loaded as it lies.
  template <unsigned Taps>
  ESPALIER_ALWAYS_INLINE static void add_ends(batch<T>* acc, const row_tile_input<T>& in, const T* x, index_t position,
                                              const T* weight) {
    if constexpr (Vectors == 2) {
      if (position >= in.begin && position + lanes<T> <= in.end) return add_met<2, Taps>(acc, in, x, position, weight);
      if (position + lanes<T> >= in.begin && position + positions <= in.end) {
        return add_met<1, Taps>(acc, in, x, position, weight);
      }
    }
    add_met<(1U << vectors) - 1, Taps>(acc, in, x, position, weight);
  }
  template <unsigned Meets, unsigned Taps>
  ESPALIER_ALWAYS_INLINE static void add_met(batch<T>* acc, const row_tile_input<T>& in, const T* x, index_t position,
                                             const T* weight) {
    add_rows<Taps>(all_rows{}, all_taps{}, acc, x, in.pitch, repeated_load<Meets>(in, position), weight);
  }

  // How the vectors of a row are loaded.
  struct plain_load {
    ESPALIER_ALWAYS_INLINE batch<T> operator()(const T* from, std::size_t) const { return simd::load_unaligned(from); }
  };
  struct flagged_load {
    const T* flags;

    ESPALIER_ALWAYS_INLINE batch<T> operator()(const T* from, std::size_t v) const {
      return simd::load_flagged(from, lane_flags<T>(flags + static_cast<index_t>(v) * lanes<T>));
    }
  };
  template <unsigned Meets>
  struct repeated_load {
    index_t moved[vectors] = {};
    lane_elements<T> elements[vectors] = {};

    ESPALIER_ALWAYS_INLINE repeated_load(const row_tile_input<T>& in, index_t position) {
      for (std::size_t v = 0; v < vectors; ++v, position += lanes<T>) {
        if ((Meets >> v & 1U) == 0) continue;
        const index_t last = in.end - lanes<T>;
        const index_t first = position < in.begin ? in.begin : position > last ? last : position;
        moved[v] = first - position;
        elements[v] = lane_elements<T>(in.elements + position, in.flags + position, first - in.begin);
      }
    }
    ESPALIER_ALWAYS_INLINE batch<T> operator()(const T* from, std::size_t v) const {
      if ((Meets >> v & 1U) == 0) return simd::load_unaligned(from);
      return simd::load_elements(from + moved[v], elements[v]);
    }
  };
  using all_rows = std::make_index_sequence<static_cast<std::size_t>(input_rows)>;
  using all_taps = std::make_index_sequence<static_cast<std::size_t>(Columns::taps_h)>;

  static constexpr bool has(unsigned taps, std::size_t kh) { return (taps >> kh & 1U) != 0; }
  // Whether an output row reads input row `row` by one of the taps.
  static constexpr bool reads(unsigned taps, std::size_t row) {
    for (std::size_t kh = 0; kh < static_cast<std::size_t>(Columns::taps_h); ++kh) {
      if (has(taps, kh) && kh <= row && row - kh < static_cast<std::size_t>(Rows)) return true;
    }
    return false;
  }
  // The weight of tap `K`: those of the taps before it are packed before it.
  template <unsigned Taps, std::size_t K>
  ESPALIER_ALWAYS_INLINE static batch<T> weight_of(const T* weight) {
    if constexpr (has(Taps, K)) return simd::broadcast(weight[std::popcount(Taps & ((1U << K) - 1))]);
    return batch<T>();
  }

  template <unsigned Taps, class Load, std::size_t... R, std::size_t... K>
  ESPALIER_ALWAYS_INLINE static void add_rows(std::index_sequence<R...>, std::index_sequence<K...> taps, batch<T>* acc,
                                              const T* x, index_t pitch, const Load& load, const T* weight) {
    ESPALIER_HIDE(x);
    const batch<T> w[] = {weight_of<Taps, K>(weight)...};
    ((add_row<Taps, R>(taps, acc, x, load, w), x += pitch), ...);
  }
  // What input row `Row` adds to the output rows that read it, one vector after the other: one of input lives at a
  // time.
  template <unsigned Taps, std::size_t Row, class Load, std::size_t... K>
  ESPALIER_ALWAYS_INLINE static void add_row(std::index_sequence<K...>, batch<T>* acc, const T*& x, const Load& load,
                                             const batch<T>* w) {
    if constexpr (reads(Taps, Row)) {
      for (std::size_t v = 0; v < vectors; ++v) {
        const batch<T> in = load(x + static_cast<index_t>(v) * lanes<T>, v);
        // With the address gone the value stays in its register; g++ would load it again for every product. The only
        // product of a column may take it from memory; but clang would load many first, which 16 registers do not hold.
        if constexpr (std::popcount(Taps) > 1 || vector_registers == 16) ESPALIER_HIDE(x);
        (add_tap<Taps, Row, K>(acc + v, in, w[K]), ...);
      }
    }
  }
  template <unsigned Taps, std::size_t Row, std::size_t K>
  ESPALIER_ALWAYS_INLINE static void add_tap(batch<T>* acc, batch<T> in, batch<T> w) {
    if constexpr (has(Taps, K) && K <= Row && Row - K < static_cast<std::size_t>(Rows)) {
      acc[(Row - K) * vectors] = simd::fma(in, w, acc[(Row - K) * vectors]);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
