// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient of a window of the input for taps that lie far apart.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// `scattered_taps::backward_data` for a window: each product of an output that is read is looked at, and added where
/// the voxel that it reads, in the volume or in what a boundary repeats of it, lies in the window. The order of a sum
/// is that of the whole: channels, taps, outputs. Cost: as of the whole gradient of the outputs that are read, and a
/// comparison for each product.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct scattered_input_window {
  /// grad_y (N, OC, the sizes of `part.read`), weight (OC, ICG, KD, KH, KW), grad_x (N, IC, the sizes of `part.asked`):
  /// overwritten. `input`: shape of the whole input.
  template <Executor E>
  static void run(const gradient_part& part, const T* grad_y, const dims5& input, const T* weight, T* grad_x,
                  const E& executor) {
    const index_t size = part.asked.size.volume(), from_size = part.read.size.volume();
    executor.run(input.n * input.c, [=, &part](index_t task, index_t) {
      const index_t n = task / input.c, c = task % input.c, group = c / ICG;
      T* const to = grad_x + task * size;
      for (index_t i = 0; i < size; ++i) to[i] = T(0);
      for (index_t oc = group * OCG; oc < (group + 1) * OCG; ++oc) {
        const T* const from = grad_y + (n * Config.out_channels + oc) * from_size;
        for (index_t t = 0; t < taps; ++t) {
          if (Kept.has(t)) add(part, input, t, weight[(oc * ICG + c % ICG) * taps + t], from, to);
        }
      }
    });
  }

 private:
  static constexpr index_t groups = Config.groups < 1 ? 1 : Config.groups;
  static constexpr index_t ICG = Config.in_channels / groups, OCG = Config.out_channels / groups;
  static constexpr index_t taps = Config.kernel_size.volume();
  static constexpr boundaries edge = boundary_of(Config);
  static constexpr extents before = pads_of(Config).before;

  // The products of one tap.
  static void add(const gradient_part& part, const dims5& input, index_t tap, T w, const T* from, T* to) {
    const tap_index k = tap_at(tap, Config.kernel_size);
    const extents &S = Config.stride, &L = Config.dilation, &first = part.read.begin, &count = part.read.size;
    const extents &at = part.asked.begin, &size = part.asked.size;
    // A voxel of the window, or one that is not in it.
    const auto voxel = [](const axis_boundary& e, index_t position, index_t whole, index_t begin, index_t wanted) {
      const index_t i = element_at(e, position, whole) - begin;
      return i >= 0 && i < wanted ? i : -1;
    };
    for (index_t od = 0; od < count.d; ++od) {
      const index_t id = voxel(edge.d, (first.d + od) * S.d + k.d * L.d - before.d, input.d, at.d, size.d);
      for (index_t oh = 0; id >= 0 && oh < count.h; ++oh) {
        const index_t ih = voxel(edge.h, (first.h + oh) * S.h + k.h * L.h - before.h, input.h, at.h, size.h);
        const T* const row = from + (od * count.h + oh) * count.w;
        for (index_t ow = 0; ih >= 0 && ow < count.w; ++ow) {
          const index_t iw = voxel(edge.w, (first.w + ow) * S.w + k.w * L.w - before.w, input.w, at.w, size.w);
          if (iw >= 0) to[(id * size.h + ih) * size.w + iw] += w * row[ow];
        }
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
