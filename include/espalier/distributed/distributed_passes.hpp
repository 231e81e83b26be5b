// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Forward and backward of a layer on its part of a split tensor: what is agreed on, exchanged and computed, in order.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/distributed/digit_sums.hpp>
#include <espalier/distributed/gradient_blocks.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/distributed/parted_run.hpp>
#include <espalier/distributed/together.hpp>
#include <espalier/error.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_tensors.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/windowed_convolution.hpp>
#include <espalier/windowed_gradients.hpp>
#include <string_view>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// This rank's parts; null: not known, or not needed.
template <class T>
struct distributed_operands {
  const input_view<T>* x = nullptr;
  const input_view<T>* grad_y = nullptr;
  const input_view<T>* y = nullptr;
};

template <class Layer, class H>
class distributed_passes;
template <conv3d Config, auto Prior, class T, class H>
class distributed_passes<constrained_conv3d<Config, Prior, T>, H> {
  using layer_type = constrained_conv3d<Config, Prior, T>;
  using element = typename layer_type::element;
  using windows = windowed_convolution<Config, Prior, T>;
  using gradients = windowed_gradients<Config, Prior, T>;
  using whole = typename windows::whole;
  static constexpr conv3d config = whole::config;
  enum class call : std::int64_t { forward, backward, backward_weights };

 public:
  distributed_passes(layer_type& layer, H& halo, const decomposition& split)
      : layer_(layer), halo_(halo), split_(split) {}

  /// The output of this rank's part. `load()` makes the operands, and may throw.
  template <class Load, class E>
  tensor<element, 5> forward(const Load& load, const dims5& input, const E& executor) const {
    tensor<element, 5> y;
    distributed_operands<element> own;
    parted_run<element> run;
    aligned_buffer<element> room(0);
    agree(halo_, [&] {
      own = load();
      const tensor_part part = owned(output_of(input));
      require("x", own.x->dims(), owned(input).shape(config.in_channels));
      layer_.require_projectable();
      y = held::stored_tensors<element>::empty(part.shape(config.out_channels));
      const dims5 local = samples_of(input, part);
      const auto reads = [local](const volume_window& piece) { return windows::reads(local, piece); };
      run = parted_run<element>(forward_plan(input), part, config.out_channels, 1, reads);
      room = aligned_buffer<element>(
          run.largest([&](const auto& piece) { return windows::scratch_size(local, piece, executor.workers()); }));
      return ground_of(call::forward, input);
    });
    together(halo_, [&] {
      const dims5 local = samples_of(input, run.result());
      const std::array<const element*, 1> sources{own.x->data()};
      run.run(halo_, sources, y.data(), [&](const auto& from, const auto& read, const auto& piece, element* to) {
        windows::forward(from[0], read, local, piece, layer_.weight().data(), bias(), to, room.span(), executor,
                         layer_.named_parameters());
      });
    });
    return y;
  }

  /// The gradient of the input of this rank's part, if it is wanted, and the gradients of the parameters.
  template <class Load, class E>
  tensor<element, 5> backward(const Load& load, const dims5& input, bool wants_input, const E& executor) const {
    tensor<element, 5> grad_x;
    distributed_operands<element> own;
    parted_run<element> run;
    aligned_buffer<element> room(0);
    agree(halo_, [&] {
      own = load();
      const tensor_part part = owned(input);
      const dims5 output = owned(output_of(input)).shape(config.out_channels);
      require("x", own.x->dims(), part.shape(config.in_channels));
      require("grad_y", own.grad_y->dims(), output);
      if (own.y != nullptr) require("y", own.y->dims(), output);
      layer_.require_projectable();
      layer_.require_gradients();
      if (wants_input) {
        grad_x = held::stored_tensors<element>::empty(part.shape(config.in_channels));
        const dims5 local = samples_of(input, part);
        const auto reads = [local](const volume_window& piece) { return gradients::reads(local, piece); };
        run = parted_run<element>(data_plan(input), part, config.in_channels, own.y == nullptr ? 1 : 2, reads);
        room = aligned_buffer<element>(run.largest(
            [&](const auto& piece) { return gradients::data_scratch_size(local, piece, executor.workers()); }));
      }
      return ground_of(wants_input ? call::backward : call::backward_weights, input);
    });
    if (wants_input) {
      together(halo_, [&] {
        const dims5 local = samples_of(input, run.result());
        const auto compute = [&](const auto& from, const auto& read, const auto& piece, element* to) {
          gradients::backward_data(from.size() > 1 ? from.back() : nullptr, from[0], read, local, piece,
                                   layer_.weight().data(), to, room.span(), executor, layer_.named_parameters());
        };
        if (own.y == nullptr) {
          run.run(halo_, std::array<const element*, 1>{own.grad_y->data()}, grad_x.data(), compute);
        } else {
          run.run(halo_, std::array<const element*, 2>{own.grad_y->data(), own.y->data()}, grad_x.data(), compute);
        }
      });
    }
    add_weight_gradients(own, input, executor);
    return grad_x;
  }

  /// What this rank exchanges: of x in forward, of grad_y for the gradient of the input, of x and of grad_y for blocks.
  [[nodiscard]] exchange_plan forward_plan(const dims5& input) const {
    const dims5 output = output_of(input);
    return plan_exchange(input, split_, halo_.rank(), [&](index_t rank) {
      const tensor_part part = split_.part_of(rank, output);
      return tensor_part{part.first_sample, part.samples, windows::reads(samples_of(input, part), part.window)};
    });
  }
  [[nodiscard]] exchange_plan data_plan(const dims5& input) const {
    return plan_exchange(output_of(input), split_, halo_.rank(), [&](index_t rank) {
      const tensor_part part = split_.part_of(rank, input);
      return tensor_part{part.first_sample, part.samples, gradients::reads(samples_of(input, part), part.window)};
    });
  }
  [[nodiscard]] exchange_plan block_plan(const dims5& input) const {
    const dims5 output = output_of(input);
    return plan_exchange(output, split_, halo_.rank(), [&](index_t rank) { return blocks_of(rank, output); });
  }
  [[nodiscard]] exchange_plan block_input_plan(const dims5& input) const {
    const dims5 output = output_of(input);
    return plan_exchange(input, split_, halo_.rank(), [&](index_t rank) {
      const tensor_part blocks = blocks_of(rank, output);
      if (blocks.voxels() == 0) return tensor_part{};
      return tensor_part{blocks.first_sample, blocks.samples, gradients::input_reads(one_of(input), blocks.window)};
    });
  }

 private:
  static dims5 output_of(const dims5& input) { return output_dims(config, input); }
  // As many samples of the whole volume as a part has: the shape that the windows of a call are of.
  static dims5 samples_of(const dims5& shape, const tensor_part& part) {
    return {part.samples, shape.c, shape.d, shape.h, shape.w};
  }
  static dims5 one_of(const dims5& shape) { return {1, shape.c, shape.d, shape.h, shape.w}; }
  [[nodiscard]] tensor_part owned(const dims5& shape) const { return split_.part_of(halo_.rank(), shape); }
  [[nodiscard]] tensor_part blocks_of(index_t rank, const dims5& output) const {
    return gradient_blocks_of(split_.part_of(rank, output), output);
  }
  [[nodiscard]] const element* bias() const {
    if constexpr (config.bias) return layer_.bias().data();
    return nullptr;
  }

  static void require(const char* name, const dims5& found, const dims5& part) {
    if (found == part) return;
    throw error("ESP-284", {name, " has shape ", words_of(found), " but the part of this rank has ", words_of(part),
                            "; ask input_part or output_part, with the shape of the whole input"});
  }
  [[nodiscard]] common_ground ground_of(call kind, const dims5& input) const {
    hash type, called, numbers;
    const std::string_view words = layer_type::description();
    type.add(words.data(), words.size()).add(std::int64_t{sizeof(element)});
    called.add(static_cast<std::int64_t>(kind));
    for (const index_t n : {input.n, input.c, input.d, input.h, input.w, split_.n, split_.d, split_.h, split_.w}) {
      called.add(n);
    }
    const auto add = [&](const element* values, auto count) {
      if (count > 0) numbers.add(values, static_cast<std::size_t>(count) * sizeof(element));
    };
    add(layer_.weight().data(), whole::weight_size);
    add(bias(), config.bias ? config.out_channels : 0);
    const auto& named = std::as_const(layer_).named_parameters();
    for (int i = 0; i < named.count(); ++i) add(named.numbers(i).data(), named.size_of(i));
    return {type.value(), called.value(), numbers.value()};
  }

  template <class E>
  void add_weight_gradients(const distributed_operands<element>& own, const dims5& input, const E& executor) const {
    constexpr index_t biases = config.bias ? config.out_channels : 0;
    constexpr index_t all = whole::weight_size + biases + whole::learned_count;
    digit_sums<element> sums(0);
    block_run<element> run;
    together(halo_, [&] {
      sums = digit_sums<element>(all);
      run = block_run<element>(block_input_plan(input), block_plan(input), own.y == nullptr ? 1 : 2);
    });
    together(halo_, [&] {
      run.exchange(halo_, own.x->data(), own.grad_y->data(), own.y == nullptr ? nullptr : own.y->data());
      const dims5 one = one_of(input);
      aligned_buffer<element> added(all), room(0);
      element* const weight = added.data();
      run.each_block([&](const volume_window& block) { return gradients::input_reads(one, block); },
                     [&](const element* x, const volume_window& part, const volume_window& block, const element* y,
                         const element* grad_y) {
                       const index_t scratch = gradients::weights_scratch_size(one, block, executor.workers());
                       if (static_cast<index_t>(room.span().size()) < scratch) room = aligned_buffer<element>(scratch);
                       std::fill_n(weight, all, element{0});
                       gradients::backward_weights(x, part, one, block, layer_.weight().data(), y, grad_y, weight,
                                                   weight + whole::weight_size, room.span(), executor,
                                                   layer_.named_parameters(), weight + whole::weight_size + biases);
                       sums.add(weight);
                     });
    });
    sums.combine(halo_);
    index_t place = 0;
    const auto add = [&](element* to, index_t count) {
      for (index_t i = 0; i < count; ++i) to[i] += sums.value(place++);
    };
    add(layer_.weight_gradient().data(), whole::weight_size);
    if constexpr (config.bias) add(layer_.bias_gradient().data(), biases);
    // Those of all names lie behind each other, in the order of the formula.
    layer_.each_learned(
        [&](const auto&, const auto&, const auto& to) { add(to.data(), static_cast<index_t>(to.size())); });
  }

  layer_type& layer_;
  H& halo_;
  decomposition split_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
