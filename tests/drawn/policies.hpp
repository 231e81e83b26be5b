// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// All policies of the library, for drawn ones and for generated sources.
#pragma once

#include <espalier/dsl.hpp>
#include <espalier/policies/affine.hpp>
#include <espalier/policies/assign.hpp>
#include <espalier/policies/box.hpp>
#include <espalier/policies/cap.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/central_difference.hpp>
#include <espalier/policies/clamp.hpp>
#include <espalier/policies/derivative.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/half_space.hpp>
#include <espalier/policies/hyperplane.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policies/l1_ball.hpp>
#include <espalier/policies/l2_ball.hpp>
#include <espalier/policies/laplacian.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/normalize.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>
#include <espalier/policies/shift.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/policies/sobel.hpp>
#include <espalier/policies/sphere.hpp>
#include <espalier/policies/standardize.hpp>
#include <espalier/policies/subtract.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/policies/weight_norm.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/widened.hpp>
#include <espalier/threshold.hpp>
