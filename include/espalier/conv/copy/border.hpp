// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A row of an input with what stands beside it: which elements are its own, which the boundary repeats, and from
/// where.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Elements `[begin, end)` of a row that repeat an input: element c is that of the input at `first + c step`.
struct repeated_run {
  index_t begin = 0;
  index_t end = 0;
  index_t first = 0;
  index_t step = 0;

  [[nodiscard]] constexpr index_t operator[](index_t c) const { return first + c * step; }
  /// Whether all of them are one element.
  [[nodiscard]] constexpr bool is_one() const { return step == 0; }

  /// `row[c] = from[(*this)[c]]`.
  template <class T>
  void copy(const T* from, T* row) const {
    for (index_t c = begin; c < end; ++c) row[c] = from[first + c * step];
  }
  /// `x` with the repeated elements of the register that begins at element `at`, each what `read` says of it.
  template <class T, class Read>
  ESPALIER_ALWAYS_INLINE batch<T> blended(index_t at, const batch<T>& x, const Read& read) const {
    const index_t b = begin < at ? 0 : begin - at, e = end - at < lanes<T> ? end - at : lanes<T>;
    if (b >= e) return x;
    if (is_one()) return simd::blend_range(lane_range<T>(b, e), read(first), x);
    batch<T> result = x;
    for (index_t c = b; c < e; ++c) {
      result = simd::blend_range(lane_range<T>(c, c + 1), read(first + (at + c) * step), result);
    }
    return result;
  }
};

/// The elements of a row whose element c stands at `start + c stride` of an input axis: those inside of it, and the
/// runs before and after that its boundary repeats. What is in none of the three is zero: a boundary of zeros, and what
/// lies beyond the widest padding, which no output reads.
struct row_border {
  inside_range inside;
  repeated_run before, after;

  constexpr row_border(const axis_boundary& edge, index_t start, index_t stride, index_t size, index_t span)
      : inside(start, stride, size, span), before(mapped(edge.before, start, stride, size, false)) {
    const auto reach = [size](boundary b) { return b == boundary::zeros ? 0 : largest_padding(b, size); };
    after = mapped(edge.after, start, stride, size, true);
    before.end = inside.begin;
    after.begin = inside.end;
    if (edge.before != boundary::replicate) {
      const index_t more = reach(edge.before);
      before.begin = inside_range(start + more, stride, size + more, span).begin;
    }
    after.end =
        edge.after == boundary::replicate ? span : inside_range(start, stride, size + reach(edge.after), span).end;
  }

  /// All that is no zero.
  [[nodiscard]] constexpr index_t begin() const { return before.begin; }
  [[nodiscard]] constexpr index_t end() const { return after.end; }

 private:
  // Mirrored on the element at an end of the axis, or behind it; from the other end; or that element.
  static constexpr repeated_run mapped(boundary b, index_t start, index_t stride, index_t size, bool ends) {
    const index_t behind = ends ? 1 : -1, end = ends ? size - 1 : 0;
    switch (b) {
      case boundary::reflect:
        return {0, 0, 2 * end - start, -stride};
      case boundary::symmetric:
        return {0, 0, 2 * end + behind - start, -stride};
      case boundary::circular:
        return {0, 0, start - behind * size, stride};
      default:
        return {0, 0, end, 0};
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
