// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Prediction residuals: the centre tap is -1 and its 124 neighbours sum to 1, so the layer answers with how far each
/// voxel is from what its neighbourhood predicts. Image forensics uses such kernels to see editing, not content.
#include <espalier/espalier.hpp>
#include <iostream>
#include <type_traits>

#include "show.hpp"

// The mode is two steps of the language; writing them out gives the same type.
constexpr auto prior = esp::modes::fixed_center<-1, 1>;
constexpr auto by_hand = esp::on<esp::neighbors>(esp::normalize<esp::sum, 1>) >>
                         esp::on<esp::center_tap>(esp::assign<-1>);
static_assert(std::is_same_v<decltype(prior), decltype(by_hand)>);

// -1 + 1 = 0: a constant region gives no response. The 5 is the kernel's extent, since a centre depends on it.
static_assert(esp::establishes<prior, esp::center_is<-1>, 5>);
static_assert(esp::establishes<prior, esp::zero_sum, 5>);

using layer = esp::constrained_conv3d<
    esp::conv3d{.in_channels = 1, .out_channels = 4, .kernel_size = 5, .padding = 2, .bias = false}, prior>;

int main() {
  layer conv{esp::seed{42}};
  std::cout << conv << '\n';

  // Weights of one sign predict by a weighted mean.
  for (float& tap : conv.weight()) tap = tap < 0 ? -tap : tap;

  const auto x = show::numbers({1, 1, 10, 20, 20});
  std::cout << "input  " << show::shape(x) << "\noutput " << show::shape(conv(x)) << '\n';

  const auto used = conv.constrained_weight();
  for (const auto kernel : show::kernels(used)) {
    const double centre = static_cast<double>(kernel[kernel.size() / 2]);
    std::cout << "centre " << show::number(centre) << ", neighbours sum to " << show::number(show::sum(kernel) - centre)
              << '\n';
  }

  // A constant is predicted exactly; one voxel that differs from it stands out.
  auto flat = show::tensor::from_shape({1, 1, 10, 20, 20});
  flat.fill(100.0F);
  const auto residual = conv(flat);
  std::cout << "residual of a constant: " << show::number(static_cast<double>(residual(0, 0, 5, 10, 10))) << '\n';
  flat(0, 0, 5, 10, 10) = 101.0F;
  const auto edited = conv(flat);
  std::cout << "residual where one voxel was edited by 1: "
            << show::number(static_cast<double>(edited(0, 0, 5, 10, 10))) << '\n';
}
