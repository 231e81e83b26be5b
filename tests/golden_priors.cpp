// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden_gradients.hpp"

TEST_CASE("recorded layers of public code: values and gradients", "[golden]") {
  golden::check_all(golden::prior_cases{});
  golden::check_all_gradients(golden::prior_cases{});
}
