// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The public battery of laws (espalier/testing/laws.hpp) as a test: `laws::check<my_prior>("mine", {.idempotent =
/// true})`.
#pragma once

#include <espalier/testing/laws.hpp>
#include <string>

#include "support/catch.hpp"

namespace esp::inline ESPALIER_ABI::detail {

// Compiled once for all tests of a variant, in laws.cpp.
extern template void try_weights(const law_subject<float>&, const law_question&, law_recorder&);
extern template void try_weights(const law_subject<double>&, const law_question&, law_recorder&);

}  // namespace esp::inline ESPALIER_ABI::detail

namespace laws {

using claims = esp::testing::law_options;
using esp::testing::after_nan;

/// Blocks that share a scope with a NaN are all undefined, so a scope of 500 blocks would leave little to check.
inline constexpr esp::weight_shape per_block{.out = 250, .in = 2, .kernel = {1, 3, 3}};
inline constexpr esp::weight_shape modes_shape{.out = 250, .in = 2, .kernel = 3};
inline constexpr esp::weight_shape small_weight{.out = 5, .in = 2, .kernel = {1, 3, 3}};

/// All laws for one prior on weights of one shape; named parameters are 0.75.
template <auto Prior, esp::weight_shape Shape = per_block>
void check(const std::string& name, const claims& claimed = {}) {
  const esp::testing::law_report report = esp::testing::laws<Prior, Shape>(claimed);
  INFO(name << ": " << report);
  CHECK(report.empty());
  CHECK(report.kernels >= 20000);
}

}  // namespace laws
