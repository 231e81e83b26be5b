// SPDX-License-Identifier: BSD-3-Clause
// The language alone: a prior composed, proved and evaluated by the compiler.
#include <array>
#include <espalier/dsl.hpp>
#include <iostream>

constexpr auto prior = esp::clamp<0> >> esp::normalize<esp::l1>;
static_assert(esp::establishes<prior, esp::nonnegative>);

int main() {
  constexpr auto taps = esp::evaluate<prior, esp::extents{1, 1, 3}>(std::array{3.0, -5.0, 1.0});
  std::cout << esp::explain(prior) << taps[0] << ' ' << taps[1] << ' ' << taps[2] << '\n';
  return taps[0] > 0.74 && taps[0] < 0.76 && taps[1] == 0 ? 0 : 1;
}
