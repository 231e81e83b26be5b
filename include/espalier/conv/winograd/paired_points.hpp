// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What pairs of interpolation points share, for the transforms of F(4, 3).
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/transform.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What the points 0, a, -a, b, -b and infinity of F(4, 3) share: 12 operations for the six points of an input and 12
/// for its four outputs, instead of 16 and 16. Everything follows from the matrices.
struct paired_points {
  static constexpr std::size_t points = 6, outputs = 4;

  /// Stores point p of the tile `in(0), ..., in(5)` at `to + p * plane`.
  template <class T, class In>
  ESPALIER_ALWAYS_INLINE static void input(const In& in, T* to, index_t plane) {
    simd::store_unaligned(to, combine<row<0>, T>(in));
    pair<1, T>(in, to + plane, plane);
    pair<3, T>(in, to + 3 * plane, plane);
    simd::store_unaligned(to + 5 * plane, combine<row<5>, T>(in));
  }

  /// What the outputs are made of, from the products at the points: `to` is those of 0, of a and -a added and
  /// subtracted, of b and -b likewise, and of infinity.
  template <class T>
  ESPALIER_ALWAYS_INLINE static void fold(const batch<T>* products, batch<T>* to) {
    to[0] = products[0];
    for (std::size_t p = 1; p < 5; p += 2) {
      to[p] = products[p] + products[p + 1];
      to[p + 1] = products[p] - products[p + 1];
    }
    to[5] = products[5];
  }
  /// Output number `Output` of what `fold` left.
  template <std::size_t Output, class T>
  ESPALIER_ALWAYS_INLINE static batch<T> output(const batch<T>* folded) {
    return combine<folded_row<Output>, T>([folded](std::size_t j) { return folded[j]; });
  }

  /// The entry of the output's matrix at a point: a power of the point.
  static constexpr double power(std::size_t output, std::size_t point) { return matrices.output[output][point]; }

 private:
  static constexpr const auto& matrices = transform_for<axis_f43>;
  template <std::size_t Point>
  static constexpr auto row = matrices.input[Point];

  /// The entries that points P and P + 1 have in common, or those that differ in their sign, which are divided by the
  /// last of them.
  template <std::size_t P, bool Odd>
  static constexpr auto half = [] {
    auto r = matrices.input[P];
    for (std::size_t j = 0; j < points; ++j) {
      const bool odd = matrices.input[P][j] != matrices.input[P + 1][j];
      r[j] = odd == Odd ? r[j] / (Odd ? matrices.input[P][3] : 1) : 0;
    }
    return r;
  }();
  template <std::size_t P, class T, class In>
  ESPALIER_ALWAYS_INLINE static void pair(const In& in, T* to, index_t plane) {
    constexpr auto factor = static_cast<T>(matrices.input[P][3]);
    const batch<T> even = combine<half<P, false>, T>(in), odd = combine<half<P, true>, T>(in);
    simd::store_unaligned(to, simd::fma<T>(simd::broadcast(factor), odd, even));
    simd::store_unaligned(to + plane, simd::fma<T>(simd::broadcast(-factor), odd, even));
  }

  /// The output's row in terms of what `fold` leaves.
  template <std::size_t Output>
  static constexpr auto folded_row = [] {
    auto r = matrices.output[Output];
    for (std::size_t p = 1; p < 5; p += 2) {
      const bool even = r[p] == r[p + 1];
      r[p] = even ? r[p] : 0;
      r[p + 1] = even ? 0 : -r[p + 1];
    }
    return r;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
