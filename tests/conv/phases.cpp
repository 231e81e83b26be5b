// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/phases.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

// Every position is one element and residue, and the (tap, output) pairs of its phase are those that read it.
void check(esp::stride_axis forward, index_t size) {
  const esp::transposed_axis axis{forward};
  std::vector<int> seen(static_cast<std::size_t>(size), 0);
  index_t taps = 0;
  for (index_t p = 0; p < axis.phases(); ++p) {
    REQUIRE(axis.taps_before(p) == taps);
    taps += axis.taps(p);
  }
  REQUIRE(taps == forward.kernel);
  for (index_t e = 0; e < axis.elements(size); ++e)
    for (index_t residue = 0; residue < forward.stride; ++residue) {
      const index_t i = axis.position(e, residue);
      if (i < 0 || i >= size) continue;
      ++seen[static_cast<std::size_t>(i)];
      index_t pairs = 0;
      for (index_t p = 0; p < axis.phases(); ++p) {
        if (axis.residue(p) != residue) continue;
        for (index_t n = 0; n < axis.taps(p); ++n) {
          const index_t tap = axis.tap(p, n), output = axis.first() + e - forward.shift(tap);
          REQUIRE(output * forward.stride - forward.before + tap * forward.dilation == i);
          REQUIRE(axis.rows().start(e, 0) + axis.lag(tap) == output);
          ++pairs;
        }
      }
      REQUIRE(axis.reads(i) == (pairs > 0));
      for (index_t tap = 0; tap < forward.kernel; ++tap) {
        pairs -= (i + forward.before - tap * forward.dilation) % forward.stride == 0 ? 1 : 0;
      }
      REQUIRE(pairs == 0);
    }
  for (const int count : seen) REQUIRE(count == 1);
}

}  // namespace

TEST_CASE("phases hold each input position once, with the taps that read it", "[conv][backward]") {
  for (index_t kernel = 1; kernel <= 5; ++kernel)
    for (index_t stride = 1; stride <= 6; ++stride)
      for (index_t dilation = 1; dilation <= 6; ++dilation)
        for (const index_t before : {-7, -2, -1, 0, 1, 2, 5, 13}) check({kernel, stride, dilation, before}, 11);
  REQUIRE(esp::transposed_axis{{3, 2, 1, 1}}.elements(0) == 0);
}
