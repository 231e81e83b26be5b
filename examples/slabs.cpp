// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A volume in slabs: of input and output only as much is in memory as one slab takes, and every bit is that of the
/// whole.
#include <algorithm>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <espalier/layer_window.hpp>
#include <iostream>

#include "show.hpp"

// Winograd's tiles have two planes: of those at the ends of a slab all is computed, and what is too much is dropped.
constexpr esp::conv3d config{.in_channels = 16,
                             .out_channels = 16,
                             .kernel_size = 3,
                             .padding = 1,
                             .algorithm = esp::algorithm::winograd,
                             .activation = esp::activation::relu,
                             .boundary = esp::boundary::reflect};
using layer = esp::constrained_conv3d<config, esp::modes::unit_l2>;
constexpr esp::dims5 volume{1, 16, 32, 48, 48};

/// Planes of a volume of 16 channels: here from memory, elsewhere from a file.
esp::tensor<float, 5> planes(const esp::tensor<float, 5>& x, esp::index_t first, esp::index_t count) {
  const auto begin = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count);
  const std::size_t plane = x.shape()[3] * x.shape()[4], channel = x.shape()[2] * plane;
  esp::tensor<float, 5> part({1, 16, size, x.shape()[3], x.shape()[4]});
  for (std::size_t c = 0; c < 16; ++c) {
    std::copy_n(x.data() + c * channel + begin * plane, size * plane, part.data() + c * size * plane);
  }
  return part;
}

int main() {
  const layer conv{esp::seed{42}};
  const esp::tensor<float, 5> x = show::numbers({1, 16, 32, 48, 48}), whole = conv(x);
  std::cout << "at once: " << (x.size() + whole.size()) / 1024 << " Ki elements\n";

  std::size_t most = 0;
  bool equal = true;
  for (esp::index_t first = 0; first < volume.d; first += 5) {
    const esp::index_t count = std::min<esp::index_t>(5, volume.d - first);
    const esp::volume_window slab{{first, 0, 0}, {count, 48, 48}};
    const esp::volume_window read = esp::read_window(conv, volume, slab);
    const auto part = planes(x, read.begin.d, read.size.d);
    const auto y = esp::forward_window(conv, part, volume, slab);
    std::cout << "planes " << first << " to " << first + count - 1 << " from " << read.begin.d << " to "
              << read.begin.d + read.size.d - 1 << '\n';
    most = std::max(most, part.size() + y.size());
    equal = equal && y == planes(whole, first, count);
  }
  std::cout << "in slabs: " << most / 1024 << " Ki elements, " << (equal ? "the same bits" : "other bits") << '\n';
  return equal ? 0 : 1;
}
