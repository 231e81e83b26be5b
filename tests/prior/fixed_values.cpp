// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/aligned_buffer.hpp>
#include <espalier/dsl.hpp>
#include <espalier/prior/fixed_values.hpp>

#include "support/catch.hpp"

namespace {

/// Two constants, a parameter used twice, and eps.
constexpr auto scaled = [](auto w) {
  return (w * esp::param<"gain"> + 0.5) / (esp::abs(esp::sum(w)) + esp::param<"gain"> + 3 + esp::eps);
};
using formula = esp::formula<esp::to_policy_t<decltype(scaled)>, esp::weight_shape{.out = 2, .in = 1, .kernel = 3}>;

template <class T>
void check() {
  using fixed = esp::fixed_values<formula, T>;
  constexpr const esp::graph& g = formula::value;
  const auto width = static_cast<std::size_t>(esp::lanes<T>);
  esp::aligned_buffer<T> whole(g.size * esp::lanes<T>);
  std::fill_n(whole.data(), static_cast<std::size_t>(g.size) * width, T(-7));
  const T parameters[] = {T(0.25)};
  fixed::store(whole.data(), parameters);
  std::size_t seen = 0;
  for (int id = 0; id < g.size; ++id) {
    const T* const lane = whole.data() + static_cast<std::size_t>(id) * width;
    T expected = -7;  // untouched
    if (g[id].op == esp::operation::constant) expected = static_cast<T>(g[id].value);
    if (g[id].op == esp::operation::epsilon) expected = static_cast<T>(1e-12);
    if (g[id].op == esp::operation::parameter) expected = T(0.25);
    if (expected != -7) ++seen;
    for (std::size_t i = 0; i < width; ++i) REQUIRE(lane[i] == expected);
  }
  REQUIRE(seen == fixed::count);
  REQUIRE(seen >= 4);
}

}  // namespace

TEST_CASE("constants, eps and named parameters fill the lanes of their nodes, and no others") {
  check<float>();
  check<double>();
}
