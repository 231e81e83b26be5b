// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cstddef>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/stream/block_plan.hpp>
#include <random>
#include <span>
#include <string>

#include "support/layer.hpp"

namespace {

using esp::conv3d, esp::dims5, esp::extents, esp::index_t, esp::stream_plan, esp::stream_step, esp::volume_window;

/// A convolution that reads what its taps reach, with 10 elements of scratch a worker.
template <conv3d Config>
constexpr stream_step step{
    [](const dims5& input) { return esp::output_dims(Config, input); },
    [](const dims5& input, const volume_window& window) { return esp::input_window(Config, input, window).window; },
    [](const dims5&, const volume_window&, index_t workers) { return 10 * workers; },
    Config.kernel_size.volume() * Config.in_channels* Config.out_channels};

constexpr conv3d three{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
constexpr conv3d wide{.in_channels = 1, .out_channels = 2, .kernel_size = {5, 3, 3}, .padding = esp::same};
constexpr conv3d back{.in_channels = 2, .out_channels = 1, .kernel_size = 3, .stride = 2, .padding = 1};
constexpr conv3d ring{.in_channels = 1,
                      .out_channels = 1,
                      .kernel_size = 3,
                      .padding = 1,
                      .boundary = {esp::boundary::circular, esp::boundary::zeros, esp::boundary::zeros}};

constexpr std::array alone{step<three>};
constexpr std::array both{step<three>, step<three>};
constexpr std::array mixed{step<wide>, step<back>};
constexpr std::array around{step<ring>};

// Planes of 100 voxels: n of the output take n + 2 of the input, and 10 elements of scratch.
constexpr dims5 volume{1, 1, 64, 10, 10};
constexpr index_t planes(index_t count) { return 4 * (100 * count + 10); }
static_assert(esp::plan_blocks(alone, volume, planes(128), 1, 4) ==
              stream_plan{volume, volume, {64, 10, 10}, 1, planes(128)});
// 40 planes fit; two blocks of 32 do as well.
static_assert(esp::plan_blocks(alone, volume, planes(82), 1, 4) ==
              stream_plan{volume, volume, {32, 10, 10}, 2, planes(32 + 33)});
static_assert(esp::plan_blocks(alone, volume, planes(18), 1, 4) ==
              stream_plan{volume, volume, {8, 10, 10}, 8, planes(18)});
// A worker more, and 8 planes of doubles need twice the memory.
static_assert(esp::plan_blocks(alone, volume, planes(18), 2, 4).block.d == 4);
static_assert(esp::plan_blocks(alone, volume, 2 * planes(18), 1, 8).block.d == 8);
// Samples come one after the other.
static_assert(esp::plan_blocks(alone, {3, 1, 64, 10, 10}, planes(18), 1, 4).blocks == 24);
// Two layers: n, n + 2 and n + 4 planes.
static_assert(esp::plan_blocks(both, volume, planes(3 * 32 + 3), 1, 4).block == extents{32, 10, 10});
// No plane fits: rows do, and where none does, a part of one.
static_assert(esp::plan_blocks(alone, {1, 1, 8, 8, 1000}, 4 * (30 * 1000 + 10), 1, 4).block.w == 1000);
static_assert(esp::plan_blocks(alone, {1, 1, 8, 8, 1000}, 4 * (6 * 1000 + 10), 1, 4).block.w < 1000);
// A block at an end of a circular axis reads all of it: cut along the depth, it would need all planes.
static_assert(esp::plan_blocks(around, {1, 1, 8, 64, 10}, 4 * (40 * 80 + 10), 1, 4).block.h < 64);

}  // namespace

TEST_CASE("the smallest block that does not fit is an error with both numbers", "[stream]") {
  // 28 voxels with the halo, and 10 of scratch.
  REQUIRE(esp::plan_blocks(alone, volume, 38 * 4, 1, 4).block == extents{1, 1, 1});
  for (const index_t memory : {index_t{38 * 4 - 1}, index_t{0}, index_t{-1}}) {
    REQUIRE(support::throws([&] { static_cast<void>(esp::plan_blocks(alone, volume, memory, 1, 4)); }, "ESP-260",
                            "takes 152 bytes", ".memory allows " + std::to_string(memory)));
  }
}

TEST_CASE("memory that would leave the caches and save no work is not taken", "[stream]") {
  // Of a layer alone no halo is computed twice: 16 MiB are as good as more, for each worker.
  const dims5 tall{1, 1, 4096, 256, 256};
  const auto bytes = [&](std::span<const stream_step> steps, index_t workers) {
    return esp::plan_blocks(steps, tall, index_t{1} << 30, workers, 4).bytes;
  };
  const index_t little = 16 << 20;
  REQUIRE((bytes(alone, 1) <= little && bytes(alone, 1) > little / 2));
  REQUIRE((bytes(alone, 2) <= 2 * little && bytes(alone, 2) > little));
  REQUIRE(bytes(both, 1) > little);
}

TEST_CASE("sizes that no memory has are counted", "[stream]") {
  const index_t side = index_t{1} << 19;
  const stream_plan plan = esp::plan_blocks(both, {1, 1, side, side, side}, index_t{1} << 30, 4, 8);
  REQUIRE(plan.bytes <= index_t{1} << 30);
  REQUIRE(plan.bytes > index_t{1} << 25);
  REQUIRE(support::throws([&] { static_cast<void>(esp::plan_blocks(around, {1, 1, side, 1, side}, 1 << 20, 1, 8)); },
                          "ESP-260", "takes "));
}

TEST_CASE("every block of a plan fits", "[stream]") {
  std::mt19937 draw(5);
  const auto upto = [&](index_t n) { return static_cast<index_t>(draw() % static_cast<unsigned>(n)) + 1; };
  const std::array<std::span<const stream_step>, 4> chains{alone, both, mixed, around};
  for (int trial = 0; trial < 300; ++trial) {
    const auto steps = chains[draw() % 4];
    const dims5 input{1, 1, upto(40), upto(40), upto(40)};
    const index_t memory = 4 * (600 + upto(1 << (4 + draw() % 14)));
    stream_plan plan;
    try {
      plan = esp::plan_blocks(steps, input, memory, 1, 4);
    } catch (const esp::error& e) {
      REQUIRE((e.id() == std::string("ESP-260") && steps.data() == around.data()));
      continue;
    }
    INFO(esp::to_string(input) << " with " << memory);
    REQUIRE(plan.bytes <= memory);
    const esp::block_planner planner(steps, input, 1, 4);
    const esp::stream_rooms rooms = planner.rooms(plan.block);
    const esp::block_grid grid(plan.output, plan.block);
    index_t voxels = 0;
    for (index_t i = 0; i < grid.d.count(); ++i) {
      for (index_t j = 0; j < grid.h.count(); ++j) {
        for (index_t k = 0; k < grid.w.count(); ++k) {
          const volume_window block = grid.window(i, j, k);
          voxels += block.size.volume();
          const auto read = esp::walk_back(steps, input, block, [&](std::size_t n, const dims5& before, const auto& w) {
            if (steps[n].output(before).c * w.size.volume() > rooms.outputs[n % 2]) FAIL("layer " << n);
          });
          if (read.size.volume() > rooms.source) FAIL("source");
        }
      }
    }
    REQUIRE(voxels == plan.output.d * plan.output.h * plan.output.w);
    REQUIRE(plan.blocks == grid.count());
  }
}
