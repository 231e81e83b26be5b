// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A part of the output of a constrained convolution on raw pointers, from the part of the input that it needs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/convolution.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/shape.hpp>
#include <span>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Throws ESP-252 where x is said to be another part of the input than the one that is read, which `ask` tells.
constexpr void require_part(const volume_window& found, const volume_window& read,
                            const char* ask = "windowed_convolution::reads, or read_window for a layer") {
  const auto axis = [ask](const char* name, index_t first, index_t count, index_t read_first, index_t read_count) {
    if (first == read_first && count == read_count) return;
    throw error("ESP-252",
                {"the part of the input has ", count, count == 1 ? " voxel from " : " voxels from ", first,
                 " on along ", name, " but the window reads ", read_count, " from ", read_first, " on; ask ", ask});
  };
  axis("D", found.begin.d, found.size.d, read.begin.d, read.size.d);
  axis("H", found.begin.h, found.size.h, read.begin.h, read.size.h);
  axis("W", found.begin.w, found.size.w, read.begin.w, read.size.w);
}

/// Copies a window out of a larger one: channel after channel, both contiguous.
template <class T, Executor E>
void copy_window(const volume_window& from, const volume_window& to, index_t channels, const T* x, T* y,
                 const E& executor) {
  const extents at{to.begin.d - from.begin.d, to.begin.h - from.begin.h, to.begin.w - from.begin.w};
  const extents all = from.size, kept = to.size;
  executor.run(channels, [=](index_t channel, index_t) {
    T* row = y + channel * kept.volume();
    for (index_t d = 0; d < kept.d; ++d) {
      for (index_t h = 0; h < kept.h; ++h, row += kept.w) {
        std::copy_n(x + ((channel * all.d + at.d + d) * all.h + at.h + h) * all.w + at.w, kept.w, row);
      }
    }
  });
}

}  // namespace detail

/// Parts of the output of `convolution<Config, Prior, T>` as static functions: for volumes that are computed in parts,
/// one after the other where memory is short, or in several places.
///
/// A window of the output has the bits of the same voxels of the whole output, whatever the parts and the team; but a
/// zero to which products underflowed may have the other sign. x is `reads(input, window)` of the input, contiguous, of
/// shape (N, IC, its sizes); y is (N, OC, the window's sizes). Example: examples/slabs.cpp
template <conv3d Config, auto Prior = identity, class T = float>
struct windowed_convolution {
  using whole = convolution<Config, Prior, T>;
  using element = typename whole::element;
  using parameters_type = typename whole::parameters_type;

  /// The part of an input of shape `input` that a forward of this window reads.
  ///
  /// It is that of `input_window`, but for two things. Kernels that compute tiles, those of Winograd and of known
  /// lines, round by where a voxel lies in its tile: they compute the smallest window of whole tiles around the one
  /// that is asked for, and drop the rest. And planes of taps that the prior makes zero at the ends of the kernel are
  /// not read for. Constant time. Throws ESP-101 to ESP-104, ESP-204, ESP-246, ESP-250 for a window that is empty and
  /// ESP-251 for one that is not inside of the output.
  [[nodiscard]] static volume_window reads(dims5 input, const volume_window& window) {
    return plans::parts_of(input, window).read;
  }

  /// Elements of scratch for `forward` of this window with a team of `workers`: as `convolution::scratch_size` of the
  /// part, and a second y where tiles are cut. Throws as `reads`.
  [[nodiscard]] static index_t scratch_size(dims5 input, const volume_window& window, index_t workers = 1) {
    const auto parts = plans::parts_of(input, window);
    const auto plan = plans::plan_window(input, parts, workers);
    return plan.scratch + widened_room(parts.computed, window, plan.output);
  }

  /// Writes a window of the output to y. `input` is the shape of the whole input, and `part` what x holds of it.
  ///
  /// The other operands are as in `convolution::forward`. Allocates nothing: `scratch` has `scratch_size(input, window,
  /// executor.workers())` elements. Throws as `reads` and `convolution::forward`, ESP-252 where `part` is not
  /// `reads(input, window)`; y is then unchanged. Cost: the sweep of the prior over the weight in each call, then
  /// `convolution::forward`'s of the voxels that are computed.
  template <Executor E = serial>
  static void forward(const element* x, const volume_window& part, dims5 input, const volume_window& window,
                      const element* weight, const element* bias, element* y, std::span<element> scratch,
                      const E& executor = {}, const parameters_type& named = {}) {
    const auto parts = plans::parts_of(input, window);
    detail::require_part(part, parts.read);
    const auto plan = plans::plan_window(input, parts, static_cast<index_t>(executor.workers()));
    const index_t room = widened_room(parts.computed, window, plan.output);
    detail::require_scratch(scratch.size(), plan.scratch + room, "scratch_size(input, window, workers)");
    if (room == 0) return whole::forward(plan, x, weight, bias, y, scratch, executor, named);
    const dims5 output = detail::resized(plan.output, window.size);
    if (y == nullptr) throw detail::null_pointer("x, weight, bias or y");
    detail::require_elements<element>({y, scratch.data()});
    detail::require_output_apart(detail::elements(y, output.size()), detail::elements(x, plan.input.size()));
    element* const widened = scratch.data() + plan.scratch;
    whole::forward(plan, x, weight, bias, widened, scratch.first(static_cast<std::size_t>(plan.scratch)), executor,
                   named);
    detail::copy_window(parts.computed, window, output.n * output.c, widened, y, executor);
  }

 private:
  using plans = detail::convolution_plans<whole::config, typename whole::formula_type, element>;

  static index_t widened_room(const volume_window& computed, const volume_window& window, const dims5& output) {
    return computed == window ? 0 : output.size();
  }
};

}  // namespace esp::inline ESPALIER_ABI
