// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sizes of a convolution's output, and the errors of a wrong input shape.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Output positions along one axis, 0 or less where the kernel does not fit: `floor((in + pads - reach) / stride) + 1`
/// with `reach = dilation * (kernel - 1) + 1`.
[[nodiscard]] constexpr index_t output_extent(index_t in, index_t pads_total, index_t kernel, index_t stride,
                                              index_t dilation) {
  const index_t room = in + pads_total - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

/// Whether a side of an axis of `in` elements has what a padding of `padded` repeats; throws ESP-204 or ESP-246
/// otherwise.
constexpr void require_border(const char* axis, const dims5& input, index_t in, boundary said, index_t padded) {
  if (said == boundary::zeros || padded == 0) return;
  if (in < 1) {
    throw error("ESP-204", {"the input of shape ", words_of(input), " is empty along ", axis,
                            ", where boundary::", name_of(said), " has nothing to repeat; pad with boundary::zeros"});
  }
  if (padded <= largest_padding(said, in)) return;
  throw error("ESP-246", {"the input of shape ", words_of(input), " has ", in, in == 1 ? " voxel" : " voxels",
                          " along ", axis, ", where a padding of ", padded, " on boundary::", name_of(said), " needs ",
                          said == boundary::reflect ? padded + 1 : padded,
                          "; pad less, pass a larger volume, or pad with boundary::replicate"});
}

}  // namespace detail

/// Shape of the output for an input of shape `input`, checked. @pre `is_valid` holds for `config`.
///
/// An empty batch is allowed: the output is empty too. Throws ESP-101 for a wrong number of channels, ESP-102 for an
/// input smaller than the dilated kernel after padding, ESP-103 and ESP-104 as `count_of` does, ESP-204 for an input
/// that is empty along an axis whose padding repeats it, ESP-246 for padding that reaches further than it can repeat.
[[nodiscard]] constexpr dims5 output_dims(const conv3d& config, dims5 input) {
  static_cast<void>(detail::count_of(input));
  if (input.c != config.in_channels) {
    throw error("ESP-101", {"the input has ", input.c, " channels but the convolution expects ", config.in_channels,
                            "; pass an input of shape (N, C, D, H, W) with C = in_channels"});
  }
  const pads pad = detail::pads_of(config);
  const boundaries edge = detail::boundary_of(config);
  const auto axis = [&](const char* name, index_t in, index_t before, index_t after, index_t kernel, index_t stride,
                        index_t dilation, const axis_boundary& around) {
    const index_t out = detail::output_extent(in, before + after, kernel, stride, dilation);
    if (out < 1) {
      throw error("ESP-102", {"the input of shape ", detail::words_of(input), " has ", in, " + ", before + after,
                              " padded voxels along ", name, " but the kernel reaches over ",
                              dilation * (kernel - 1) + 1, "; pad more, or pass a larger volume"});
    }
    detail::require_border(name, input, in, around.before, before);
    detail::require_border(name, input, in, around.after, after);
    return out;
  };
  const extents &k = config.kernel_size, &s = config.stride, &l = config.dilation;
  const dims5 output{input.n, config.out_channels, axis("D", input.d, pad.before.d, pad.after.d, k.d, s.d, l.d, edge.d),
                     axis("H", input.h, pad.before.h, pad.after.h, k.h, s.h, l.h, edge.h),
                     axis("W", input.w, pad.before.w, pad.after.w, k.w, s.w, l.w, edge.w)};
  static_cast<void>(detail::count_of(output));
  return output;
}

}  // namespace esp::inline ESPALIER_ABI
