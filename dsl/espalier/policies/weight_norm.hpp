// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that learns the norm of a filter apart from its direction.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/graph.hpp>
#include <espalier/learned.hpp>
#include <espalier/lower.hpp>
#include <espalier/number_part.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/scope.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// learned<"gain", per::filter> * w / sqrt(sum(w * w) + eps), the sum over all input channels of an output channel.
///
/// Weight normalisation (Salimans, Kingma: Weight normalization, 2016), PyTorch's `weight_norm(conv, dim=0)`: the gain
/// is its `weight_g`, the stored weight its `weight_v`; PyTorch adds no eps, so that a filter of zeros is NaN there
/// and 0 here. A fresh layer's gains are the norms of its filters: up to rounding it is the plain layer. Two passes,
/// and two for the gradient of the gains. Rejected when: ESP-222 with `enforcement::post_step`. Example:
/// docs/language.md
struct weight_norm_t : policy<weight_norm_t> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return {"weight_norm"}; }
  static constexpr int lower(detail::graph& g, const detail::binding& b) {
    detail::binding inner = b;
    inner.reach = detail::scope::filter;
    const auto norm = sqrt(sum_of_squares(tap_t{}) + eps);
    return detail::append(g, learned<"gain", per::filter>.starts_at(norm) * (tap_t{} / norm), inner);
  }
};
inline constexpr weight_norm_t weight_norm{};

}  // namespace esp::inline ESPALIER_ABI
