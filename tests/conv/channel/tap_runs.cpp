// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/channel/tap_runs.hpp>

#include "support/catch.hpp"
#include "support/internals.hpp"

TEST_CASE("runs of kept taps cover them once, in their order", "[conv][backward][taps]") {
  esp::kept_taps some;
  for (const esp::index_t tap : {0, 3, 4, 9, 10, 11, 12, 13, 14}) some.drop(tap);
  constexpr esp::conv3d config{.in_channels = 1, .out_channels = 16, .kernel_size = {1, 3, 5}};
  for (const bool joined : {false, true}) {
    esp::index_t taps = 0;
    for (esp::index_t row = 0; row < 15; row += 5) {
      esp::index_t from = 0;
      for (esp::tap_run r = esp::next_run(some, row, 5, joined, 0); r.count > 0;
           r = esp::next_run(some, row, 5, joined, from)) {
        for (; from < r.first; ++from) REQUIRE(!some.has(row + from));
        REQUIRE((joined || r.count == 1));
        for (esp::index_t i = 0; i < r.count; ++i) REQUIRE(some.has(row + r.first + i));
        from = r.first + r.count;
        taps += r.count;
      }
      for (; from < 5; ++from) REQUIRE(!some.has(row + from));
    }
    REQUIRE(taps == some.count(config.kernel_size));
  }
  // Runs of 2 and 4 taps: in panels of 3 channels 6 and 12 elements.
  const esp::run_lengths lengths(config, some);
  REQUIRE((lengths.distinct == 2 && lengths.tiles(3, 6) == 3 && lengths.tiles(3, 5) == 2 + 3));
  const esp::run_lengths whole(config, {});
  REQUIRE((whole.distinct == 1 && whole.tiles(2, 4) == 3 * 3));
}
