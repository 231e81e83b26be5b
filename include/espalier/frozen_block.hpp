// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The memory of a weight that is packed once: what every kernel that a call may take reads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/finite.hpp>
#include <espalier/weights/packing.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Throws ESP-273 for memory of fewer elements than a packed weight has.
inline void require_packed_memory(std::size_t found, index_t needed) {
  if (static_cast<index_t>(found) < needed) {
    throw error("ESP-273", {"the memory for the packed weight has ", found, " elements but ", needed,
                            " are needed; ask packed_size()"});
  }
}

/// What one direction of a valid configuration keeps of a weight that obeys formula `F`: the weight as its kernel reads
/// it, then, with taps that lie far apart, as the kernel for those does, then the bias of a forward; each from a cache
/// line on.
///
/// Which of the two kernels computes a call depends on the input's size, so both are kept and the block depends on
/// none; all else is known while the program compiles. No other configuration has the second part.
template <conv3d Config, class F, class T, direction What>
struct frozen_block {
  using plans = convolution_plans<Config, F, T>;
  static constexpr bool is_forward = What == direction::forward;
  static constexpr bool has_bias = is_forward && Config.bias;
  using usual = std::conditional_t<is_forward, typename plans::forward_kernel, typename plans::backward_data>;
  using rare = std::conditional_t<is_forward, typename plans::rare_forward, typename plans::rare_data>;
  static constexpr bool has_rare = plans::far_apart::possible;

  /// Elements that a kernel reads.
  template <class Kernel>
  static constexpr index_t room = ReadsNoWeight<Kernel> ? 0 : plans::whole_lines(Kernel::packed_size());
  /// Whether a kernel leaves planes and rows of padding out where the weight is finite: that is kept as a number.
  template <class Kernel>
  static constexpr bool takes_source = [] {
    if constexpr (requires { requires Kernel::takes_parts; }) return true;
    return false;
  }();
  /// Where the parts begin, and elements of all.
  static constexpr index_t rare_at = room<usual>;
  static constexpr index_t bias_at = [] {
    if constexpr (has_rare) return rare_at + room<rare>;
    return rare_at;
  }();
  static constexpr index_t finite_at = bias_at + (has_bias ? plans::whole_lines(Config.out_channels) : 0);
  static constexpr index_t size = finite_at + (takes_source<usual> ? plans::line : 0);

  template <class Kernel>
  [[nodiscard]] static const T* weight_of(const T* block) {
    return std::is_same_v<Kernel, usual> ? block : block + rare_at;
  }
  [[nodiscard]] static weight_source<T> source_of(const T* block) {
    return {block, nullptr, nullptr, nullptr, 0, block[finite_at] != T(0)};
  }
  /// Null where there is none.
  [[nodiscard]] static const T* bias_of(const T* block) { return has_bias ? block + bias_at : nullptr; }

  template <class Kernel>
  using packing = typename plans::template packing<Kernel>;
  /// Elements that `fill` works in for a kernel.
  template <class Kernel>
  static constexpr index_t work = plans::template copy_room<Kernel> + packing<Kernel>::scratch_size;
  /// Elements of scratch for `fill`, wherever the caller's begins.
  static constexpr index_t scratch_size = [] {
    if constexpr (has_rare) return plans::line + plans::larger(work<usual>, work<rare>);
    return plans::line + work<usual>;
  }();

  /// Fills a block of `size` elements from a weight, constrained where the configuration does so in forward. `block`
  /// and `scratch` are aligned to `alignment` bytes. What no kernel reads is zero: equal weights make equal blocks.
  static void fill(const T* weight, const T* bias, const T* parameters, T* block, T* scratch) {
    std::fill_n(block, size, T(0));
    pack_for<usual>(weight, parameters, block, scratch);
    if constexpr (has_rare) pack_for<rare>(weight, parameters, block + rare_at, scratch);
    if constexpr (has_bias) std::copy_n(bias, Config.out_channels, block + bias_at);
    if constexpr (takes_source<usual>) block[finite_at] = simd::all_finite(block, room<usual>) ? T(1) : T(0);
  }

  /// What a call knows before it runs, with the scratch of a call whose weight is packed.
  using plan_type = std::conditional_t<is_forward, typename plans::forward_plan, typename plans::data_plan>;
  /// Throws as `convolution_plans::plan_forward`.
  [[nodiscard]] static plan_type plan(const dims5& input, index_t workers) {
    plan_type p = [&] {
      if constexpr (is_forward) {
        return plans::plan_forward(input, workers);
      } else {
        return plans::plan_data(input, workers);
      }
    }();
    p.kernel.visit([&](auto, const auto& kernel) { p.scratch = plans::line + kernel.scratch; });
    if constexpr (!is_forward) p.scratch += plans::passed_room(p.output);
    return p;
  }

 private:
  template <class Kernel>
  static void pack_for(const T* weight, const T* parameters, T* packed, T* scratch) {
    if constexpr (!ReadsNoWeight<Kernel>) {
      T* const copy = scratch;
      const T* const read =
          packing<Kernel>::run(weight, parameters, packed, copy, scratch + plans::template copy_room<Kernel>);
      if (read != packed) std::copy_n(read, Kernel::packed_size(), packed);  // It reads the weight as it is stored.
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
