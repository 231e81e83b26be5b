// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/dsl.hpp>
#include <espalier/prior/tap_values.hpp>

#include "support/catch.hpp"

namespace {

using esp::index_t, esp::lanes;

constexpr auto on_neighbors = esp::on<esp::neighbors>([](auto w) { return w + w * w; });
using formula =
    esp::formula<esp::to_policy_t<decltype(on_neighbors)>, esp::weight_shape{.out = 1, .in = 1, .kernel = {3, 3, 5}}>;
constexpr index_t taps = 45, centre = 22;

template <class T>
T expected(T w, index_t tap) {
  return tap == centre ? w : w + w * w;
}

}  // namespace

TEMPLATE_TEST_CASE("taps beside each other and over the end of a block know their regions", "[simd]", float, double) {
  using T = TestType;
  constexpr index_t width = lanes<T>;
  std::array<T, static_cast<std::size_t>(width)> weight;
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<T>(i + 1) / 2;
  for (index_t t = 0; t < taps; ++t) {
    esp::node_registers<formula, T> r;
    esp::for_nodes<esp::node_registers<formula, T>::template read_by_taps<0>>(
        [&](auto id) { r.template set<id>(esp::simd::broadcast(static_cast<T>(formula::value[id].value))); });
    r.template compute_taps<0>(esp::taps_beside<formula, T>{weight.data(), nullptr, t});
    T result[width];
    esp::simd::store_unaligned(result, r.values[formula::value.output]);
    for (index_t i = 0; i < width; ++i) {
      REQUIRE(result[i] == expected(weight[static_cast<std::size_t>(i)], (t + i) % taps));
    }
  }
}

TEMPLATE_TEST_CASE("a tap of many blocks is in its regions or is not", "[simd]", float, double) {
  using T = TestType;
  constexpr index_t width = lanes<T>;
  alignas(esp::alignment) T weight[width];
  for (index_t i = 0; i < width; ++i) weight[i] = static_cast<T>(i + 1) / 2;
  for (index_t t = 0; t < taps; ++t) {
    esp::node_registers<formula, T> r;
    esp::for_nodes<esp::node_registers<formula, T>::template read_by_taps<0>>(
        [&](auto id) { r.template set<id>(esp::simd::broadcast(static_cast<T>(formula::value[id].value))); });
    r.template compute_taps<0>(esp::tap_of_blocks<formula, T>{esp::simd::load(weight), nullptr, t});
    T result[width];
    esp::simd::store_unaligned(result, r.values[formula::value.output]);
    for (index_t i = 0; i < width; ++i) REQUIRE(result[i] == expected(weight[i], t));
  }
}

TEST_CASE("the scalars that the taps read are listed once", "[simd]") {
  using unit = esp::node_registers<
      esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, esp::weight_shape{.out = 1, .in = 1, .kernel = 3}>,
      float>;
  STATIC_REQUIRE(unit::read_by_taps<0>.empty());
  STATIC_REQUIRE(unit::read_by_taps<1>.size() == 1);  // the reciprocal of the length
  STATIC_REQUIRE(unit::per_tap<1>.size() == 2);       // w, w * k
}
