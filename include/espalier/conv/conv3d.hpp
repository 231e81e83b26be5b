// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The configuration of a 3-D convolution as one value, written with designated initialisers.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// How a convolution is computed. Every algorithm gives the same sums but for rounding.
enum class algorithm {
  automatic,     ///< The faster one for the static shape: `algorithm_for` decides.
  direct,        ///< One product per tap.
  winograd,      ///< Fewer products on transformed tiles; refused for a shape that it cannot serve.
  winograd_f43,  ///< Fewer still, on taller tiles that round more (docs/winograd.md); never chosen, only asked for.
};

/// What is read where the padding lies.
enum class boundary {
  zeros,      ///< Zeros.
  replicate,  ///< The input's nearest element of each axis: `padding_mode="replicate"`, or numpy's `mode="edge"`.
};

/// What becomes of each output, bias included.
enum class activation {
  none,  ///< Nothing.
  relu,  ///< 0 where `y <= 0`, else y: a NaN stays, -0 becomes 0. `backward` takes the output then.
};

/// Everything about a convolution that is known when it is compiled. A structural type: usable as template argument.
///
/// `conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = esp::same}`. `kernel_size`, `stride` and
/// `dilation` take one number or one per axis. Nothing is checked here: `validated<config>` refuses a wrong one.
/// Example: examples/unit_l2.cpp
struct conv3d {
  index_t in_channels = 0;
  index_t out_channels = 0;
  extents kernel_size{};
  extents stride{1};
  extents dilation{1};
  esp::padding padding{};
  index_t groups = 1;
  bool bias = true;
  enforcement enforce = enforcement::forward;
  double eps = 1e-12;
  esp::algorithm algorithm = esp::algorithm::automatic;
  esp::activation activation = esp::activation::none;
  esp::boundary boundary = esp::boundary::zeros;

  friend constexpr bool operator==(const conv3d&, const conv3d&) = default;
};

namespace detail {

/// Shape `(OC, IC / groups, KD, KH, KW)` of the weight. @pre groups >= 1.
[[nodiscard]] constexpr weight_shape weight_shape_of(const conv3d& config) {
  return {config.out_channels, config.in_channels / config.groups, config.kernel_size};
}

/// Padded voxels around the input, `same` resolved.
[[nodiscard]] constexpr pads pads_of(const conv3d& config) {
  return config.padding.resolve(config.kernel_size, config.dilation);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
