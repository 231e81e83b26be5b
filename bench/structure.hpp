// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A layer of whose kernel something is known, its dense twin and the loop of fixed taps: what `bench_structure` times.
///
/// Inside the timer: the prior or its gradient, packing, the kernel. Scratch is the caller's, as for a layer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/convolution.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/executor.hpp>
#include <espalier/policies/identity.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fixed_taps.hpp"
#include "peer.hpp"
#include "structures.hpp"

namespace bench {

/// The three ways of doing a job; an empty one is none. The twin and the loop are given the constrained weight.
template <class T>
struct structure_side {
  std::function<void()> (*structured)(const job<T>&);
  std::function<void()> (*dense)(const job<T>&);
  std::function<void()> (*plain)(const job<T>&);
  void (*constrain)(const T* weight, T* result);
  /// The gradient with respect to the stored weight, from that with respect to the constrained one; in place.
  void (*through_prior)(const T* weight, T* gradient);
};

/// A row with what was compiled for it.
struct structure_entry {
  std::string name, text;
  esp::conv3d config;
  std::vector<esp::dims5> inputs;
  timed directions;
  promise promised;
  bool has_structure;  ///< Otherwise there is no twin.
  double (*weight_at)(esp::index_t out_channel, esp::index_t tap, double drawn);
  structure_side<float> single;
  structure_side<double> twofold;

  template <class T>
  [[nodiscard]] const structure_side<T>& of() const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return single;
    } else {
      return twofold;
    }
  }
};

/// The rows this program was built with; in the order of the linker, so sort before use.
inline std::vector<structure_entry>& structure_entries() {
  static std::vector<structure_entry> list;
  return list;
}

namespace detail {

/// One direction of the layer of a configuration and a prior.
template <esp::conv3d Config, auto Prior, class T>
struct timed_layer {
  static constexpr esp::conv3d config = Config;
  using layer = esp::convolution<config, Prior, T>;
  using plans = esp::detail::convolution_plans<config, typename layer::formula_type, T>;
  using buffer = esp::detail::aligned_buffer<T>;

  static std::function<void()> run(const job<T>& j) {
    const esp::threads team{j.threads};
    const esp::dims5 X = j.problem.input;
    switch (j.way) {
      case direction::forward: {
        const auto scratch = std::make_shared<buffer>(layer::scratch_size(X, team.workers()));
        return [=] { layer::forward(j.x, X, j.weight, nullptr, j.result, scratch->span(), team); };
      }
      case direction::backward_data:
        return backward_data(j, team);
      case direction::backward_weights:
        break;
    }
    const auto scratch = std::make_shared<buffer>(layer::backward_scratch_size(X, team.workers()));
    const esp::index_t count = j.problem.weight().size();
    return [=] {
      std::fill_n(j.result, count, T(0));
      layer::backward(j.x, X, j.weight, j.grad_y, nullptr, j.result, nullptr, scratch->span(), team);
    };
  }

 private:
  /// The part of the layer's `backward` that makes the gradient of the input.
  static std::function<void()> backward_data(const job<T>& j, const esp::threads& team) {
    const auto scratch = std::make_shared<buffer>(layer::backward_scratch_size(j.problem.input, team.workers()));
    return [=] {
      const auto p = plans::plan_backward(j.problem.input, static_cast<esp::index_t>(team.workers()));
      T* const packed = scratch->data();
      p.kernels.visit([&]<class Data, class Weights>(esp::detail::backward_kernels<Data, Weights>, const auto& plan) {
        using packing = typename plans::template packing<Data>;
        T* const copy = packed + plans::template packed_room<Data>;
        T* const rest = copy + plans::template copy_room<Data>;
        const auto workers = static_cast<esp::index_t>(team.workers());
        const bool in_parts =
            packing::run_in_parts(plan.data, j.weight, nullptr, workers, packed, [&](auto kernel, const auto& parts) {
              decltype(kernel)::run_parts(plan.data, j.grad_y, parts, j.result, rest, team);
            });
        if (in_parts) return;
        const T* const read = packing::run(j.weight, nullptr, packed, copy, rest);
        Data::run(plan.data, j.grad_y, read, j.result, rest, team);
      });
    };
  }
};

template <class Row, class T>
struct row_side {
  using structured_layer = timed_layer<Row::config, Row::prior, T>;
  using dense_layer = timed_layer<Row::config, esp::identity, T>;
  static constexpr bool has_structure = !std::is_same_v<std::remove_const_t<decltype(Row::prior)>, esp::identity_t>;

  static std::function<void()> dense(const job<T>& j) {
    if constexpr (has_structure) {
      return dense_layer::run(j);
    } else {
      return {};
    }
  }
  static std::function<void()> plain(const job<T>& j) {
    if constexpr (Row::config.in_channels == 1) {
      using loops = fixed_taps<Row, T>;
      return [=] {
        const esp::dims5& X = j.problem.input;
        switch (j.way) {
          case direction::forward:
            return loops::forward(j.x, X, j.weight, j.result, j.threads);
          case direction::backward_data:
            return loops::backward_data(j.grad_y, X, j.weight, j.result, j.threads);
          case direction::backward_weights:
            return loops::backward_weights(j.x, X, j.grad_y, j.result, j.threads);
        }
      };
    } else {
      return {};
    }
  }
  static void constrain(const T* weight, T* result) {
    using layer = typename structured_layer::layer;
    const esp::detail::aligned_buffer<T> scratch(layer::constrain_scratch_size());
    layer::constrain(weight, result, scratch.span());
  }
  static void through_prior(const T* weight, T* gradient) {
    using sweep = esp::detail::sweep<typename structured_layer::layer::gradient_type, T>;
    const esp::detail::aligned_buffer<T> scratch(sweep::scratch_size);
    sweep::run(weight, gradient, nullptr, scratch.data(), gradient);
  }

  static constexpr structure_side<T> value{&structured_layer::run, &dense, &plain, &constrain, &through_prior};
};

}  // namespace detail

/// Adds a row before `main`.
template <class Row>
struct enrolled_structure {
  explicit enrolled_structure(const char* name) {
    static constexpr esp::extents K = Row::config.kernel_size;
    const auto weight_at = [](esp::index_t o, esp::index_t t, double drawn) {
      if constexpr (requires { Row::weight_at(o, esp::tap_index{}, K); }) {
        return Row::weight_at(o, {t / (K.h * K.w), t / K.w % K.h, t % K.w}, K);
      } else {
        return drawn;
      }
    };
    const auto& config = Row::config;  // one copy: g++ 12 writes a second one of a constant to the wrong place
    structure_entries().push_back({name,
                                   Row::text,
                                   config,
                                   {Row::inputs.begin(), Row::inputs.end()},
                                   Row::directions,
                                   Row::promised,
                                   detail::row_side<Row, float>::has_structure,
                                   weight_at,
                                   detail::row_side<Row, float>::value,
                                   detail::row_side<Row, double>::value});
  }
};

}  // namespace bench
