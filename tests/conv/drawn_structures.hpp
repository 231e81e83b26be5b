// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Layers of whose kernels something is known, on drawn problems: small integers through a whole layer, prior, packing
/// and all, against the plain loops on the full kernel, in all three directions.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/kernel_crop.hpp>
#include <espalier/convolution.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dsl.hpp>
#include <espalier/executor.hpp>
#include <espalier/known_taps.hpp>
#include <limits>
#include <random>
#include <span>

#include "conv/drawn_backward.hpp"
#include "conv/drawn_taps.hpp"

namespace drawn {

using esp::known_tap, esp::tap_kind;

/// How far a voxel that is not finite spreads: to what reads it through a tap that is computed; further by an algorithm
/// that computes tiles.
enum class spread { taps_that_are_not_zero, all_taps, tiles };

/// Whether the taps that are zero are computed.
template <class Layer, class Plans>
constexpr spread spread_of(esp::direction what) {
  if (esp::is_winograd(Layer::algorithm_of(what))) return spread::tiles;
  const esp::kernel_crop crop = Plans::crop_for(what);
  const index_t computed = crop.config.kernel_size.volume() - Layer::choice_of(what).dropped;
  return computed == Plans::kept.count(Layer::config.kernel_size) ? spread::taps_that_are_not_zero : spread::all_taps;
}

/// A configuration under a prior behind function pointers, so that the test's own code is compiled once a type.
template <class T>
struct structured_layer {
  esp::conv3d config;
  const known_tap* table;  ///< A tap each.
  /// The weight is drawn in multiples of it, so that means over orbits are whole numbers.
  int unit;
  spread forward_spread, input_spread;
  index_t constrain_scratch;
  void (*constrain)(const T*, T*, std::span<T>);
  index_t (*forward_scratch)(esp::dims5, index_t);
  void (*forward)(const T*, esp::dims5, const T*, const T*, T*, std::span<T>, index_t);
  index_t (*backward_scratch)(esp::dims5, index_t);
  void (*backward)(const T*, esp::dims5, const T*, const T*, T*, T*, T*, std::span<T>, index_t);
  index_t gradient_scratch;
  /// The gradient of the stored weight from that of the constrained one; in place.
  void (*through_prior)(const T*, T*, T*);
};

/// A layer that stores no weight gets none, and none to add a gradient to.
template <class Layer, class T>
T* stored(T* weight) {
  return Layer::weight_size > 0 ? weight : nullptr;
}

template <esp::conv3d Config, auto Prior, class T>
structured_layer<T> structured_layer_for(int unit) {
  using layer = esp::convolution<Config, Prior, T>;
  using plans = esp::convolution_plans<Config, typename layer::formula_type, T>;
  using table = esp::known_taps<typename layer::formula_type, T>;
  using sweep = esp::sweep<typename layer::gradient_type, T>;
  const auto& config = Config;
  return {config,
          table::value.data(),
          unit,
          spread_of<layer, plans>(esp::direction::forward),
          spread_of<layer, plans>(esp::direction::backward_data),
          layer::constrain_scratch_size(),
          [](const T* weight, T* result, std::span<T> scratch) {
            layer::constrain(stored<layer>(weight), result, scratch);
          },
          [](esp::dims5 input, index_t team) { return layer::scratch_size(input, team); },
          [](const T* x, esp::dims5 input, const T* weight, const T* bias, T* y, std::span<T> scratch, index_t team) {
            layer::forward(x, input, stored<layer>(weight), bias, y, scratch, esp::threads{team});
          },
          [](esp::dims5 input, index_t team) { return layer::backward_scratch_size(input, team); },
          [](const T* x, esp::dims5 input, const T* weight, const T* grad_y, T* grad_x, T* grad_w, T* grad_b,
             std::span<T> scratch, index_t team) {
            layer::backward(x, input, stored<layer>(weight), grad_y, grad_x, stored<layer>(grad_w), grad_b, scratch,
                            esp::threads{team});
          },
          sweep::scratch_size + esp::line_elements<T>,
          [](const T* weight, T* gradient, T* scratch) {
            sweep::run(weight, gradient, nullptr, esp::aligned(scratch), gradient);
          }};
}

/// Equal to the loops on the constrained weight, which obeys the table.
template <class T>
void check_structured(const structured_layer<T>& fast, gradient_problem<T>& p, index_t team);

/// A NaN or an infinity in the input, or in the output's gradient: what reads it through a tap that is not zero is not
/// finite, and what no tap reads it through is as it was; so is what only zeros do, where they are not computed.
template <class T>
void check_spread(const structured_layer<T>& fast, gradient_problem<T>& p, index_t team, std::mt19937& engine);

/// `count` problems of `check_structured`; every third of `check_spread` too.
template <class T>
index_t structured_problems(const structured_layer<T>& fast, unsigned seed, index_t count);

// support/structured.cpp compiles them once, optimised.
extern template index_t structured_problems(const structured_layer<float>&, unsigned, index_t);
extern template index_t structured_problems(const structured_layer<double>&, unsigned, index_t);

/// Fifty problems of a layer in `T`.
template <esp::conv3d Config, auto Prior, class T>
index_t structured(unsigned seed, int unit = 1) {
  return structured_problems(structured_layer_for<Config, Prior, T>(unit), seed, 50);
}

/// Zeros at the taps that are not `Kept`: a region of its own type for each set.
template <esp::kept_taps Kept>
struct dropped_taps {
  static constexpr bool contains(esp::tap_index t, esp::extents k) { return !Kept.has((t.d * k.h + t.h) * k.w + t.w); }
};
template <esp::kept_taps Kept>
inline constexpr auto only = esp::on<dropped_taps<Kept>{}>(esp::assign<0>);

/// What the lists below are made of: three-dimensional layers, everything else as given.
constexpr esp::conv3d layer_of(index_t in, index_t out, esp::extents kernel, esp::padding padding,
                               esp::extents stride = 1, esp::extents dilation = 1, index_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .dilation = dilation,
          .padding = padding,
          .groups = groups};
}
constexpr esp::conv3d with(esp::algorithm a, esp::conv3d config) {
  config.algorithm = a;
  return config;
}

}  // namespace drawn
