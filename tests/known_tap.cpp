// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/known_tap.hpp>

#include "support/catch.hpp"

TEST_CASE("of a tap nothing is known until something is said", "[known_taps]") {
  using esp::detail::known_tap, esp::detail::tap_kind;
  STATIC_REQUIRE(known_tap{}.kind == tap_kind::free);
  STATIC_REQUIRE(known_tap{} == known_tap{tap_kind::free, 0, -1, false});
  STATIC_REQUIRE(!(known_tap{tap_kind::tied, 0, 3, true} == known_tap{tap_kind::tied, 0, 3, false}));
}
