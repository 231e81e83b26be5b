// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The products of a Winograd convolution on their way back to voxels.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/paired_points.hpp>
#include <espalier/conv/winograd/transform.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/interleave.hpp>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Transforms back along W and H, then adds up along D what the points there contribute.
template <axis_tiles Axes, class T>
struct winograd_output {
  static constexpr auto along_h = transform_for<Axes.h>;
  static constexpr auto along_w = transform_for<Axes.w>;
  static constexpr index_t step_h = Axes.h.outputs, step_w = Axes.w.outputs;
  static constexpr std::size_t points_h = Axes.h.points(), points_w = Axes.w.points();

  /// products: `points_h * points_w` planes of `plane`, `vectors` whole vectors of each -> sums: for each output of a
  /// tile along D `step_h * step_w` rows of `pitch`. The first point along D that an output reads overwrites its sums.
  static void transform(const T* products, index_t plane, index_t vectors, index_t point, T* sums, index_t pitch) {
    if constexpr (Axes.d == axis_f43) {
      with_point(std::make_index_sequence<paired_points::points>{}, point, products, plane, vectors, sums, pitch);
    } else if constexpr (Axes.h == axis_f43) {
      static_assert(Axes.d == axis_plain);
      each_output(products, plane, vectors, sums, pitch,
                  [](T* to, batch<T> value) { simd::store_unaligned(to, value); });
    } else {
      transform_all(products, plane, vectors, point, sums, pitch);
    }
  }
  /// One row of tiles of one output along D and H -> to: `count` voxels of a row of y, finished as by
  /// `detail::store_row`. even and odd are the sums of the two outputs along W, or of the only one.
  template <class Finish>
  static void store_row(const T* even, const T* odd, index_t count, const Finish& finish, T* to, bool stream) {
    const auto finished = finish.in_registers();
    for (index_t w = 0; w < count; w += step_w * lanes<T>, even += lanes<T>, odd += lanes<T>) {
      if constexpr (step_w == 1) {
        store_finished(to + w, finished, simd::load_unaligned(even), count - w, stream);
      } else {
        const batch_pair<T> y = simd::interleave(simd::load_unaligned(even), simd::load_unaligned(odd));
        store_finished(to + w, finished, y.first, count - w, stream);
        if (count - w > lanes<T>) {
          store_finished(to + w + lanes<T>, finished, y.second, count - w - lanes<T>, stream);
        }
      }
    }
  }

 private:
  template <std::size_t Row>
  static constexpr auto output_h = along_h.output[Row];
  template <std::size_t Row>
  static constexpr auto output_w = along_w.output[Row];

  // All outputs of a tile along H and W at once.
  static void transform_all(const T* products, index_t plane, index_t vectors, index_t point, T* sums, index_t pitch) {
    constexpr auto& output = transform_for<Axes.d>.output;
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

  // With F(4, 3) the outputs along H of one output along W at a time: half the products are loaded twice, but all
  // outputs at once need more than 16 registers.
  template <class Add>
  static void each_output(const T* products, index_t plane, index_t vectors, T* sums, index_t pitch, const Add& add) {
    for (index_t q = 0; q < vectors * lanes<T>; q += lanes<T>) {
      each_w(std::make_index_sequence<static_cast<std::size_t>(step_w)>{}, products + q, plane, sums + q, pitch, add);
    }
  }
  template <std::size_t... W, class Add>
  ESPALIER_ALWAYS_INLINE static void each_w(std::index_sequence<W...>, const T* products, index_t plane, T* sums,
                                            index_t pitch, const Add& add) {
    (each_h<W>(std::make_index_sequence<static_cast<std::size_t>(step_h)>{}, products, plane, sums, pitch, add), ...);
  }
  template <std::size_t W, std::size_t... H, class Add>
  ESPALIER_ALWAYS_INLINE static void each_h(std::index_sequence<H...>, const T* products, index_t plane, T* sums,
                                            index_t pitch, const Add& add) {
    const T* at = products;
    const auto row = [&at, plane] {
      const batch<T> value = combine<output_w<W>, T>(
          [at, plane](std::size_t j) { return simd::load_unaligned(at + static_cast<index_t>(j) * plane); });
      at += static_cast<index_t>(points_w) * plane;
      // A few steps instead of an address for each of 24 planes, which would lie on the stack.
      ESPALIER_HIDE(at);
      return value;
    };
    if constexpr (Axes.h == axis_f43) {
      batch<T> rows[points_h], folded[points_h];
      for (batch<T>& r : rows) r = row();
      paired_points::fold<T>(rows, folded);
      (add(sums + static_cast<index_t>(H * static_cast<std::size_t>(step_w) + W) * pitch,
           paired_points::output<H, T>(folded)),
       ...);
    } else {
      static_assert(Axes.h == axis_plain);
      add(sums + static_cast<index_t>(W) * pitch, row());
    }
  }

  template <std::size_t... Point>
  static void with_point(std::index_sequence<Point...>, index_t point, const T* products, index_t plane,
                         index_t vectors, T* sums, index_t pitch) {
    const index_t between = step_h * step_w * pitch;
    const auto run = [&]<std::size_t P>(std::integral_constant<std::size_t, P>) {
      each_output(products, plane, vectors, sums, pitch,
                  [between](T* to, batch<T> value) { add_point<P>(to, between, value); });
    };
    ((point == static_cast<index_t>(Point) ? run(std::integral_constant<std::size_t, Point>{}) : void()), ...);
  }

  // What a point of F(4, 3) along D adds to the four outputs at `to`, `to + between`, ... Points a and -a enter
  // together: a waits where a later output will be, and so do the odd halves' sums. 7 loads and 11 stores for each
  // output along H and W of a tile; adding every point to every output takes 14 and 18.
  template <std::size_t Point>
  ESPALIER_ALWAYS_INLINE static void add_point(T* to, index_t between, batch<T> value) {
    constexpr auto power = [](std::size_t output, std::size_t point) {
      return static_cast<T>(paired_points::power(output, point));
    };
    T* const second = to + between;
    T* const third = second + between;
    T* const fourth = third + between;
    if constexpr (Point == 0) {
      simd::store_unaligned(to, value);
    } else if constexpr (Point == 1) {
      simd::store_unaligned(second, value);
    } else if constexpr (Point == 2) {
      const batch<T> plus = simd::load_unaligned(second), even = plus + value, odd = plus - value;
      simd::store_unaligned(to, simd::load_unaligned(to) + even);
      simd::store_unaligned(second, simd::broadcast(power(1, 1)) * odd);
      simd::store_unaligned(third, simd::broadcast(power(2, 1)) * even);
    } else if constexpr (Point == 3) {
      simd::store_unaligned(fourth, value);
    } else if constexpr (Point == 4) {
      const batch<T> plus = simd::load_unaligned(fourth), even = plus + value, odd = plus - value;
      // The third power of a is still missing from the last output.
      const batch<T> before = simd::load_unaligned(second);
      simd::store_unaligned(to, simd::load_unaligned(to) + even);
      simd::store_unaligned(second, simd::fma<T>(simd::broadcast(power(1, 3)), odd, before));
      simd::store_unaligned(third, simd::fma<T>(simd::broadcast(power(2, 3)), even, simd::load_unaligned(third)));
      simd::store_unaligned(fourth,
                            simd::fma<T>(simd::broadcast(power(3, 3)), odd, simd::broadcast(power(2, 1)) * before));
    } else {
      simd::store_unaligned(fourth, simd::load_unaligned(fourth) + value);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
