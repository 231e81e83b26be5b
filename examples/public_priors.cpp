// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Priors that public code has as layers of their own: standardised filters, a kernel that looks at no frame to come,
/// a convolution that lengthens no difference.
#include <algorithm>
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

// Depth is time. Filters are standardised over the frames that they may look at, then masked.
constexpr auto past = esp::causal_taps<esp::axis::depth>;
constexpr auto causal = esp::on<past>(esp::standardize) >> esp::causal<esp::axis::depth>;
static_assert(esp::establishes<causal, esp::support<past>>);
static_assert(esp::establishes<causal, esp::per_filter(esp::zero_sum)>);

// The next layer makes no difference of two inputs longer.
constexpr auto steady = esp::cap_lipschitz<1>;
static_assert(esp::establishes<steady, esp::lipschitz<1>>);

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1};

int main() {
  esp::constrained_conv3d<config, causal> first{esp::seed{1}};
  const esp::constrained_conv3d<config, steady> second{esp::seed{2}};
  const auto clip = show::numbers({1, 2, 6, 8, 8});

  // Frames to come change nothing before them.
  auto other = clip;
  for (std::size_t c = 0; c < 2; ++c) other(0, c, 5, 4, 4) += 1;
  const auto y = second(first(clip)), z = first(other), before = first(clip);
  double early = 0, late = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double change = std::abs(static_cast<double>(z.data()[i] - before.data()[i]));
    double& largest = i / 64 % 6 < 5 ? early : late;
    largest = std::max(largest, change);
  }
  std::cout << show::shape(clip) << " -> " << show::shape(y) << "\nthe last frame changes "
            << (early == 0 ? "no frame" : "a frame") << " before it, and itself" << (late > 0 ? "" : " not") << '\n';

  // What the mask hides stays as it is stored, whatever momentum and decay do to the rest.
  const auto stored = first.weight();
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1}, first);
  for (int step = 0; step < 3; ++step) {
    first.backward_weights(clip, before);
    optimiser.step();
    optimiser.zero_gradients();
  }
  int moved = 0, hidden = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const bool is_hidden = i % 27 >= 18;
    hidden += is_hidden ? 1 : 0;
    moved += is_hidden && first.weight().data()[i] != stored.data()[i] ? 1 : 0;
  }
  std::cout << moved << " of " << hidden << " hidden weights moved\n"
            << esp::explain(causal).establishes.view() << '\n'
            << esp::explain(steady).establishes.view() << '\n';
}
