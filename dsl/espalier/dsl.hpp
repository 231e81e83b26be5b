// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The language without the engine: policies, composition, facts, explanations and constant kernels.
#pragma once

// IWYU pragma: begin_exports
// First, so that a compiler that quotes them names few files on the way.
#include <espalier/refused_members.hpp>

#include <espalier/refused_functions.hpp>

#include <espalier/policy.hpp>

#include <espalier/fact.hpp>

#include <espalier/facts.hpp>

#include <espalier/evaluate.hpp>
#include <espalier/explain.hpp>
#include <espalier/learned.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/affine.hpp>
#include <espalier/policies/box.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/central_difference.hpp>
#include <espalier/policies/derivative.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/grouped.hpp>
#include <espalier/policies/half_space.hpp>
#include <espalier/policies/hyperplane.hpp>
#include <espalier/policies/l1_ball.hpp>
#include <espalier/policies/l2_ball.hpp>
#include <espalier/policies/laplacian.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/policies/sobel.hpp>
#include <espalier/policies/sphere.hpp>
#include <espalier/policies/standardize.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/policies/weight_norm.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/with_gradient.hpp>
#include <espalier/require.hpp>
#include <espalier/table.hpp>
#include <espalier/threshold.hpp>
// IWYU pragma: end_exports
