// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A volume larger than the memory it may take: made by a function, blurred into a file, and read from there by two
/// layers at once.
///
///   stream [MiB of the volume, 32] [MiB of memory, 8] [folder for the file, that of the system for such]
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <espalier/espalier.hpp>
#include <espalier/stream/npy_volume.hpp>
#include <espalier/stream/stream.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <tuple>

#include "support/progress.hpp"

namespace {

constexpr esp::conv3d window{.in_channels = 1,
                             .out_channels = 1,
                             .kernel_size = 5,
                             .padding = esp::same,
                             .bias = false,
                             .boundary = esp::boundary::replicate};
using blur = esp::constrained_conv3d<window, esp::gaussian<1>>;
using curvature = esp::constrained_conv3d<window, esp::laplacian<4>>;

/// A source is a type with these two functions: a cube of ripples, of which no voxel is stored anywhere.
struct ripples {
  esp::index_t side;

  [[nodiscard]] esp::dims5 shape() const { return {1, 1, side, side, side}; }
  void read(esp::index_t, esp::index_t, const esp::volume_window& part, float* to) const {
    for (esp::index_t d = part.begin.d; d < part.begin.d + part.size.d; ++d) {
      for (esp::index_t h = part.begin.h; h < part.begin.h + part.size.h; ++h) {
        for (esp::index_t w = part.begin.w; w < part.begin.w + part.size.w; ++w) {
          *to++ = static_cast<float>((d * d + h * h + w * w) / 64 % 256) / 255;
        }
      }
    }
  }
};

/// A sink is a type with these two: it counts how sharp the voxels are.
struct sharpness {
  double sum = 0;
  double voxels = 0;

  void write(esp::index_t, esp::index_t, const esp::volume_window& part, const float* from) {
    const esp::index_t count = part.size.volume();
    for (esp::index_t i = 0; i < count; ++i) sum += std::abs(static_cast<double>(from[i]));
    voxels += static_cast<double>(count);
  }
  void finish() const {}
};

/// Options with this much memory, and a bar.
esp::stream_options shown(esp::index_t memory, const std::string& what) {
  const auto bar = std::make_shared<std::unique_ptr<support::progress>>();
  return {.memory = memory, .progress = [bar, what](const esp::stream_progress& p) {
            if (!*bar) *bar = std::make_unique<support::progress>(static_cast<int>(p.blocks));
            p.done == p.blocks ? (*bar)->finish() : (*bar)->next(what);
          }};
}

double seconds_of(const auto& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void show(const char* what, const esp::stream_plan& plan, double seconds) {
  const double voxels = static_cast<double>(plan.output.size());
  std::printf("%s: %lld blocks of %lld x %lld x %lld, %.2f ns a voxel\n", what, static_cast<long long>(plan.blocks),
              static_cast<long long>(plan.block.d), static_cast<long long>(plan.block.h),
              static_cast<long long>(plan.block.w), 1e9 * seconds / voxels);
}

int run_example(esp::index_t volume, esp::index_t memory, const std::filesystem::path& folder) {
  const auto side = static_cast<esp::index_t>(std::cbrt(static_cast<double>(volume) * (1 << 18)) + 0.5);
  const auto file = folder / "espalier_ripples.npy";
  const blur first;
  const curvature second;
  esp::stream_plan plan;
  const double writing = seconds_of([&] {
    plan = esp::stream(ripples{side}, esp::npy_sink(file), first, shown(memory << 20, "blurring into a file"));
  });
  show("function to file, one layer", plan, writing);

  sharpness found;
  const double reading = seconds_of([&] {
    plan = esp::stream(esp::npy_source(file), found, std::tie(first, second), shown(memory << 20, "reading the file"));
  });
  show("file to function, two layers", plan, reading);
  std::filesystem::remove(file);

  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  const long peak = usage.ru_maxrss >> 20;
#else
  const long peak = usage.ru_maxrss >> 10;
#endif
  std::printf("%lld MiB of volume, %lld MiB of memory: %ld MiB at most\nmean sharpness %.4f\n",
              static_cast<long long>(side * side * side >> 18), static_cast<long long>(memory), peak,
              found.sum / found.voxels);
  return found.voxels == static_cast<double>(plan.output.size()) ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  try {
    const auto number = [&](int i, long otherwise) { return count > i ? std::atol(values[i]) : otherwise; };
    return run_example(number(1, 32), number(2, 8),
                       count > 3 ? std::filesystem::path(values[3]) : std::filesystem::temp_directory_path());
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
