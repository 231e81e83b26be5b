// SPDX-License-Identifier: BSD-3-Clause
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <espalier/io/npy.hpp>
#include <espalier/modes.hpp>
#include <espalier/stream/npy_volume.hpp>
#include <espalier/stream/stream.hpp>
#include <fstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::volume_window;
using tensor = esp::tensor<float, 5>;

using smooth = esp::constrained_conv3d<esp::conv3d{.in_channels = 1,
                                                   .out_channels = 4,
                                                   .kernel_size = 3,
                                                   .padding = 1,
                                                   .activation = esp::activation::relu,
                                                   .boundary = esp::boundary::reflect},
                                       esp::modes::unit_l2>;
using halve = esp::constrained_conv3d<esp::conv3d{
    .in_channels = 4, .out_channels = 2, .kernel_size = {5, 3, 3}, .stride = {1, 2, 1}, .padding = esp::same}>;
using tiles = esp::constrained_conv3d<
    esp::conv3d{
        .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .algorithm = esp::algorithm::winograd},
    esp::modes::zero_mean>;

/// Calls `body(element of the volume, element of the window)` for a window of a channel.
void each_voxel(const dims5& s, index_t sample, index_t channel, const volume_window& w, const auto& body) {
  std::size_t i = 0;
  for (index_t d = w.begin.d; d < w.begin.d + w.size.d; ++d) {
    for (index_t h = w.begin.h; h < w.begin.h + w.size.h; ++h) {
      for (index_t x = w.begin.w; x < w.begin.w + w.size.w; ++x) {
        body(static_cast<std::size_t>((((sample * s.c + channel) * s.d + d) * s.h + h) * s.w + x), i++);
      }
    }
  }
}

/// A volume in memory, which throws when it is read for the n-th time.
struct memory_source {
  const tensor& x;
  int fails_at = -1;
  int reads = 0;
  index_t voxels = 0;

  [[nodiscard]] dims5 shape() const { return esp::dims_of(x); }
  void read(index_t sample, index_t channel, const volume_window& window, float* to) {
    if (reads++ == fails_at) throw std::runtime_error("the source broke");
    voxels += window.size.volume();
    each_voxel(shape(), sample, channel, window, [&](std::size_t i, std::size_t j) { to[j] = x.data()[i]; });
  }
};

/// A volume in memory that counts how often each voxel is written.
struct memory_sink {
  tensor y{};
  dims5 shape{};
  std::vector<int> writes{};
  bool finished = false;

  void begin(const dims5& s) {
    shape = s;
    y = esp::stored_tensors<float>::empty(s);
    writes.assign(y.size(), 0);
  }
  void write(index_t sample, index_t channel, const volume_window& window, const float* from) {
    each_voxel(shape, sample, channel, window, [&](std::size_t i, std::size_t j) {
      y.data()[i] = from[j];
      ++writes[i];
    });
  }
  void finish() { finished = true; }
};

struct layers {
  smooth a{esp::seed{1}};
  halve b{esp::seed{2}};
  tiles c{esp::seed{3}};
};

}  // namespace

TEST_CASE("a stream has the bits of the volume at once, whatever it may hold and whoever computes", "[stream]") {
  const layers l;
  const tensor x = support::drawn({2, 1, 19, 17, 37});
  const tensor expected = l.c(l.b(l.a(x)));
  for (const index_t memory : {index_t{80} << 10, index_t{300} << 10, index_t{1} << 30}) {
    for (const bool team : {false, true}) {
      memory_source source{x};
      memory_sink sink;
      esp::stream_options options{.memory = memory};
      if (team) options.executor = esp::threads{2}, options.memory += 200 << 10;
      std::vector<index_t> told;
      options.progress = [&](const esp::stream_progress& p) {
        REQUIRE(p.done == static_cast<index_t>(told.size()));
        told.push_back(p.blocks);
      };
      const esp::stream_plan plan = esp::stream(source, sink, std::tie(l.a, l.b, l.c), options);
      INFO(memory << ": " << plan.block.d << " x " << plan.block.h << " x " << plan.block.w);
      REQUIRE(plan.bytes <= options.memory);
      if (memory == index_t{1} << 30) REQUIRE(plan.blocks == 2);
      REQUIRE(plan.output == esp::dims_of(expected));
      REQUIRE(support::same(sink.y, expected));
      REQUIRE(std::all_of(sink.writes.begin(), sink.writes.end(), [](int n) { return n == 1; }));
      REQUIRE(sink.finished);
      REQUIRE(told == std::vector<index_t>(static_cast<std::size_t>(plan.blocks) + 1, plan.blocks));
      // Slabs read each voxel of the source once.
      if (plan.block.h == plan.output.h && plan.block.w == plan.output.w) {
        REQUIRE(source.voxels == static_cast<index_t>(x.size()));
      }
    }
  }
}

TEST_CASE("a layer alone streams from file to file, and the result is there when it is whole", "[stream]") {
  const support::temp_dir dir;
  const layers l;
  const tensor x = support::drawn({1, 1, 40, 16, 24});
  esp::write_npy<float>(dir / "x.npy", std::vector<index_t>{40, 16, 24}, {x.data(), x.size()});
  const auto plan = esp::stream(
      esp::npy_source(dir / "x.npy"), esp::npy_sink(dir / "y.npy"), l.a,
      {.memory = 100 << 10, .progress = [&](const auto&) { REQUIRE_FALSE(std::filesystem::exists(dir / "y.npy")); }});
  REQUIRE(plan.blocks > 3);
  const auto y = esp::read_npy<float>(dir / "y.npy");
  const tensor expected = l.a(x);
  REQUIRE(y.shape == std::vector<index_t>{1, 4, 40, 16, 24});
  REQUIRE(std::equal(y.values.begin(), y.values.end(), expected.begin(), expected.end()));
}

TEST_CASE("a stop, a source, a sink and a callback that throw leave what was there", "[stream]") {
  const support::temp_dir dir;
  const layers l;
  const tensor x = support::drawn({1, 1, 40, 16, 24});
  support::write_file(dir / "y.npy", "old");
  const auto kept = [&] {
    return support::read_file(dir / "y.npy") == "old" &&
           std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1;
  };
  const esp::stream_options options{.memory = 100 << 10};

  std::stop_source stop;
  esp::stream_options stopped = options;
  stopped.stop = stop.get_token();
  stopped.progress = [&](const esp::stream_progress& p) {
    if (p.done == 2) stop.request_stop();
  };
  memory_source source{x};
  REQUIRE(support::throws([&] { esp::stream(source, esp::npy_sink(dir / "y.npy"), l.a, stopped); }, "ESP-261",
                          "stop after 2 of ", "there is no result"));
  REQUIRE(kept());

  memory_source broken{x, 3};
  REQUIRE_THROWS_WITH(esp::stream(broken, esp::npy_sink(dir / "y.npy"), l.a, options), "the source broke");
  REQUIRE(kept());

  esp::stream_options loud = options;
  loud.progress = [](const esp::stream_progress& p) {
    if (p.done == 1) throw std::logic_error("enough");
  };
  REQUIRE_THROWS_WITH(esp::stream(source, esp::npy_sink(dir / "y.npy"), l.a, loud), "enough");
  REQUIRE(kept());

  // Nothing is read or begun of a volume that does not fit.
  memory_source unread{x};
  memory_sink sink;
  REQUIRE(support::throws([&] { esp::stream(unread, sink, l.a, {.memory = 100}); }, "ESP-260", "allows 100;"));
  REQUIRE(support::throws([&] { esp::stream(unread, sink, std::tie(l.a, l.a)); }, "ESP-101", "4 channels"));
  REQUIRE(support::throws([&] { esp::stream(unread, sink, l.a, {.executor = esp::threads{0}}); }, "ESP-111"));
  REQUIRE((unread.reads == 0 && sink.shape == dims5{}));
}

namespace {

// Sanitizers take twenty times as long; a quarter is then enough, through a quarter of the memory.
#ifdef ESPALIER_TEST_SANITIZED
constexpr index_t depth = 128;
#else
constexpr index_t depth = 512;
#endif

/// A volume from nowhere: plane d holds d % 7.
struct plane_numbers {
  [[nodiscard]] dims5 shape() const { return {1, 1, depth, 512, 512}; }
  void read(index_t, index_t, const volume_window& window, float* to) const {
    const index_t plane = window.size.h * window.size.w;
    for (index_t d = 0; d < window.size.d; ++d) {
      std::fill_n(to + d * plane, plane, static_cast<float>((window.begin.d + d) % 7));
    }
  }
};
/// Compares a voxel of each plane with the sum of the 27 around it.
struct checking_sink {
  index_t planes = 0;
  bool good = true;
  void write(index_t, index_t, const volume_window& window, const float* from) {
    for (index_t d = 0; d < window.size.d; ++d, ++planes) {
      const index_t at = window.begin.d + d;
      const auto number = [](index_t i) { return i < 0 || i >= depth ? 0 : static_cast<float>(i % 7); };
      good = good && from[(d * 512 + 100) * 512 + 100] == 9 * (number(at - 1) + number(at) + number(at + 1));
    }
  }
  void finish() {}
};

/// The most that this process had in memory, in KiB; 0 where the system does not say.
index_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    index_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

}  // namespace

TEST_CASE("512 MiB go through 64 MiB", "[stream]") {
  using sum = esp::constrained_conv3d<esp::conv3d{
      .in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1, .bias = false}>;
  // A child begins with the peak of what it has now.
  const pid_t child = ::fork();
  if (child == 0) {
    const index_t before = peak_kib();
    sum layer;
    layer.weight().fill(1);
    checking_sink sink;
    const index_t memory = depth << 17;
    const auto plan = esp::stream(plane_numbers{}, sink, layer, {.memory = memory});
    const bool good = sink.good && sink.planes == depth && plan.blocks > 16 && plan.bytes <= memory;
    ::_exit(!good ? 1 : peak_kib() - before > (64 + 64) << 10 ? 2 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
}
