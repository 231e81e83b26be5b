// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/modes.hpp>
#include <espalier/stream/chain.hpp>
#include <random>
#include <type_traits>
#include <vector>

#include "support/layer.hpp"

namespace {

using esp::dims5, esp::index_t, esp::volume_window;

using first = esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1},
                                      esp::modes::unit_l2>;
using second = esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 1, .kernel_size = {5, 1, 1}}>;

/// The number of a voxel of a volume of 40 x 4 x 5 voxels a channel.
float voxel(index_t sample, index_t c, index_t d, index_t h, index_t w) {
  return static_cast<float>((((sample * 3 + c) * 40 + d) * 4 + h) * 5 + w);
}

}  // namespace

TEST_CASE("a chain says what each layer takes and reads", "[stream]") {
  using chain = esp::chain<first, second>;
  STATIC_REQUIRE(chain::count == 2);
  STATIC_REQUIRE(std::is_same_v<chain::element, float>);
  STATIC_REQUIRE(chain::steps[0].work == 54);
  const dims5 input{1, 1, 20, 9, 9};
  REQUIRE(esp::shape_behind(chain::steps, input) == dims5{1, 1, 16, 9, 9});
  const first one;
  const second two;
  const esp::stream_rooms rooms = esp::block_planner(chain::steps, input, 1, 4).rooms({2, 9, 9});
  REQUIRE(rooms.source >= 8 * 81);
  REQUIRE(rooms.outputs[0] >= 2 * 6 * 81);
  REQUIRE(rooms.outputs[1] == 2 * 81);
  const chain run(std::tie(one, two), input, rooms);
  const volume_window read = run.reads({{4, 0, 0}, {2, 9, 9}});
  REQUIRE(read.begin.d <= 3);
  REQUIRE(read.begin.d + read.size.d >= 11);
}

TEST_CASE("a layer that cannot run is refused before anything is read", "[stream]") {
  using capped = esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1},
                                         esp::modes::max_l2<esp::param<"c">>>;
  capped layer;
  const auto make = [&] { esp::chain<capped>(std::tie(layer), {1, 1, 1, 1, 1}, {}); };
  REQUIRE(support::throws(make, "ESP-110", "\"c\""));
  layer.set<"c">(1);
  make();
  layer.weight().resize({1, 1, 1, 1, 2});
  REQUIRE(support::throws(make, "ESP-109"));
}

TEST_CASE("a part that moves holds its window, and reads each voxel once while it moves on", "[stream]") {
  std::mt19937 draw(3);
  const auto upto = [&](index_t n) { return static_cast<index_t>(draw() % static_cast<unsigned>(n)); };
  esp::kept_part<float> part(3, 3 * 12 * 4 * 5);
  volume_window last{};
  index_t last_sample = -1;
  for (int step = 0; step < 400; ++step) {
    volume_window next{{upto(40), 0, 0}, {0, 4, 5}};
    if (step % 3 != 0) next.begin.d = std::min<index_t>(39, last.begin.d + upto(5));
    next.size.d = std::min<index_t>(1 + upto(step % 50 == 0 ? 40 : 12), 40 - next.begin.d);
    if (step % 11 == 0) next.begin.h = 1, next.size.h = 2;
    const index_t sample = step / 20 % 2;
    index_t planes = 0;
    const float* const found = part.move_to(sample, next, [&](index_t c, const volume_window& w, float* to) {
      planes += w.size.d;
      for (index_t d = 0; d < w.size.d; ++d) {
        for (index_t h = 0; h < w.size.h; ++h) {
          for (index_t x = 0; x < w.size.w; ++x) {
            *to++ = voxel(sample, c, w.begin.d + d, w.begin.h + h, w.begin.w + x);
          }
        }
      }
    });
    const float* at = found;
    for (index_t c = 0; c < 3; ++c) {
      for (index_t d = 0; d < next.size.d; ++d) {
        for (index_t h = 0; h < next.size.h; ++h) {
          for (index_t w = 0; w < next.size.w; ++w, ++at) {
            if (*at != voxel(sample, c, next.begin.d + d, next.begin.h + h, next.begin.w + w)) FAIL("step " << step);
          }
        }
      }
    }
    const index_t end = last.begin.d + last.size.d;
    const bool goes_on = sample == last_sample && next.begin.d >= last.begin.d && next.begin.d < end &&
                         next.begin.h == last.begin.h && next.size.h == last.size.h;
    const index_t shared = goes_on ? std::min(end, next.begin.d + next.size.d) - next.begin.d : 0;
    if (next.size.d <= 12) REQUIRE(planes == 3 * (next.size.d - shared));
    last = next;
    last_sample = sample;
  }
}

TEST_CASE("a source that throws leaves a part that reads everything anew", "[stream]") {
  esp::kept_part<float> part(1, 100);
  const auto fill = [](index_t, const volume_window& w, float* to) { std::fill_n(to, w.size.volume(), 1.0F); };
  static_cast<void>(part.move_to(0, {{0, 0, 0}, {4, 5, 5}}, fill));
  const auto broken = [](index_t, const volume_window&, float*) { throw 7; };
  REQUIRE_THROWS(part.move_to(0, {{2, 0, 0}, {4, 5, 5}}, broken));
  index_t planes = 0;
  static_cast<void>(part.move_to(0, {{2, 0, 0}, {4, 5, 5}}, [&](index_t c, const volume_window& w, float* to) {
    planes += w.size.d;
    fill(c, w, to);
  }));
  REQUIRE(planes == 4);
}
