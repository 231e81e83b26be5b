// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_structures.hpp"
#include "support/catch.hpp"

// Taps that a prior makes zero, in every family of kernels: a star, one side of an axis, the first in raster order,
// taps that are drawn, and a single one.

using esp::index_t, drawn::first_taps, drawn::layer_of, drawn::only, drawn::star, drawn::structured, drawn::taps;

TEST_CASE("masks of few channels are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(1, 1, 3, 1), only<star(3)>, float>(1);
  count += structured<layer_of(1, 1, 5, 2), only<star(5)>, double>(2);
  count += structured<layer_of(1, 3, 3, 1), only<taps(3, 5, 50)>, float>(3);
  count += structured<layer_of(2, 2, {3, 5, 3}, {1, 2, 1}), only<taps({3, 5, 3}, 6, 30)>, double>(4);
  count += structured<layer_of(3, 1, 3, {{2, 0}, 0, {0, 1}}), esp::causal<esp::axis::depth>, float>(5);
  count += structured<layer_of(1, 2, {1, 3, 7}, {0, 1, 3}, 1, {1, 1, 2}), only<taps({1, 3, 7}, 7, 40)>, float>(6);
  REQUIRE(count == 300);
}

TEST_CASE("masks of several channels are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(4, 6, 3, 1), only<star(3)>, float>(11);
  count += structured<layer_of(3, 8, 5, 2), esp::masked<'B'>, double>(12);
  count += structured<layer_of(8, 3, 3, 1, 2), only<taps(3, 8, 45)>, float>(13);
  count += structured<layer_of(4, 8, {3, 3, 5}, {0, 1, 2}, {1, 2, 2}, 1, 2), only<taps({3, 3, 5}, 9, 60)>, double>(14);
  count += structured<layer_of(6, 6, 3, 2, 1, 2, 6), only<star(3)>, float>(15);
  count += structured<layer_of(16, 20, 3, 1), esp::masked<'A'>, float>(16);
  REQUIRE(count == 300);
}

TEST_CASE("masks of many channels are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(16, 16, 3, 1), only<star(3)>, double>(21);
  count += structured<layer_of(32, 8, 3, {1, 0, 2}), only<taps(3, 10, 35)>, float>(22);
  count += structured<layer_of(16, 32, {2, 3, 4}, {1, 1, 0}, {2, 1, 2}), only<taps({2, 3, 4}, 11, 50)>, float>(23);
  count += structured<layer_of(24, 24, 5, 2, 1, 1, 2), only<first_taps(5, 62)>, float>(24);
  count += structured<layer_of(17, 33, 3, 1, 1, {1, 2, 1}), only<taps(3, 12, 15)>, double>(25);
  count += structured<layer_of(12, 12, 1, 0), esp::masked<'B'>, float>(26);
  REQUIRE(count == 300);
}
