// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A constrained convolution on raw pointers whose weight was packed once, for any number of calls.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/backward_activation.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/convolution.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/frozen_block.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Makes handles of memory whose contents were checked.
struct frozen_memory {
  /// @pre `block` is what `frozen_block::fill` of the same type wrote, aligned to `alignment`.
  template <class Operations>
  [[nodiscard]] static typename Operations::packed handle(const typename Operations::element* block) {
    return typename Operations::packed(block);
  }
  /// Elements of such memory.
  template <class Operations>
  static constexpr index_t size = Operations::block::size;
  /// A handle that keeps its memory.
  template <class Layer, class Owner>
  [[nodiscard]] static Layer layer(Owner owner, const typename Layer::element* block) {
    return Layer(std::move(owner), block);
  }
};

}  // namespace detail

/// One direction of `convolution<Config, Prior, T>` for a weight that does not change: `forward`, or with
/// `direction::backward_data` the gradient of the input.
///
/// `pack` applies the prior and brings the weight into the form that the chosen kernel reads; calls then take the
/// handle that it returns, in place of weight, bias and numbers of the prior, and have the bits of `convolution`. The
/// handle does not depend on the input's size, and is read only: any number of threads compute with one. Its type is
/// that of layer, direction and build, so that what was packed for another one does not compile (ESP-271). Shapes and
/// conditions as in `convolution`. Rejected when: ESP-271, ESP-272. Example: docs/embedding.md
template <conv3d Config, auto Prior = identity, class T = float, direction What = direction::forward>
struct frozen_convolution {
  static_assert(What != direction::backward_weights,
                "ESP-272: the gradient of the weight reads no weight that could be packed; freeze direction::forward "
                "or direction::backward_data");
  using convolution_type = convolution<Config, Prior, T>;

 private:
  using block = detail::frozen_block<convolution_type::config, typename convolution_type::formula_type,
                                     typename convolution_type::element, What>;
  friend struct detail::frozen_memory;

 public:
  using element = typename convolution_type::element;
  using parameters_type = typename convolution_type::parameters_type;
  static constexpr conv3d config = convolution_type::config;
  static constexpr bool is_forward = What == direction::forward;
  /// Whether the gradient of the input needs what forward wrote: with an activation.
  static constexpr bool needs_output = convolution_type::needs_output;
  /// What the weight is packed for.
  static constexpr direction computes = What;
  static constexpr algorithm packed_for = convolution_type::algorithm_of(What);
  static constexpr choice kernel = convolution_type::choice_of(What);
  /// The build that can read it: version, instruction set, OpenMP.
  static constexpr const char* build = ESPALIER_ABI_TEXT;

  /// A packed weight, with its bias where it is of forward. The memory is the caller's, who keeps it.
  class packed {
   public:
    [[nodiscard]] const element* data() const { return block_; }

   private:
    friend struct detail::frozen_memory;
    friend struct frozen_convolution;
    explicit packed(const element* block) : block_(block) {}

    const element* block_;
  };

  /// Elements of the memory and of the scratch of `pack`: constants.
  [[nodiscard]] static constexpr index_t packed_size() { return block::size + block::plans::line; }
  [[nodiscard]] static constexpr index_t pack_scratch_size() { return block::scratch_size; }

  /// Packs a weight into `memory` of `packed_size()` elements; all other operands may go afterwards.
  ///
  /// `bias` is read only in a forward of a configuration that has one. Allocates nothing. Throws ESP-105 and ESP-273
  /// for scratch and memory that are too small, ESP-106 for a null pointer, ESP-180, ESP-110; memory is then unchanged.
  /// Cost: a sweep of the prior over the weight, and the packed weight written twice.
  [[nodiscard]] static packed pack(const element* weight, const element* bias, std::span<element> memory,
                                   std::span<element> scratch, const parameters_type& named = {}) {
    detail::require_scratch(scratch.size(), pack_scratch_size(), "pack_scratch_size()");
    detail::require_packed_memory(memory.size(), packed_size());
    if ((convolution_type::weight_size > 0 && weight == nullptr) || (block::has_bias && bias == nullptr)) {
      throw detail::null_pointer("weight or bias");
    }
    detail::require_elements<element>({weight, block::has_bias ? bias : nullptr, memory.data(), scratch.data()});
    if constexpr (block::plans::through_prior) named.require_all();
    element* const to = detail::aligned(memory.data());
    block::fill(weight, bias, named.data(), to, detail::aligned(scratch.data()));
    return packed(to);
  }

  /// What a call knows before it runs: shapes, tasks, `scratch`. @see convolution::plan_forward
  using plan_type = typename block::plan_type;
  /// Plans a call for a forward input of this shape and a team of `workers`. Throws as `convolution::plan_forward`.
  [[nodiscard]] static plan_type plan(dims5 input, index_t workers = 1) { return block::plan(input, workers); }
  /// Elements of scratch of a call; there is no room for a weight in it. Throws as `plan`.
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) { return plan(input, workers).scratch; }

  /// `convolution::forward` with a packed weight. Allocates nothing. Throws as it does, but for what `pack` threw.
  template <Executor E = serial>
  requires(is_forward)
  static void forward(const plan_type& p, const element* x, const packed& weight, element* y,
                      std::span<element> scratch, const E& executor = {}) {
    detail::require_scratch(scratch.size(), p.scratch, "scratch_size(input, workers)");
    if ((p.input.size() > 0 && x == nullptr) || (p.output.size() > 0 && y == nullptr)) {
      throw detail::null_pointer("x or y");
    }
    detail::require_elements<element>({x, y, scratch.data()});
    detail::require_output_apart(detail::elements(y, p.output.size()), detail::elements(x, p.input.size()));
    element* const rest = detail::aligned(scratch.data());
    p.kernel.visit([&]<class Kernel>(Kernel, const auto& plan) {
      const element* const bias = block::bias_of(weight.block_);
      if constexpr (block::template takes_source<Kernel>) {
        Kernel::run_parts(plan, x, block::source_of(weight.block_), bias, y, rest, executor);
      } else {
        Kernel::run(plan, x, block::template weight_of<Kernel>(weight.block_), bias, y, rest, executor);
      }
    });
  }
  template <Executor E = serial>
  requires(is_forward)
  static void forward(const element* x, dims5 input, const packed& weight, element* y, std::span<element> scratch,
                      const E& executor = {}) {
    forward(plan(input, static_cast<index_t>(executor.workers())), x, weight, y, scratch, executor);
  }

  /// The gradient of the input of `convolution::backward` with a packed weight, without the other gradients; `input` is
  /// the shape of the forward input. Allocates nothing. `y` is read only with an activation. Throws as `backward`.
  template <Executor E = serial>
  requires(!is_forward)
  static void backward_data(const plan_type& p, const element* y, const element* grad_y, const packed& weight,
                            element* grad_x, std::span<element> scratch, const E& executor = {}) {
    detail::require_scratch(scratch.size(), p.scratch, "scratch_size(input, workers)");
    const index_t outputs = p.output.size();
    if ((outputs > 0 && (grad_y == nullptr || (needs_output && y == nullptr))) ||
        (p.input.size() > 0 && grad_x == nullptr)) {
      throw detail::null_pointer(needs_output ? "y, grad_y or grad_x" : "grad_y or grad_x");
    }
    const element* const read = needs_output ? y : nullptr;
    detail::require_elements<element>({read, grad_y, grad_x, scratch.data()});
    detail::require_apart(
        std::array{detail::elements<element>(grad_x, p.input.size()), detail::elements<element>(grad_y, outputs),
                   detail::elements<element>(read, needs_output ? outputs : 0)},
        1);
    element* rest = detail::aligned(scratch.data());
    if constexpr (needs_output) {
      detail::backward_relu(y, grad_y, outputs, rest, executor);
      grad_y = rest;  // that of the sums, from here on
      rest += block::plans::passed_room(p.output);
    }
    p.kernel.visit([&]<class Kernel>(Kernel, const auto& plan) {
      if constexpr (block::template takes_source<Kernel>) {
        Kernel::run_parts(plan, grad_y, block::source_of(weight.block_), grad_x, rest, executor);
      } else {
        Kernel::run(plan, grad_y, block::template weight_of<Kernel>(weight.block_), grad_x, rest, executor);
      }
    });
  }
  template <Executor E = serial>
  requires(!is_forward)
  static void backward_data(dims5 input, const element* y, const element* grad_y, const packed& weight, element* grad_x,
                            std::span<element> scratch, const E& executor = {}) {
    backward_data(plan(input, static_cast<index_t>(executor.workers())), y, grad_y, weight, grad_x, scratch, executor);
  }

  /// Calls with a weight of anything else.
  template <class Other, class... A>
  requires(!std::is_same_v<Other, packed>)
  ESPALIER_UNAVAILABLE(
      "ESP-271: a packed weight serves the layer, direction and build that it was packed for; pass what pack of this "
      "frozen_convolution returned")
  static void forward(const element*, dims5, const Other&, element*, std::span<element>, const A&...) {}
  template <class Other, class... A>
  requires(!std::is_same_v<Other, packed>)
  ESPALIER_UNAVAILABLE(
      "ESP-271: a packed weight serves the layer, direction and build that it was packed for; pass what pack of this "
      "frozen_convolution returned")
  static void backward_data(dims5, const element*, const element*, const Other&, element*, std::span<element>,
                            const A&...) {}
};

}  // namespace esp::inline ESPALIER_ABI
