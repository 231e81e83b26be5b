// SPDX-License-Identifier: BSD-3-Clause
// Plans of all ranks match, and send what plain loops count; boxes are copied where they belong.
#include <cstddef>
#include <cstdint>
#include <espalier/conv/geometry.hpp>
#include <espalier/distributed/halo.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

using esp::decomposition, esp::dims5, esp::index_t, esp::tensor_part;

static_assert(esp::Halo<drawn::virtual_ranks::halo, float>);
static_assert(!esp::Halo<int, float>);

}  // namespace

TEST_CASE("three slabs under 3^3 taps exchange planes", "[distributed]") {
  constexpr dims5 shape{2, 4, 12, 5, 6};
  const decomposition split{.d = 3};
  const auto wanted = [&](index_t rank) {
    const tensor_part part = split.part_of(rank, shape);
    const index_t begin = std::max<index_t>(part.window.begin.d - 1, 0);
    const index_t end = std::min<index_t>(part.window.begin.d + part.window.size.d + 1, shape.d);
    return tensor_part{0, 2, {{begin, 0, 0}, {end - begin, 5, 6}}};
  };
  const auto plan = esp::plan_exchange(shape, split, 1, wanted);
  REQUIRE(plan.sends.size() == 2);
  REQUIRE(plan.sends[0].rank == 0);
  REQUIRE(plan.sends[0].part == tensor_part{0, 2, {{4, 0, 0}, {1, 5, 6}}});
  REQUIRE(plan.receives[1].part == tensor_part{0, 2, {{8, 0, 0}, {1, 5, 6}}});
  REQUIRE(plan.sent() == 2 * 2 * 4 * 5 * 6);
  REQUIRE(esp::plan_exchange(shape, split, 0, wanted).sent() == 2 * 4 * 5 * 6);
}

TEST_CASE("drawn boxes arrive, whoever owns them", "[distributed]") {
  std::mt19937 engine(7);
  const auto draw = [&](index_t most) { return 1 + static_cast<index_t>(engine()) % most; };
  for (int trial = 0; trial < 20; ++trial) {
    const decomposition split{draw(2), draw(3), draw(2), draw(2)};
    const dims5 shape{split.n + draw(2), draw(2), split.d + draw(5), split.h + draw(5), split.w + draw(5)};
    std::vector<std::int64_t> all(static_cast<std::size_t>(shape.size()));
    std::iota(all.begin(), all.end(), 1);
    const tensor_part whole{0, shape.n, {{0, 0, 0}, {shape.d, shape.h, shape.w}}};
    std::vector<tensor_part> wanted;
    for (index_t r = 0; r < split.ranks(); ++r) {
      const index_t d = draw(shape.d), h = draw(shape.h), w = draw(shape.w), n = draw(shape.n);
      wanted.push_back(
          {n - 1,
           r % 4 == 3 ? 0 : shape.n - n + 1,
           {{d - 1, h - 1, w - 1}, {draw(shape.d - d + 1), draw(shape.h - h + 1), draw(shape.w - w + 1)}}});
    }
    const auto want = [&](index_t r) { return wanted[static_cast<std::size_t>(r)]; };
    drawn::virtual_ranks world(split.ranks());
    std::vector<index_t> wrong(wanted.size());
    world.run([&](drawn::virtual_ranks::halo& halo) {
      const auto plan = esp::plan_exchange(shape, split, halo.rank(), want);
      std::vector<std::int64_t> own(static_cast<std::size_t>(plan.own.voxels() * shape.c));
      esp::copy_part(plan.own, shape.c, whole, all.data(), plan.own, own.data());
      std::vector<std::int64_t> part(static_cast<std::size_t>(plan.wanted.voxels() * shape.c)), expected(part);
      halo.exchange(plan, own.data(), part.data(), [&] {
        esp::copy_part(esp::common(plan.own, plan.wanted), shape.c, plan.own, own.data(), plan.wanted, part.data());
      });
      esp::copy_part(plan.wanted, shape.c, whole, all.data(), plan.wanted, expected.data());
      const bool counted = halo.bytes_received == plan.received() * index_t{8};
      wrong[static_cast<std::size_t>(halo.rank())] = part != expected || !counted;
    });
    REQUIRE(std::accumulate(wrong.begin(), wrong.end(), index_t{0}) == 0);
  }
}
