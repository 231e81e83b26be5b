// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The input of one task as padded planes in scratch: where borders, strides and dilation are dealt with.
///
/// A plane holds the rows a task reads, split by stride phase along H and W, so that the tap (kh, kw) of consecutive
/// output positions is always a run of consecutive elements. Rows of one phase follow each other without a gap:
/// position `q = oh * pitch + ow` walks over all output rows at once, and a vector may straddle two rows (the positions
/// between them are computed and dropped).
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/border.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/row.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A plane in scratch: `h.slot_count * w.slot_count` phases, each `rows` rows of `pitch` elements.
struct plane_layout {
  stride_axis h;
  stride_axis w;
  index_t rows = 0;
  index_t pitch = 0;
  boundaries boundary{};

  /// Whether anything but zeros stands beside a plane.
  [[nodiscard]] constexpr bool repeats() const {
    return boundary.h != axis_boundary() || boundary.w != axis_boundary();
  }
  [[nodiscard]] constexpr index_t phase() const { return rows * pitch; }
  [[nodiscard]] constexpr index_t size() const { return h.slot_count * w.slot_count * phase(); }
  /// Where tap (kh, kw) of output position 0 lies in the plane.
  [[nodiscard]] constexpr index_t tap_offset(index_t kh, index_t kw) const {
    return (h.slot(kh) * w.slot_count + w.slot(kw)) * phase() + h.shift(kh) * pitch + w.shift(kw);
  }
};

template <class T>
void fill_zero(T* to, index_t count) {
  const index_t rest = count % lanes<T>;
  for (index_t i = 0; i < count - rest; i += lanes<T>) simd::store_unaligned(to + i, simd::broadcast(T(0)));
  for (index_t i = 0; i < rest; ++i) to[count - rest + i] = T(0);
}

/// `to[i] = from[i]` for i in `[first, count)`, and zero in the rest of the first and the last vector. @pre `first`
/// lies in the first vector. Asks for the cache lines that lie `ahead` elements further on in `from`, valid or not.
template <class T>
void copy_vectors(const T* from, index_t first, index_t count, T* to) {
  index_t i = 0;
  const auto some_lanes = [&](index_t begin) {
    simd::store_unaligned(to + i, simd::load_range(from + i, lane_range<T>(begin, count - i)));
    i += lanes<T>;
  };
  if (first > 0) some_lanes(first);
  for (; i + lanes<T> <= count; i += lanes<T>) simd::store_unaligned(to + i, simd::load_unaligned(from + i));
  if (i < count) some_lanes(0);
}

/// A row of `pitch` elements from one of the input, with what stands beside it, and zeros in the rest.
template <class T>
void copy_bordered_row(const row_border& w, const T* from, index_t iw0, index_t stride, index_t pitch, T* row) {
  const index_t begin = w.begin(), end = w.end();
  // As in `copy_plane`: zeros of less than a vector take one, of which the row takes the rest.
  if (begin <= lanes<T> && pitch - end <= lanes<T> && pitch >= lanes<T>) {
    if (begin > 0) simd::store_unaligned(row, simd::broadcast(T(0)));
    if (end < pitch) simd::store_unaligned(row + pitch - lanes<T>, simd::broadcast(T(0)));
  } else {
    fill_zero(row, begin);
    fill_zero(row + end, pitch - end);
  }
  if (stride > 1) {
    for (index_t c = w.inside.begin; c < w.inside.end; ++c) row[c] = from[iw0 + c * stride];
  } else if (w.inside.begin < w.inside.end) {
    copy_row(row + w.inside.begin, from + iw0 + w.inside.begin, w.inside.end - w.inside.begin, T(0));
  }
  w.before.copy(from, row);
  w.after.copy(from, row);
}

/// `copy_plane` where elements of the input stand in the padding: each row is that of the row which the boundary along
/// H names, with what that along W says beside it.
template <class T>
void copy_bordered(const plane_layout& layout, const T* plane, index_t IH, index_t IW, index_t oh0, index_t rows_out,
                   index_t ow0, index_t cols_out, T* to) {
  const index_t rows = layout.h.span(rows_out), cols = layout.w.span(cols_out), stride = layout.w.stride;
  const bool one_vector = stride == 1 && layout.pitch <= lanes<T>;
  const lane_range<T> whole(0, layout.pitch);
  for (index_t sh = 0; sh < layout.h.slot_count; ++sh) {
    const index_t ih0 = layout.h.start(oh0, sh);
    for (index_t sw = 0; sw < layout.w.slot_count; ++sw, to += layout.phase()) {
      const index_t iw0 = layout.w.start(ow0, sw);
      const row_border w(layout.boundary.w, iw0, stride, IW, cols);
      const lane_range<T> inside(w.inside.begin, w.inside.end);
      for (index_t r = 0; r < rows; ++r) {
        T* const row = to + r * layout.pitch;
        const index_t ih = element_at(layout.boundary.h, ih0 + r * layout.h.stride, IH);
        if (ih < 0) {
          fill_zero(row, layout.pitch);
          continue;
        }
        const T* const from = plane + ih * IW;
        if (!one_vector) {
          copy_bordered_row(w, from, iw0, stride, layout.pitch, row);
          continue;
        }
        // Borders and elements of a short row at once.
        const auto read = [from](index_t element) { return simd::broadcast(from[element]); };
        const batch<T> x = w.before.template blended<T>(0, simd::load_range(from + iw0, inside), read);
        simd::store_range(row, w.after.template blended<T>(0, x, read), whole);
      }
    }
  }
}

/// Copies what `rows_out` output rows from `oh0` and `cols_out` columns from `ow0` read of one input plane.
///
/// plane (IH, IW) or null where the whole plane is zeros; to: `layout.size()` elements, of which every one of the
/// first `span` rows and columns of each phase is written: input or padding. Cost: one pass, vector copies at stride 1.
template <class T>
void copy_plane(const plane_layout& layout, const T* plane, index_t IH, index_t IW, index_t oh0, index_t rows_out,
                index_t ow0, index_t cols_out, T* to) {
  if (layout.repeats() && plane != nullptr) {
    return copy_bordered(layout, plane, IH, IW, oh0, rows_out, ow0, cols_out, to);
  }
  const index_t rows = layout.h.span(rows_out), cols = layout.w.span(cols_out);
  for (index_t sh = 0; sh < layout.h.slot_count; ++sh) {
    const index_t ih0 = layout.h.start(oh0, sh);
    const inside_range h(ih0, layout.h.stride, plane == nullptr ? 0 : IH, rows);
    for (index_t sw = 0; sw < layout.w.slot_count; ++sw, to += layout.phase()) {
      const index_t iw0 = layout.w.start(ow0, sw);
      const inside_range w(iw0, layout.w.stride, IW, cols);
      if (h.begin == h.end || w.begin == w.end) {
        fill_zero(to, rows * layout.pitch);
        continue;
      }
      fill_zero(to, h.begin * layout.pitch);
      // Borders and elements of a short row at once.
      const bool one_vector = layout.w.stride == 1 && layout.pitch <= lanes<T>;
      const lane_range<T> inside(w.begin, w.end), whole(0, layout.pitch);
      for (index_t r = h.begin; r < h.end; ++r) {
        T* row = to + r * layout.pitch;
        const T* from = plane + (ih0 + r * layout.h.stride) * IW + iw0 + w.begin * layout.w.stride;
        if (one_vector) {
          simd::store_range(row, simd::load_range(from - w.begin, inside), whole);
          continue;
        }
        // Narrow borders are a vector each, of which the row takes the rest: loops over their few elements become calls
        // that take as long as the row.
        const bool narrow = w.begin <= lanes<T> && layout.pitch - w.end <= lanes<T> && layout.pitch >= lanes<T>;
        if (narrow) {
          simd::store_unaligned(row, simd::broadcast(T(0)));
          simd::store_unaligned(row + layout.pitch - lanes<T>, simd::broadcast(T(0)));
        } else {
          fill_zero(row, w.begin);
          fill_zero(row + w.end, layout.pitch - w.end);
        }
        if (layout.w.stride == 1) {
          copy_row(row + w.begin, from, w.end - w.begin, T(0));
        } else {
          for (index_t c = w.begin; c < w.end; ++c, from += layout.w.stride) row[c] = *from;
        }
      }
      fill_zero(to + h.end * layout.pitch, (rows - h.end) * layout.pitch);
    }
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
