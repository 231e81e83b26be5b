// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden_gradients.hpp"

TEST_CASE("recorded convolutions of a padded input: values and gradients", "[golden]") {
  golden::check_all(golden::border_cases{});
  golden::check_all_gradients(golden::border_cases{});
}
