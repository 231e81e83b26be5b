// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The blocks of the output whose contributions to the gradient of the weight are added, and who computes which.
#pragma once

#include <algorithm>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/shape.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Blocks begin at multiples of these sizes, whatever the split. On one rank, 3^3 taps, float with AVX-512, the
/// gradient of the weight takes 2.1 times the layer's own on 1 > 1 channels of 64^3, 1.5 on 16 > 16 of 64^3, 1.7 on 64
/// > 64 of 32^3, for copies of blocks and sums of digits. Blocks of four times the voxels take a tenth to a third less,
/// and send more where parts do not begin at multiples of them.
inline constexpr extents gradient_block{8, 8, 32};

/// The box of the blocks whose first voxel belongs to `part`, one of an output of this shape: they can reach beyond the
/// part, and there may be none.
[[nodiscard]] constexpr tensor_part gradient_blocks_of(const tensor_part& part, const dims5& output) {
  const auto axis = [](index_t first, index_t count, index_t block, index_t size) {
    const index_t begin = ceil_div(first, block) * block, end = std::min(ceil_div(first + count, block) * block, size);
    return axis_part{begin, std::max(end - begin, index_t{0})};
  };
  const extents &at = part.window.begin, &size = part.window.size;
  const axis_part d = axis(at.d, size.d, gradient_block.d, output.d),
                  h = axis(at.h, size.h, gradient_block.h, output.h);
  const axis_part w = axis(at.w, size.w, gradient_block.w, output.w);
  return {part.first_sample, part.samples, {{d.begin, h.begin, w.begin}, {d.size, h.size, w.size}}};
}

/// A tensor of which a rank wants a part: where it lies in the rank's own tensor, or in a copy with what others sent.
template <class T>
class wanted_tensor {
 public:
  wanted_tensor() = default;
  /// Takes memory where something is missing.
  explicit wanted_tensor(exchange_plan plan)
      : plan_(std::move(plan)),
        has_all_(common(plan_.own, plan_.wanted) == plan_.wanted),
        copy_(has_all_ ? 0 : plan_.wanted.voxels() * plan_.channels) {}

  /// Brings it here. @pre `own` lives as long as what is picked.
  template <class H>
  void exchange(H& halo, const T* own) {
    held_ = has_all_ ? own : copy_.data();
    const tensor_part kept = common(plan_.own, plan_.wanted);
    halo.exchange(plan_, own, copy_.data(), [&] {
      if (!has_all_) copy_part(kept, plan_.channels, plan_.own, own, plan_.wanted, copy_.data());
    });
  }
  /// A window of the `n`th wanted sample, contiguous: valid until the next one is picked.
  const T* pick(index_t n, const volume_window& window) {
    const tensor_part& held = has_all_ ? plan_.own : plan_.wanted;
    const tensor_part part{plan_.wanted.first_sample + n, 1, window};
    const index_t size = part.voxels() * plan_.channels;
    if (window == held.window) return held_ + (part.first_sample - held.first_sample) * size;
    if (static_cast<index_t>(picked_.span().size()) < size) picked_ = aligned_buffer<T>(size);
    copy_part(part, plan_.channels, held, held_, part, picked_.data());
    return picked_.data();
  }
  [[nodiscard]] const tensor_part& wanted() const { return plan_.wanted; }

 private:
  exchange_plan plan_{};
  bool has_all_ = true;
  aligned_buffer<T> copy_{0}, picked_{0};
  const T* held_ = nullptr;
};

/// The operands of a rank's blocks: x, grad_y and, of a layer with an activation, y.
template <class T>
class block_run {
 public:
  block_run() = default;
  /// @param outputs 2 with y, else 1.
  block_run(const exchange_plan& input, const exchange_plan& output, int outputs)
      : x_(input), grad_y_(output), y_(outputs > 1 ? output : exchange_plan{}) {}

  /// Brings them here. `y` null: not needed.
  template <class H>
  void exchange(H& halo, const T* x, const T* grad_y, const T* y) {
    has_y_ = y != nullptr;
    x_.exchange(halo, x);
    grad_y_.exchange(halo, grad_y);
    if (has_y_) y_.exchange(halo, y);
  }

  /// Calls `add(x, part, block, y, grad_y)` for each block of each sample; `reads(block)` is the part of the input.
  template <class Reads, class Add>
  void each_block(const Reads& reads, const Add& add) {
    const tensor_part& wanted = grad_y_.wanted();
    const volume_window& all = wanted.window;
    const extents& step = gradient_block;
    const index_t d_end = all.begin.d + all.size.d, h_end = all.begin.h + all.size.h, w_end = all.begin.w + all.size.w;
    for (index_t n = 0; n < wanted.samples; ++n) {
      for (index_t d = all.begin.d; d < d_end; d += step.d) {
        for (index_t h = all.begin.h; h < h_end; h += step.h) {
          for (index_t w = all.begin.w; w < w_end; w += step.w) {
            const extents size{std::min(step.d, d_end - d), std::min(step.h, h_end - h), std::min(step.w, w_end - w)};
            const volume_window block{{d, h, w}, size}, part = reads(block);
            const T* const y = has_y_ ? y_.pick(n, block) : nullptr;
            add(x_.pick(n, part), part, block, y, grad_y_.pick(n, block));
          }
        }
      }
    }
  }

 private:
  wanted_tensor<T> x_{}, grad_y_{}, y_{};
  bool has_y_ = false;
};

}  // namespace esp::inline ESPALIER_ABI::detail
