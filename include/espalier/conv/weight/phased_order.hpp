// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The order of the packed weight of a transposed convolution: phase by phase.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/phases.hpp>
#include <espalier/conv/tap_list.hpp>
#include <espalier/conv/weight/kept_rows.hpp>
#include <espalier/conv/weight/packed_order.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Rows of a block in the order (phases, OCG, taps of the phase).
template <conv3d Config>
struct phased_rows {
  static constexpr extents kernel = Config.kernel_size;
  static constexpr index_t outputs = Config.out_channels / Config.groups;

  /// Rows before a tap's first one, and from an output channel to the next.
  struct tap_rows {
    index_t first;
    index_t step;
  };
  static constexpr auto table = [] {
    std::array<tap_rows, static_cast<std::size_t>(kernel.volume())> result{};
    constexpr transposed_axes axes(Config);
    constexpr extents phases{axes.d.phases(), axes.h.phases(), axes.w.phases()};
    for (index_t p = 0; p < phases.volume(); ++p) {
      const tap_index phase = tap_at(p, phases);
      for (index_t i = 0; i < axes.taps(phase); ++i) {
        const tap_index k = axes.tap(phase, i);
        result[static_cast<std::size_t>((k.d * kernel.h + k.h) * kernel.w + k.w)] = {
            axes.taps_before(phase) * outputs + i, axes.taps(phase)};
      }
    }
    return result;
  }();

  constexpr index_t operator()(index_t output, index_t tap) const {
    const tap_rows& rows = table[static_cast<std::size_t>(tap)];
    return rows.first + output * rows.step;
  }
};

/// The blocks of a weight (OC, ICG, KD, KH, KW) that become packed (groups, IC blocks, phases, OCG, taps of the phase,
/// tile_ic); a last block is filled with zeros.
///
/// Without a stride the taps that are `Kept` alone.
template <conv3d Config, kept_taps Kept = kept_taps{}, class T>
constexpr auto transposed_columns(index_t tile_ic, T* packed) {
  constexpr index_t OCG = Config.out_channels / Config.groups, ICG = Config.in_channels / Config.groups;
  constexpr index_t taps = Config.kernel_size.volume();
  constexpr transposed_axes axes(Config);
  const packed_order order{Config.groups, ICG, OCG, tile_ic, 1, ICG};
  if constexpr (!Kept.all()) {
    static_assert(axes.taps({0, 0, 0}) == taps);
    return packed_columns<T, kept_rows<Kept, Config.kernel_size>>{
        {order}, listed_taps<Kept, Config.kernel_size>::count, {}, packed};
  } else if constexpr (axes.taps({0, 0, 0}) == taps) {
    return packed_columns<T, consecutive_rows>{{order}, taps, {taps}, packed};
  } else {
    return packed_columns<T, phased_rows<Config>>{{order}, taps, {}, packed};
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
