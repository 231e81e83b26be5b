// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A part of the gradient of a convolution's input, and the part of the output's gradient that it reads.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What the gradient of a window of the input takes. Kernels see sizes and `before` alone: to them it is a convolution
/// of an input of the sizes `computed`, with so much padding before it, that has an output of the sizes `read`.
struct gradient_part {
  volume_window asked;     ///< Of the input.
  volume_window computed;  ///< Of the padded input, counted from its first voxel that is no padding.
  volume_window read;      ///< Of the output.
  extents before;          ///< Negative where the first output that is read begins to read behind the first voxel.

  /// Shapes of what is computed, for an input of this shape, and of what is read.
  [[nodiscard]] constexpr dims5 computed_of(const dims5& input) const { return resized(input, computed.size); }
  [[nodiscard]] constexpr dims5 read_of(index_t n, index_t channels) const {
    return resized({n, channels, 0, 0, 0}, read.size);
  }
};

/// The first position of the padding before an axis of `size` voxels that repeats a voxel of `[first, last]`; `first`
/// where none does. @pre `padded` is at most `largest_padding`.
[[nodiscard]] constexpr index_t first_repeated(boundary said, index_t padded, index_t size, index_t first,
                                               index_t last) {
  const auto from = [=](index_t low, index_t high, index_t position) { return low <= high ? position : first; };
  const index_t mirrored = last < padded ? last : padded, wrapped = first > size - padded ? first : size - padded;
  switch (said) {
    case boundary::replicate:
      return from(first, 0, -padded);
    case boundary::reflect:
      return from(first > 1 ? first : 1, mirrored, -mirrored);
    case boundary::symmetric:
      return from(first, last < padded ? last : padded - 1, last < padded ? -1 - last : -padded);
    case boundary::circular:
      return from(wrapped, last, wrapped - size);
    default:
      return first;
  }
}

/// One axis of `gradient_part`.
struct gradient_axis {
  index_t begin, size, read, count, before;

  /// Of `[first, first + wanted)` of `voxels`, on a kernel that computes blocks of `block` from the padded input's
  /// begin on. What is folded onto the window from the padding is computed with it. A block that overhangs the volume
  /// reads as if it did not.
  constexpr gradient_axis(index_t first, index_t wanted, index_t voxels, const axis_boundary& edge, const pads& all,
                          index_t extents::* axis, const conv3d& config, index_t outputs, index_t block) {
    const index_t stride = config.stride.*axis, reach = (config.kernel_size.*axis - 1) * config.dilation.*axis;
    const index_t pad = all.before.*axis, last = first + wanted - 1, end = voxels - 1;
    const index_t folded = edge.before == boundary::zeros ? 0 : pad;
    const index_t behind = edge.after == boundary::zeros ? 0 : all.after.*axis;
    const index_t low = first_repeated(edge.before, folded, voxels, first, last);
    const index_t high = end - first_repeated(edge.after, behind, voxels, end - last, end - first);
    begin = (low + folded) / block * block - folded;
    const index_t blocks_end = ceil_div(high + 1 + folded, block) * block - folded;
    size = (blocks_end < voxels + behind ? blocks_end : voxels + behind) - begin;
    // Outputs o with begin <= o S - P + k L < blocks_end for a tap k, clipped; of none the nearest one.
    const index_t from = begin + pad - reach, to = (blocks_end - 1 + pad) / stride;
    const index_t reached = from < 0 ? from / stride : ceil_div(from, stride);
    read = clamp_index(reached < to ? reached : to, 0, outputs - 1);
    count = clamp_index(to, 0, outputs - 1) - read + 1;
    before = begin + pad - read * stride;
  }
};

/// `output_window` for kernels that compute blocks: without its checks, and with what is computed. @pre they hold.
[[nodiscard]] constexpr gradient_part gradient_part_of(const conv3d& config, const dims5& input, const dims5& output,
                                                       const volume_window& window, const extents& block = 1) {
  const pads all = pads_of(config);
  const boundaries edge = boundary_of(config);
  const extents &at = window.begin, &size = window.size;
  const gradient_axis d(at.d, size.d, input.d, edge.d, all, &extents::d, config, output.d, block.d);
  const gradient_axis h(at.h, size.h, input.h, edge.h, all, &extents::h, config, output.h, block.h);
  const gradient_axis w(at.w, size.w, input.w, edge.w, all, &extents::w, config, output.w, block.w);
  return {window,
          {{d.begin, h.begin, w.begin}, {d.size, h.size, w.size}},
          {{d.read, h.read, w.read}, {d.count, h.count, w.count}},
          {d.before, h.before, w.before}};
}

}  // namespace detail

/// The window of the output whose gradient the gradient of `window`, one of an input of shape `input`, reads: from the
/// first output that reads a voxel of the window to the last one.
///
/// Along an axis voxels `[i, i + n)` are read by the outputs from `ceil((i + P - (K - 1) L) / S)` to `floor((i + n - 1
/// + P) / S)`, clipped to the output, with stride S, padding P before the input, K taps and dilation L. Where a
/// boundary repeats voxels of the window in the padding, the outputs that read them there belong to it, and all between
/// the first and the last: a window that meets an end of a circular axis may need the other end. The part has an output
/// along each axis even where none reads the window. A kernel can read more or less, as in `input_window`:
/// `windowed_gradients::reads`. Constant time, and a constant expression where the operands are. Throws ESP-101 to
/// ESP-104, ESP-204 and ESP-246 as `output_dims`, ESP-250 for a window that is empty, ESP-251 for one that is not
/// inside of the input.
/// Example: `output_window({.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, {1, 1, 9, 9, 9},
/// {{0, 4, 0}, {9, 1, 9}})` is `{{0, 3, 0}, {9, 3, 9}}`.
[[nodiscard]] constexpr volume_window output_window(const conv3d& config, const dims5& input,
                                                    const volume_window& window) {
  const dims5 output = output_dims(config, input);
  detail::require_window(window, input, "input");
  return detail::gradient_part_of(config, input, output, window).read;
}

}  // namespace esp::inline ESPALIER_ABI
