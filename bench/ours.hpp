// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Our side of a shape: a constrained layer's forward and its two gradients, each as a layer runs it.
///
/// Inside the timer: the prior (unit_l2) or its gradient, packing, the kernel. Scratch is the caller's, as for a layer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/convolution.hpp>
#include <espalier/executor.hpp>
#include <espalier/frozen_convolution.hpp>
#include <espalier/modes.hpp>
#include <espalier/weights/packing.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "peer.hpp"
#include "shapes.hpp"

namespace bench {

/// One algorithm of ours. Unlike a peer it gets the weight before the prior, and applies it.
///
/// Where `way` is backward_weights, `result` receives the gradient with respect to the constrained weight, which a peer
/// computes too; the run goes on through the prior's gradient, into memory of its own.
struct contestant {
  std::string algorithm;
  double scratch_bytes;  ///< Of one worker, without the packed weights.
  std::function<void()> run;
  bool automatic = false;  ///< What a layer takes that asks for none.
  /// The same with a weight that was packed once; empty for the gradient of the weight.
  std::function<void()> packed{};
};

template <class T>
struct side {
  std::vector<contestant> (*contestants)(const job<T>&);
  /// The prior alone: peers are given its result, and do not pay for it.
  void (*constrain)(const T* weight, T* result);
};

/// A shape with what was compiled for it.
struct entry {
  std::size_t shape;  ///< Its place in `shapes`.
  side<float> single;
  side<double> twofold;

  template <class T>
  [[nodiscard]] const side<T>& of() const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return single;
    } else {
      return twofold;
    }
  }
};

/// The shapes this program was built with; in the order of the linker, so sort before use.
inline std::vector<entry>& entries() {
  static std::vector<entry> list;
  return list;
}

namespace detail {

template <std::size_t Shape, class T>
struct layer_side {
  static constexpr esp::conv3d config = shapes[Shape].config;
  using layer = esp::convolution<config, esp::modes::unit_l2, T>;
  using buffer = esp::detail::aligned_buffer<T>;

  static void constrain(const T* weight, T* result) {
    const buffer scratch(layer::constrain_scratch_size());
    layer::constrain(weight, result, scratch.span());
  }

  static constexpr esp::direction of(direction way) {
    return way == direction::forward         ? esp::direction::forward
           : way == direction::backward_data ? esp::direction::backward_data
                                             : esp::direction::backward_weights;
  }

  /// The algorithm that a layer takes by itself comes first; then the other one, where there is one; then F(4, 3),
  /// where the first is F(2, 3), for which alone it would be asked.
  static std::vector<contestant> contestants(const job<T>& j) {
    std::vector<contestant> out{contestant_of<esp::algorithm::direct>(j)};
    if constexpr (esp::detail::winograd_serves(config)) out.push_back(contestant_of<esp::algorithm::winograd>(j));
    const bool winograd_first = layer::algorithm_of(of(j.way)) == esp::algorithm::winograd;
    if (winograd_first) std::swap(out.front(), out.back());
    out.front().automatic = true;
    if constexpr (tall_pays) {
      if (winograd_first && j.way != direction::backward_weights) {
        out.push_back(contestant_of<esp::algorithm::winograd_f43>(j));
      }
    }
    return out;
  }

 private:
  static constexpr esp::conv3d with(esp::algorithm a) {
    esp::conv3d c = config;
    c.algorithm = a;
    return c;
  }

  static constexpr bool tall_pays = esp::detail::winograd_f43_serves(config) &&
                                    (layer::algorithm_of(esp::direction::forward) == esp::algorithm::winograd ||
                                     layer::algorithm_of(esp::direction::backward_data) == esp::algorithm::winograd);

  static double bytes(esp::index_t elements) { return static_cast<double>(elements) * sizeof(T); }

  /// A packed weight, and the memory that it lies in.
  template <class Frozen>
  static auto packed_once(const job<T>& j) {
    const auto memory = std::make_shared<buffer>(Frozen::packed_size());
    const buffer scratch(Frozen::pack_scratch_size());
    return std::pair(Frozen::pack(j.weight, j.bias, memory->span(), scratch.span()), memory);
  }

  template <esp::algorithm Algorithm>
  static contestant contestant_of(const job<T>& j) {
    static constexpr esp::conv3d asked = with(Algorithm);
    constexpr bool winograd = esp::detail::is_winograd(Algorithm), tall = Algorithm == esp::algorithm::winograd_f43;
    using asked_layer = esp::convolution<asked, esp::modes::unit_l2, T>;
    using forward =
        std::conditional_t<winograd, esp::detail::winograd_forward<asked, T>, esp::detail::direct_forward<asked, T>>;
    using backward_data = std::conditional_t<winograd, esp::detail::winograd_backward_data<asked, T>,
                                             esp::detail::direct_backward_data<asked, T>>;
    using backward_weights = std::conditional_t<winograd, esp::detail::winograd_backward_weights<asked, T>,
                                                esp::detail::direct_backward_weights<asked, T>>;
    using gradient = esp::detail::sweep<typename layer::gradient_type, T>;

    const esp::threads team{j.threads};
    const esp::dims5 X = j.problem.input;
    const char* const name = tall ? "winograd_f43" : winograd ? "winograd" : "direct";
    switch (j.way) {
      case direction::forward: {
        const auto scratch = std::make_shared<buffer>(asked_layer::scratch_size(X, team.workers()));
        contestant c{name, bytes(forward::scratch_size(X, 1)),
                     [=] { asked_layer::forward(j.x, X, j.weight, j.bias, j.result, scratch->span(), team); }};
        using frozen = esp::frozen_convolution<asked, esp::modes::unit_l2, T>;
        const auto weight = packed_once<frozen>(j);
        c.packed = [=] { frozen::forward(j.x, X, weight.first, j.result, scratch->span(), team); };
        return c;
      }
      case direction::backward_data: {
        using packing = esp::detail::weight_packing<typename asked_layer::formula_type, backward_data, T>;
        const auto packed = std::make_shared<buffer>(backward_data::packed_size());
        const auto copy = std::make_shared<buffer>(packing::copy_size);
        const auto scratch = std::make_shared<buffer>(
            std::max(backward_data::scratch_size(X, team.workers()), esp::index_t{packing::scratch_size}));
        contestant c{name, bytes(backward_data::scratch_size(X, 1)), [=] {
                       packing::run(j.weight, nullptr, packed->data(), copy->data(), scratch->data());
                       backward_data::run(j.grad_y, X, packed->data(), j.result, scratch->data(), team);
                     }};
        using frozen = esp::frozen_convolution<asked, esp::modes::unit_l2, T, esp::direction::backward_data>;
        const auto weight = packed_once<frozen>(j);
        const auto rest = std::make_shared<buffer>(frozen::scratch_size(X, team.workers()));
        c.packed = [=] { frozen::backward_data(X, nullptr, j.grad_y, weight.first, j.result, rest->span(), team); };
        return c;
      }
      case direction::backward_weights:
        break;
    }
    if constexpr (tall) {
      return {};  // That of F(2, 3), which is a contestant already: not compiled again.
    } else {
      const auto stored = std::make_shared<buffer>(esp::detail::weight_shape_of(config).size());
      const auto scratch = std::make_shared<buffer>(
          std::max(backward_weights::scratch_size(X, team.workers()), esp::index_t{gradient::scratch_size}));
      return {name, bytes(backward_weights::scratch_size(X, 1)), [=] {
                backward_weights::run(j.x, X, j.grad_y, j.result, false, scratch->data(), team);
                gradient::run(j.weight, stored->data(), nullptr, scratch->data(), j.result);
              }};
    }
  }

 public:
  static constexpr side<T> value{&contestants, &constrain};
};

}  // namespace detail

/// Adds a shape before `main`.
template <std::size_t Shape>
struct enrolled_shape {
  enrolled_shape() {
    entries().push_back({Shape, detail::layer_side<Shape, float>::value, detail::layer_side<Shape, double>::value});
  }
};

}  // namespace bench
