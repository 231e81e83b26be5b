// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The language without the engine: policies, composition, facts, explanations and constant kernels.
#pragma once

#include <espalier/config.hpp>
#include <espalier/evaluate.hpp>
#include <espalier/explain.hpp>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/with_gradient.hpp>
