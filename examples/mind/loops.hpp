// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The same three sums as one writes them by hand: loops over the taps that are not zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>

#include "../support/volume.hpp"
#include "descriptor.hpp"

namespace mind {

/// A channel of a volume; row(d, h) is null where there is none.
struct channel_view {
  const float* values;
  std::ptrdiff_t D, H, W;

  channel_view(const tensor& of, std::size_t channel)
      : D(static_cast<std::ptrdiff_t>(of.shape()[2])),
        H(static_cast<std::ptrdiff_t>(of.shape()[3])),
        W(static_cast<std::ptrdiff_t>(of.shape()[4])) {
    values = of.data() + static_cast<std::ptrdiff_t>(channel) * D * H * W;
  }
  [[nodiscard]] const float* row(std::ptrdiff_t d, std::ptrdiff_t h) const {
    return d >= 0 && d < D && h >= 0 && h < H ? values + (d * H + h) * W : nullptr;
  }
};

/// out[w] += factor * row[w + by], where there is a voxel.
inline void add_row(float* __restrict out, const float* __restrict row, std::ptrdiff_t W, std::ptrdiff_t by,
                    float factor) {
  if (row == nullptr) return;
  const std::ptrdiff_t low = std::max<std::ptrdiff_t>(0, -by), high = std::min(W, W - by);
  for (std::ptrdiff_t w = low; w < high; ++w) out[w] += factor * row[w + by];
}

/// `differences` of touching neighbours: two taps a channel. `y` is overwritten.
inline void loop_differences(const tensor& image, tensor& y, const esp::threads& team) {
  const channel_view x(image, 0);
  team.run(static_cast<esp::index_t>(channels), [&](esp::index_t channel, esp::index_t) {
    const auto o = static_cast<std::size_t>(channel);
    float* out = y.data() + static_cast<std::ptrdiff_t>(o) * x.D * x.H * x.W;
    for (std::ptrdiff_t d = 0; d < x.D; ++d) {
      for (std::ptrdiff_t h = 0; h < x.H; ++h, out += x.W) {
        std::fill_n(out, x.W, 0.0F);
        const auto add = [&](esp::tap_index t, float factor) {
          add_row(out, x.row(d + 2 * t.d - 2, h + 2 * t.h - 2), x.W, 2 * t.w - 2, factor);
        };
        add(touching_pairs[o].first, 1);
        add(touching_pairs[o].second, -1);
      }
    }
  });
}

/// The sums of 2 Reach + 1 voxels of a row around each, added to `out`.
template <int Reach>
void add_row_sums(float* __restrict out, const float* __restrict row, std::ptrdiff_t W) {
  // Between the ends the taps in one expression.
  for (std::ptrdiff_t w = Reach; w < W - Reach; ++w) {
    float sum = 0;
#pragma GCC unroll 16
    for (int kw = -Reach; kw <= Reach; ++kw) sum += row[w + kw];
    out[w] += sum;
  }
  const std::ptrdiff_t ends = std::min<std::ptrdiff_t>(Reach, W / 2);
  for (std::ptrdiff_t e = 0; e < ends; ++e) {
    for (const std::ptrdiff_t w : {e, W - 1 - e}) {
      const std::ptrdiff_t low = std::max<std::ptrdiff_t>(0, w - Reach), high = std::min(W - 1, w + Reach);
      for (std::ptrdiff_t i = low; i <= high; ++i) out[w] += row[i];
    }
  }
}

/// The mean of a window of (2 Reach + 1)^3 voxels, channel by channel: every tap of it. `y` is overwritten.
/// @pre rows of more than 2 Reach voxels
template <int Reach>
void loop_means(const tensor& image, tensor& y, const esp::threads& team) {
  constexpr int size = 2 * Reach + 1;
  constexpr float factor = 1.0F / (size * size * size);
  team.run(static_cast<esp::index_t>(image.shape()[1]), [&](esp::index_t channel, esp::index_t) {
    const channel_view x(image, static_cast<std::size_t>(channel));
    float* out = y.data() + channel * x.D * x.H * x.W;
    for (std::ptrdiff_t d = 0; d < x.D; ++d) {
      for (std::ptrdiff_t h = 0; h < x.H; ++h, out += x.W) {
        std::fill_n(out, x.W, 0.0F);
        for (int kd = -Reach; kd <= Reach; ++kd) {
          for (int kh = -Reach; kh <= Reach; ++kh) {
            const float* const row = x.row(d + kd, h + kh);
            if (row != nullptr) add_row_sums<Reach>(out, row, x.W);
          }
        }
        for (std::ptrdiff_t w = 0; w < x.W; ++w) out[w] *= factor;
      }
    }
  });
}

}  // namespace mind
