// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/merged/cut.hpp>

#include "support/catch.hpp"

using esp::index_t;

namespace {

constexpr esp::correlation merging(index_t in, esp::extents taps, esp::extents dilation, esp::dims5 Y) {
  esp::correlation p;
  p.in = in;
  p.taps = taps;
  p.dilation = dilation;
  p.before = {(taps.d - 1) * dilation.d / 2, (taps.h - 1) * dilation.h / 2, (taps.w - 1) * dilation.w / 2};
  p.X = {Y.n, in, Y.d, Y.h, Y.w};
  p.outputs = {Y.d, Y.h, Y.w};
  return p;
}

}  // namespace

TEST_CASE("a ring of outputs stays in the second cache", "[conv]") {
  const esp::merged_blocking b = esp::merged_blocks_for<float>(merging(12, 3, 2, {1, 1, 160, 192, 224}), 6, 1);
  REQUIRE((b.planes == 5 && b.od == 160 && b.ow == 224 && b.oh == 48 && b.tasks == 4));
  REQUIRE(b.sums <= 256 * 1024 / 4);
  REQUIRE((b.narrow == b.sums + 6 * b.pitch && b.elements == b.narrow));
  REQUIRE((b.lead >= 2 && b.pitch >= b.lead + 224 + 4));
  // The whole of a small volume, and of long rows a part.
  REQUIRE(esp::merged_blocks_for<float>(merging(12, 3, 2, {1, 1, 16, 16, 16}), 6, 1).tasks == 1);
  REQUIRE(esp::merged_blocks_for<float>(merging(12, 3, 2, {1, 1, 1, 2, 5000}), 6, 1).ow == 1024);
  // One row of a kernel that reaches far is a block, whatever it takes.
  REQUIRE(esp::merged_blocks_for<double>(merging(4, {17, 1, 1}, 1, {1, 1, 99, 9, 9000}), 6, 1).oh >= 1);
}

TEST_CASE("the blocks of a team are no thinner than what each reads again", "[conv]") {
  const esp::correlation p = merging(12, 3, 2, {1, 1, 64, 64, 64});
  const esp::merged_blocking alone = esp::merged_blocks_for<float>(p, 6, 1);
  REQUIRE((alone.tasks == 1 && alone.od == 64));
  const esp::merged_blocking two = esp::merged_blocks_for<float>(p, 6, 2);
  REQUIRE((two.tasks == 4 && two.od == 16));
  REQUIRE(esp::merged_blocks_for<float>(merging(12, 3, 2, {1, 1, 3, 64, 64}), 6, 8).od == 3);
}

TEST_CASE("channels of rows shorter than a register are copied", "[conv]") {
  const esp::merged_blocking b = esp::merged_blocks_for<float>(merging(5, 3, 1, {1, 1, 4, 4, 1}), 3, 1);
  REQUIRE(b.elements == b.narrow + (esp::lanes<float> > 1 ? 5 * 16 : 0));
}
