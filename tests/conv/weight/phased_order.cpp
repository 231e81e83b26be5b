// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/weight/phased_order.hpp>
#include <vector>

#include "conv/weight/packed_by.hpp"

// The layout of the transposed convolution against loops that spell it out.

namespace {

using esp::index_t;

/// (groups, IC blocks, phases, OCG, taps of the phase, tile)
template <class T>
std::vector<T> transposed_layout(const esp::conv3d& config, index_t tile, const std::vector<T>& weight) {
  const esp::transposed_axes axes(config);
  const esp::extents K = config.kernel_size, phases{axes.d.phases(), axes.h.phases(), axes.w.phases()};
  const index_t OCG = config.out_channels / config.groups, ICG = config.in_channels / config.groups;
  std::vector<T> packed;
  for (index_t g = 0; g < config.groups; ++g)
    for (index_t ic0 = 0; ic0 < ICG; ic0 += tile)
      for (index_t p = 0; p < phases.volume(); ++p) {
        const esp::tap_index phase = esp::tap_at(p, phases);
        for (index_t oc = g * OCG; oc < (g + 1) * OCG; ++oc)
          for (index_t i = 0; i < axes.taps(phase); ++i) {
            const esp::tap_index k = axes.tap(phase, i);
            const index_t tap = (k.d * K.h + k.h) * K.w + k.w;
            for (index_t ic = ic0; ic < ic0 + tile; ++ic) {
              const index_t at = (oc * ICG + ic) * K.volume() + tap;
              packed.push_back(ic < ICG ? weight[static_cast<std::size_t>(at)] : T(0));
            }
          }
      }
  return packed;
}

template <esp::conv3d Config, class T>
void check_transposed(index_t tile) {
  const std::vector<T> weight = drawn::counted<T>(esp::weight_shape_of(Config).size());
  const std::vector<T> expected = transposed_layout(Config, tile, weight);
  const auto pack = [&](T* to) {
    esp::copy_columns(weight.data(), Config.kernel_size.volume(), esp::detail::transposed_columns<Config>(tile, to));
  };
  REQUIRE(drawn::packed_by<T>(expected.size(), pack) == expected);
}

constexpr esp::conv3d layer(index_t in, index_t out, esp::extents kernel, index_t groups = 1, esp::extents stride = 1,
                            esp::extents dilation = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .dilation = dilation,
          .groups = groups};
}

}  // namespace

TEMPLATE_TEST_CASE("the weight of the gradient of the input is packed phase by phase", "[conv]", float, double) {
  using T = TestType;
  for (const index_t tile : {1, 3, 4, 6, 8, 16}) {
    check_transposed<layer(1, 1, 1), T>(tile);
    check_transposed<layer(10, 6, {3, 1, 2}, 2), T>(tile);
    check_transposed<layer(21, 4, 3), T>(tile);
    check_transposed<layer(6, 10, 3, 2, 2), T>(tile);
    check_transposed<layer(5, 3, {3, 5, 4}, 1, {1, 2, 3}, {1, 1, 2}), T>(tile);
    check_transposed<layer(4, 3, 2, 1, 3), T>(tile);
  }
}
