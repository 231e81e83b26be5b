// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A part of the output of a convolution, and the part of the input that it reads: for volumes that are computed in
/// parts, one after the other or in several places.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// A box in a volume: along each axis its first position and how many it has. `{{8, 0, 0}, {4, 64, 64}}` are the planes
/// 8 to 11 of a volume of 64 x 64 voxels a plane.
struct volume_window {
  extents begin;
  extents size;

  friend constexpr bool operator==(const volume_window&, const volume_window&) = default;
};

/// What a window of the output reads.
struct input_part {
  volume_window window;  ///< Of the input.
  /// Padding before the part: what is left of the configuration's where the window reaches beyond the first voxel, else
  /// 0, since the halo belongs to the part. Negative where all that is read lies behind the last voxel.
  extents before;

  friend constexpr bool operator==(const input_part&, const input_part&) = default;
};

namespace detail {

/// A shape with other sizes along D, H and W.
[[nodiscard]] constexpr dims5 resized(const dims5& shape, const extents& size) {
  return {shape.n, shape.c, size.d, size.h, size.w};
}

/// `input_window` without its checks. @pre they hold.
[[nodiscard]] constexpr input_part part_read(const conv3d& config, const dims5& input, const volume_window& output) {
  struct axis {
    index_t begin, size, before;

    // What is read next to the volume reaches from an end of it to this element.
    static constexpr void include(index_t element, index_t& begin, index_t& end) {
      if (element < 0) return;
      begin = element < begin ? element : begin;
      end = element > end ? element : end;
    }
    constexpr axis(index_t first, index_t count, index_t stride, index_t reach, index_t pad, index_t voxels,
                   const axis_boundary& edge) {
      const index_t from = first * stride - pad, to = from + (count - 1) * stride + reach;
      const index_t last = voxels > 0 ? voxels - 1 : 0;
      begin = clamp_index(from, 0, last);
      index_t end = clamp_index(to, 0, last);
      if (voxels > 0 && from < 0) include(element_at(edge, from, voxels), begin, end);
      if (voxels > 0 && to >= voxels) include(element_at(edge, to, voxels), begin, end);
      const bool turns =
          (from < 0 && edge.before == boundary::circular) || (to >= voxels && edge.after == boundary::circular);
      if (turns) begin = 0, end = last;
      size = voxels > 0 ? end - begin + 1 : 0;
      before = begin - from;
    }
  };
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const extents &first = output.begin, &count = output.size, pad = pads_of(config).before;
  const boundaries edge = boundary_of(config);
  const axis d(first.d, count.d, S.d, (K.d - 1) * L.d, pad.d, input.d, edge.d);
  const axis h(first.h, count.h, S.h, (K.h - 1) * L.h, pad.h, input.h, edge.h);
  const axis w(first.w, count.w, S.w, (K.w - 1) * L.w, pad.w, input.w, edge.w);
  return {{{d.begin, h.begin, w.begin}, {d.size, h.size, w.size}}, {d.before, h.before, w.before}};
}

/// Throws ESP-250 for a window without positions along an axis, ESP-251 for one that is not inside `of`, a tensor of
/// shape `output`.
constexpr void require_window(const volume_window& window, const dims5& output, const char* of = "output") {
  const auto axis = [of](const char* name, index_t first, index_t count, index_t size) {
    if (count < 1) {
      throw error("ESP-250", {"the window has ", count, " positions along ", name, ", where the ", of, " has ", size,
                              "; a window has at least one along each axis"});
    }
    if (first < 0 || count > size || first > size - count) {
      throw error("ESP-251",
                  {"the window of ", count, count == 1 ? " position from " : " positions from ", first, " on along ",
                   name, " is not inside of the ", of, ", which has ", size, " there; clip the window to the ", of});
    }
  };
  axis("D", window.begin.d, window.size.d, output.d);
  axis("H", window.begin.h, window.size.h, output.h);
  axis("W", window.begin.w, window.size.w, output.w);
}

/// The smallest window around `window` that begins at multiples of `grid` and ends at one, or where a volume of the
/// sizes `volume` ends.
[[nodiscard]] constexpr volume_window on_grid(const volume_window& window, const extents& grid, const extents& volume) {
  const auto begin = [](index_t first, index_t step) { return first / step * step; };
  const auto size = [begin](index_t first, index_t count, index_t step, index_t whole) {
    const index_t end = ceil_div(first + count, step) * step;
    return (end < whole ? end : whole) - begin(first, step);
  };
  const extents &at = window.begin, &count = window.size;
  return {{begin(at.d, grid.d), begin(at.h, grid.h), begin(at.w, grid.w)},
          {size(at.d, count.d, grid.d, volume.d), size(at.h, count.h, grid.h, volume.h),
           size(at.w, count.w, grid.w, volume.w)}};
}

}  // namespace detail

/// The part of an input of shape `input` that `output`, a window of the output, reads: from the first voxel that a tap
/// reaches to the last one, clipped where the volume ends and padding takes over.
///
/// Along an axis the taps of outputs `[o, o + n)` reach from `o S - P` to `(o + n - 1) S - P + (K - 1) L`, with stride
/// S, padding P before the input, K taps and dilation L. The boundary is met at the ends of the volume alone: who reads
/// beyond the part reads beyond the volume. What a boundary repeats there belongs to the part, and so does the whole of
/// an axis whose ends meet. The part has a voxel along each axis even where only padding is read, the one at that end.
///
/// What a layer reads to compute the same bits as for the whole can be more or less, since kernels compute whole tiles
/// and leave out taps that a prior makes zero: `windowed_convolution::reads`. Constant time, and a constant expression
/// where the operands are. Throws ESP-101 to ESP-104, ESP-204 and ESP-246 as `output_dims`, ESP-250 for a window that
/// is empty, ESP-251 for one that is not inside of the output.
/// Example: `input_window({.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, {1, 1, 9, 9, 9},
/// {{0, 4, 0}, {9, 1, 9}}).window` is `{{0, 3, 0}, {9, 3, 9}}`.
[[nodiscard]] constexpr input_part input_window(const conv3d& config, const dims5& input, const volume_window& output) {
  detail::require_window(output, output_dims(config, input));
  return detail::part_read(config, input, output);
}

}  // namespace esp::inline ESPALIER_ABI
