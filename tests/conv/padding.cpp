// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/padding.hpp>

#include "support/catch.hpp"

namespace {

template <esp::padding P>
struct as_template_argument {
  static constexpr esp::pads resolved = P.resolve(3, 1);
};

constexpr esp::pads one{{1, 1, 1}, {1, 1, 1}};

}  // namespace

TEST_CASE("padding reads numbers, one per axis, two per axis, same and valid", "[conv]") {
  constexpr esp::padding numbers{1};
  static_assert(numbers.resolve(3, 1) == one);
  constexpr esp::padding per_axis{1, 2, 3};
  static_assert(per_axis.resolve(3, 1) == esp::pads{{1, 2, 3}, {1, 2, 3}});
  constexpr esp::padding two_sided{{0, 1}, {2, 3}, {4, 5}};
  static_assert(two_sided.resolve(3, 1) == esp::pads{{0, 2, 4}, {1, 3, 5}});
  constexpr esp::padding none = esp::valid;
  static_assert(none.resolve(3, 1) == esp::pads{});
  static_assert(none == esp::padding{0});
  static_assert(as_template_argument<esp::same>::resolved == one);
  REQUIRE(two_sided != per_axis);
}

TEST_CASE("causal padding stands before the first voxel of the axes that are named", "[conv]") {
  using esp::axis;
  constexpr esp::padding clip = esp::padding::causal(axis::depth);
  static_assert(clip.resolve(3, 1) == esp::pads{{2, 1, 1}, {0, 1, 1}});
  static_assert(clip.resolve({4, 3, 2}, {3, 1, 1}) == esp::pads{{9, 1, 0}, {0, 1, 1}});
  static_assert(esp::padding::causal(axis::width, axis::height).resolve(3, 2) == esp::pads{{2, 4, 4}, {2, 0, 0}});
  static_assert(clip != esp::padding(esp::same) && clip != esp::padding::causal(axis::height));
  SUCCEED("decided by the compiler");
}

TEST_CASE("same splits dilation * (kernel - 1) and puts an odd voxel at the end", "[conv]") {
  constexpr esp::padding same = esp::same;
  static_assert(same.resolve({2, 3, 4}, 1) == esp::pads{{0, 1, 1}, {1, 1, 2}});
  static_assert(same.resolve({2, 3, 4}, {3, 2, 1}) == esp::pads{{1, 2, 1}, {2, 2, 2}});
  static_assert(same.resolve(1, 7) == esp::pads{});
  for (esp::index_t k = 1; k < 9; ++k) {
    for (esp::index_t dilation = 1; dilation < 5; ++dilation) {
      const esp::pads p = same.resolve(k, dilation);
      REQUIRE(p.before.w + p.after.w == dilation * (k - 1));
      REQUIRE((p.after.w - p.before.w == 0 || p.after.w - p.before.w == 1));
    }
  }
}
