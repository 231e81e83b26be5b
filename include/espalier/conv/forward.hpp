// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The direct forward convolution for a static configuration: packing, the loop nest and who runs it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/blocking.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/microkernel.hpp>
#include <espalier/conv/rows.hpp>
#include <espalier/conv/tile.hpp>
#include <espalier/conv/valid.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

/// `y[n,oc,o] = sum over (ic, kd, kh, kw) of w[oc,ic,k] x[n,ic,o S - P + k L] + bias[oc]` on raw pointers.
///
/// Allocates nothing: the caller owns the packed weight and the scratch. Every output is summed in the order ic, kd,
/// kh, kw from zero, then the bias is added, whatever the executor, the number of workers and the cut into tasks:
/// results are bitwise equal. Padding is zeros that take part in the sum, so a NaN or infinite weight makes the border
/// NaN. Rejected when `validated<Config>` or `validated_element<T>` is.
template <conv3d Config, class T>
struct direct_forward {
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr bool valid = validated<Config>::value && validated_element<T>::value;
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};

  static constexpr index_t OCG = config.out_channels / config.groups;
  static constexpr index_t ICG = config.in_channels / config.groups;
  static constexpr index_t taps = config.kernel_size.volume();
  static constexpr register_tile tile = tile_for(OCG);

  /// Elements of the packed weight.
  static constexpr index_t packed_size() { return config.groups * oc_blocks * block_size; }

  /// weight (OC, ICG, KD, KH, KW) -> packed (groups, OC blocks, ICG, taps, tile.oc); a last block is filled with zeros.
  static void pack(const T* weight, T* packed) {
    for (index_t g = 0; g < config.groups; ++g)
      for (index_t block = 0; block < oc_blocks; ++block)
        for (index_t ic = 0; ic < ICG; ++ic)
          for (index_t tap = 0; tap < taps; ++tap)
            for (index_t o = 0; o < tile.oc; ++o) {
              const index_t oc = block * tile.oc + o;
              *packed++ = oc < OCG ? weight[((g * OCG + oc) * ICG + ic) * taps + tap] : T(0);
            }
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    const blocking b = block_for<T>(config, output_dims(config, input), workers);
    // Room to start at a cache line wherever the caller's buffer starts.
    return team(workers) * b.worker_elements() + line;
  }

  /// x (N, IC, ID, IH, IW), packed as `pack` left it, bias (OC) or null, y (N, OC, OD, OH, OW), scratch of
  /// `scratch_size(input, executor.workers())` elements. No two of them overlap. Throws before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* packed, const T* bias, T* y, T* scratch, const E& executor) {
    const dims5 output = output_dims(config, input);
    const index_t workers = static_cast<index_t>(executor.workers());
    const blocking b = block_for<T>(config, output, workers);
    while (reinterpret_cast<std::uintptr_t>(scratch) % alignment != 0) ++scratch;
    executor.run(b.tasks, [&, scratch](index_t number, index_t worker) {
      run_task(b, number, x, input, output, packed, bias, y, scratch + worker * b.worker_elements());
    });
  }

 private:
  static constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
  static constexpr index_t oc_blocks = detail::ceil_div(OCG, tile.oc);
  static constexpr index_t block_size = ICG * taps * tile.oc;
  static constexpr index_t table = taps < detail::tap_table ? taps : detail::tap_table;

  static constexpr index_t team(index_t workers) { return workers > 1 ? workers : 1; }

  static void run_task(const blocking& b, index_t number, const T* x, const dims5& X, const dims5& Y, const T* packed,
                       const T* bias, T* y, T* scratch) {
    // Task numbers run over ow, oh, od, oc, g, n blocks, the first fastest.
    const auto take = [&number](index_t blocks) {
      const index_t i = number % blocks;
      number /= blocks;
      return i;
    };
    const index_t ow0 = take(detail::ceil_div(Y.w, b.ow)) * b.ow, oh0 = take(detail::ceil_div(Y.h, b.oh)) * b.oh;
    const index_t od0 = take(detail::ceil_div(Y.d, b.od)) * b.od, oc0 = take(detail::ceil_div(OCG, b.oc)) * b.oc;
    const index_t g = take(config.groups), n = number;
    const auto rest = [](index_t first, index_t block, index_t size) {
      return size - first < block ? size - first : block;
    };
    const index_t OW = rest(ow0, b.ow, Y.w), OH = rest(oh0, b.oh, Y.h), OD = rest(od0, b.od, Y.d);
    const index_t OC = rest(oc0, b.oc, OCG);

    T* const sums = scratch + b.input_elements;
    const index_t channel = b.planes * b.plane.size();
    const index_t positions = (OH - 1) * b.plane.pitch + OW;
    const index_t tile_positions = tile.vectors * lanes<T>;
    std::array<index_t, static_cast<std::size_t>(table)> offset;

    for (index_t ic0 = 0; ic0 < ICG; ic0 += b.ic) {
      const index_t IC = rest(ic0, b.ic, ICG);
      copy_input(b, x + (n * X.c + g * ICG + ic0) * X.d * X.h * X.w, IC, X, od0, OD, oh0, OH, ow0, OW, scratch);
      for (index_t tap0 = 0; tap0 < taps; tap0 += table) {
        const index_t list = rest(tap0, table, taps);
        for (index_t t = 0; t < list; ++t) {
          const tap_index k = tap_at(tap0 + t, config.kernel_size);
          offset[static_cast<std::size_t>(t)] = k.d * b.plane.size() + b.plane.tap_offset(k.h, k.w);
        }
        const bool last = ic0 + IC == ICG && tap0 + list == taps;
        for (index_t od = 0; od < OD; ++od) {
          for (index_t block = oc0 / tile.oc; block * tile.oc < oc0 + OC; ++block) {
            const T* w = packed + (g * oc_blocks + block) * block_size + (ic0 * taps + tap0) * tile.oc;
            T* sum = b.one_pass ? sums : sums + (block * tile.oc - oc0) * b.sum_pitch;
            for (index_t q = 0; q < positions; q += tile_positions) {
              microkernel<tile.oc, tile.vectors, T>::run(scratch + od * b.plane.size() + q, channel, IC, offset.data(),
                                                         list, w, taps * tile.oc, sum + q, b.sum_pitch,
                                                         ic0 > 0 || tap0 > 0);
            }
            if (!last) continue;
            const index_t oc_end = rest(block * tile.oc, tile.oc, OCG);
            for (index_t o = 0; o < oc_end; ++o) {
              const index_t oc = g * OCG + block * tile.oc + o;
              T* to = y + (((n * Y.c + oc) * Y.d + od0 + od) * Y.h + oh0) * Y.w + ow0;
              store_rows(sum + o * b.sum_pitch, b.plane.pitch, OH, OW, bias == nullptr ? T(0) : bias[oc], to, Y.w);
            }
          }
        }
      }
    }
  }

  // Plane p of a task is input plane (od0 + o) SD - PD + kd LD with p = o + kd: one output plane, or stride 1.
  static void copy_input(const blocking& b, const T* x, index_t IC, const dims5& X, index_t od0, index_t OD,
                         index_t oh0, index_t OH, index_t ow0, index_t OW, T* to) {
    const index_t step = b.od > 1 ? 1 : config.dilation.d;
    const index_t planes = config.kernel_size.d + OD - 1;
    for (index_t ic = 0; ic < IC; ++ic) {
      for (index_t p = 0; p < planes; ++p) {
        const index_t id = od0 * config.stride.d - pads_of(config).before.d + p * step;
        const T* plane = id >= 0 && id < X.d ? x + (ic * X.d + id) * X.h * X.w : nullptr;
        copy_plane(b.plane, plane, X.h, X.w, oh0, OH, ow0, OW, to + (ic * b.planes + p) * b.plane.size());
      }
    }
    // Read by the last tile and dropped: defined, so that no signalling garbage slows the arithmetic down.
    T* const end = to + ((IC - 1) * b.planes + planes) * b.plane.size();
    for (index_t v = 0; v < tile.vectors; ++v) simd::store_unaligned(end + v * lanes<T>, simd::broadcast(T(0)));
  }

  // The epilogue: what is done to a finished sum on its way to the output. Now the bias.
  static void store_rows(const T* sum, index_t pitch, index_t OH, index_t OW, T bias, T* y, index_t y_pitch) {
    for (index_t oh = 0; oh < OH; ++oh) detail::copy_row(y + oh * y_pitch, sum + oh * pitch, OW, bias);
  }
};

}  // namespace esp::inline ESPALIER_ABI
