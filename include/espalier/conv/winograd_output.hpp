// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The products of a Winograd convolution on their way back to voxels.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/winograd_blocking.hpp>
#include <espalier/conv/winograd_transform.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/interleave.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI {

/// Transforms back along W and H, then adds up along D what the points there contribute.
template <index_t TapsH, index_t TapsW, class T>
struct winograd_output {
  static constexpr auto along_h = transform_for<TapsH>;
  static constexpr auto along_w = transform_for<TapsW>;
  static constexpr index_t step_h = detail::tile_step(TapsH), step_w = detail::tile_step(TapsW);
  static constexpr std::size_t points_h = detail::tile_points(TapsH), points_w = detail::tile_points(TapsW);

  /// products: `points_h * points_w` planes of `plane`, `vectors` whole vectors of each -> sums: for each output of a
  /// tile along D `step_h * step_w` rows of `pitch`. The first point along D that an output reads overwrites its sums.
  template <index_t TapsD>
  static void transform(const T* products, index_t plane, index_t vectors, index_t point, T* sums, index_t pitch) {
    constexpr auto& output = transform_for<TapsD>.output;
    constexpr std::size_t step_d = output.size();
    const auto p = static_cast<std::size_t>(point);
    std::array<batch<T>, step_d> factor;
    std::array<bool, step_d> used{}, first{};
    for (std::size_t d = 0; d < step_d; ++d) {
      factor[d] = simd::broadcast(static_cast<T>(output[d][p]));
      used[d] = output[d][p] != 0;
      first[d] = true;
      for (std::size_t q = 0; q < p; ++q) first[d] = first[d] && output[d][q] == 0;
    }
    for (index_t q = 0; q < vectors * lanes<T>; q += lanes<T>) {
      batch<T> z[static_cast<std::size_t>(step_h * step_w)];
      back(std::make_index_sequence<points_h>{}, products + q, plane, z);
      for (std::size_t d = 0; d < step_d; ++d) {
        if (!used[d]) continue;
        T* to = sums + static_cast<index_t>(d) * step_h * step_w * pitch + q;
        for (const batch<T>& value : z) {
          simd::store_unaligned(
              to, first[d] ? factor[d] * value : simd::fma<T>(factor[d], value, simd::load_unaligned(to)));
          to += pitch;
        }
      }
    }
  }

  /// One row of tiles of one output along D and H -> to: `count` voxels of a row of y. even and odd are the sums of the
  /// two outputs along W, or of the only one.
  static void store_row(const T* even, const T* odd, index_t count, T bias, T* to) {
    const batch<T> add = simd::broadcast(bias);
    for (index_t w = 0; w < count; w += step_w * lanes<T>, even += lanes<T>, odd += lanes<T>) {
      if constexpr (step_w == 1) {
        simd::store_range(to + w, simd::load_unaligned(even) + add, lane_range<T>(0, count - w));
      } else {
        const batch_pair<T> y = simd::interleave(simd::load_unaligned(even), simd::load_unaligned(odd));
        if (count - w >= 2 * lanes<T>) {
          simd::store_unaligned(to + w, y.first + add);
          simd::store_unaligned(to + w + lanes<T>, y.second + add);
        } else {
          simd::store_range(to + w, y.first + add, lane_range<T>(0, count - w));
          simd::store_range(to + w + lanes<T>, y.second + add, lane_range<T>(0, count - w - lanes<T>));
        }
      }
    }
  }

 private:
  template <std::size_t Row>
  static constexpr auto output_h = along_h.output[Row];
  template <std::size_t Row>
  static constexpr auto output_w = along_w.output[Row];

  template <std::size_t H, std::size_t... W>
  ESPALIER_ALWAYS_INLINE static void back_w(std::index_sequence<W...>, const T* products, index_t plane,
                                            batch<T>* rows) {
    const auto in = [products, plane](std::size_t j) {
      return simd::load_unaligned(products + static_cast<index_t>(H * points_w + j) * plane);
    };
    ((rows[H * sizeof...(W) + W] = combine<output_w<W>, T>(in)), ...);
  }

  template <std::size_t W, std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void back_h(std::index_sequence<H...>, const batch<T>* rows, batch<T>* z) {
    const auto in = [rows](std::size_t j) { return rows[j * static_cast<std::size_t>(step_w) + W]; };
    ((z[H * static_cast<std::size_t>(step_w) + W] = combine<output_h<H>, T>(in)), ...);
  }

  template <std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void back(std::index_sequence<H...>, const T* products, index_t plane, batch<T>* z) {
    using outputs_h = std::make_index_sequence<static_cast<std::size_t>(step_h)>;
    using outputs_w = std::make_index_sequence<static_cast<std::size_t>(step_w)>;
    batch<T> rows[points_h * static_cast<std::size_t>(step_w)];
    (back_w<H>(outputs_w{}, products, plane, rows), ...);
    each_w(outputs_w{}, outputs_h{}, rows, z);
  }
  template <std::size_t... W, class H>
  ESPALIER_ALWAYS_INLINE static void each_w(std::index_sequence<W...>, H h, const batch<T>* rows, batch<T>* z) {
    (back_h<W>(h, rows, z), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI
