// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What an optimiser remembers of a layer.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// State of one layer in an optimiser, in the layer's element type.
template <class T>
struct layer_state {
  index_t steps = 0;                       ///< steps done
  bool fresh = true;                       ///< no step wrote a buffer yet
  std::array<std::vector<T>, 2> weight{};  ///< the rule's buffers, empty before the first step
  std::array<std::vector<T>, 2> bias{};    ///< the same for the bias
};

/// The same of a layer whose prior has learned numbers: a stretch of each buffer for each of their names.
template <class T>
struct learning_layer_state : layer_state<T> {
  std::array<std::vector<T>, 2> learned{};
};

namespace detail {

/// Numbers of the layer's prior that are learned too; a layer of a program need not know of them.
template <class Layer>
inline constexpr index_t learned_count_of = 0;
template <class Layer>
requires requires { Layer::convolution_type::learned_count; }
inline constexpr index_t learned_count_of<Layer> = Layer::convolution_type::learned_count;

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
