// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cut/cache.hpp>

#include "support/catch.hpp"

using namespace esp::detail;

TEST_CASE("bytes in elements, elements in whole lines", "[conv]") {
  static_assert(elements_in<float>(64) == 16 && elements_in<double>(64) == 8);
  static_assert(line_elements<float> == 2 * line_elements<double>);
  constexpr auto line = line_elements<float>;
  static_assert(whole_lines<float>(0) == 0 && whole_lines<float>(1) == line && whole_lines<float>(line) == line);
  static_assert(whole_lines<float>(line + 1) == 2 * line);
  SUCCEED("decided by the compiler");
}

TEST_CASE("what a task takes together fits the caches it is for", "[conv]") {
  constexpr auto first = 32 * KiB, second = 1024 * KiB;
  static_assert(offset_table * static_cast<esp::index_t>(sizeof(esp::index_t)) == 8 * KiB);
  static_assert(plane_budget::tile < first && plane_budget::rows + plane_budget::sums <= second / 2);
  static_assert(2 * plane_gradient_budget::run <= first);
  static_assert(channel_budget::weights < first && channel_budget::input + channel_budget::sums <= 3 * second / 4);
  static_assert(channel_gradient_budget::strip <= first / 2);
  static_assert(channel_gradient_budget::sums + channel_gradient_budget::x + channel_gradient_budget::y <=
                second + second / 8);
  static_assert(flat_budget::run < flat_budget::long_run && flat_budget::asked <= second / 4);
  static_assert(winograd_budget::task < second && winograd_budget::large_task < winograd_budget::limit);
  static_assert(winograd_gradient_budget::sums + winograd_gradient_budget::tiles < winograd_budget::limit);
  SUCCEED("decided by the compiler");
}
