// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::detail::kept_taps;

constexpr kept_taps star = [] {
  kept_taps result;
  for (esp::index_t t = 0; t < 27; ++t) {
    const esp::tap_index k = esp::tap_at(t, esp::extents{3});
    if ((k.d != 1 ? 1 : 0) + (k.h != 1 ? 1 : 0) + (k.w != 1 ? 1 : 0) > 1) result.drop(t);
  }
  return result;
}();

template <kept_taps Kept>
struct of_taps {};

}  // namespace

TEST_CASE("kept taps are all taps until some are dropped") {
  STATIC_REQUIRE(kept_taps{}.all());
  STATIC_REQUIRE(kept_taps{}.count(esp::extents{3}) == 27);
  STATIC_REQUIRE(!star.all());
  STATIC_REQUIRE(star.count(esp::extents{3}) == 7);
  STATIC_REQUIRE(star.has(13));
  STATIC_REQUIRE(!star.has(0));
}

TEST_CASE("kept taps past the largest set are there") {
  kept_taps last;
  last.drop(kept_taps::most - 1);
  CHECK(!last.has(kept_taps::most - 1));
  CHECK(last.has(kept_taps::most));
  CHECK(last.count(esp::extents{9}) == 728);
}

TEST_CASE("kept taps are counted inside of the kernel") {
  kept_taps ends;
  for (const esp::index_t tap : {0, 4, 5, 63, 64, 127, 128}) ends.drop(tap);
  CHECK(ends.count({1, 1, 5}) == 3);
  CHECK(ends.count({1, 1, 64}) == 60);
  CHECK(ends.count({1, 1, 65}) == 60);
  CHECK(ends.count({1, 2, 64}) == 122);
  CHECK(ends.count({101, 101, 101}) == 101 * 101 * 101 - 7);
}

TEST_CASE("kept taps are a template argument: equal sets are one type") {
  constexpr kept_taps same = star;
  STATIC_REQUIRE(std::is_same_v<of_taps<star>, of_taps<same>>);
  STATIC_REQUIRE(!std::is_same_v<of_taps<star>, of_taps<kept_taps{}>>);
}
