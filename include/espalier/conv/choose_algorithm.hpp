// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which algorithm computes a direction of a configuration: where fewer products outweigh the transforms, with what was
/// measured.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

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
///
/// It computes all taps whatever is kept. Winograd's time over that of a list of 7 taps of 3^3, then of 14: 16 > 16
/// 1.66, 1.02; 20 > 20 1.95, 1.12; 32 > 32 1.47, 0.88; 64 > 64 1.63, 0.95; 128 > 128 1.58, 0.94: a list of 12 is as
/// fast.
constexpr bool winograd_gradient_pays(index_t axes, index_t in, index_t out, index_t kept, index_t taps) {
  return axes >= 2 && in >= 16 && out >= 16 && 27 * kept > 12 * taps;
}

/// Whether tiles, with an axis of F(2, 2) or none, take less time than the kept taps one by one, for a correlation from
/// `in` to `out` channels: a product and what is transformed for it cost as much as 1 + 8 / out + 4 / in taps, in the
/// gradient of the weight as 2, and two axes have to save. From the ratio of direct's time to Winograd's, 32^3 (g++ 12,
/// AVX-512, float; forward and the gradient of the input differ by less than 0.1):
///   2 x 3 x 3   4 > 16 1.13, 8 > 8 1.3, 12 > 12 1.34, 16 > 16 1.6, 64 > 64 2.5; the gradient 16 > 16 1.5, 8 > 8 0.63
///   2 x 2 x 3   8 > 8 1.2, 16 > 16 1.35; the gradient 16 > 16 1.3
///   2 x 2 x 2   8 > 8 1.0, 16 > 16 1.38, 32 > 32 1.5; the gradient 16 > 16 1.2
///   2 x 3 x 1   12 > 12 1.13, 16 > 16 1.5; the gradient 16 > 16 1.0
///   2 x 2 x 1   16 > 16 1.45; 2 x 1 x 1   64 > 64 0.97
///   7 of 3^3    16 > 16 0.59, 32 > 32 0.8, 64 > 64 0.82; 11 of 3^3 1.0, 1.1, 1.18; 14 of 3^3 1.0, 1.28, 1.4
constexpr bool winograd_part_pays(const conv3d& config, direction what, index_t taps) {
  const axis_tiles tiles = axis_tiles_for(config.kernel_size, algorithm::winograd);
  const index_t inputs = config.in_channels / config.groups, outputs = config.out_channels / config.groups;
  const index_t in = what == direction::backward_data ? outputs : inputs;
  const index_t out = what == direction::backward_data ? inputs : outputs;
  const extents &K = config.kernel_size, points = tiles.points();
  const index_t axes = (K.d > 1 ? 1 : 0) + (K.h > 1 ? 1 : 0) + (K.w > 1 ? 1 : 0);
  constexpr index_t most_pairs = 65536;
  if (axes < 2 || in > most_pairs / out) return false;
  const index_t listed = taps * in * out * tiles.outputs().volume();
  if (what == direction::backward_weights) return in >= 16 && out >= 16 && 2 * points.volume() * in * out < listed;
  return points.volume() * (in * out + 8 * in + 4 * out) < listed;
}

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
[[nodiscard]] constexpr algorithm algorithm_for(const conv3d& config, direction what, const kept_taps& kept = {}) {
  if (config.algorithm == algorithm::winograd_f43 && what == direction::backward_weights) return algorithm::winograd;
  if (config.algorithm != algorithm::automatic) return config.algorithm;
  const extents& K = config.kernel_size;
  const index_t axes = (K.d == 3 ? 1 : 0) + (K.h == 3 ? 1 : 0) + (K.w == 3 ? 1 : 0);
  const index_t IC = config.in_channels / config.groups, OC = config.out_channels / config.groups;
  constexpr index_t most_pairs = 65536;
  const index_t taps = kept.count(K);
  const bool pays = what == direction::forward         ? winograd_pays(axes, IC, OC)
                    : what == direction::backward_data ? winograd_pays(axes, OC, IC)
                                                       : winograd_gradient_pays(axes, IC, OC, taps, K.volume());
  if (!winograd_serves(config) || !pays || IC > most_pairs / OC) return algorithm::direct;
  const bool lists = taps < K.volume() && what != direction::backward_weights;
  return lists && !winograd_part_pays(config, what, taps) ? algorithm::direct : algorithm::winograd;
}

/// The algorithm that computes the part of a kernel that a prior leaves, whose configuration is `config` but for the
/// algorithm, which is what is asked for. Extents of 2 are Winograd's here too, by F(2, 2): a kernel that a program
/// gives them stays with the direct ones, and keeps its bits. What no transform serves is direct, whatever is asked
/// for.
[[nodiscard]] constexpr algorithm algorithm_for_part(const conv3d& config, direction what, const kept_taps& kept) {
  const extents& K = config.kernel_size;
  if (!winograd_serves_part(config)) return algorithm::direct;
  const bool some_two = K.d == 2 || K.h == 2 || K.w == 2;
  if (config.algorithm == algorithm::winograd_f43) {
    // The tiles of F(4, 3) stand beside none of F(2, 2).
    return !some_two && winograd_f43_serves(config) ? algorithm::winograd_f43 : algorithm::winograd;
  }
  if (config.algorithm != algorithm::automatic || !some_two) return config.algorithm;
  return winograd_part_pays(config, what, kept.count(K)) ? algorithm::winograd : algorithm::direct;
}

}  // namespace esp::inline ESPALIER_ABI::detail
