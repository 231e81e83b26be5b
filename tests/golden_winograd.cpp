// SPDX-License-Identifier: BSD-3-Clause
#include "support/golden_gradients.hpp"

namespace {

/// Checks every case that F(4, 3) serves; how many they are.
template <class... Cases>
int check_served(golden::list<Cases...>) {
  int served = 0;
  const auto one = [&served]<class Case>() {
    if constexpr (esp::winograd_f43_serves(Case::config)) {
      using asked = golden::computed_by<Case, esp::algorithm::winograd_f43>;
      golden::check_all(golden::list<asked>{});
      golden::check_all_gradients(golden::list<asked>{});
      ++served;
    }
  };
  (one.template operator()<Cases>(), ...);
  return served;
}

}  // namespace

TEST_CASE("recorded convolutions and gradients by F(4, 3)", "[golden][winograd]") {
  REQUIRE(check_served(golden::conv_cases{}) == 6);
}
