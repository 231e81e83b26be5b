// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the library proves of a policy, and whether a constrained weight contradicts it.
#pragma once

#include <array>
#include <espalier/fact.hpp>
#include <espalier/facts.hpp>
#include <espalier/moments.hpp>
#include <espalier/policies/symmetric.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drawn/program.hpp"
#include "drawn/taps.hpp"

namespace drawn {

/// What `claims` holds facts of: blocks, filters, input channels, and the whole weight.
inline constexpr int scope_count = 4;

/// Facts of each of them; of each tap of a block; and of the convolution.
struct claims {
  std::array<esp::detail::known_facts, scope_count> at{};
  std::array<esp::detail::known_l1, scope_count> sizes{};
  esp::detail::l1_bounds limits{};  ///< of the sums of absolute values, however they are known
  std::vector<std::optional<double>> taps;
  std::vector<esp::detail::region_info> supports;  ///< each of which no tap outside is other than 0
  std::vector<esp::detail::moment_claim> moments;  ///< of every block
  std::vector<esp::fact> derivatives;              ///< that every block is a stencil of
  std::vector<esp::fact> symmetries;               ///< and antisymmetries
  tap_table float_taps{}, double_taps{};           ///< the tables of every block; empty: not asked for
  bool finite = false;
  double lipschitz = esp::detail::interval::infinity;            ///< of the convolution in one group,
  double lipschitz_in_groups = esp::detail::interval::infinity;  ///< and in as many as there are output channels

  /// True if something is said that does not hold of every weight anyway.
  [[nodiscard]] bool any() const;
};

/// Facts of moments, and of derivatives, that are asked for of every policy.
inline constexpr esp::fact asked_moments[] = {
    esp::moment_is<0, 0, 1, 0>, esp::moment_is<0, 0, 1, 1>, esp::moment_is<0, 0, 2, 0>,
    esp::moment_is<0, 0, 2, 1>, esp::moment_is<0, 0, 2, 2>, esp::moment_is<0, 0, 3, 0>,
    esp::moment_is<0, 2, 1, 0>, esp::moment_is<0, 1, 1, 0>, esp::moment_is<1, 0, 0, 0>};
inline constexpr esp::fact asked_derivatives[] = {
    esp::derivative_to<esp::partial{.w = 1}, 1>, esp::derivative_to<esp::partial{.w = 1}, 2>,
    esp::derivative_to<esp::partial{.w = 2}, 2>, esp::derivative_to<esp::partial{}, 2>, esp::laplacian_to<2>};

/// Symmetries that are asked for likewise.
inline constexpr esp::fact asked_symmetries[] = {
    esp::detail::stated<esp::symmetric<esp::mirror<esp::axis::width>>>,
    esp::detail::stated<esp::symmetric<esp::mirror<esp::axis::depth>>>,
    esp::detail::stated<esp::symmetric<esp::mirror<esp::axis::depth, esp::axis::height, esp::axis::width>>>,
    esp::detail::stated<esp::symmetric<esp::point_reflection>>,
    esp::detail::stated<esp::symmetric<esp::cube_group>>,
    esp::detail::stated<esp::antisymmetric<esp::axis::width>>,
    esp::detail::stated<esp::antisymmetric<esp::axis::depth>>};

/// The library's proofs, run at run time.
claims claims_of(const esp::detail::graph& g);

/// What follows from the facts in `c` for a weight that this graph makes.
void conclude(claims& c, const esp::detail::graph& g);

/// The bounds that do not follow from a sum or a norm: they hold for every eps.
claims bounds_alone(const claims& c);

/// One sentence about the first claim that the weight contradicts: `what` was claimed, `actual` is its enclosure.
std::optional<std::string> contradicted(const claims& c, const esp::weight_shape& shape,
                                        const std::vector<enclosure<long double>>& weight);

/// One sentence if the weight, made with eps as it is, is not finite though it is claimed to be.
std::optional<std::string> not_finite(const claims& c, const std::vector<enclosure<long double>>& weight);

/// True if all of the weight is finite and none of it unknown.
bool defined(const std::vector<enclosure<long double>>& weight);

}  // namespace drawn
