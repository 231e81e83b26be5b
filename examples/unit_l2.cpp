// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels of length 1: only the direction of each 3x3x3 kernel is learnt, never its scale.
#include <algorithm>
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

// The prior is a value, and its type is part of the layer.
constexpr auto prior = esp::modes::unit_l2;

// What holds is derived from the formula, before anything runs.
static_assert(esp::establishes<prior, esp::l2_is<1>>);

using layer =
    esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, prior>;

int main() {
  const layer conv{esp::seed{42}};
  std::cout << conv << '\n';

  // Any xtensor of shape (N, 4, D, H, W).
  const auto x = show::numbers({2, 4, 16, 32, 32});
  const auto y = conv(x);
  std::cout << "input  " << show::shape(x) << "\noutput " << show::shape(y) << '\n';

  // The stored weight is free; each forward uses its constrained value.
  const auto used = conv.constrained_weight();
  const auto stored_kernels = show::kernels(conv.weight());
  const auto used_kernels = show::kernels(used);
  const auto by_length = [](auto a, auto b) { return show::l2(a) < show::l2(b); };
  const auto [shortest, longest] = std::minmax_element(stored_kernels.begin(), stored_kernels.end(), by_length);
  const auto [least, most] = std::minmax_element(used_kernels.begin(), used_kernels.end(), by_length);
  std::cout << stored_kernels.size() << " stored kernels have lengths from " << show::number(show::l2(*shortest))
            << " to " << show::number(show::l2(*longest)) << '\n';
  std::cout << used_kernels.size() << " used kernels have lengths from " << show::number(show::l2(*least)) << " to "
            << show::number(show::l2(*most)) << '\n';
}
