// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How much a convolution lengthens an input at most, measured: what `lipschitz` bounds by proof.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/either_plan.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/convolution.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dims.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/interval.hpp>
#include <espalier/largest_eigenvalue.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_facts.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// A convolution without bias, activation and prior on inputs of one shape: a matrix, and its transpose.
template <conv3d Config, class T, class E>
class linear_map {
  static constexpr conv3d config = [] {
    conv3d c = Config;
    c.bias = false;
    c.activation = activation::none;
    c.enforce = enforcement::post_step;
    return c;
  }();
  using layer = convolution<config, identity, T>;
  using plans = convolution_plans<config, typename layer::formula_type, T>;

 public:
  /// @pre `weight` lives as long.
  linear_map(const T* weight, const dims5& input, const E& executor)
      : weight_(weight),
        executor_(executor),
        forward_(plans::plan_forward(input, executor.workers())),
        backward_(plans::plan_backward(input, executor.workers())),
        scratch_(std::max(forward_.scratch, backward_.scratch)) {}

  [[nodiscard]] const dims5& output() const { return forward_.output; }
  void apply(const T* x, T* y) {
    layer::forward(forward_, x, weight_, static_cast<const T*>(nullptr), y, scratch_.span(), executor_);
  }
  void apply_transposed(const T* y, T* x) {
    T* const packed = aligned(scratch_.data());
    backward_.kernels.visit([&]<class Data, class Weights>(backward_kernels<Data, Weights>, const auto& plan) {
      using packing = typename plans::template packing<Data>;
      T* const copy = packed + plans::template packed_room<Data>;
      T* const rest = copy + plans::template copy_room<Data>;
      const T* const read = packing::run(weight_, nullptr, packed, copy, rest);
      Data::run(plan.data, y, read, x, rest, executor_);
    });
  }

 private:
  const T* weight_;
  const E& executor_;
  typename plans::forward_plan forward_;
  typename plans::backward_plan backward_;
  aligned_buffer<T> scratch_;
};

/// Schur's bound of the norm of the convolution with this weight (lipschitz.hpp), of the sums as they are.
template <class T>
[[nodiscard]] double schur_bound(const std::vector<T>& weight, const weight_shape& shape, index_t groups) {
  const index_t outputs = shape.out / groups, taps = shape.kernel.volume();
  std::vector<double> rows(static_cast<std::size_t>(shape.out)), columns(static_cast<std::size_t>(shape.in * groups));
  for (index_t block = 0; block < shape.blocks(); ++block) {
    const index_t o = block / shape.in, i = block % shape.in;
    double sum = 0;
    for (index_t t = 0; t < taps; ++t) {
      sum += std::fabs(static_cast<double>(weight[static_cast<std::size_t>(block * taps + t)]));
    }
    rows[static_cast<std::size_t>(o)] += sum;
    columns[static_cast<std::size_t>(o / outputs * shape.in + i)] += sum;
  }
  return std::sqrt(*std::max_element(rows.begin(), rows.end()) * *std::max_element(columns.begin(), columns.end()));
}

}  // namespace detail

/// The operator norm from l2 to l2 of the convolution with `weight` on inputs of shape `input`: the most by which it
/// lengthens one, up to `tolerance`, a relative share. `operator_norm<config>(weight, {1, 4, 16, 16, 16})`.
///
/// `weight` (OC, IC / groups, KD, KH, KW) is taken as it is, without a prior; bias and activation do not count. Any
/// stride, dilation, number of groups, padding and border. The result is never above the norm but by rounding, and at
/// most the tolerance below it; that fails for one start in a million, and the start is fixed, so equal calls give
/// equal results, for every executor. NaN for a weight that is not finite. Samples of a batch do not mix, so N does not
/// matter. `lipschitz<L>` is the proof for all sizes, of which this is the value at one.
/// Throws ESP-235 for an input or an output without elements, ESP-236 for a tolerance that is not within (0, 1),
/// ESP-101 to ESP-104, ESP-106 for a null weight. Cost: at most some 100 pairs of a forward and a gradient of one
/// sample for 1 %, and 5 tensors; source of the method: largest_eigenvalue.hpp. Example:
/// examples/lipschitz/lipschitz.cpp
template <conv3d Config, class T, Executor E = serial>
[[nodiscard]] double operator_norm(const T* weight, dims5 input, double tolerance = 0.01, const E& executor = {}) {
  constexpr weight_shape shape = detail::weight_shape_of(Config);
  if (weight == nullptr) throw detail::null_pointer("weight");
  if (!(tolerance > 0 && tolerance < 1)) {
    throw error("ESP-236",
                {"the tolerance of operator_norm is a share of the norm; pass one within (0, 1), such as 0.01"});
  }
  const dims5 output = output_dims(Config, input);
  if (input.size() == 0 || output.size() == 0) {
    throw error("ESP-235", {"an input of shape ", detail::words_of(input), " gives an output of shape ",
                            detail::words_of(output), ", and one of the two is empty; a norm needs elements"});
  }
  input.n = 1;
  // To numbers around 1: neither squares nor products leave the range of T.
  std::vector<T> scaled(weight, weight + shape.size());
  double largest = 0;
  for (const T w : scaled) {
    if (!std::isfinite(w)) return std::numeric_limits<double>::quiet_NaN();
    largest = std::max(largest, std::fabs(static_cast<double>(w)));
  }
  if (largest == 0) return 0;
  for (T& w : scaled) w = static_cast<T>(static_cast<double>(w) / largest);

  detail::linear_map<Config, T, E> map(scaled.data(), input, executor);
  std::vector<T> y(static_cast<std::size_t>(map.output().size()));
  const auto apply = [&](const std::vector<T>& v, std::vector<T>& w) {
    map.apply(v.data(), y.data());
    map.apply_transposed(y.data(), w.data());
    return detail::squared_length(y);
  };
  const double share = (1 - tolerance) * (1 - tolerance);  // of the square
  const double bound = proof_shape_of(Config).copies_border ? detail::interval::infinity
                                                            : detail::schur_bound(scaled, shape, Config.groups);
  return largest * std::sqrt(detail::largest_eigenvalue<T>(input.size(), 1 - share, share * bound * bound, apply));
}

/// The same of a layer: of the weight that its forward uses. Throws ESP-109 and ESP-110 too.
template <conv3d Config, auto Prior, class T, Executor E = serial>
[[nodiscard]] double operator_norm(const constrained_conv3d<Config, Prior, T>& layer, dims5 input,
                                   double tolerance = 0.01, const E& executor = {}) {
  constexpr conv3d config = constrained_conv3d<Config, Prior, T>::config;
  if constexpr (config.enforce == enforcement::forward) {
    const auto weight = layer.constrained_weight();
    return operator_norm<config>(weight.data(), input, tolerance, executor);
  } else {
    layer.require_shapes();
    return operator_norm<config>(layer.weight().data(), input, tolerance, executor);
  }
}

}  // namespace esp::inline ESPALIER_ABI
