// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// GF/s of both gradients of the direct convolution on the shapes of bench/forward.cpp: best and median of the runs.
/// What a training step pays is inside the timer: packing the weight, and adding to the gradient.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <espalier/conv/backward_data.hpp>
#include <espalier/conv/backward_weights.hpp>
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

template <class Run>
void report(const char* name, const char* direction, int bits, index_t team, double flops, index_t scratch_bytes,
            esp::register_tile tile, Run run) {
  std::vector<double> seconds;
  double total = 0;
  while (total < 0.3 || seconds.size() < 9) {
    const auto begin = clock_type::now();
    run();
    seconds.push_back(std::chrono::duration<double>(clock_type::now() - begin).count());
    total += seconds.back();
  }
  std::sort(seconds.begin(), seconds.end());
  const double best = seconds.front(), median = seconds[seconds.size() / 2];
  std::printf("%-22s %-7s f%d %d  best %7.1f  median %7.1f GF/s  %9.1f us  scratch %4ld KiB  tile %ld x %ld\n", name,
              direction, bits, static_cast<int>(team), flops / best * 1e-9, flops / median * 1e-9, median * 1e6,
              static_cast<long>(scratch_bytes / 1024), static_cast<long>(tile.oc), static_cast<long>(tile.vectors));
}

template <esp::conv3d Config, class T>
void row(const char* name, esp::dims5 input, index_t team) {
  using data = esp::direct_backward_data<Config, T>;
  using weights = esp::direct_backward_weights<Config, T>;
  const esp::dims5 output = esp::output_dims(Config, input);
  const auto x = random_values<T>(input.size());
  const auto grad_y = random_values<T>(output.size());
  const auto weight = random_values<T>(esp::weight_shape_of(Config).size());
  auto grad_w = weight;
  std::vector<T> packed(static_cast<std::size_t>(data::packed_size()));
  std::vector<T> grad_x(static_cast<std::size_t>(input.size()));
  const esp::threads executor{team};
  const index_t size_data = data::scratch_size(input, executor.workers());
  const index_t size_weights = weights::scratch_size(input, executor.workers());
  std::vector<T> scratch(static_cast<std::size_t>(std::max(size_data, size_weights)));
  const double flops = 2.0 * static_cast<double>(output.size()) *
                       static_cast<double>(esp::weight_shape_of(Config).in * Config.kernel_size.volume());
  const int bits = static_cast<int>(8 * sizeof(T));
  const index_t bytes = static_cast<index_t>(sizeof(T));
  report(name, "data", bits, team, flops, size_data * bytes, data::tile, [&] {
    data::pack(weight.data(), packed.data());
    data::run(grad_y.data(), input, packed.data(), grad_x.data(), scratch.data(), executor);
  });
  report(name, "weights", bits, team, flops, size_weights * bytes, weights::tile,
         [&] { weights::run(x.data(), input, grad_y.data(), grad_w.data(), true, scratch.data(), executor); });
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
  row<esp::conv3d{.in_channels = 32, .out_channels = 32, .kernel_size = 3, .padding = 1}, T>("32>32 48^3 k3",
                                                                                             {1, 32, 48, 48, 48}, team);
  row<esp::conv3d{.in_channels = 16, .out_channels = 32, .kernel_size = 3, .stride = 2, .padding = 1}, T>(
      "16>32 64^3 k3 s2", {1, 16, 64, 64, 64}, team);
  row<esp::conv3d{.in_channels = 32, .out_channels = 32, .kernel_size = 3, .padding = 1, .groups = 32}, T>(
      "depthwise 32 64^3 k3", {1, 32, 64, 64, 64}, team);
}

}  // namespace

/// Usage: backward [threads]
int main(int argc, char** argv) {
  const index_t most = argc > 1 ? std::atoi(argv[1]) : 1;
  for (index_t team = 1; team <= most; ++team) {
    rows<float>(team);
    rows<double>(team);
  }
}
