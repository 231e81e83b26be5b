// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Embedding without xtensor: the caller owns every buffer, asks for scratch once, and no later call allocates.
#include <cstdio>
#include <espalier/convolution.hpp>
#include <espalier/modes.hpp>
#include <vector>

// The same configuration and prior as a layer would take; here they give static functions on raw pointers.
constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
using filter = esp::convolution<config, esp::modes::nonneg_sum1>;

// Volumes come in this shape: (N, C, D, H, W), W fastest.
constexpr esp::dims5 volume{1, 2, 6, 16, 16};

int main() {
  // Once: weights, buffers, and the scratch of two threads.
  const esp::threads team{2};
  const esp::dims5 result = filter::output_shape(volume);
  std::vector<float> weight(static_cast<std::size_t>(filter::weights.size())), bias(3, 0.5F);
  std::vector<float> x(static_cast<std::size_t>(volume.size())), y(static_cast<std::size_t>(result.size()));
  std::vector<float> scratch(static_cast<std::size_t>(filter::scratch_size(volume, team.workers())));
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i % 5) - 2;
  std::printf("%lld weights, output %s\n", static_cast<long long>(filter::weights.size()),
              esp::to_string(result).c_str());

  // Many times: each kernel is a weighted mean, so volumes of one value give two channels of that value plus the bias.
  for (const float level : {1.0F, 2.0F, 4.0F}) {
    for (float& voxel : x) voxel = level;
    filter::forward(x.data(), volume, weight.data(), bias.data(), y.data(), scratch, team);
    const std::size_t center = (3 * 16 + 8) * 16 + 8;
    std::printf("level %.0f: center %.3f, corner %.3f\n", static_cast<double>(level), static_cast<double>(y[center]),
                static_cast<double>(y[0]));
  }

  // The weight itself is untouched; its constrained value is one call away, in place if wanted.
  std::vector<float> small(static_cast<std::size_t>(filter::constrain_scratch_size()));
  filter::constrain(weight.data(), weight.data(), small);
  double sum = 0;
  for (std::size_t tap = 0; tap < 27; ++tap) sum += static_cast<double>(weight[tap]);
  std::printf("first kernel sums to %.3f\n", sum);

  // What only run time can see is an exception with a number and a sentence.
  try {
    filter::forward(x.data(), {1, 3, 6, 16, 16}, weight.data(), bias.data(), y.data(), scratch, team);
  } catch (const esp::error& e) {
    std::printf("%s\n", e.what());
  }
}
