// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/aligned_buffer.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <vector>

#include "conv/drawn_taps.hpp"
#include "support/catch.hpp"

using esp::index_t;

namespace {

constexpr index_t channels = 2;

/// A drawn input of two channels and two planes.
template <index_t TapsH, index_t Rows, index_t Vectors, class T>
struct operands {
  static constexpr index_t whole = Vectors * esp::lanes<T>, pitch = whole + 5;
  static constexpr index_t plane = (Rows + TapsH) * pitch, channel = 2 * plane;
  std::array<index_t, 6> offset{0, 2, 1, plane, plane + 2, plane + 1};
  std::vector<T> x, weight, flags, elements;
  std::vector<index_t> element;
  esp::row_tile_input<T> input;

  operands() : x(static_cast<std::size_t>(channels * channel + whole + 8)), weight(512), flags(whole + 8) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7 % 11) - 5);
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<T>(static_cast<int>(i * 5 % 7) - 3);
    input.taps = {2, TapsH, 3};
    input.channels = channels;
    input.offset = offset.data();
    input.first = x.data();
    input.channel = channel;
    input.pitch = pitch;
  }
  /// Positions that are there: what lies outside counts as zero.
  void ends(index_t begin, index_t end) {
    input.begin = begin;
    input.end = end;
    input.flags = flags.data();
    for (index_t q = 0; q < whole + 8; ++q) {
      flags[static_cast<std::size_t>(q)] = q >= begin && q < end ? esp::lane_in<T> : esp::lane_out<T>;
    }
  }
  /// Others are elements of the row's first or last register, and some are zeros.
  void repeated_ends(index_t begin, index_t end) {
    ends(begin, end);
    elements.assign(flags.size(), T(0));
    element.assign(flags.size(), -1);
    input.elements = elements.data();
    for (index_t q = 0; q < whole + 8; ++q) {
      const auto i = static_cast<std::size_t>(q);
      const bool inside = q >= begin && q < end, zero = !inside && q % 5 == 4;
      const index_t repeated = q < begin ? (begin - q) % esp::lanes<T> : end - begin - 1 - (q - end) % esp::lanes<T>;
      flags[i] = zero ? esp::lane_out<T> : esp::lane_in<T>;
      element[i] = zero ? -1 : inside ? q - begin : repeated;
      elements[i] = esp::element_in_table<T>(element[i]);
    }
  }
  /// The position that is read at `at`; -1 for a zero.
  index_t read(index_t at) const {
    if (at >= input.begin && at < input.end) return at;
    if (element.empty()) return -1;
    const index_t found = element[static_cast<std::size_t>(at)];
    return found < 0 ? -1 : input.begin + found;
  }
  template <class Columns>
  T sum(index_t r, index_t q) const {
    T result = 2;
    const T* w = weight.data();
    for (index_t ic = 0; ic < channels; ++ic)
      for (index_t c = 0; c < 6; ++c)
        for (index_t kh = 0; kh < TapsH; ++kh) {
          if (!Columns::has((c / 3 * TapsH + kh) * 3 + c % 3)) continue;
          const index_t at = read(q + offset[static_cast<std::size_t>(c % 3)]);
          const index_t from = ic * channel + c / 3 * plane + (r + kh) * pitch + at;
          result += *w++ * (at >= 0 ? x[static_cast<std::size_t>(from)] : T(0));
        }
    return result;
  }
};

// Every number of rows and positions that can be stored, next to guards that nothing may touch.
template <class Columns, esp::row_ends Ends, index_t Rows, index_t Vectors, class T>
void check(const operands<Columns::taps_h, Rows, Vectors, T>& p) {
  constexpr index_t whole = Vectors * esp::lanes<T>, y_pitch = whole + 2;
  for (index_t rows = 1; rows <= Rows + 1; ++rows) {
    for (index_t width = 1; width <= whole + 1; ++width) {
      std::vector<T> y(static_cast<std::size_t>((Rows + 1) * y_pitch), T(77));
      esp::row_tile<Columns, Rows, Vectors, Ends, T>::run(p.input, 0, 1, p.weight.data(),
                                                          esp::detail::channel_epilogue<esp::activation::none, T>{2},
                                                          esp::row_tile_output<T>{y.data(), y_pitch, rows, width});
      index_t wrong = 0;
      for (index_t r = 0; r <= Rows; ++r)
        for (index_t q = 0; q < y_pitch; ++q) {
          const bool stored = r < rows && r < Rows && q < width && q < whole;
          const T expected = stored ? p.template sum<Columns>(r, q) : T(77);
          wrong += y[static_cast<std::size_t>(r * y_pitch + q)] == expected ? 0 : 1;
        }
      REQUIRE(wrong == 0);
    }
  }
}

template <class Columns, index_t Rows, index_t Vectors, class T>
void check_ends() {
  constexpr index_t whole = Vectors * esp::lanes<T>;
  operands<Columns::taps_h, Rows, Vectors, T> p;
  check<Columns, esp::row_ends::none, Rows, Vectors, T>(p);
  for (const index_t begin : {0, 1, 3}) {
    for (const index_t end : {whole + 8, whole + 1, index_t{4}, index_t{0}}) {
      p.ends(begin, end);
      check<Columns, esp::row_ends::zeros, Rows, Vectors, T>(p);
    }
  }
  for (const index_t begin : {0, 1, 3}) {
    for (const index_t end : {whole + 8, whole + 1, esp::lanes<T> + 3}) {
      if (end - begin < esp::lanes<T>) continue;
      p.repeated_ends(begin, end);
      check<Columns, esp::row_ends::repeated, Rows, Vectors, T>(p);
    }
  }
}

template <index_t TapsH, unsigned Seed>
using drawn_columns = esp::some_columns<esp::extents{2, TapsH, 3}, drawn::taps({2, TapsH, 3}, Seed, 40)>;

}  // namespace

TEMPLATE_TEST_CASE("a tile of rows stores what its rows and positions sum up to", "[conv]", float, double) {
  check_ends<esp::all_columns<2>, 1, 1, TestType>();
  check_ends<esp::all_columns<3>, 8, 2, TestType>();
  check_ends<esp::all_columns<5>, 4, 2, TestType>();
  check_ends<esp::all_columns<9>, 2, 1, TestType>();
}

TEMPLATE_TEST_CASE("a tile of rows for a set of taps", "[conv]", float, double) {
  check_ends<drawn_columns<1, 5>, 3, 2, TestType>();
  check_ends<drawn_columns<3, 1>, 8, 2, TestType>();
  check_ends<drawn_columns<5, 2>, 4, 2, TestType>();
  check_ends<drawn_columns<4, 3>, 5, 1, TestType>();
}

TEMPLATE_TEST_CASE("a row of tiles, past the caches or not", "[conv]", float, double) {
  using T = TestType;
  using columns = esp::all_columns<3>;
  constexpr index_t lanes = esp::lanes<T>, width = 3 * lanes;
  std::vector<T> x(static_cast<std::size_t>(4 * (width + 2)), T(1)), weight(9, T(2));
  const std::array<index_t, 3> offset{0, 1, 2};
  esp::row_tile_input<T> in;
  in.taps = {1, 3, 3};
  in.offset = offset.data();
  in.first = x.data();
  in.pitch = width + 2;
  in.ahead = 5;
  for (const bool stream : {false, true}) {
    esp::aligned_buffer<T> y(static_cast<std::size_t>(2 * width));
    esp::row_tile<columns, 2, 1, esp::row_ends::none, T>::run(
        in, 0, 3, weight.data(), esp::detail::channel_epilogue<esp::activation::none, T>{1},
        esp::row_tile_output<T>{y.data(), width, 2, width, stream});
    esp::simd::finish_stream();
    for (index_t i = 0; i < 2 * width; ++i) REQUIRE(y.data()[i] == 19);
  }
}

TEST_CASE("a tile of rows fits the registers", "[conv]") {
  static_assert(esp::row_tile_for(3, 32) == esp::row_tile_shape{8, 2});
  static_assert(esp::row_tile_for(9, 32) == esp::row_tile_shape{8, 2});
  static_assert(esp::row_tile_for(3, 16) == esp::row_tile_shape{5, 2});
  static_assert(esp::row_tile_for(5, 16) == esp::row_tile_shape{4, 2});
  for (const index_t registers : {15, 16, 32}) {
    for (index_t taps = 2; taps <= 9; ++taps) {
      const esp::row_tile_shape t = esp::row_tile_for(taps, registers);
      REQUIRE(t.rows * t.vectors + taps + t.vectors <= registers);
    }
  }
}
