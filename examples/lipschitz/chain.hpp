// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Five convolutions with a ReLU between them, and the direction in which their input changes their output most.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <vector>

#include "../support/volume.hpp"

namespace robust {

using support::tensor;

constexpr esp::index_t channels = 4;
constexpr esp::conv3d first{.in_channels = 1,
                            .out_channels = channels,
                            .kernel_size = 3,
                            .padding = 1,
                            .bias = false,
                            .activation = esp::activation::relu};
constexpr esp::conv3d middle{.in_channels = channels,
                             .out_channels = channels,
                             .kernel_size = 3,
                             .padding = 1,
                             .bias = false,
                             .activation = esp::activation::relu};
constexpr esp::conv3d last{.in_channels = channels, .out_channels = 1, .kernel_size = 3, .padding = 1, .bias = false};

inline double length(const tensor& t) {
  double squares = 0;
  for (const float x : t) squares += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(squares);
}

/// 1 > 4 > 4 > 4 > 4 > 1 channels under one prior.
template <auto Prior>
struct chain {
  esp::constrained_conv3d<first, Prior> in;
  std::array<esp::constrained_conv3d<middle, Prior>, 3> between;
  esp::constrained_conv3d<last, Prior> out;

  /// What it makes of an image; `between_them` has the image and what each layer made.
  [[nodiscard]] tensor apply(const tensor& image, const esp::threads& team, std::vector<tensor>& between_them) const {
    between_them.assign(1, image);
    between_them.push_back(in(between_them.back(), team));
    for (const auto& layer : between) between_them.push_back(layer(between_them.back(), team));
    return out(between_them.back(), team);
  }
  [[nodiscard]] tensor apply(const tensor& image, const esp::threads& team) const {
    std::vector<tensor> unused;
    return apply(image, team, unused);
  }
  /// The gradient of the image, from that of the output, after `apply`.
  [[nodiscard]] tensor pull_back(const std::vector<tensor>& made, tensor gradient, const esp::threads& team) {
    gradient = out.backward(made[4], gradient, team);
    for (std::size_t i = between.size(); i-- > 0;) {
      gradient = between[i].backward(made[i + 1], made[i + 2], gradient, team);
    }
    return in.backward(made[0], made[1], gradient, team);
  }

  template <class Do>
  void for_each_layer(const Do& run) {
    run(in);
    for (auto& layer : between) run(layer);
    run(out);
  }
};

/// The largest ratio that is found of the change of an output to that of its input.
struct change {
  double of_input = 0;
  double of_output = 0;
  [[nodiscard]] double ratio() const { return of_output / of_input; }
};

/// Looks for the perturbation of this length that changes the output most: from a fixed start, `steps` times along the
/// gradient of the change. What is found is a lower bound of the worst.
template <class Chain>
change worst_change(Chain& chain, const tensor& image, double size, int steps, const esp::threads& team,
                    const auto& tell) {
  const tensor answer = chain.apply(image, team);
  tensor direction = image;
  unsigned state = 1;
  for (float& x : direction) x = static_cast<float>((state = state * 1664525U + 1013904223U) >> 8) * 0x1p-23F - 1;
  change worst;
  std::vector<tensor> made;
  for (int step = 0; step < steps; ++step) {
    tell();
    direction *= static_cast<float>(size / length(direction));
    const tensor moved = image + direction;
    const tensor difference = chain.apply(moved, team, made) - answer;
    const change found{length(direction), length(difference)};
    if (found.of_output > worst.of_output) worst = found;
    direction = chain.pull_back(made, difference, team);
    if (!(length(direction) > 0)) break;
  }
  return worst;
}

}  // namespace robust
