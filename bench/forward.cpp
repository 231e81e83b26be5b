// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// GF/s of the direct forward on the five example shapes, one thread and all of them: best and median of the runs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <espalier/conv/forward.hpp>
#include <random>
#include <vector>

namespace {

using esp::index_t;
using clock_type = std::chrono::steady_clock;

template <class T>
std::vector<T> random_values(index_t count) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& v : values) v = uniform(engine);
  return values;
}

template <esp::conv3d Config, class T>
void row(const char* name, esp::dims5 input, index_t team) {
  using kernel = esp::direct_forward<Config, T>;
  const esp::dims5 output = esp::output_dims(Config, input);
  const auto x = random_values<T>(input.size());
  const auto weight = random_values<T>(esp::weight_shape_of(Config).size());
  const auto bias = random_values<T>(Config.out_channels);
  std::vector<T> packed(static_cast<std::size_t>(kernel::packed_size()));
  std::vector<T> y(static_cast<std::size_t>(output.size()));
  const esp::threads executor{team};
  const index_t scratch_size = kernel::scratch_size(input, executor.workers());
  std::vector<T> scratch(static_cast<std::size_t>(scratch_size));
  const double flops = 2.0 * static_cast<double>(output.size()) *
                       static_cast<double>(esp::weight_shape_of(Config).in * Config.kernel_size.volume());

  std::vector<double> seconds;
  double total = 0;
  while (total < 0.4 || seconds.size() < 11) {
    const auto begin = clock_type::now();
    kernel::pack(weight.data(), packed.data());
    kernel::run(x.data(), input, packed.data(), bias.data(), y.data(), scratch.data(), executor);
    seconds.push_back(std::chrono::duration<double>(clock_type::now() - begin).count());
    total += seconds.back();
  }
  std::sort(seconds.begin(), seconds.end());
  const double best = seconds.front(), median = seconds[seconds.size() / 2];
  std::printf("%-22s %-6s %d  best %7.1f  median %7.1f GF/s  %8.1f us  scratch %4ld KiB  tile %ld x %ld\n", name,
              sizeof(T) == 4 ? "float" : "double", static_cast<int>(team), flops / best * 1e-9, flops / median * 1e-9,
              median * 1e6, static_cast<long>(scratch_size * static_cast<index_t>(sizeof(T)) / 1024),
              static_cast<long>(kernel::tile.oc), static_cast<long>(kernel::tile.vectors));
}

template <class T>
void rows(index_t team) {
  row<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, T>("S1 4>8 16x32x32 k3",
                                                                                           {2, 4, 16, 32, 32}, team);
  row<esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1}, T>("S2 3>6 8x64x64 k3",
                                                                                           {1, 3, 8, 64, 64}, team);
  row<esp::conv3d{.in_channels = 6, .out_channels = 6, .kernel_size = 3, .padding = 1}, T>("S3 6>6 6x24x24 k3",
                                                                                           {2, 6, 6, 24, 24}, team);
  row<esp::conv3d{.in_channels = 1, .out_channels = 4, .kernel_size = 5, .padding = 2}, T>("S4 1>4 10x20x20 k5",
                                                                                           {1, 1, 10, 20, 20}, team);
  row<esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1, .groups = 4}, T>(
      "S5 8>8 g4 8x16x16 k3", {2, 8, 8, 16, 16}, team);
  row<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, T>("1>1 181x217x181 k3",
                                                                                           {1, 1, 181, 217, 181}, team);
  row<esp::conv3d{.in_channels = 32, .out_channels = 32, .kernel_size = 3, .padding = 1}, T>("32>32 48^3 k3",
                                                                                             {1, 32, 48, 48, 48}, team);
  row<esp::conv3d{.in_channels = 16, .out_channels = 32, .kernel_size = 3, .stride = 2, .padding = 1}, T>(
      "16>32 64^3 k3 s2", {1, 16, 64, 64, 64}, team);
  row<esp::conv3d{.in_channels = 32, .out_channels = 32, .kernel_size = 3, .padding = 1, .groups = 32}, T>(
      "depthwise 32 64^3 k3", {1, 32, 64, 64, 64}, team);
}

}  // namespace

/// Usage: forward [threads]
int main(int argc, char** argv) {
  const index_t most = argc > 1 ? std::atoi(argv[1]) : 1;
  for (index_t team = 1; team <= most; ++team) {
    rows<float>(team);
    rows<double>(team);
  }
}
