// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The configuration of a 3-D convolution as one value, written with designated initialisers.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
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

// g++ says that the enumerator shadows the epilogue `esp::relu`, though it is named with its class alone.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
/// What becomes of each output, bias included; more of it: epilogue.hpp.
enum class activation {
  none,  ///< Nothing.
  relu,  ///< 0 where `y <= 0`, else y: a NaN stays, -0 becomes 0. `backward` takes the output then.
};
#pragma GCC diagnostic pop

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
  boundaries boundary{};

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

/// What stands in the padding: zeros on a side that has none, so that what treats zeros best does so there.
[[nodiscard]] constexpr boundaries boundary_of(const conv3d& config) {
  const pads pad = pads_of(config);
  const auto side = [](esp::boundary said, index_t padded) { return padded > 0 ? said : esp::boundary::zeros; };
  const auto axis = [side](const axis_boundary& said, index_t before, index_t after) {
    return axis_boundary(side(said.before, before), side(said.after, after));
  };
  const boundaries& b = config.boundary;
  return {axis(b.d, pad.before.d, pad.after.d), axis(b.h, pad.before.h, pad.after.h),
          axis(b.w, pad.before.w, pad.after.w)};
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
