// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How gradients pass a policy: exactly, with or without the border of its bounds, straight through, or projected onto
/// the tangent space of what it establishes.
#pragma once

#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

/// Named by a policy as `static constexpr auto gradient = esp::gradient_rule::straight_through;`, exact if it names
/// none.
///
/// `exact` is the derivative of the formula. `straight_through` passes the incoming gradient on unchanged, so that a
/// clamped weight still learns. `tangent` removes what would leave the set that the policy is proved to map into: the
/// mean where the sum is fixed, the component along the weight where the l2 norm is fixed, and fixed taps altogether.
/// `inclusive` is exact but for ties of `min` and `max`, which pass the gradient to the weight's side: a tap that
/// stands exactly on a clamp's bound still learns, as in PyTorch.
enum class gradient_rule : unsigned char { exact, straight_through, tangent, inclusive };

namespace detail {

template <class P>
[[nodiscard]] constexpr gradient_rule gradient_rule_of() {
  if constexpr (requires { P::gradient; }) {
    return P::gradient;
  } else {
    return gradient_rule::exact;
  }
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
