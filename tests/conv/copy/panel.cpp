// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/copy/panel.hpp>
#include <vector>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("channels of one position follow each other, in every width of row", "[conv][backward]", float,
                   double) {
  using T = TestType;
  using esp::index_t;
  constexpr index_t n = esp::lanes<T>, channel = 500;
  std::vector<T> from(static_cast<std::size_t>(channel * n));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i);
  for (index_t channels = 1; channels <= n; ++channels)
    for (const index_t length : {1, 2, 3, 5, 8, 15, 16, 17, 33})
      for (const index_t gap : {0, 2})
        for (const index_t to_step : {channels, n, 3 * n}) {
          const index_t rows = 4, to_row = (length + 2) * to_step;
          std::vector<T> to(static_cast<std::size_t>(rows * to_row + n), T(-1));
          esp::interleave({channels, channel, rows, length + gap, length, to_row, to_step}, from.data(), to.data());
          index_t wrong = 0;
          for (index_t r = 0; r < rows; ++r)
            for (index_t i = 0; i < length; ++i)
              for (index_t lane = 0; lane < (to_step < n ? to_step : n); ++lane) {
                const T expected = lane < channels ? static_cast<T>(lane * channel + r * (length + gap) + i) : T(0);
                wrong += to[static_cast<std::size_t>(r * to_row + i * to_step + lane)] == expected ? 0 : 1;
              }
          REQUIRE(wrong == 0);
        }
}
