// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A clip that is filtered as it comes, a few frames at a time: a causal layer needs no frame to come, and what the
/// chunks give has every bit of what the whole clip gives.
#include <algorithm>
#include <cstddef>
#include <espalier/causal_stream.hpp>
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

// Three frames, two apart, all of them past; the clip begins as if its first frame had stood still.
constexpr esp::conv3d config{.in_channels = 4,
                             .out_channels = 4,
                             .kernel_size = 3,
                             .dilation = {2, 1, 1},
                             .padding = esp::padding::causal(esp::axis::depth),
                             .activation = esp::activation::relu,
                             .boundary = {esp::boundary::replicate, esp::boundary::zeros, esp::boundary::zeros}};
using layer = esp::constrained_conv3d<config, esp::modes::unit_l2>;

/// Frames of a clip of one sample: here from memory, elsewhere from a camera.
esp::tensor<float, 5> frames(const esp::tensor<float, 5>& x, std::size_t first, std::size_t count) {
  const std::size_t frame = x.shape()[3] * x.shape()[4], channel = x.shape()[2] * frame;
  esp::tensor<float, 5> part({1, x.shape()[1], count, x.shape()[3], x.shape()[4]});
  for (std::size_t c = 0; c < x.shape()[1]; ++c) {
    std::copy_n(x.data() + c * channel + first * frame, count * frame, part.data() + c * count * frame);
  }
  return part;
}

int main() {
  const layer conv{esp::seed{42}};
  const esp::tensor<float, 5> clip = show::numbers({1, 4, 12, 32, 32}), whole = conv(clip);
  esp::causal_stream stream(conv);
  bool equal = true;
  std::size_t first = 0;
  for (const std::size_t count : {1, 2, 4, 1, 3, 1}) {
    const auto y = stream.push(frames(clip, first, count));
    std::cout << "frames " << first << " to " << first + count - 1 << ": " << y.shape()[2] << " out, " << stream.kept()
              << " kept\n";
    equal = equal && y == frames(whole, first, count);
    first += count;
  }
  std::cout << (equal ? "the same bits" : "other bits") << '\n';
  return equal ? 0 : 1;
}
