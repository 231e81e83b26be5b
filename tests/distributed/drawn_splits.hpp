// SPDX-License-Identifier: BSD-3-Clause
// Drawn layers, inputs and splits, and what every rank's part is compared with: for threads as ranks and for MPI's.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <espalier/conv/geometry.hpp>
#include <espalier/distributed/distributed.hpp>
#include <espalier/executor.hpp>
#include <espalier/layer.hpp>
#include <espalier/modes.hpp>
#include <random>
#include <stdexcept>
#include <string>

namespace drawn {

/// Direct kernels, strides that skip voxels, dilation, uneven padding, an activation.
inline constexpr esp::conv3d strided{.in_channels = 2,
                                     .out_channels = 3,
                                     .kernel_size = {3, 2, 3},
                                     .stride = {2, 3, 1},
                                     .dilation = {1, 1, 2},
                                     .padding = {{2, 1}, 1, {1, 3}},
                                     .activation = esp::activation::relu};
/// Winograd's tiles, whose bits depend on where they lie.
inline constexpr esp::conv3d tiled{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
/// A boundary of each kind that repeats voxels, in double, and a prior.
inline constexpr esp::conv3d mirrored{
    .in_channels = 1,
    .out_channels = 2,
    .kernel_size = 3,
    .padding = 1,
    .bias = false,
    .boundary = {esp::boundary::circular, {esp::boundary::reflect, esp::boundary::zeros}, esp::boundary::replicate}};
inline constexpr esp::conv3d plain{
    .in_channels = 3, .out_channels = 2, .kernel_size = 3, .padding = 1, .algorithm = esp::algorithm::direct};

using strided_layer = esp::constrained_conv3d<strided>;
using tiled_layer = esp::constrained_conv3d<tiled>;
using mirrored_layer = esp::constrained_conv3d<mirrored, esp::modes::unit_l2, double>;

/// A team that has lost its threads, on one rank: what no check before the exchange finds.
struct broken_team {
  bool is_broken;
  [[nodiscard]] static esp::index_t workers() { return 1; }
  void run(esp::index_t count, const auto& task) const {
    if (is_broken) throw std::runtime_error("no thread");
    esp::serial{}.run(count, task);
  }
};

template <class T>
esp::tensor<T, 5> zeros(const esp::dims5& d) {
  const auto size = [](esp::index_t n) { return static_cast<std::size_t>(n); };
  return esp::tensor<T, 5>(std::array{size(d.n), size(d.c), size(d.d), size(d.h), size(d.w)}, T{0});
}
template <class T>
esp::tensor<T, 5> reals(const esp::dims5& d, unsigned seed) {
  esp::tensor<T, 5> result = zeros<T>(d);
  std::mt19937 engine(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::generate_n(result.data(), result.size(), [&] { return uniform(engine); });
  return result;
}

struct split_case {
  esp::dims5 input{};
  esp::decomposition split{};
  unsigned seed = 0;
};
inline std::string words_of(const split_case& one) {
  const esp::decomposition& s = one.split;
  return "input " + esp::to_string(one.input) + " over " + std::to_string(s.n) + " x " + std::to_string(s.d) + " x " +
         std::to_string(s.h) + " x " + std::to_string(s.w) + " ranks";
}

/// Cases one after the other, the same for equal seeds.
class splits {
 public:
  explicit splits(unsigned seed) : engine_(seed) {}

  /// @param ranks 0: drawn too.
  template <class Layer>
  split_case next(esp::index_t ranks = 0) {
    constexpr std::array<esp::index_t, 6> counts{1, 2, 3, 4, 6, 8};
    while (true) {
      esp::index_t left = ranks > 0 ? ranks : counts[engine_() % counts.size()];
      esp::decomposition split;
      for (esp::index_t* const axis : {&split.n, &split.d, &split.h}) {
        do *axis = 1 + draw(left);
        while (left % *axis != 0);
        left /= *axis;
      }
      split.w = left;
      const esp::index_t d = 2 + draw(20), h = 2 + draw(14), w = 2 + draw(engine_() % 4 == 0 ? 60 : 12);
      const split_case one{{1 + draw(3), Layer::config.in_channels, d, h, w}, split, static_cast<unsigned>(engine_())};
      const esp::dims5 output = esp::output_dims(Layer::config, one.input);
      const auto fits = [&](const esp::dims5& shape) {
        return shape.n >= split.n && shape.d >= split.d && shape.h >= split.h && shape.w >= split.w;
      };
      if (fits(one.input) && fits(output)) return one;
    }
  }

 private:
  esp::index_t draw(esp::index_t count) { return static_cast<esp::index_t>(engine_()) % count; }
  std::mt19937 engine_;
};

template <class Layer>
Layer layer_of(const split_case& one) {
  return Layer{esp::seed{one.seed}};
}

/// What the whole layer makes, and the gradients of one rank.
template <class T>
struct expectation {
  esp::tensor<T, 5> x, y, grad_y, grad_x, grad_weight;
  esp::tensor<T, 1> grad_bias;
  std::string error;
};

template <class T>
bool same(const T* a, const T* b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (std::memcmp(a + i, b + i, sizeof(T)) != 0 && !(a[i] == 0 && b[i] == 0)) return false;
  }
  return true;
}
template <class Layer>
auto bias_gradient_of(Layer& layer) {
  if constexpr (Layer::config.bias)
    return layer.bias_gradient();
  else
    return esp::tensor<typename Layer::element, 1>();
}
/// Forward and backward of a layer that may or may not need y.
template <class Layer>
auto back(auto& conv, const auto& x, const auto& y, const auto& grad_y, const auto&... input) {
  if constexpr (Layer::needs_output)
    return conv.backward(x, y, grad_y, input...);
  else
    return conv.backward(x, grad_y, input...);
}

/// @param alone Calls `body(layer, halo)` on one rank.
template <class Layer>
auto on_one_rank(const split_case& one, const auto& alone) {
  using T = typename Layer::element;
  expectation<T> all;
  Layer whole = layer_of<Layer>(one), split = layer_of<Layer>(one);
  all.x = reals<T>(one.input, one.seed + 1);
  all.y = whole(all.x);
  all.grad_y = reals<T>(esp::dims_of(all.y), one.seed + 2);
  all.grad_x = back<Layer>(whole, all.x, all.y, all.grad_y);
  alone(split, [&](Layer& layer, auto& halo) {
    esp::distributed conv(layer, halo, {});
    if (!(conv(all.x, one.input) == all.y)) all.error = "another output on one rank";
    static_cast<void>(back<Layer>(conv, all.x, all.y, all.grad_y, one.input));
  });
  all.grad_weight = split.weight_gradient();
  all.grad_bias = bias_gradient_of(split);
  const auto &own = whole.weight_gradient(), &other = all.grad_weight;
  double off = 0, scale = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    off = std::max(off, std::abs(static_cast<double>(own.data()[i] - other.data()[i])));
    scale = std::max(scale, std::abs(static_cast<double>(own.data()[i])));
  }
  if (!(off <= scale * (sizeof(T) == 4 ? 2e-5 : 1e-13)))
    all.error = "a gradient of the weight off by " + std::to_string(off / scale);
  return all;
}

template <class T>
esp::tensor<T, 5> cut_out(const esp::tensor<T, 5>& whole, const esp::tensor_part& part) {
  const esp::dims5 d = esp::dims_of(whole);
  esp::tensor<T, 5> result = zeros<T>(part.shape(d.c));
  esp::copy_part(part, d.c, esp::tensor_part{0, d.n, {{0, 0, 0}, {d.d, d.h, d.w}}}, whole.data(), part, result.data());
  return result;
}

/// Forward and backward of this rank's part; what is wrong with them, or nothing. @param sent The elements it sent.
template <class Layer, class H, class T>
std::string compare(Layer& layer, H& halo, const split_case& one, const expectation<T>& all, esp::index_t& sent) {
  esp::distributed conv(layer, halo, one.split);
  const auto x = cut_out(all.x, conv.input_part(one.input)), y = cut_out(all.y, conv.output_part(one.input));
  const auto grad_y = cut_out(all.grad_y, conv.output_part(one.input));
  const auto found = conv(x, one.input);
  const auto grad_x = back<Layer>(conv, x, y, grad_y, one.input);
  const auto expected = cut_out(all.grad_x, conv.input_part(one.input));
  const auto grad_bias = bias_gradient_of(layer);
  sent = conv.forward_sent(one.input) + conv.backward_sent(one.input);
  if (!same(found.data(), y.data(), y.size())) return "another output";
  if (!same(grad_x.data(), expected.data(), expected.size())) return "another gradient of the input";
  const auto& grad_w = layer.weight_gradient();
  if (!same(grad_w.data(), all.grad_weight.data(), grad_w.size())) return "another gradient of the weight";
  if (!same(grad_bias.data(), all.grad_bias.data(), grad_bias.size())) return "another gradient of the bias";
  return "";
}

}  // namespace drawn
