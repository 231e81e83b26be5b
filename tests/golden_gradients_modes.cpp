// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden_gradients.hpp"

TEST_CASE("recorded gradients: the eight modes", "[golden]") { golden::check_all_gradients(golden::mode_cases{}); }
