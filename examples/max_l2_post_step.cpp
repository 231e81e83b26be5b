// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Bounded energy after each step: forward and backward use the stored weight as it is, and the optimiser's step brings
/// it back under the bound.
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
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.01}, conv);
  std::cout << conv << '\n';

  // A larger weight than the initial one, so that the bound has something to do.
  conv.weight() *= 1.5F;
  print_lengths("at first:     ", conv.weight());
  const float* const storage = conv.weight().data();

  const auto x = show::numbers({2, 6, 6, 24, 24});
  const auto y = conv(x);
  std::cout << "input  " << show::shape(x) << "\noutput " << show::shape(y) << '\n';

  const auto loss = esp::mean_of(y);
  const auto grad_x = conv.backward(x, loss.gradient);
  std::cout << "gradient of the input " << show::shape(grad_x) << '\n';
  optimiser.step(esp::leave_unprojected);  // step() alone would project
  print_lengths("after a step: ", conv.weight());

  conv.project();
  optimiser.zero_gradients();
  print_lengths("projected:    ", conv.weight());

  // The same tensor still, so what an optimiser keeps for it stays valid.
  std::cout << "same storage: " << (conv.weight().data() == storage ? "yes" : "no") << '\n';

  // The same in two lines a step: the loss falls, and the bound holds after each.
  std::cout << "mean of y:    " << show::number(loss.value);
  for (int step = 0; step < 3; ++step) {
    conv.backward_weights(x, esp::mean_of(conv(x)).gradient);
    optimiser.step();
    optimiser.zero_gradients();
    std::cout << ", " << show::number(esp::mean_of(conv(x)).value);
  }
  std::cout << '\n';
  print_lengths("at last:      ", conv.weight());
}
