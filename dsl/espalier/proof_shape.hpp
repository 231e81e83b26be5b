// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a fact is asked for: a kernel's extents, the weight of a layer, or the layer.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/lower.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

struct proof_shape;

/// What describes a layer: a function `proof_shape_of` beside its type says how it uses its weight.
template <class L>
concept DescribesALayer = requires(const L& layer) {
  { proof_shape_of(layer) } -> std::same_as<proof_shape>;
};

/// What a fact is asked for: a kernel's extents, then it holds for any number of channels; the shape of a layer's
/// weight; or a layer's configuration. Made from any of these, or from one number for all extents.
struct proof_shape {
  weight_shape weight = typical_shape;
  double eps = 1e-12;
  index_t groups = 1;          ///< of channels; 1 where not known, for which no more is proved than for others
  bool copies_border = false;  ///< the padding repeats elements of the input

  constexpr proof_shape(index_t all) : proof_shape(extents{all}) {}
  constexpr proof_shape(extents kernel) : weight{.out = typical_shape.out, .in = typical_shape.in, .kernel = kernel} {}
  constexpr proof_shape(weight_shape own) : weight(own) {}
  template <DescribesALayer L>
  constexpr proof_shape(const L& layer) : proof_shape(proof_shape_of(layer)) {}
};

}  // namespace esp::inline ESPALIER_ABI::detail
