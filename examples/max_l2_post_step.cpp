// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Bounded energy after each step: the forward uses the stored weight as it is, and `project()` brings the weight back
/// under the bound after an update.
#include <algorithm>
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

constexpr auto prior = esp::modes::max_l2<0.8>;
static_assert(esp::establishes<prior, esp::l2_at_most<0.8>>);

using layer = esp::constrained_conv3d<
    esp::conv3d{
        .in_channels = 6, .out_channels = 6, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step},
    prior>;

/// How many kernels are longer than 0.8, and how long the longest is.
void print_lengths(const char* when, const show::tensor& weight) {
  int above = 0;
  double longest = 0;
  for (const auto kernel : show::kernels(weight)) {
    // A projected kernel has length 0.8 up to the rounding of a float.
    if (show::l2(kernel) > 0.8 * (1 + 1e-6)) ++above;
    longest = std::max(longest, show::l2(kernel));
  }
  std::cout << when << above << " of 36 kernels above 0.8, the longest is " << show::number(longest) << '\n';
}

int main() {
  layer conv{esp::seed{42}};
  std::cout << conv << '\n';

  const auto x = show::numbers({2, 6, 6, 24, 24});
  std::cout << "input  " << show::shape(x) << "\noutput " << show::shape(conv(x)) << '\n';
  print_lengths("at first:     ", conv.weight());

  // Stands for an optimiser's step: the weight is an ordinary xtensor that a program may write to.
  const float* const storage = conv.weight().data();
  conv.weight() *= 1.5F;
  print_lengths("after a step: ", conv.weight());

  conv.project();
  print_lengths("projected:    ", conv.weight());

  // The same tensor still, so what an optimiser keeps for it stays valid.
  std::cout << "same storage: " << (conv.weight().data() == storage ? "yes" : "no") << '\n';
}
