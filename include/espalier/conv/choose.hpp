// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which algorithm computes a configuration, and which kernel where it is the direct one.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

/// What is computed of a convolution.
enum class direction { forward, backward_data, backward_weights };

namespace detail {

/// An axis that a Winograd convolution can walk along.
constexpr bool winograd_axis(index_t kernel, index_t stride, index_t dilation) {
  return stride == 1 && (kernel == 1 || (kernel == 3 && dilation == 1));
}

}  // namespace detail

/// Whether a Winograd convolution exists: stride 1; every kernel extent 3 with dilation 1, or 1; one of them 3.
[[nodiscard]] constexpr bool winograd_serves(const conv3d& config) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  return detail::winograd_axis(K.d, S.d, L.d) && detail::winograd_axis(K.h, S.h, L.h) &&
         detail::winograd_axis(K.w, S.w, L.w) && K.volume() > 1;
}

/// Whether `winograd_f43` exists: F(4, 3) has an axis to walk along, D or H.
[[nodiscard]] constexpr bool winograd_f43_serves(const conv3d& config) {
  return winograd_serves(config) && (config.kernel_size.d == 3 || config.kernel_size.h == 3);
}

/// Whether an algorithm works on transformed tiles.
[[nodiscard]] constexpr bool is_winograd(algorithm a) {
  return a == algorithm::winograd || a == algorithm::winograd_f43;
}

namespace detail {

/// Whether the products that `axes` axes of extent 3 save outweigh the transforms, for a correlation from `in` to `out`
/// channels: 27 products an output become 8, 9 become 4, 3 become 2. A transform costs an input channel about twice
/// what it costs an output channel, so few inputs need more outputs than the other way round. From the ratio of
/// direct's time to Winograd's (g++ 12, AVX-512, float, 16 to 32 planes of 28^2 to 56^2):
///   three axes  4 > 16 1.06, 16 > 4 1.1, 8 > 8 1.27, 64 > 3 1.5; but 3 > 64 0.95, 4 > 8 0.93, 8 > 4 0.8
///   two axes    8 > 16 1.04, 16 > 8 1.08, 16 > 16 1.26; but 12 > 12 0.96, 4 > 32 0.81, 64 > 3 0.78
///   one axis    32 > 32 1.11 to 1.24, 64 > 64 1.4; but 16 > 64 0.92, 16 > 16 0.9
constexpr bool winograd_pays(index_t axes, index_t in, index_t out) {
  if (axes == 3) return in >= 4 && out >= 3 && in * out >= 64;
  if (axes == 2) return in >= 8 && out >= 8 && in * out > 144;
  return in >= 32 && out >= 32;
}

/// The same for the gradient of the weight, where whole registers of channels are transformed on both sides, and one
/// axis saves too little: 16 > 16 1.65, 20 > 20 1.27, two axes 1.25; but 8 > 16 0.91, 4 > 32 0.8, one axis 0.9.
constexpr bool winograd_gradient_pays(index_t axes, index_t in, index_t out) {
  return axes >= 2 && in >= 16 && out >= 16;
}

}  // namespace detail

/// The algorithm for one direction of a configuration, never `automatic`. @pre the configuration is valid.
///
/// Winograd saves products and pays with additions, loads and stores per channel of input and of output. Transformed
/// weights of more than 65,536 pairs of channels (16 MiB in float, 64 numbers a kernel instead of 27) come from memory:
/// they belong to the small volumes at the bottom of a network, where reading them is all the work. The ratios hold in
/// double as well.
///
/// `winograd_f43` is never chosen, though it is faster still: its multiplications round, so small integers are no
/// longer exact and errors are about five times those of F(2, 3) (docs/winograd.md). Who asks for it gets it in the two
/// directions that its tiles serve; the gradient of the weight stays with F(2, 3).
[[nodiscard]] constexpr algorithm algorithm_for(const conv3d& config, direction what) {
  if (config.algorithm == algorithm::winograd_f43 && what == direction::backward_weights) return algorithm::winograd;
  if (config.algorithm != algorithm::automatic) return config.algorithm;
  const extents& K = config.kernel_size;
  const index_t axes = (K.d == 3 ? 1 : 0) + (K.h == 3 ? 1 : 0) + (K.w == 3 ? 1 : 0);
  const index_t IC = config.in_channels / config.groups, OC = config.out_channels / config.groups;
  constexpr index_t most_pairs = 65536;
  const bool pays = what == direction::forward         ? detail::winograd_pays(axes, IC, OC)
                    : what == direction::backward_data ? detail::winograd_pays(axes, OC, IC)
                                                       : detail::winograd_gradient_pays(axes, IC, OC);
  return winograd_serves(config) && pays && IC <= most_pairs / OC ? algorithm::winograd : algorithm::direct;
}

namespace detail {

/// Taps whose offsets, in scratch and in the input, a call of `channel_nest` holds: 8 KiB.
inline constexpr index_t channel_taps = 512;

}  // namespace detail

/// How the direct convolution computes a static shape.
enum class direct_kernel {
  along_w,        ///< Lanes along W over all rows of a plane: several output channels share a vector of input.
  flat,           ///< Lanes along D, H and W as one axis: kernels of extent 1.
  row_tiles,      ///< Lanes along W within rows: several output rows of one channel share a vector of input.
  channel_tiles,  ///< Lanes along output channels: several output positions share a vector of weights.
};

/// What a kernel with lanes along output channels is compiled for.
struct channel_form {
  index_t vectors = 1;  ///< Registers of a block of output channels.
  index_t columns = 1;  ///< Taps along W whose weights are held in registers at once: all of them, or 1.
  index_t step = 1;     ///< Elements between two positions of a row: stride 2 is read as it lies, others taken apart.

  friend constexpr bool operator==(const channel_form&, const channel_form&) = default;
};

/// The form that computes the fewest channels that are not there. With one register of channels a broadcast of the
/// input serves one product, unless the taps along W share it; half of the registers at most hold weights.
[[nodiscard]] constexpr channel_form channel_form_for(index_t out, const extents& taps, const extents& stride,
                                                      const extents& dilation, index_t lane_count,
                                                      index_t registers = vector_registers) {
  channel_form best;
  index_t computed = 0;
  for (const index_t vectors : {2, 3, 1}) {
    const index_t width = vectors * lane_count, whole = (out + width - 1) / width * width;
    if (computed > 0 && whole >= computed) continue;
    computed = whole;
    best.vectors = vectors;
  }
  best.step = stride.w == 2 ? 2 : 1;
  if (best.vectors == 1 && dilation.w == 1 && stride.w <= 2 && taps.w <= registers / 2 - 1) best.columns = taps.w;
  return best;
}

/// The direct kernel for a correlation from `in` to `out` channels: the one place that decides.
///
/// A vector of input that straddles cache lines costs as much as two multiply-adds. With many output channels it serves
/// them all; with few, rows must share it. Measured on AVX-512, along_w's time over row_tiles': depthwise 2.3 (3^3) to
/// 4.6 (9^3), 2 > 2 channels 1.4 to 1.6, 1 > 3 1.4, 3 > 3 1.1 to 1.5; but 6 > 6 0.8, 1 > 4 0.7, 64 > 3 0.97. Rows are
/// shared where H has neither stride nor dilation; above 9 taps their weights leave no registers.
///
/// A kernel of extent 1 with neither stride nor padding is `flat`. Measured on AVX-512, 64^3 positions, along_w's time
/// over flat's: 32 > 3 channels 4.2, 3 > 32 4.5, 16 > 16 3.3, 32 > 32 2.2, depthwise 2.2; 64 > 64 on 32^3 1.6.
///
/// Where output channels fill registers, lanes along them need neither the positions between two rows nor a stride's
/// phases taken apart. along_w's time over channel_tiles' (float, AVX-512; then AVX2; double is alike): 3^3 stride 2
/// 1.5, 1.3; 2^3 stride 2 2.0, 1.6; 4^3 voxels 3.0, 2.2; (7,1,1) 1.6, 1.1; dilation 4 1.25, 1.2; 5^3 1.1, 1.1; 4 > 32
/// 1.1, 1.05; 64 > 64 1.1, 1.07; but 4 > 8 0.56, and on 16 registers, of which one channel register leaves too few
/// sums for its broadcasts, 0.95.
[[nodiscard]] constexpr direct_kernel direct_kernel_for(index_t in, index_t out, const extents& taps,
                                                        const extents& stride, const extents& dilation, const pads& pad,
                                                        index_t lane_count, index_t registers = vector_registers) {
  if (taps == extents{1} && stride == extents{1} && pad == pads{}) return direct_kernel::flat;
  constexpr index_t most_out = 3, most_in = 32, most_taps = 9;
  const bool shares_rows = taps.h >= 2 && taps.h <= most_taps && stride.h == 1 && dilation.h == 1;
  if (shares_rows && out <= most_out && in <= most_in && taps.d * taps.w <= 1024) return direct_kernel::row_tiles;
  const index_t vectors = channel_form_for(out, taps, stride, dilation, lane_count, registers).vectors;
  const index_t width = vectors * lane_count, whole = (out + width - 1) / width * width;
  const bool filled = lane_count > 1 && 8 * out >= 7 * whole && (vectors > 1 || registers > 16);
  return filled && taps.volume() <= detail::channel_taps ? direct_kernel::channel_tiles : direct_kernel::along_w;
}

}  // namespace esp::inline ESPALIER_ABI
