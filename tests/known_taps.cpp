// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/known_taps.hpp>
#include <string>

#include "support/catch.hpp"

namespace {

using esp::detail::known_taps, esp::detail::tap_kind;

template <auto Prior, esp::extents Kernel = esp::extents{1, 3, 3}>
using formula_of = esp::detail::formula<esp::detail::to_policy_t<decltype(Prior)>,
                                        esp::weight_shape{.out = 2, .in = 2, .kernel = Kernel}>;

/// A letter a tap: 0 for zero, # for a constant, a letter for its group, in capitals where it is negated, else a point.
template <auto Prior, esp::extents Kernel = esp::extents{1, 3, 3}, class T = float>
std::string table() {
  using taps = known_taps<formula_of<Prior, Kernel>, T>;
  std::string result, groups;
  for (const esp::detail::known_tap& t : taps::value) {
    const auto own = static_cast<char>('a' + groups.size());
    if (t.kind == tap_kind::free) result += '.';
    if (t.kind == tap_kind::zero) result += '0';
    if (t.kind == tap_kind::constant) result += '#';
    if (t.kind != tap_kind::tied) continue;
    const auto at = static_cast<std::size_t>(t.first);
    if (at == result.size())
      groups += own, result += own;
    else
      result += static_cast<char>(result[at] + (t.negated ? 'A' - 'a' : 0));
  }
  CHECK(static_cast<esp::index_t>(groups.size()) == taps::tied_groups);
  CHECK(taps::is_constant == (result.find_first_not_of("0#") == std::string::npos));
  return result;
}
/// A digit a tap, 1 where it is computed.
template <auto Prior, esp::extents Kernel = esp::extents{1, 3, 3}>
std::string kept() {
  using taps = known_taps<formula_of<Prior, Kernel>, float>;
  std::string result;
  for (esp::index_t t = 0; t < Kernel.volume(); ++t) result += taps::kept.has(t) ? '1' : '0';
  return result;
}

struct star_t {
  static constexpr const char* name = "star";
  static constexpr bool contains(esp::tap_index t, esp::extents k) {
    return (t.d != k.d / 2 ? 1 : 0) + (t.h != k.h / 2 ? 1 : 0) + (t.w != k.w / 2 ? 1 : 0) <= 1;
  }
};
constexpr star_t star{};
constexpr auto within_star = [](auto w) { return esp::select(esp::inside(star), w, 0); };
constexpr auto center_only = [](auto w) { return esp::select(esp::inside(esp::center_tap), w, 0); };
constexpr auto middle = esp::at<[](esp::tap_index t) { return t.w == 1 ? 1.0 : 0.0; }>;
constexpr auto factor = [](auto w) { return w * middle; };
constexpr auto chosen = [](auto w) { return esp::select(w < 0, 1, 2) * middle; };

}  // namespace

TEST_CASE("taps that a mask hides are zero, and the others are kept", "[known_taps]") {
  REQUIRE(kept<esp::masked<'A'>>() == "111100000");
  REQUIRE(kept<esp::masked<'B'>>() == "111110000");
  REQUIRE(kept<esp::causal<esp::axis::height>>() == "111111000");
  REQUIRE(kept<within_star>() == "010111010");
  REQUIRE(known_taps<formula_of<within_star, 3>, float>::kept.count(3) == 7);
  REQUIRE(kept<center_only>() == "000010000");
  REQUIRE(kept<(esp::modes::unit_l2 >> within_star)>() == "010111010");
  REQUIRE(kept<(esp::modes::zero_mean >> esp::masked<'A'>)>() == "111100000");
  REQUIRE(kept<esp::on<star>(esp::assign<0>)>() == "101000101");
  REQUIRE(kept<esp::on<star>(esp::modes::unit_l2)>() == "111111111");
}

TEST_CASE("a product with zero is zero where the other factor is a number", "[known_taps]") {
  REQUIRE(table<factor>() == ".........");  // NaN and infinity pass
  REQUIRE(table<chosen>() == "0.00.00.0");
}

TEST_CASE("of a kernel of zeros one tap is kept, and all of a large one", "[known_taps]") {
  REQUIRE(table<esp::assign<0>>() == "000000000");
  REQUIRE(kept<esp::assign<0>>() == "100000000");
  STATIC_REQUIRE(known_taps<formula_of<center_only, 9>, float>::kept.all());
  STATIC_REQUIRE(known_taps<formula_of<center_only, 7>, float>::kept.count(7) == 1);
}

TEST_CASE("of a formula that treats all taps alike nothing is known", "[known_taps]") {
  REQUIRE(table<esp::modes::unit_l2>() == ".........");
  STATIC_REQUIRE(known_taps<formula_of<esp::modes::unit_l2, 3>, float>::kept.all());
  STATIC_REQUIRE(known_taps<formula_of<esp::modes::zero_mean, 3>, double>::tied_groups == 0);
}
