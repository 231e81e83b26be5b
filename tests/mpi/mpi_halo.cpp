// SPDX-License-Identifier: BSD-3-Clause
// Run by mpirun with 1 to 8 ranks: drawn layers, shapes and splits as tests/distributed/distributed.cpp has them on
// threads; bytes that MPI counts; ranks that fail. Says what is wrong and returns 1, or one line of rank 0.
#include <espalier/mpi/mpi_halo.hpp>
// After MPI's header.
#include <cstdlib>
#include <espalier/distributed/distributed.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/optimizer.hpp>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

#include "distributed/drawn_splits.hpp"

namespace {

using esp::decomposition, esp::dims5, esp::index_t;

int failures = 0;

void require(bool holds, const std::string& words) {
  if (holds) return;
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::cerr << "rank " << rank << ": " << words << '\n';
  ++failures;
}

int ranks() {
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

/// Drawn cases; what one rank makes is computed on each, alone.
template <class Layer>
void check(int cases, unsigned seed) {
  drawn::splits draw(seed);
  for (int i = 0; i < cases; ++i) {
    const drawn::split_case one = draw.next<Layer>(ranks());
    const auto expected = drawn::on_one_rank<Layer>(one, [](Layer& layer, auto&& body) {
      esp::mpi_halo alone(MPI_COMM_SELF, {});
      body(layer, alone);
    });
    esp::mpi_halo halo(MPI_COMM_WORLD, one.split);
    Layer layer = drawn::layer_of<Layer>(one);
    index_t sent = 0;
    const std::string wrong = drawn::compare(layer, halo, one, expected, sent);
    require(wrong.empty(), drawn::words_of(one) + ": " + wrong);
    require(halo.bytes_sent() == sent * static_cast<index_t>(sizeof(typename Layer::element)),
            drawn::words_of(one) + ": MPI counts " + std::to_string(halo.bytes_sent()) + " bytes sent, the plans " +
                std::to_string(sent) + " elements");
  }
}

template <class Work>
std::string message(const Work& work) {
  try {
    work();
  } catch (const esp::error& e) {
    return e.what();
  }
  return "";
}

void check_failures() {
  const int size = ranks();
  esp::mpi_halo halo(MPI_COMM_WORLD, {.d = size});
  const index_t last = size - 1;
  require(message([&] {
            esp::together(halo, [&] {
              if (halo.rank() == last) throw std::runtime_error("no such file");
            });
          }) == "ESP-283: rank " + std::to_string(last) + " failed, and so do all: no such file",
          "together");
  const dims5 input{1, 3, 2 * size, 5, 5};
  esp::constrained_conv3d<drawn::plain> layer{esp::seed{1}};
  const esp::distributed conv(layer, halo, {.d = size});
  const auto run = [&](index_t planes, dims5 shape) {
    return message([&] { static_cast<void>(conv(drawn::zeros<float>({1, 3, planes, 5, 5}), shape)); });
  };
  require(run(halo.rank() == last ? 3 : 2, input)
              .starts_with("ESP-283: rank " + std::to_string(last) + " failed, and so do all: ESP-284: x has shape"),
          "another shape");
  require(message([&] {
            const drawn::broken_team team{halo.rank() == last};
            static_cast<void>(conv(drawn::zeros<float>({1, 3, 2, 5, 5}), input, team));
          }) == "ESP-283: rank " + std::to_string(last) + " failed, and so do all: no thread",
          "a team that breaks in the middle");
  require(run(2, input).empty(), "after an error");
  if (size == 1) return;
  require(
      run(halo.rank() == last ? 3 : 2, {1, 3, 2 * size + (halo.rank() == last ? 1 : 0), 5, 5}).starts_with("ESP-28"),
      "another input");
  require(run(1, {1, 3, size - 1, 5, 5}).starts_with("ESP-283: rank 0 failed, and so do all: ESP-280"), "too thin");
  if (halo.rank() == 0) layer.weight().data()[0] += 1;
  require(run(2, input).starts_with("ESP-282: the ranks have different weights"), "another weight");
  require(message([&] {
            esp::mpi_halo(MPI_COMM_WORLD, {.d = size + (halo.rank() == 0 ? 1 : 0)});
          }).starts_with("ESP-282: the ranks have different decompositions"),
          "another decomposition");
  require(message([&] { esp::mpi_halo(MPI_COMM_WORLD, {.d = size + 1}); }).starts_with("ESP-287: the decomposition"),
          "another number of ranks");
}

/// Ten steps of training on all ranks, saved by rank 0, against the same steps on one.
void check_training() {
  using layer_type = drawn::strided_layer;
  const dims5 input{8, 2, 9, 8, 7};
  const auto x = drawn::reals<float>(input, 1);
  const auto train = [&](layer_type& layer, auto& halo, const decomposition& split) {
    esp::distributed conv(layer, halo, split);
    esp::optimizer optimiser(esp::adam{.learning_rate = 0.01}, layer);
    const auto own = drawn::cut_out(x, conv.input_part(input));
    for (int step = 0; step < 10; ++step) {
      const auto y = conv(own, input);
      conv.backward_weights(own, y, y, input);  // Half the square of the output.
      optimiser.step();
      optimiser.zero_gradients();
    }
  };
  layer_type one{esp::seed{2}}, all{esp::seed{2}};
  esp::mpi_halo alone(MPI_COMM_SELF, {}), halo(MPI_COMM_WORLD, {.n = ranks()});
  train(one, alone, {});
  train(all, halo, {.n = ranks()});
  require(one.weight() == all.weight() && one.bias() == all.bias(), "training");

  // What rank 0 saved, all load.
  const auto folder = std::filesystem::temp_directory_path() / ("espalier_mpi_" + std::to_string(ranks()));
  layer_type loaded;
  esp::together(halo, [&] {
    if (halo.rank() == 0) esp::save(folder, all);
  });
  esp::together(halo, [&] { esp::load(folder, loaded); });
  require(loaded.weight() == all.weight(), "loading");
  esp::together(halo, [&] {
    if (halo.rank() == 0) std::filesystem::remove_all(folder);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string before = message([] { esp::mpi_halo(MPI_COMM_NULL, {}); });
  MPI_Init(&argc, &argv);
  require(before.starts_with("ESP-287: MPI is not running"), "before MPI_Init");
  const int cases = argc > 1 ? std::atoi(argv[1]) : 26;
  const auto seed = static_cast<unsigned>(ranks());
  check<drawn::strided_layer>(cases, seed);
  check<drawn::mirrored_layer>(cases, seed + 20);
  check_failures();
  check_training();
  MPI_Allreduce(MPI_IN_PLACE, &failures, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0 && failures == 0) std::cout << 2 * cases << " cases on " << ranks() << " ranks\n";
  MPI_Finalize();
  return failures == 0 ? 0 : 1;
}
