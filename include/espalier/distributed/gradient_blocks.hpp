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

/// Blocks begin at multiples of these sizes, whatever the split: 2048 voxels, over which the sweep of the prior and the
/// sums of digits that each block costs are a twentieth of what its multiplications take from 16 channels on.
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

/// The operands of a rank's blocks: x, grad_y and, of a layer with an activation, y.
template <class T>
class block_run {
 public:
  block_run() = default;
  /// @param outputs 2 with y, else 1.
  block_run(exchange_plan input, exchange_plan output, int outputs)
      : input_(std::move(input)),
        output_(std::move(output)),
        x_(input_.wanted.voxels() * input_.channels),
        grad_y_(output_.wanted.voxels() * output_.channels),
        y_(outputs > 1 ? output_.wanted.voxels() * output_.channels : 0) {}

  /// Brings them here. `y` null: not needed.
  template <class H>
  void exchange(H& halo, const T* x, const T* grad_y, const T* y) {
    bring(halo, input_, x, x_.data());
    bring(halo, output_, grad_y, grad_y_.data());
    if (y != nullptr) bring(halo, output_, y, y_.data());
  }

  /// Calls `add(x, part, block, y, grad_y)` for each block of each sample; `reads(block)` is the part of the input.
  template <class Reads, class Add>
  void each_block(const Reads& reads, const Add& add) const {
    const volume_window& all = output_.wanted.window;
    const extents& step = gradient_block;
    const index_t d_end = all.begin.d + all.size.d, h_end = all.begin.h + all.size.h, w_end = all.begin.w + all.size.w;
    aligned_buffer<T> x(0), grad_y(0), y(0);
    for (index_t n = 0; n < output_.wanted.samples; ++n)
      for (index_t d = all.begin.d; d < d_end; d += step.d)
        for (index_t h = all.begin.h; h < h_end; h += step.h)
          for (index_t w = all.begin.w; w < w_end; w += step.w) {
            const extents size{std::min(step.d, d_end - d), std::min(step.h, h_end - h), std::min(step.w, w_end - w)};
            const volume_window block{{d, h, w}, size}, part = reads(block);
            const T* const own_x = pick(input_, n, part, x_.data(), x);
            const T* const own_grad = pick(output_, n, block, grad_y_.data(), grad_y);
            add(own_x, part, block, y_.span().empty() ? nullptr : pick(output_, n, block, y_.data(), y), own_grad);
          }
  }

 private:
  template <class H>
  static void bring(H& halo, const exchange_plan& plan, const T* own, T* part) {
    const tensor_part kept = common(plan.own, plan.wanted);
    halo.exchange(plan, own, part, [&] { copy_part(kept, plan.channels, plan.own, own, plan.wanted, part); });
  }
  // A window of a sample, contiguous.
  static const T* pick(const exchange_plan& plan, index_t n, const volume_window& window, const T* from,
                       aligned_buffer<T>& to) {
    const tensor_part& held = plan.wanted;
    const tensor_part part{held.first_sample + n, 1, window};
    const index_t size = part.voxels() * plan.channels;
    if (window == held.window) return from + n * size;
    if (static_cast<index_t>(to.span().size()) < size) to = aligned_buffer<T>(size);
    copy_part(part, plan.channels, held, from, part, to.data());
    return to.data();
  }

  exchange_plan input_{}, output_{};
  aligned_buffer<T> x_{0}, grad_y_{0}, y_{0};
};

}  // namespace esp::inline ESPALIER_ABI::detail
