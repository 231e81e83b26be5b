// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden_gradients.hpp"

TEST_CASE("recorded gradients: shapes, borders and blocks at the edge of a formula", "[golden]") {
  golden::check_all_gradients(golden::conv_cases{});
}
