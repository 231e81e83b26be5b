// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <cstdint>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <espalier/dsl.hpp>
#include <espalier/known_taps.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/testing/hostile_kernels.hpp>
#include <span>
#include <string>
#include <vector>

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

/// Whether swept blocks of `taps` values are what the table says; on what, if they are not.
template <class T>
std::string contradiction(std::span<const esp::detail::known_tap> table, std::span<const T> swept) {
  const std::size_t taps = table.size();
  for (std::size_t i = 0; i < swept.size(); ++i) {
    const esp::detail::known_tap& known = table[i % taps];
    const T x = swept[i];
    if (known.kind == tap_kind::free) continue;
    bool holds = x == static_cast<T>(known.value) && static_cast<double>(static_cast<T>(known.value)) == known.value;
    if (known.kind == tap_kind::zero) holds = x == 0;
    if (known.kind == tap_kind::tied) {
      const T first = swept[i / taps * taps + static_cast<std::size_t>(known.first)];
      holds = x == (known.negated ? -first : first) || (x != x && first != first);
    }
    if (!holds) return "tap " + std::to_string(i % taps) + " of block " + std::to_string(i / taps);
  }
  return {};
}
/// Sweeps hostile weights.
template <auto Prior, esp::extents Kernel, class T>
std::string attacked(int rounds = 400) {
  constexpr esp::weight_shape shape{.out = 3, .in = 5, .kernel = Kernel};
  using f = esp::detail::formula<esp::detail::to_policy_t<decltype(Prior)>, shape>;
  using taps = known_taps<f, T>;
  esp::testing::hostile_kernels drawn(11);
  std::vector<T> weight(static_cast<std::size_t>(shape.size())), swept(weight.size());
  std::vector<T> numbers(static_cast<std::size_t>(esp::detail::number_count(f::value)) + 1);
  const esp::detail::aligned_buffer<T> scratch(esp::detail::sweep<f, T>::scratch_size);
  for (int round = 0; round < rounds; ++round) {
    const auto length = static_cast<std::size_t>(round % 2 == 0 ? Kernel.volume() : shape.size());
    for (std::size_t at = 0; at < weight.size(); at += length) drawn.fill(std::span(weight).subspan(at, length));
    drawn.fill(std::span(numbers));
    esp::detail::sweep<f, T>::run(weight.data(), swept.data(), numbers.data(), scratch.data());
    const std::string found = contradiction<T>(taps::value, swept);
    if (!found.empty()) return found;
  }
  return {};
}
template <auto Prior, esp::extents Kernel = esp::extents{1, 3, 3}>
void attack() {
  CHECK(attacked<Prior, Kernel, float>() == "");
  CHECK(attacked<Prior, Kernel, double>() == "");
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

constexpr auto tenths = esp::at<[](esp::tap_index t) { return 0.1 * static_cast<double>(t.w + t.h); }>;
constexpr auto rows = esp::at<[](esp::tap_index t) { return 0.3 * static_cast<double>(t.h); }>;
constexpr auto between = [](auto) { return tenths - rows; };
/// Numbers at one tap, beside a sum of squares of weights that may leave the range.
constexpr auto last = esp::mask<[](esp::tap_index t) { return t.w == 2 && t.h == 2; }>;
constexpr auto tenths_and_weight = [](auto w) {
  return esp::select(esp::inside(last), (tenths + 0.3) * 0.7, w / esp::sqrt(esp::sum(w * w)));
};
constexpr auto learned_difference = [](auto) {
  return esp::learned<"c", esp::per::block> * esp::at<[](esp::tap_index t) { return static_cast<double>(t.w - 1); }>;
};
constexpr auto mean = [](auto w) { return esp::mean(w); };
constexpr auto mean_within = [](auto w) { return esp::select(esp::inside(star), esp::mean(w), w); };
constexpr auto halves = [](auto w) { return w - esp::mean(w, esp::mirror<esp::axis::width>); };

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
  STATIC_REQUIRE(known_taps<formula_of<esp::masked<'A'>, 27>, float>::kept.all());  // of too many taps either
}

TEST_CASE("a kernel that no weight decides is constant, as the element type computes it", "[known_taps]") {
  REQUIRE(table<esp::laplacian<2>>() == "0#0###0#0");
  REQUIRE(table<esp::laplacian<4>, esp::extents{1, 5, 5}>() == "00#0000#00#####00#0000#00");
  REQUIRE(table<esp::sobel<esp::axis::width>>() == "#0##0##0#");
  REQUIRE(table<esp::box>() == "#########");
  REQUIRE(table<esp::gaussian<1.0>>() == "#########");
  REQUIRE(table<between>() == "0####0###");  // 0.1 * 3 and 0.3 are one float, and two doubles
  REQUIRE(table<between, esp::extents{1, 3, 3}, double>() == "0########");
  REQUIRE(known_taps<formula_of<esp::box, 9>, float>::value[0].value == static_cast<double>(1.0F / 729));
  REQUIRE(known_taps<formula_of<esp::box, 9>, double>::value[728].value == 1.0 / 729);
  REQUIRE(known_taps<formula_of<between>, float>::value[8].value ==
          static_cast<double>(static_cast<float>(0.1 * 4) - static_cast<float>(0.6)));
  STATIC_REQUIRE(known_taps<formula_of<esp::gaussian<1.5>, 9>, float>::is_constant);
  STATIC_REQUIRE(known_taps<formula_of<esp::box, 27>, float>::is_constant);
  REQUIRE(table<esp::modes::fixed_center<>>() == "....#....");
  // Scalars are watched for what leaves the range; of numbers that are within it no block is computed again.
  REQUIRE(table<(esp::gaussian<1.0> >> esp::modes::unit_l2)>() == "#########");
  REQUIRE(table<(esp::box >> esp::modes::fixed_center<>)>() == "#########");
  REQUIRE(table<tenths_and_weight>() == ".........");  // rounded twice in float, once where it is computed again
  REQUIRE(table<tenths_and_weight, esp::extents{1, 3, 3}, double>() == "........#");
  attack<(esp::box >> esp::modes::fixed_center<>)>();
  attack<tenths_and_weight>();
  attack<esp::laplacian<4>, esp::extents{1, 5, 5}>();
  attack<esp::box, 3>();
  attack<esp::gaussian<1.0>, 3>();
  attack<between>();
  attack<esp::modes::fixed_center<>>();
  attack<(esp::gaussian<1.0> >> esp::modes::unit_l2)>();
}

TEST_CASE("taps that read one thing are tied, negated ones too", "[known_taps]") {
  REQUIRE(table<esp::symmetric<esp::mirror<esp::axis::width>>>() == "a.ab.bc.c");
  REQUIRE(table<esp::symmetric<esp::point_reflection>>() == "abcd.dcba");
  REQUIRE(table<esp::symmetric<esp::cube_group>, 3>() == "ababcbababcbc.cbcbababcbaba");
  REQUIRE(table<learned_difference>() == "abAabAabA");  // the number may be NaN
  REQUIRE(table<mean_within>() == ".a.aaa.a.");
  REQUIRE(table<(esp::symmetric<esp::mirror<esp::axis::width>> >> esp::modes::unit_l2)>() == "a.ab.bc.c");
  REQUIRE(table<mean>() == "aaaaaaaaa");
  REQUIRE(table<halves>() == ".........");  // the mean is rounded
  REQUIRE(table<(esp::symmetric<esp::point_reflection> >> esp::masked<'B'>)>() == ".....0000");
  attack<esp::symmetric<esp::mirror<esp::axis::width>>>();
  attack<esp::symmetric<esp::cube_group>, 3>();
  attack<learned_difference>();
  attack<mean>();
  attack<mean_within>();
  attack<(esp::symmetric<esp::mirror<esp::axis::width>> >> esp::modes::unit_l2)>();
  attack<(esp::symmetric<esp::point_reflection> >> esp::masked<'B'>)>();
}
