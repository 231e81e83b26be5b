// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Finds the columns of a sweep whose intermediate results have left the range of their type, and computes them again.
///
/// The scalars of a tile show it (range_watch.hpp). The look costs an instruction or two a scalar and tile, 0 to 3 % of
/// the time; what follows is seldom, and not inlined.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/prior/redo.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <espalier/range_analysis.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The guard of formula `F`. Tiles are of `held_tile`.
template <class F, class T>
struct range_guard {
  using layout = sweep_layout<F, T>;
  using watch = range_watch<F, T>;
  using memory = sweep_memory<T>;
  static constexpr index_t width = layout::width, length = layout::length, depth = layout::depth;
  static constexpr bool is_gradient = layout::is_gradient;

  /// Whether columns of a tile whose scalars are known may have to be computed again.
  template <class Held>
  ESPALIER_ALWAYS_INLINE static bool may_leave_range(const memory& m, const Held& h) {
    bool result = false;
    if constexpr (watched > 0) result = simd::any<T>(unsafe_lanes(m, h.scalars, all_watched{}));
    if constexpr (hides) result = result || !inputs_within(h);
    return result;
  }

  /// Whether a whole weight left the range, whose tiles have their scalars from `scalars_begin` on.
  static bool leaves_range(const memory& m, T* scalars_begin, index_t tiles, const T* in, const T* incoming) {
    range_verdict verdict;
    for (index_t tile = 0; tile < tiles; ++tile) {
      T* const tile_scalars = scalars_begin + tile * layout::tile_scalars;
      for (index_t lane = 0; lane < width; ++lane) {
        look_at_scalars(watch::scalars.data(), watched, homes_of(m, tile_scalars), lane, verdict);
      }
    }
    return is_out_of_range(verdict, watch::sum.products, in, incoming, layout::g.shape.size(), is_gradient);
  }

  /// Copies a tile of which some columns left the range: what is wrong may be written over them.
  template <class Held>
  [[gnu::noinline]] static void copy_columns_of(const memory& m, const Held& h) {
    for (index_t lane = 0; lane < h.in.filled; ++lane) {
      std::copy_n(h.in[lane], length, m.copy + lane * length);
      if constexpr (is_gradient) std::copy_n(h.incoming[lane], length, m.copy + layout::tile_size + lane * length);
    }
  }
  template <class Held>
  [[gnu::noinline]] static void compute_columns_again(const memory& m, const Held& h, T* out) {
    for (index_t lane = 0; lane < h.in.filled; ++lane) {
      const T* const in = m.copy + lane * length;
      compute_again(m, h, lane, in, is_gradient ? in + layout::tile_size : in, out + lane * length, 1);
    }
  }
  /// The same in a tile that a sink will take.
  template <class Held>
  [[gnu::noinline]] static void compute_rows_again(const memory& m, const Held& h) {
    for (index_t lane = 0; lane < width; ++lane) {
      if (h.in.has(lane)) compute_again(m, h, lane, h.in[lane], h.incoming_of(lane), m.tile + lane, width);
    }
  }

 private:
  static constexpr int watched = watch::sum.count;
  using all_watched = std::make_integer_sequence<int, watched>;
  static constexpr bool hides = watch::sum.products.reach != 0;  ///< Then the inputs are looked at.

  /// Computes a column again if its scalars ask for it.
  template <class Held>
  static void compute_again(const memory& m, const Held& h, index_t lane, const T* in, const T* incoming, T* out,
                            index_t stride) {
    range_verdict verdict;
    if (m.wide == nullptr) {
      look_at_scalars(watch::scalars.data(), watched, homes_of(m, h.scalars), lane, verdict);
      if (!is_out_of_range(verdict, watch::sum.products, in, incoming, length, is_gradient)) return;
    }
    write_wide(wide_program_of<F>, m.parameters, m.wide, in, incoming, h.first_block(lane), depth, out, stride);
  }

  /// The lanes with a scalar of a magnitude that is not safe; zero is none, but may be right.
  template <int... I>
  ESPALIER_ALWAYS_INLINE static batch_mask<T> unsafe_lanes(const memory& m, T* tile_scalars,
                                                           std::integer_sequence<int, I...>) {
    batch_mask<T> found = (is_unsafe<I>(m, tile_scalars, 0) | ...);
    for (index_t b = 1; b < depth; ++b) {
      ((found = watch::scalars[I].level == scope::block ? found | is_unsafe<I>(m, tile_scalars, b) : found), ...);
    }
    return found;
  }
  template <int I>
  ESPALIER_ALWAYS_INLINE static batch_mask<T> is_unsafe(const memory& m, T* tile_scalars, index_t b) {
    constexpr watched_scalar s = watch::scalars[static_cast<std::size_t>(I)];
    const batch<T> x = simd::load(layout::home(m, tile_scalars, b, std::integral_constant<int, s.id>{}));
    if constexpr (!s.sums || !s.least) {
      return simd::is_not_normal<s.least, T>(x);
    } else {
      const batch_mask<T> tiny = simd::abs<T>(x) < simd::broadcast(safe_range<T>::least);
      if constexpr (s.most) return tiny | simd::is_not_normal<false, T>(x);
      return tiny;
    }
  }
  template <class Held>
  static bool inputs_within(const Held& h) {
    constexpr int tapwise = watch::sum.products.reach;
    bool result = columns_within<T>(h.in, length, tapwise, input_products::least_weight);
    if constexpr (is_gradient) {
      result = result && columns_within<T>(h.incoming, length, tapwise, input_products::least_gradient);
    }
    return result;
  }
  static scalar_homes<T> homes_of(const memory& m, const T* tile_scalars) {
    return {tile_scalars, tile_scalars + layout::block_scalars, m.inputs, m.whole, depth, layout::node_count};
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
