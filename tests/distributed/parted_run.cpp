// SPDX-License-Identifier: BSD-3-Clause
// Sums of three planes over threads as ranks: interiors read the rank's own memory, all else the exchanged part.
#include <array>
#include <cstddef>
#include <espalier/conv/window.hpp>
#include <espalier/distributed/parted_run.hpp>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

using esp::dims5, esp::index_t, esp::tensor_part, esp::volume_window;

constexpr dims5 shape{2, 1, 13, 2, 2};

volume_window reads(const volume_window& piece) {
  const index_t begin = std::max<index_t>(piece.begin.d - 1, 0);
  return {{begin, piece.begin.h, piece.begin.w},
          {std::min(piece.begin.d + piece.size.d + 1, shape.d) - begin, piece.size.h, piece.size.w}};
}
float voxel(index_t n, index_t d, index_t i) { return static_cast<float>(n * 100 + d * d + i); }

struct outcome {
  index_t wrong = 0, boxes = 0;
  bool failed = false;
};

outcome run_slabs(esp::decomposition split, index_t failing) {
  std::vector<outcome> all(static_cast<std::size_t>(split.ranks()));
  drawn::virtual_ranks world(split.ranks());
  world.run([&](auto& halo) {
    outcome& mine = all[static_cast<std::size_t>(halo.rank())];
    const auto plan = esp::plan_exchange(shape, split, halo.rank(), [&](index_t rank) {
      const tensor_part part = split.part_of(rank, shape);
      return tensor_part{part.first_sample, part.samples, reads(part.window)};
    });
    const tensor_part& own = plan.own;
    std::vector<float> x, y(static_cast<std::size_t>(own.voxels()));
    for (index_t n = 0; n < own.samples; ++n)
      for (index_t d = 0; d < own.window.size.d; ++d)
        for (index_t i = 0; i < 4; ++i) x.push_back(voxel(own.first_sample + n, own.window.begin.d + d, i));
    esp::parted_run<float> run(plan, own, 1, 1, reads);
    const std::array<const float*, 1> sources{x.data()};
    try {
      run.run(halo, sources, y.data(), [&](const auto& from, const auto& read, const auto& piece, float* to) {
        if (halo.rank() == failing) throw std::runtime_error("no memory");
        ++mine.boxes;
        for (index_t n = 0; n < own.samples; ++n)
          for (index_t d = piece.begin.d; d < piece.begin.d + piece.size.d; ++d)
            for (index_t i = 0; i < 4; ++i, ++to) {
              *to = 0;
              for (index_t k = std::max<index_t>(d - 1, 0); k <= std::min(d + 1, shape.d - 1); ++k) {
                *to += from[0][(n * read.size.d + k - read.begin.d) * 4 + i];
              }
            }
      });
    } catch (const std::runtime_error&) {
      mine.failed = true;
      return;
    }
    const float* at = y.data();
    for (index_t n = 0; n < own.samples; ++n)
      for (index_t d = own.window.begin.d; d < own.window.begin.d + own.window.size.d; ++d)
        for (index_t i = 0; i < 4; ++i, ++at) {
          float sum = 0;
          for (index_t k = std::max<index_t>(d - 1, 0); k <= std::min(d + 1, shape.d - 1); ++k) {
            sum += voxel(own.first_sample + n, k, i);
          }
          mine.wrong += *at != sum;
        }
  });
  outcome sum;
  for (const outcome& each : all) {
    sum.wrong += each.wrong, sum.boxes += each.boxes, sum.failed = sum.failed || each.failed;
  }
  return sum;
}

}  // namespace

TEST_CASE("boxes around an interior make the whole part", "[distributed]") {
  const outcome one = run_slabs({}, -1), slabs = run_slabs({.d = 3}, -1), thin = run_slabs({.n = 2, .d = 13}, -1);
  REQUIRE(one.wrong + slabs.wrong + thin.wrong == 0);
  REQUIRE(one.boxes == 1);
  REQUIRE(slabs.boxes == 2 + 3 + 2);
  REQUIRE(thin.boxes == 26);
}

TEST_CASE("a rank whose interior throws ends the exchange first", "[distributed]") {
  const outcome slabs = run_slabs({.d = 3}, 1);
  REQUIRE(slabs.failed);
  REQUIRE(slabs.wrong == 0);
  REQUIRE(slabs.boxes == 4);
}
