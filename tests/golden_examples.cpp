// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden.hpp"

TEST_CASE("recorded layers: the five examples of the reference", "[golden]") {
  golden::check_all(golden::example_cases{});
}
