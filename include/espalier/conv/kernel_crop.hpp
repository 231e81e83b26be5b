// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is left of a kernel whose taps end in whole planes of zeros: a smaller convolution.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/choose_algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A box of a kernel's taps, and the convolution by them alone. A structural type.
///
/// The output's shape is the kernel's for every input, and so is what each tap reads. The padding before the input
/// shrinks by what was cut before the box; where it has less than that, the box begins earlier. The padding after it
/// shrinks likewise, to 0 at least: then `config` alone would have a larger output, so that plans are made with the
/// output of the whole kernel, which says what is computed.
struct kernel_crop {
  extents first;   ///< The tap that becomes tap 0.
  conv3d config;   ///< Of the box.
  kept_taps kept;  ///< Of the box.

  /// Whether nothing of a kernel of these extents was cut.
  [[nodiscard]] constexpr bool whole(const extents& kernel) const { return config.kernel_size == kernel; }
};

/// What a crop leaves of an axis of `taps` taps, of which `[lo, hi]` are kept.
struct cropped_axis {
  index_t first, taps, before, after;

  constexpr cropped_axis(index_t all, index_t lo, index_t hi, index_t dilation, index_t pad_before, index_t pad_after)
      : first(lo <= pad_before / dilation ? lo : pad_before / dilation),
        taps(hi - first + 1),
        before(pad_before - first * dilation),
        after(pad_after - (all - 1 - hi) * dilation) {
    after = after < 0 ? 0 : after;
  }
};

/// The smallest box that holds the kept taps: the first and the last of them along each axis. @pre there is one.
struct kept_box {
  extents first, last;

  constexpr kept_box(const kept_taps& kept, const extents& kernel) : first(kernel), last(0) {
    const auto reach = [](index_t& lo, index_t& hi, index_t at) {
      lo = at < lo ? at : lo;
      hi = at > hi ? at : hi;
    };
    for (index_t t = 0; t < kernel.volume(); ++t) {
      if (!kept.has(t)) continue;
      const tap_index at = tap_at(t, kernel);
      reach(first.d, last.d, at.d);
      reach(first.h, last.h, at.h);
      reach(first.w, last.w, at.w);
    }
  }
};

/// The kept taps of a box.
constexpr kept_taps kept_within(const kept_taps& kept, const extents& kernel, const extents& first,
                                const extents& box) {
  kept_taps result;
  for (index_t t = 0; t < box.volume(); ++t) {
    const tap_index at = tap_at(t, box);
    if (!kept.has(((first.d + at.d) * kernel.h + first.h + at.h) * kernel.w + first.w + at.w)) result.drop(t);
  }
  return result;
}

/// The smallest convolution that computes a direction of `config` by its kept taps; the whole one where that is none,
/// or no tap is kept. @pre the configuration is valid.
[[nodiscard]] constexpr kernel_crop crop_of(const conv3d& config, const kept_taps& kept, direction what) {
  kernel_crop crop{0, config, kept};
  const extents &K = config.kernel_size, &L = config.dilation;
  if (kept.all() || kept.count(K) == 0) return crop;
  const pads pad = pads_of(config);
  const kept_box box(kept, K);
  const cropped_axis d(K.d, box.first.d, box.last.d, L.d, pad.before.d, pad.after.d);
  const cropped_axis h(K.h, box.first.h, box.last.h, L.h, pad.before.h, pad.after.h);
  const cropped_axis w(K.w, box.first.w, box.last.w, L.w, pad.before.w, pad.after.w);
  const extents taps{d.taps, h.taps, w.taps};
  if (taps == K) return crop;
  crop.first = {d.first, h.first, w.first};
  crop.config.kernel_size = taps;
  crop.config.padding = {{d.before, d.after}, {h.before, h.after}, {w.before, w.after}};
  crop.kept = kept_within(kept, K, crop.first, taps);
  crop.config.algorithm = algorithm_for_part(crop.config, what, crop.kept);
  return crop;
}

}  // namespace esp::inline ESPALIER_ABI::detail
