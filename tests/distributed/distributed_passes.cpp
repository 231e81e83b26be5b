// SPDX-License-Identifier: BSD-3-Clause
// No rank wants more than its part and its halos, and what it is sent is what the taps reach beyond its part.
#include <espalier/conv/geometry.hpp>
#include <espalier/distributed/distributed_passes.hpp>
#include <espalier/layer.hpp>

#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

using esp::decomposition, esp::dims5, esp::index_t;

constexpr esp::conv3d config{.in_channels = 2,
                             .out_channels = 3,
                             .kernel_size = {3, 5, 1},
                             .stride = {2, 1, 1},
                             .padding = {{0, 2}, 2, 0},
                             .algorithm = esp::algorithm::direct};
using layer_type = esp::constrained_conv3d<config>;
using passes = esp::distributed_passes<layer_type, drawn::virtual_ranks::halo>;

// Voxels of the input along an axis that the outputs of a rank read and another rank owns, plainly.
index_t foreign(index_t size, index_t outputs, index_t ranks, index_t rank, index_t stride, index_t kernel,
                index_t pad) {
  const auto own = esp::even_part(size, ranks, rank), out = esp::even_part(outputs, ranks, rank);
  index_t count = 0;
  for (index_t i = 0; i < size; ++i) {
    bool is_read = false;
    for (index_t o = out.begin; o < out.begin + out.size; ++o)
      for (index_t k = 0; k < kernel; ++k) is_read = is_read || o * stride - pad + k == i;
    count += is_read && (i < own.begin || i >= own.begin + own.size);
  }
  return count;
}

}  // namespace

TEST_CASE("halos are what taps reach", "[distributed]") {
  layer_type layer{esp::seed{1}};
  for (const index_t depth : {13, 16, 21}) {
    const dims5 input{2, 2, depth, 11, 6}, output = esp::output_dims(config, input);
    for (const decomposition& split : {decomposition{.d = 4}, decomposition{.h = 3}, decomposition{.n = 2, .d = 2}}) {
      drawn::virtual_ranks world(split.ranks());
      for (index_t rank = 0; rank < split.ranks(); ++rank) {
        drawn::virtual_ranks::halo halo(world, rank);
        const passes all(layer, halo, split);
        const auto forward = all.forward_plan(input), blocks = all.block_plan(input);
        const index_t rows = split.d > 1 ? foreign(depth, output.d, split.d, rank % split.d, 2, 3, 0)
                                         : foreign(11, output.h, split.h, rank, 1, 5, 2);
        const index_t row = split.d > 1 ? 11 * 6 : depth * 6;
        // Outputs of the first planes do not read the last ones of a volume whose size is odd.
        const index_t across = split.d > 1 ? row : row - 6 * (depth - forward.wanted.window.size.d);
        REQUIRE(forward.received() == rows * across * 2 * forward.own.samples);
        const esp::extents &own = forward.own.window.size, &wanted = forward.wanted.window.size;
        REQUIRE(wanted.d <= own.d + 2 * 2 + 2);
        REQUIRE(wanted.h <= own.h + 2 * 2);
        REQUIRE(wanted.w == own.w);
        const esp::extents &part = blocks.own.window.size, &taken = blocks.wanted.window.size;
        REQUIRE(taken.d <= part.d + 7);
        REQUIRE(taken.h <= part.h + 7);
      }
    }
  }
}
