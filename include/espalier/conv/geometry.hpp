// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sizes of a convolution's output, and the errors of a wrong input shape.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
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

}  // namespace detail

/// Shape of the output for an input of shape `input`, checked. @pre `is_valid` holds for `config`.
///
/// An empty batch is allowed: the output is empty too. Throws ESP-101 for a wrong number of channels, ESP-102 for an
/// input smaller than the dilated kernel after padding, ESP-103 and ESP-104 as `count_of` does, ESP-204 for an input
/// that is empty along an axis whose padding replicates it.
[[nodiscard]] inline dims5 output_dims(const conv3d& config, dims5 input) {
  static_cast<void>(detail::count_of(input));
  if (input.c != config.in_channels) {
    throw error("ESP-101", {"the input has ", input.c, " channels but the convolution expects ", config.in_channels,
                            "; pass an input of shape (N, C, D, H, W) with C = in_channels"});
  }
  const pads pad = detail::pads_of(config);
  const auto axis = [&](const char* name, index_t in, index_t before, index_t after, index_t kernel, index_t stride,
                        index_t dilation) {
    const index_t out = detail::output_extent(in, before + after, kernel, stride, dilation);
    if (out < 1) {
      throw error("ESP-102", {"the input of shape ", detail::words_of(input), " has ", in, " + ", before + after,
                              " padded voxels along ", name, " but the kernel reaches over ",
                              dilation * (kernel - 1) + 1, "; pad more, or pass a larger volume"});
    }
    if (in < 1 && config.boundary == boundary::replicate) {
      throw error("ESP-204", {"the input of shape ", detail::words_of(input), " is empty along ", name,
                              ", where boundary::replicate has nothing to repeat; pad with boundary::zeros"});
    }
    return out;
  };
  const extents &k = config.kernel_size, &s = config.stride, &l = config.dilation;
  const dims5 output{input.n, config.out_channels, axis("D", input.d, pad.before.d, pad.after.d, k.d, s.d, l.d),
                     axis("H", input.h, pad.before.h, pad.after.h, k.h, s.h, l.h),
                     axis("W", input.w, pad.before.w, pad.after.w, k.w, s.w, l.w)};
  static_cast<void>(detail::count_of(output));
  return output;
}

}  // namespace esp::inline ESPALIER_ABI
