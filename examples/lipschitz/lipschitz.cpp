// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A certificate for a chain of convolutions: no perturbation of an image moves the output by more than its own length.
///
/// The prior of every layer, cap_lipschitz<1>, is proved to establish lipschitz<1>, and a ReLU lengthens no difference,
/// so the chain has it too: the proof is a static_assert. What goes by the name of spectral normalisation divides a
/// weight by the norm of the matrix (out channels, in channels * taps) that it is stored as. That is not the
/// convolution: its taps overlap, and the norm is up to the root of the number of taps larger. The same chain under it
/// has no certificate, and a perturbation shows why.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/espalier.hpp>
#include <espalier/operator_norm.hpp>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "../support/progress.hpp"
#include "../support/table.hpp"
#include "../support/volume.hpp"
#include "chain.hpp"

namespace {

using robust::change, robust::first, robust::last, robust::middle;
using support::tensor;

constexpr auto contraction = esp::cap_lipschitz<1>;
static_assert(esp::establishes<contraction, esp::lipschitz<1>, first>);
static_assert(esp::establishes<contraction, esp::lipschitz<1>, middle>);
static_assert(esp::establishes<contraction, esp::lipschitz<1>, last>);
using certified = robust::chain<contraction>;
using usual = robust::chain<esp::identity>;

struct arguments {
  std::filesystem::path volume = support::shipped_volume();
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  int steps = 20;
  std::size_t side = 32;  // of the cube that is cut from the middle of the volume
  std::uint64_t seed = 1;
};

/// The norm of a weight as the matrix (out channels, in channels * taps), by the power method on its rows' products.
double matrix_norm(const tensor& weight) {
  const std::size_t rows = weight.shape()[0], columns = weight.size() / rows;
  std::vector<double> x(rows, 1.0), next(rows);
  double square = 0;
  for (int step = 0; step < 1000; ++step) {
    std::vector<double> sums(columns);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) sums[c] += x[r] * static_cast<double>(weight.data()[r * columns + c]);
    }
    square = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      next[r] = 0;
      for (std::size_t c = 0; c < columns; ++c)
        next[r] += sums[c] * static_cast<double>(weight.data()[r * columns + c]);
      square += next[r] * next[r];
    }
    for (std::size_t r = 0; r < rows; ++r) x[r] = next[r] / std::sqrt(square);
  }
  return std::sqrt(std::sqrt(square));
}

/// Fresh weights without their signs: kernels that average, as in a denoiser.
template <class Layer>
void start(Layer& layer, std::uint64_t seed) {
  layer = Layer{esp::seed{seed}};
  for (float& w : layer.weight()) w = std::abs(w);
}

struct outcome {
  std::vector<double> matrix_norms{};
  std::vector<double> norms{};  // of the convolutions
  change worst{};
};

template <class Chain>
outcome examine(const std::string& name, Chain& chain, const tensor& image, double size, const arguments& args,
                support::progress& bar) {
  const esp::threads team{args.threads};
  outcome out;
  chain.for_each_layer([&]<class Layer>(const Layer& layer) {
    bar.next(name + ": the norms of its layers");
    esp::dims5 shape = esp::dims_of(image);
    shape.c = Layer::config.in_channels;
    out.matrix_norms.push_back(matrix_norm(layer.constrained_weight()));
    out.norms.push_back(esp::operator_norm(layer, shape, 0.01, team));
  });
  out.worst = robust::worst_change(chain, image, size, args.steps, team,
                                   [&] { bar.next(name + ": a perturbation that moves its output most"); });
  return out;
}

int run_example(const arguments& args) {
  support::progress bar(2 * (5 + args.steps) + 1);
  bar.next("reading " + args.volume.filename().string());
  const tensor whole = support::load(args.volume);
  const auto& s = whole.shape();
  if (std::min({s[2], s[3], s[4]}) < args.side) {
    throw std::runtime_error("the volume has fewer voxels along an axis than the cube; ask for a smaller --side");
  }
  const tensor image = support::cut(whole, {(s[2] - args.side) / 2, (s[3] - args.side) / 2, (s[4] - args.side) / 2},
                                    {args.side, args.side, args.side});

  // The same fresh weights in both.
  certified ours;
  std::uint64_t seed = args.seed;
  ours.for_each_layer([&](auto& layer) { start(layer, seed++); });
  usual theirs;
  seed = args.seed;
  theirs.for_each_layer([&](auto& layer) {
    start(layer, seed++);
    const auto norm = static_cast<float>(matrix_norm(layer.weight()));
    for (float& w : layer.weight()) w /= norm;
  });
  const double size = 0.01 * robust::length(image);
  const outcome a = examine("cap_lipschitz<1>", ours, image, size, args, bar);
  const outcome b = examine("spectral norm", theirs, image, size, args, bar);
  bar.finish();

  using support::fixed;
  using enum support::table::align;
  support::table layers({{"layer"},
                         {"cap_lipschitz<1>: proved", right},
                         {"norm", right},
                         {"spectral norm: of the matrix", right},
                         {"norm", right}});
  const char* const names[]{"1 > 4", "4 > 4", "4 > 4", "4 > 4", "4 > 1"};
  double product = 1;
  for (std::size_t i = 0; i < 5; ++i) {
    layers.row({names[i], "<= 1", fixed(a.norms[i], 3), fixed(b.matrix_norms[i], 3), fixed(b.norms[i], 3)});
    product *= b.norms[i];
  }
  std::cout << args.volume.filename().string() << ", a cube of " << args.side
            << " voxels; five 3 x 3 x 3 layers, the same weights "
            << "under both\n\n"
            << layers << "\ncertificate: no perturbation of the image moves the output by more than its own length\n\n";
  support::table found({{"chain"}, {"perturbation", right}, {"output moves by", right}, {"ratio", right}});
  found.row({"cap_lipschitz<1>", fixed(a.worst.of_input, 3), fixed(a.worst.of_output, 3), fixed(a.worst.ratio(), 2)});
  found.row({"spectral norm", fixed(b.worst.of_input, 3), fixed(b.worst.of_output, 3), fixed(b.worst.ratio(), 2)});
  std::cout << found << "(lengths in l2; 1 % of the image's, the worst of " << args.steps
            << " steps along the gradient; "
            << "the norms of the second chain multiply to " << fixed(product, 1) << ")\n";

  const bool inside = a.worst.ratio() <= 1 + 1e-4, outside = b.worst.ratio() > 1;
  if (inside && outside) return 0;
  std::cerr << (inside ? "no perturbation was found that the second chain lengthens; give it more --steps\n"
                       : "the certificate is wrong\n");
  return 1;
}

}  // namespace

int main(int count, char** values) {
  arguments args;
  CLI::App app("Certifies that a chain of convolutions lengthens no perturbation of an image");
  app.add_option("volume", args.volume, "NIfTI-1 file, .nii or .nii.gz")->capture_default_str();
  app.add_option("-n,--steps", args.steps, "steps towards the worst perturbation")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--side", args.side, "of a cube in the middle of the volume, voxels")
      ->check(CLI::Range(4, 1000))
      ->capture_default_str();
  app.add_option("--seed", args.seed, "of the weights")->capture_default_str();
  app.add_option("-t,--threads", args.threads, "threads of the convolution")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  CLI11_PARSE(app, count, values);
  try {
    return run_example(args);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
