// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the build compiles once for all unit tests of a variant, ahead of their own includes. No test counts on it:
/// each includes what it uses.
#pragma once

#include <espalier/espalier.hpp>

#include "support/catch.hpp"
#include "support/reference.hpp"
