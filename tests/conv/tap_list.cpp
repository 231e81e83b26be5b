// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/tap_list.hpp>

#include "conv/drawn_taps.hpp"
#include "support/catch.hpp"

namespace {

using esp::extents, esp::index_t, esp::tap_index;

constexpr extents kernel{2, 3, 4};
constexpr esp::kept_taps some = drawn::taps(kernel, 3, 40);
using listed = esp::listed_taps<some, kernel>;

}  // namespace

TEST_CASE("a list has the numbers of the kept taps, ascending, and the place of each", "[conv][taps]") {
  STATIC_REQUIRE((listed::count == some.count(kernel) && listed::count > 0 && listed::count < kernel.volume()));
  const esp::tap_list list = listed::list();
  REQUIRE((!list.all() && list.count == listed::count));
  index_t place = 0;
  for (index_t t = 0; t < kernel.volume(); ++t) {
    REQUIRE(listed::places[static_cast<std::size_t>(t)] == (some.has(t) ? place : -1));
    if (some.has(t)) REQUIRE(list.numbers[place++] == t);
  }
  REQUIRE(place == list.count);
}

TEST_CASE("without dropped taps there is no list", "[conv][taps]") {
  STATIC_REQUIRE(esp::listed_taps<esp::kept_taps{}, kernel>::list().all());
  STATIC_REQUIRE(esp::listed_taps<drawn::first_taps(kernel, 0), kernel>::list().count == 0);
  STATIC_REQUIRE(!esp::listed_taps<drawn::first_taps(kernel, 0), kernel>::list().all());
}

TEST_CASE("a correlation counts and finds the taps of its list, backwards too", "[conv][taps]") {
  esp::correlation c;
  c.taps = kernel;
  REQUIRE((c.tap_count() == 24 && c.tap_rows() == 6 && c.tap(5) == tap_index{0, 1, 1}));
  c.listed = listed::list();
  REQUIRE(c.tap_count() == listed::count);
  index_t rows = 0;
  for (index_t r = 0; r < 6; ++r) {
    bool read = false;
    for (index_t w = 0; w < kernel.w; ++w) read = read || some.has(r * kernel.w + w);
    rows += read ? 1 : 0;
  }
  REQUIRE(c.tap_rows() == rows);
  for (const bool backwards : {false, true}) {
    c.backwards = backwards;
    for (index_t i = 0; i < listed::count; ++i) {
      const index_t t = c.listed.numbers[i];
      REQUIRE(c.tap(i) == esp::tap_at(backwards ? 23 - t : t, kernel));
    }
  }
  c.listed = esp::listed_taps<drawn::first_taps(kernel, 0), kernel>::list();
  REQUIRE((c.tap_count() == 0 && c.tap_rows() == 1));
}
