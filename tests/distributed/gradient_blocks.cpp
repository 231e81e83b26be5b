// SPDX-License-Identifier: BSD-3-Clause
// Every voxel of the output is in one block of one rank, whatever the split; a block's operands are those of the whole.
#include <cstddef>
#include <espalier/conv/window.hpp>
#include <espalier/distributed/gradient_blocks.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

using esp::decomposition, esp::dims5, esp::index_t, esp::tensor_part, esp::volume_window;

// Voxel by its number in the whole, so that a block knows what it was given.
std::vector<float> numbered(const tensor_part& part, const dims5& shape) {
  std::vector<float> all(static_cast<std::size_t>(shape.size())),
      result(static_cast<std::size_t>(part.voxels() * shape.c));
  std::iota(all.begin(), all.end(), 1.0F);
  const tensor_part whole{0, shape.n, {{0, 0, 0}, {shape.d, shape.h, shape.w}}};
  esp::copy_part(part, shape.c, whole, all.data(), part, result.data());
  return result;
}

}  // namespace

TEST_CASE("blocks begin on one grid, and a rank has those that begin in its part", "[distributed]") {
  constexpr dims5 output{1, 4, 20, 9, 40};
  STATIC_REQUIRE(esp::gradient_blocks_of({0, 1, {{0, 0, 0}, {10, 9, 40}}}, output).window ==
                 volume_window{{0, 0, 0}, {16, 9, 40}});
  STATIC_REQUIRE(esp::gradient_blocks_of({0, 1, {{10, 0, 0}, {10, 9, 40}}}, output).window ==
                 volume_window{{16, 0, 0}, {4, 9, 40}});
  STATIC_REQUIRE(esp::gradient_blocks_of({0, 1, {{10, 0, 0}, {5, 9, 40}}}, output).voxels() == 0);
}

TEST_CASE("blocks of all ranks are the whole output once", "[distributed]") {
  std::mt19937 engine(5);
  const auto draw = [&](index_t most) { return 1 + static_cast<index_t>(engine()) % most; };
  for (int trial = 0; trial < 12; ++trial) {
    const decomposition split{draw(2), draw(3), draw(2), draw(2)};
    const dims5 shape{split.n, 2, split.d + draw(20), split.h + draw(12), split.w + draw(50)};
    std::vector<int> seen(static_cast<std::size_t>(shape.size()));
    std::vector<index_t> wrong(static_cast<std::size_t>(split.ranks()));
    drawn::virtual_ranks world(split.ranks());
    world.run([&](auto& halo) {
      const auto wanted = [&](index_t rank) { return esp::gradient_blocks_of(split.part_of(rank, shape), shape); };
      const auto plan = esp::plan_exchange(shape, split, halo.rank(), wanted);
      esp::block_run<float> run(plan, plan, 2);
      const std::vector<float> own = numbered(plan.own, shape);
      run.exchange(halo, own.data(), own.data(), own.data());
      index_t sample = plan.wanted.first_sample;
      volume_window first{{-1, 0, 0}, {}};
      run.each_block([](const volume_window& block) { return block; },
                     [&](const float* x, const volume_window& part, const volume_window& block, const float* y,
                         const float* grad_y) {
                       if (first.begin.d < 0)
                         first = block;
                       else if (block == first)
                         ++sample;
                       const std::vector<float> expected = numbered({sample, 1, block}, shape);
                       auto& off = wrong[static_cast<std::size_t>(halo.rank())];
                       off += !(part == block) || block.begin.d % 8 != 0 || block.begin.h % 8 != 0 ||
                              block.begin.w % 32 != 0;
                       for (std::size_t i = 0; i < expected.size(); ++i) {
                         off += x[i] != expected[i] || y[i] != expected[i] || grad_y[i] != expected[i];
                         ++seen[static_cast<std::size_t>(expected[i]) - 1];  // no two ranks have one voxel
                       }
                     });
    });
    REQUIRE(std::accumulate(wrong.begin(), wrong.end(), index_t{0}) == 0);
    REQUIRE(seen == std::vector<int>(seen.size(), 1));
  }
}
