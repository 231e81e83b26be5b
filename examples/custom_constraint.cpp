// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Constraints of one's own: a policy type, a lambda, their composition, and what the compiler finds out about it.
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

// An empty type with one formula. `w` is one tap; a reduction of w runs over the taps of its kernel.
struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
inline constexpr whiten_t whiten{};

// A lambda does for a formula that needs no name: it squeezes every tap into (-1, 1).
constexpr auto squeeze = [](auto w) { return w / (1 + esp::abs(w)); };

// Applied from left to right, fused into one formula.
constexpr auto prior = squeeze >> whiten;

// `whiten` was never told that it centres; the compiler reads it off the formula.
static_assert(esp::establishes<prior, esp::zero_sum>);
static_assert(!esp::establishes<prior, esp::nonnegative>);

using layer =
    esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1}, prior>;

int main() {
  // Formula, passes over a kernel, what each step adds.
  std::cout << esp::explain(prior) << '\n';

  const layer conv{esp::seed{42}};
  const auto x = show::numbers({1, 1, 4, 8, 8});
  std::cout << show::shape(x) << " -> " << show::shape(conv(x)) << '\n';

  const auto used = conv.constrained_weight();
  for (const auto kernel : show::kernels(used)) {
    std::cout << "sum " << show::number(show::sum(kernel)) << ", mean square "
              << show::number(show::l2(kernel) * show::l2(kernel) / 27) << '\n';
  }
}
