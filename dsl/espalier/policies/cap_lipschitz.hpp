// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that limits how much a convolution lengthens a difference of two inputs.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policies/cap.hpp>
#include <espalier/policy.hpp>
#include <espalier/schur.hpp>
#include <espalier/scope.hpp>
#include <espalier/tap_sets.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What `cap_lipschitz` asks of a bound that is set at run time.
struct bound_of_cap_lipschitz : is_positive_t {
  static constexpr std::string_view id = "ESP-233";
  static constexpr std::string_view of = "the bound of cap_lipschitz<L>";
};

}  // namespace detail

/// w * min(1, L / (sqrt(R) + eps) / (sqrt(C) + eps)), R the largest sum of absolute values of an output channel, C the
/// largest of an input channel. A weight within the bound is unchanged.
///
/// sqrt(R C) is at least the norm of the convolution from l2 to l2, by Schur's test (lipschitz.hpp), for inputs of
/// every size, each stride, dilation and padding with zeros. The largest singular value of the weight as a matrix,
/// which `spectral_norm` of PyTorch divides by, is not: a convolution may lengthen by sqrt(taps) times it. Establishes
/// lipschitz<L>; scales, so it is no projection; idempotent up to rounding. Two passes, each over the whole weight.
/// Errors: ESP-233 for L <= 0, at run time for a parameter; ESP-219 in a layer of several groups, ESP-238 in `grouped`.
/// Example: examples/public_priors.cpp
template <auto L>
struct cap_lipschitz_t : policy<cap_lipschitz_t<L>> {
  static_assert(detail::PositiveBound<L>,
                "ESP-233: the bound of cap_lipschitz<L> is not positive; write L > 0, for example cap_lipschitz<1>");
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return text("cap_lipschitz<") << argument_text(L) << ">"; }
  static constexpr int lower(detail::graph& g, const detail::binding& b) {
    if (b.groups > 0) return g.unusable(detail::formula_fault::of_whole_blocks);
    // Divided by one root after the other: their product may be an infinity times zero, this never is NaN.
    int share = detail::append(g, checked<detail::bound_of_cap_lipschitz{}>(L), b);
    for (const detail::scope part : {detail::scope::filter, detail::scope::input}) {
      const int root = detail::root_of_largest_sum(g, b.weight, part, b.active);
      share = g.divide(share, g.add(root, g.epsilon(b.eps)));
    }
    return g.multiply(b.weight, g.minimum(g.constant(1), share));
  }
};
template <auto L>
inline constexpr auto cap_lipschitz = cap_lipschitz_t<L>{};

}  // namespace esp::inline ESPALIER_ABI
