// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/groups.hpp>

#include "conv/tied/drawn_tied.hpp"

namespace {

using esp::known_tap, esp::tap_kind, esp::tap_numbering, esp::tied_groups_of;

constexpr known_tap free{}, zero{tap_kind::zero, 0, -1, false};
constexpr known_tap tied(esp::index_t first, bool negated = false) { return {tap_kind::tied, 0, first, negated}; }
constexpr known_tap constant(double value) { return {tap_kind::constant, value, -1, false}; }

constexpr std::array<known_tap, 9> table{free,        tied(1), zero,           tied(1, true), constant(2),
                                         constant(0), free,    constant(-2.0), tied(1)};

}  // namespace

TEST_CASE("groups come in the order of their first taps, and zeros in none", "[conv][tied]") {
  constexpr auto groups = tied_groups_of(table, tap_numbering::forwards);
  STATIC_REQUIRE(groups.count == 4);
  STATIC_REQUIRE(groups.taps() == 7);
  STATIC_REQUIRE(groups.group == std::array<esp::index_t, 9>{0, 1, -1, 1, 2, -1, 3, 2, 1});
  STATIC_REQUIRE(groups.negated == std::array<bool, 9>{false, false, false, true, false, false, false, true, false});
  STATIC_REQUIRE((groups.first[1] == 1 && groups.size[1] == 3 && groups.size[2] == 2));
}

TEST_CASE("mirrored, a group is named by its last tap, which its signs are relative to", "[conv][tied]") {
  constexpr auto groups = tied_groups_of(table, tap_numbering::mirrored);
  STATIC_REQUIRE(groups.count == 4);
  // The weight's tap 8 is tap 0; tap 3, which is tap 5, is its negative.
  STATIC_REQUIRE((groups.group[0] == 0 && groups.group[5] == 0 && groups.negated[5] && !groups.negated[7]));
  // The constant -2 comes first.
  STATIC_REQUIRE((groups.group[1] == 1 && !groups.negated[1] && groups.group[4] == 1 && groups.negated[4]));
}

TEST_CASE("one tap of a group is packed: the first that the correlation meets", "[conv][tied]") {
  const auto kept = [](tap_numbering order) {
    const esp::kept_taps packed = esp::packed_taps(tied_groups_of(table, order), order);
    std::array<bool, 9> result{};
    for (esp::index_t t = 0; t < 9; ++t) result[static_cast<std::size_t>(t)] = packed.has(t);
    return result;
  };
  REQUIRE(kept(tap_numbering::forwards) == std::array<bool, 9>{true, true, false, false, true, false, true});
  REQUIRE(kept(tap_numbering::mirrored) ==
          std::array<bool, 9>{true, false, false, false, false, false, true, true, true});
}
