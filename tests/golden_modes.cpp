// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden.hpp"

TEST_CASE("recorded layers: the eight modes", "[golden]") { golden::check_all(golden::mode_cases{}); }
