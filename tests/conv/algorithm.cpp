// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/algorithm.hpp>

#include "support/catch.hpp"

TEST_CASE("Winograd serves stride 1 and extents of 3 or 1", "[conv]") {
  static_assert(esp::winograd_serves({.kernel_size = 3}));
  static_assert(esp::winograd_serves({.kernel_size = {1, 3, 3}}));
  static_assert(esp::winograd_serves({.kernel_size = {3, 1, 1}, .dilation = {1, 5, 5}}));
  static_assert(!esp::winograd_serves({.kernel_size = 1}));
  static_assert(!esp::winograd_serves({.kernel_size = {3, 3, 5}}));
  static_assert(!esp::winograd_serves({.kernel_size = 3, .stride = {1, 1, 2}}));
  static_assert(!esp::winograd_serves({.kernel_size = 3, .dilation = {1, 2, 1}}));
  SUCCEED("decided by the compiler");
}

TEST_CASE("F(4, 3) serves what Winograd does along D or H", "[conv]") {
  using enum esp::algorithm;
  static_assert(esp::winograd_f43_serves({.kernel_size = 3}) && esp::winograd_f43_serves({.kernel_size = {3, 1, 1}}));
  static_assert(esp::winograd_f43_serves({.kernel_size = {1, 3, 1}}));
  static_assert(!esp::winograd_f43_serves({.kernel_size = {1, 1, 3}}) && !esp::winograd_f43_serves({.kernel_size = 5}));
  static_assert(esp::is_winograd(winograd) && esp::is_winograd(winograd_f43));
  static_assert(!esp::is_winograd(direct) && !esp::is_winograd(automatic));
  SUCCEED("decided by the compiler");
}
