// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Learns the residual filter of examples/residual_filter on a volume that is split over the ranks of MPI, and on one
/// rank: the same weights, bit by bit. Start it with mpirun; `make mpi` does.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <espalier/distributed/distributed.hpp>
#include <espalier/espalier.hpp>
#include <espalier/mpi/mpi_halo.hpp>
#include <filesystem>
#include <iostream>
#include <string>

#include "../support/table.hpp"
#include "../support/volume.hpp"

namespace {

using support::tensor;

constexpr esp::conv3d config{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .bias = false};
using residual_filter = esp::constrained_conv3d<config, esp::modes::fixed_center<-1, 1>>;

struct outcome {
  tensor weight{};
  double rms = 0, seconds = 0, waited = 0;
  esp::index_t sent = 0, combined = 0;  // bytes of all ranks, a step
};

/// What a rank owns of the volume.
tensor part_of(const tensor& volume, const esp::volume_window& own) {
  const auto three = [](const esp::extents& e) {
    return std::array{static_cast<std::size_t>(e.d), static_cast<std::size_t>(e.h), static_cast<std::size_t>(e.w)};
  };
  return support::cut(volume, three(own.begin), three(own.size));
}

template <class T>
T sum_of(T value, MPI_Datatype type, MPI_Comm ranks) {
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, type, MPI_SUM, ranks);
  return value;
}

outcome train(const std::filesystem::path& path, int steps, MPI_Comm ranks, const esp::decomposition& split) {
  residual_filter filter{esp::seed{1}};
  for (float& weight : filter.weight()) weight = std::abs(weight);
  esp::mpi_halo halo(ranks, split);
  esp::distributed conv(filter, halo, split);
  esp::optimizer optimiser(esp::adam{.learning_rate = 0.02}, filter);

  // Here every rank reads the file and keeps its part; a large volume would come in parts.
  tensor x;
  esp::dims5 input;
  esp::together(halo, [&] {
    const tensor volume = support::load(path);
    input = esp::dims_of(volume);
    x = part_of(volume, conv.input_part(input).window);
  });
  const auto voxels = static_cast<float>(esp::output_dims(config, input).size());

  const auto begin = std::chrono::steady_clock::now();
  const esp::index_t sent = halo.bytes_sent(), combined = halo.bytes_combined();
  const double waited = halo.seconds_waited();
  for (int step = 0; step < steps; ++step) {
    const tensor residual = conv(x, input);
    const tensor gradient = residual * (2 / voxels);  // of the mean square over all ranks
    conv.backward_weights(x, gradient, input);
    optimiser.step();
    optimiser.zero_gradients();
  }
  outcome out;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  out.waited = halo.seconds_waited() - waited;
  out.sent = sum_of(halo.bytes_sent() - sent, MPI_INT64_T, ranks) / steps;
  out.combined = sum_of(halo.bytes_combined() - combined, MPI_INT64_T, ranks) / steps;
  double squares = 0;
  for (const float r : conv(x, input)) squares += static_cast<double>(r) * static_cast<double>(r);
  out.rms = std::sqrt(sum_of(squares, MPI_DOUBLE, ranks) / static_cast<double>(voxels));
  out.weight = filter.weight();
  return out;
}

int run(const std::filesystem::path& path, int steps) {
  int ranks = 0, rank = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::array<int, 3> parts{};
  MPI_Dims_create(ranks, 3, parts.data());
  const esp::decomposition split{.d = parts[0], .h = parts[1], .w = parts[2]};

  outcome alone;
  if (rank == 0) alone = train(path, steps, MPI_COMM_SELF, {});
  const outcome all = train(path, steps, MPI_COMM_WORLD, split);
  if (rank != 0) return 0;

  using support::fixed;
  using enum support::table::align;
  support::table table({{"5x5x5 filter"},
                        {"residual, % of white", right},
                        {"kernel norm", right},
                        {"halo, kB a step", right},
                        {"sums, kB a step", right},
                        {"waiting, %", right}});
  const auto row = [&](const std::string& name, const outcome& o) {
    double squares = 0;
    for (const float w : o.weight) squares += static_cast<double>(w) * static_cast<double>(w);
    table.row({name, fixed(100 * o.rms, 3), fixed(std::sqrt(squares), 4), fixed(static_cast<double>(o.sent) / 1000, 1),
               fixed(static_cast<double>(o.combined) / 1000, 1), fixed(100 * o.waited / o.seconds, 0)});
  };
  row("1 rank", alone);
  row(std::to_string(ranks) + " ranks, " + std::to_string(split.d) + " x " + std::to_string(split.h) + " x " +
          std::to_string(split.w),
      all);
  std::cout << path.filename().string() << ", " << steps << " steps of Adam on the whole volume\n\n" << table << '\n';
  const bool same = alone.weight == all.weight;
  std::cout << (same ? "the weights are the same, bit by bit\n" : "the weights differ\n");
  return same ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  MPI_Init(&count, &values);
  int status = 1;
  try {
    const int steps = count > 1 ? std::atoi(values[1]) : 100;
    status = run(count > 2 ? std::filesystem::path(values[2]) : support::shipped_volume(), std::max(steps, 1));
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
  }
  MPI_Finalize();
  return status;
}
