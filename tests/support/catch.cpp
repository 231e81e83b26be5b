// SPDX-License-Identifier: BSD-3-Clause
// Carries the precompiled form of catch.hpp, which every unit test of the same flags shares.
#include "support/catch.hpp"
