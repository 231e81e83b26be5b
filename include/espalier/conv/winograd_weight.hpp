// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The weight of a Winograd convolution, transformed and packed.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/blocking.hpp>
#include <espalier/conv/winograd_blocking.hpp>
#include <espalier/conv/winograd_transform.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// One axis of a block of vectors: in (outer, Taps, inner) -> out (outer, points, inner).
template <index_t Taps, class T>
struct winograd_weight_axis {
  static constexpr auto along = transform_for<Taps>;
  static constexpr index_t points = tile_points(Taps);

  static void run(const batch<T>* in, index_t outer, index_t inner, batch<T>* out) {
    step(std::make_index_sequence<static_cast<std::size_t>(points)>{}, in, outer, inner, out);
  }

 private:
  template <std::size_t Row>
  static constexpr auto row = along.weight[Row];

  template <std::size_t... P>
  static void step(std::index_sequence<P...>, const batch<T>* in, index_t outer, index_t inner, batch<T>* out) {
    for (index_t a = 0; a < outer; ++a, in += Taps * inner, out += points * inner) {
      for (index_t b = 0; b < inner; ++b) {
        const auto at = [in, inner, b](std::size_t j) { return in[static_cast<index_t>(j) * inner + b]; };
        ((out[static_cast<index_t>(P) * inner + b] = combine<row<P>, T>(at)), ...);
      }
    }
  }
};

}  // namespace detail

/// Transforms and packs the weight for `winograd_nest`: lanes along neighbouring elements of the packed weight.
///
/// weight (groups, outputs, inputs, taps) -> packed (groups, points along D, points along H and W, output blocks,
/// inputs, tile.oc); a last block is filled with zeros. `Transposed`: inputs are the outer channel, and taps are read
/// backwards: the weight of the gradient of the input. Cost: taps loads and about 2.3 points additions per pair of
/// channels, of which a register holds `lanes`.
template <index_t TapsD, index_t TapsH, index_t TapsW, class T>
struct winograd_weight {
  static constexpr index_t taps = TapsD * TapsH * TapsW;
  static constexpr index_t points_d = detail::tile_points(TapsD), points_h = detail::tile_points(TapsH),
                           points_w = detail::tile_points(TapsW);
  static constexpr index_t points = points_d * points_h * points_w;

  static constexpr index_t packed_size(index_t groups, index_t IC, index_t OC) {
    const index_t block = winograd_tile().oc;
    return groups * points * IC * detail::ceil_div(OC, block) * block;
  }

  template <bool Transposed>
  static void pack(const T* weight, index_t groups, index_t IC, index_t OC, T* packed) {
    constexpr index_t block = winograd_tile().oc;
    const index_t blocks = detail::ceil_div(OC, block), size = IC * block;
    for (index_t g = 0; g < groups; ++g) {
      const T* const group = weight + g * IC * OC * taps;
      for (index_t ob = 0; ob < blocks; ++ob) {
        for (index_t e = 0; e < size; e += lanes<T>) {
          T from[static_cast<std::size_t>(taps * lanes<T>)] = {};
          for (index_t lane = 0; lane < detail::rest(e, lanes<T>, size); ++lane) {
            const index_t ic = (e + lane) / block, oc = ob * block + (e + lane) % block;
            if (oc >= OC) continue;
            const T* kernel = group + (Transposed ? ic * OC + oc : oc * IC + ic) * taps;
            for (index_t k = 0; k < taps; ++k) from[k * lanes<T> + lane] = kernel[Transposed ? taps - 1 - k : k];
          }
          transform(from, packed + (g * points * blocks + ob) * size + e, blocks * size, lane_range<T>(0, size - e));
        }
      }
    }
  }

 private:
  static void transform(const T* from, T* to, index_t plane, const lane_range<T>& range) {
    batch<T> k[static_cast<std::size_t>(taps)];
    batch<T> d[static_cast<std::size_t>(points_d * TapsH * TapsW)];
    batch<T> h[static_cast<std::size_t>(points_d * points_h * TapsW)];
    batch<T> w[static_cast<std::size_t>(points)];
    for (index_t i = 0; i < taps; ++i) k[i] = simd::load_unaligned(from + i * lanes<T>);
    detail::winograd_weight_axis<TapsD, T>::run(k, 1, TapsH * TapsW, d);
    detail::winograd_weight_axis<TapsH, T>::run(d, points_d, TapsW, h);
    detail::winograd_weight_axis<TapsW, T>::run(h, points_d * points_h, 1, w);
    for (index_t i = 0; i < points; ++i) simd::store_range(to + i * plane, w[i], range);
  }
};

}  // namespace esp::inline ESPALIER_ABI
