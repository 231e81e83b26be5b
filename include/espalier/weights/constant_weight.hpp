// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The constrained weight where no stored weight decides a tap of it: numbers that the compiler knows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/known_taps.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// In place of the sweep of formula `F`, of which `known_taps<F, T>` says that every tap is a number: writes the same
/// values and reads no weight, which may be null. Cost: one store an element. Example: `constrains_with`.
template <class F, class T>
struct constant_weight {
  static constexpr index_t taps = F::value.shape.kernel.volume(), columns = F::value.shape.blocks();
  static constexpr scope reach = scope::block;
  /// One kernel block; all are alike.
  static constexpr std::array<T, static_cast<std::size_t>(taps)> block = [] {
    std::array<T, static_cast<std::size_t>(taps)> values{};
    for (std::size_t t = 0; t < values.size(); ++t) values[t] = static_cast<T>(known_taps<F, T>::value[t].value);
    return values;
  }();

  /// Elements of scratch for `run_into`: a tile, whatever the sink. Aligned to `alignment` bytes.
  static constexpr index_t scratch_size_for(index_t) { return taps * lanes<T>; }
  /// The same for `run`.
  static constexpr index_t scratch_size = 0;

  /// As `sweep::run`; nothing but `out` is touched.
  static void run(const T*, T* out, const T*, T*) {
    for (index_t i = 0; i < columns; ++i) std::ranges::copy(block, out + i * taps);
  }

  /// As `sweep::run_into`. Tiles of as many columns are alike: the tile is written where it differs from the last.
  template <ColumnSink<T> Sink>
  static void run_into(const T*, const Sink& sink, const T*, T* scratch) {
    constexpr std::uint32_t none = ~std::uint32_t{0};  // No tile is that empty.
    std::uint32_t missing = none;
    typename Sink::place at = sink.start();
    for (index_t left = sink.tiles(); left > 0; --left, at = sink.after(at)) {
      // Of columns without rows it tells which lanes have one, and computes no address.
      const std::uint32_t now = sink.columns(at, scratch, 0).missing;
      if (now != missing) fill(now, scratch);
      missing = now;
      sink.take(at, 0, taps, scratch);
    }
  }

 private:
  static void fill(std::uint32_t missing, T* tile) {
    for (index_t t = 0; t < taps; ++t) {
      simd::store(tile + t * lanes<T>, simd::broadcast(block[static_cast<std::size_t>(t)]));
    }
    clear_missing(missing, taps, tile);
  }
};

/// What computes the constrained weight of formula `F` where a layer computes it: nothing is asked where it does not.
template <class F, class T, bool Constrained>
struct constrains_with {
  static constexpr bool is_constant = [] {
    if constexpr (Constrained) return known_taps<F, T>::is_constant;
    return false;
  }();
  using type = std::conditional_t<is_constant, constant_weight<F, T>, sweep<F, T>>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
