// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The whole library: the language, the layer and its training. What reads and writes files is apart: espalier/io/.
#pragma once

// IWYU pragma: begin_exports
#include <espalier/config.hpp>
#include <espalier/conv/reference.hpp>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_explanation.hpp>
#include <espalier/layer_facts.hpp>
#include <espalier/loss.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/adamw.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>
// IWYU pragma: end_exports
