// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One axis of a kernel against its stride and against the borders of its input.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <numeric>

namespace esp::inline ESPALIER_ABI::detail {

/// One axis of a kernel against its stride: tap `t` of output `o` reads input `o stride + t dilation - before`.
///
/// Input positions are grouped by `(position + before) % stride`; only the phases that some tap reads have a slot.
/// Taps visit the phases in a cycle of `stride / gcd(stride, dilation)`, so the slot of a tap is its number in the
/// cycle.
struct stride_axis {
  index_t kernel = 1;
  index_t stride = 1;
  index_t dilation = 1;
  index_t before = 0;
  index_t cycle = 1;       ///< Taps until a phase comes back.
  index_t slot_count = 1;  ///< Phases that some tap reads.

  constexpr stride_axis() = default;
  constexpr stride_axis(index_t kernel_size, index_t stride_size, index_t dilation_size, index_t pad_before)
      : kernel(kernel_size),
        stride(stride_size),
        dilation(dilation_size),
        before(pad_before),
        cycle(stride == 1 ? 1 : stride / std::gcd(stride, dilation)),
        slot_count(kernel < cycle ? kernel : cycle) {}

  // Without a stride no division: those for the 27 taps of a kernel took a fifth of a call on 4 x 8 x 8 voxels.
  [[nodiscard]] constexpr index_t slot(index_t tap) const { return cycle == 1 ? 0 : tap % cycle; }
  /// Elements of its phase that lie before the one tap `tap` of output 0 reads.
  [[nodiscard]] constexpr index_t shift(index_t tap) const {
    return stride == 1 ? tap * dilation : tap * dilation / stride;
  }
  /// Elements of one phase that `outputs` consecutive outputs read.
  [[nodiscard]] constexpr index_t span(index_t outputs) const { return outputs + shift(kernel - 1); }
  /// Input position of the first element of a slot, for a block that starts at output `first`.
  [[nodiscard]] constexpr index_t start(index_t first, index_t slot_number) const {
    return first * stride - before + (slot_number == 0 ? 0 : slot_number * dilation % stride);
  }
};

/// Elements `[begin, end)` of a phase row that lie inside an input axis of `size` positions.
struct inside_range {
  index_t begin = 0;
  index_t end = 0;

  constexpr inside_range(index_t start, index_t stride, index_t size, index_t span) {
    // Without a stride no division: four of them for each plane take as long as the copy of a small one.
    begin = start >= 0 ? 0 : (stride == 1 ? -start : (-start + stride - 1) / stride);
    end = start >= size ? 0 : (stride == 1 ? size - start : (size - start + stride - 1) / stride);
    begin = begin < span ? begin : span;
    end = end < span ? end : span;
    end = end > begin ? end : begin;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
