// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A layer on tensors that are split over ranks.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/dims.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/distributed/distributed_passes.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/executor.hpp>
#include <espalier/layer.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI {

/// A layer whose input and output are split over ranks as a decomposition says. It refers to the layer and the halo,
/// which outlive it; all ranks have the same layer, and call the same functions in the same order.
///
/// Forward and the gradient of the input have the bits of the layer's on the whole input, for every decomposition and
/// every number of ranks; but a zero to which products underflowed may have the other sign. The gradients of weight,
/// bias and learned numbers have the same bits for every decomposition, one rank included: each is the sum, rounded
/// once, of what blocks of 8 x 8 x 32 voxels of a sample contribute (`digit_sums`), and differs from
/// `layer.backward`'s by rounding alone. So an optimiser that follows the layer on each rank takes the same step on
/// all, and a file that rank 0 saves loads at any number of ranks.
///
/// `input` is the shape of the whole input throughout. Each call ends on all ranks with the same error where one
/// fails: ESP-283 with its words, ESP-282 where layers, shapes or weights are not the same. Throws ESP-280 for an axis
/// of input or output with fewer positions than ranks, within ESP-283. Example: docs/mpi.md
template <class Layer, class H>
class distributed;
template <conv3d Config, auto Prior, class T, class H>
class distributed<constrained_conv3d<Config, Prior, T>, H> {
  using layer_type = constrained_conv3d<Config, Prior, T>;
  using passes = detail::distributed_passes<layer_type, H>;
  static constexpr bool needs_output = layer_type::needs_output;

 public:
  using element = typename layer_type::element;
  static_assert(Halo<H, element>);

  distributed(layer_type& layer, H& halo, const decomposition& split) : layer_(layer), halo_(halo), split_(split) {}

  /// What this rank has of an input of this shape, and of its output. Throws ESP-101 to ESP-104, ESP-280.
  [[nodiscard]] tensor_part input_part(dims5 input) const { return split_.part_of(halo_.rank(), input); }
  [[nodiscard]] tensor_part output_part(dims5 input) const {
    return split_.part_of(halo_.rank(), output_dims(layer_type::config, input));
  }

  /// This rank's part of the output, from its part of the input: a tensor of `output_part(input)`.
  ///
  /// The interior is computed while halos travel. Cost: `forward_sent(input)` elements to others, and the layer's
  /// forward of at most seven windows, each with the sweep of the prior.
  template <TensorExpression X, Executor E = serial>
  [[nodiscard]] tensor<element, 5> operator()(const X& x, dims5 input, const E& executor = {}) const {
    std::optional<view> own;
    return passes(layer_, halo_, split_).forward([&] { return operands{&own.emplace(x)}; }, input, executor);
  }

  /// This rank's part of the gradient of the input; the gradients of the parameters, which are those over all ranks,
  /// are added to the layer's. x, y and grad_y are this rank's parts; a layer without an activation takes no y.
  ///
  /// Cost: `backward_sent(input)` elements to others, and for each of the layer's parameters three numbers of 64 bits
  /// through `combine`, four with double.
  template <TensorExpression X, TensorExpression Y, TensorExpression G, Executor E = serial>
  [[nodiscard]] tensor<element, 5> backward(const X& x, const Y& y, const G& grad_y, dims5 input,
                                            const E& executor = {}) {
    return run_backward(input, true, executor, x, grad_y, y);
  }
  template <TensorExpression X, TensorExpression G, Executor E = serial>
  requires(!needs_output)
  [[nodiscard]] tensor<element, 5> backward(const X& x, const G& grad_y, dims5 input, const E& executor = {}) {
    return run_backward(input, true, executor, x, grad_y);
  }

  /// The same without the gradient of the input.
  template <TensorExpression X, TensorExpression Y, TensorExpression G, Executor E = serial>
  void backward_weights(const X& x, const Y& y, const G& grad_y, dims5 input, const E& executor = {}) {
    static_cast<void>(run_backward(input, false, executor, x, grad_y, y));
  }
  template <TensorExpression X, TensorExpression G, Executor E = serial>
  requires(!needs_output)
  void backward_weights(const X& x, const G& grad_y, dims5 input, const E& executor = {}) {
    static_cast<void>(run_backward(input, false, executor, x, grad_y));
  }

  /// Elements that this rank sends to others in a forward: its halo. Throws as `output_part`.
  [[nodiscard]] index_t forward_sent(dims5 input) const {
    return passes(layer_, halo_, split_).forward_plan(input).sent();
  }
  /// The same of a backward: the halo of the gradient of the input, and what blocks of the weight's gradient need that
  /// lie on several ranks or at the end of one.
  [[nodiscard]] index_t backward_sent(dims5 input) const {
    const passes all(layer_, halo_, split_);
    return all.data_plan(input).sent() * (needs_output ? 2 : 1) + backward_weights_sent(input);
  }
  [[nodiscard]] index_t backward_weights_sent(dims5 input) const {
    const passes all(layer_, halo_, split_);
    return all.block_input_plan(input).sent() + all.block_plan(input).sent() * (needs_output ? 2 : 1);
  }

 private:
  using view = detail::input_view<element>;
  using operands = detail::distributed_operands<element>;

  // Views are made where a rank may fail.
  template <class E, class X, class G, class... Y>
  tensor<element, 5> run_backward(dims5 input, bool wants_input, const E& executor, const X& x, const G& grad_y,
                                  const Y&... y) {
    std::optional<view> own, gradient, output;
    const auto load = [&] {
      (output.emplace(y), ...);
      return operands{&own.emplace(x), &gradient.emplace(grad_y), needs_output ? &*output : nullptr};
    };
    return passes(layer_, halo_, split_).backward(load, input, wants_input, executor);
  }

  layer_type& layer_;
  H& halo_;
  decomposition split_;
};

template <conv3d Config, auto Prior, class T, class H>
distributed(constrained_conv3d<Config, Prior, T>&, H&, const decomposition&)
    -> distributed<constrained_conv3d<Config, Prior, T>, H>;

}  // namespace esp::inline ESPALIER_ABI
