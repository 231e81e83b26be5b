// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The whole library: the language and the layer. Readers of files are apart: espalier/io/nifti.hpp.
#pragma once

#include <espalier/conv/reference.hpp>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
