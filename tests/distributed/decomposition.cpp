// SPDX-License-Identifier: BSD-3-Clause
// Parts of all ranks cover a tensor once, and what two have in common is what plain loops find.
#include <algorithm>
#include <espalier/distributed/decomposition.hpp>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::decomposition, esp::dims5, esp::index_t, esp::tensor_part;

bool has(const tensor_part& part, index_t n, index_t d, index_t h, index_t w) {
  const esp::extents &at = part.window.begin, &size = part.window.size;
  return n >= part.first_sample && n < part.first_sample + part.samples && d >= at.d && d < at.d + size.d &&
         h >= at.h && h < at.h + size.h && w >= at.w && w < at.w + size.w;
}

std::string message_of(const decomposition& split, index_t rank, const dims5& shape) {
  try {
    static_cast<void>(split.part_of(rank, shape));
  } catch (const esp::error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("parts of ranks are even, in order, and cover a tensor once", "[distributed]") {
  constexpr decomposition slabs{.d = 3};
  STATIC_REQUIRE(slabs.part_of(1, {2, 5, 8, 4, 4}) == tensor_part{0, 2, {{3, 0, 0}, {3, 4, 4}}});
  STATIC_REQUIRE(slabs.part_of(2, {2, 5, 8, 4, 4}) == tensor_part{0, 2, {{6, 0, 0}, {2, 4, 4}}});
  STATIC_REQUIRE(slabs.part_of(2, {2, 5, 8, 4, 4}).shape(5) == dims5{2, 5, 2, 4, 4});
  STATIC_REQUIRE(decomposition{.n = 2, .d = 2, .w = 2}.part_of(5, {4, 1, 4, 4, 4}) ==
                 tensor_part{2, 2, {{0, 0, 2}, {2, 4, 2}}});
  STATIC_REQUIRE(decomposition{}.part_of(0, {1, 1, index_t{1} << 40, 1, 1}).voxels() == index_t{1} << 40);

  std::mt19937 engine(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto draw = [&](index_t most) { return 1 + static_cast<index_t>(engine()) % most; };
    const decomposition split{draw(2), draw(3), draw(3), draw(2)};
    const dims5 shape{split.n + draw(3) - 1, 1, split.d + draw(6) - 1, split.h + draw(6) - 1, split.w + draw(6) - 1};
    std::vector<tensor_part> parts;
    for (index_t rank = 0; rank < split.ranks(); ++rank) parts.push_back(split.part_of(rank, shape));
    index_t wrong = 0;
    for (index_t n = 0; n < shape.n; ++n)
      for (index_t d = 0; d < shape.d; ++d)
        for (index_t h = 0; h < shape.h; ++h)
          for (index_t w = 0; w < shape.w; ++w) {
            wrong += std::ranges::count_if(parts, [&](const auto& p) { return has(p, n, d, h, w); }) != 1;
          }
    REQUIRE(wrong == 0);
    const tensor_part piece{0, shape.n, {{shape.d / 2, 0, 0}, {shape.d - shape.d / 2, shape.h, draw(shape.w)}}};
    for (const tensor_part& part : parts) {
      const tensor_part both = esp::common(part, piece);
      index_t count = 0;
      for (index_t n = 0; n < shape.n; ++n)
        for (index_t d = 0; d < shape.d; ++d)
          for (index_t h = 0; h < shape.h; ++h)
            for (index_t w = 0; w < shape.w; ++w) {
              const bool is_common = has(part, n, d, h, w) && has(piece, n, d, h, w);
              count += is_common;
              wrong += is_common != has(both, n, d, h, w);
            }
      REQUIRE(both.voxels() == count);
    }
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("splits that no tensor has are refused", "[distributed]") {
  REQUIRE(message_of({.d = 4}, 0, {1, 1, 3, 8, 8}) ==
          "ESP-280: a tensor with 3 positions along D is split over 4 ranks there; each must have one, so use fewer "
          "along D");
  REQUIRE(message_of({.n = 2}, 0, {1, 1, 3, 8, 8}).starts_with("ESP-280: a tensor with 1 position along N is"));
  REQUIRE(message_of({.h = 0}, 0, {1, 1, 3, 8, 8}).starts_with("ESP-280: the decomposition into 1 x 1 x 0 x 1 ranks"));
  REQUIRE(message_of({.n = 1 << 16, .d = 1 << 16}, 0, {1, 1, 3, 8, 8}).starts_with("ESP-280: the decomposition"));
  REQUIRE(message_of({.d = 2}, 2, {1, 1, 3, 8, 8}) ==
          "ESP-281: rank 2 is none of the 2 ranks of the decomposition, which count from 0");
}
