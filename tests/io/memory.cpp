// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/memory.hpp>
#include <limits>
#include <string>

#include "support/faults.hpp"
#include "support/layer.hpp"

TEST_CASE("memory that is not given is refused with what is needed and what may be had", "[memory]") {
  REQUIRE(esp::detail::values_for<float>(3, "ESP-166", "a", 100) == std::vector<float>(3));
  const auto huge = [] {
    static_cast<void>(esp::detail::values_for<double>(esp::index_t{1} << 58, "ESP-166", "a", esp::index_t{1} << 62));
  };
  REQUIRE(
      support::throws(huge, "ESP-166", "'a' needs 2305843009213693952 bytes", "max_bytes allows 4611686018427387904"));
  std::vector<float> values;
  faults::allocations_after(0, true);
  const bool refused =
      support::throws([&] { values = esp::detail::values_for<float>(3, "ESP-166", "a", 100); }, "ESP-166", "12 bytes");
  REQUIRE(faults::allocation_failed());
  REQUIRE(refused);
}
