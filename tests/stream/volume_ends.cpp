// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/stream/volume_ends.hpp>

#include "support/catch.hpp"

namespace {

using esp::index_t, esp::volume_window;

struct zeros {
  [[nodiscard]] esp::dims5 shape() const { return {1, 1, 2, 2, 2}; }
  void read(index_t, index_t, const volume_window& window, float* to) { std::fill_n(to, window.size.volume(), 0.0F); }
};
struct nowhere {
  void write(index_t, index_t, const volume_window&, const float*) {}
  void finish() {}
};

static_assert(esp::VolumeSource<zeros, float> && !esp::VolumeSource<zeros, double>);
static_assert(esp::VolumeSink<nowhere, float> && !esp::VolumeSink<nowhere, double>);
static_assert(!esp::VolumeSource<nowhere, float> && !esp::VolumeSink<zeros, float>);

}  // namespace

TEST_CASE("two functions make a source, two make a sink", "[stream]") {
  zeros source;
  float voxel = 1;
  source.read(0, 0, {{0, 0, 0}, {1, 1, 1}}, &voxel);
  REQUIRE(voxel == 0);
}
