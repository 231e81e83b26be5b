// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Learns a forensic residual filter from an image, and finds forged parts of the image with it.
///
/// The filter predicts each voxel from its neighbours and subtracts the voxel: what is left is what the neighbours do
/// not tell. That is a constraint on the kernel (the centre tap is -1, the others sum to 1), so training can only
/// improve the prediction. A free kernel, trained in the same way, has a cheaper way to a small residual: to answer
/// with less of everything.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/espalier.hpp>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../support/curve.hpp"
#include "../support/progress.hpp"
#include "../support/table.hpp"
#include "../support/volume.hpp"
#include "detect.hpp"
#include "maps.hpp"
#include "tamper.hpp"

namespace {

using support::tensor;

// Without padding: a filter answers where its whole neighbourhood lies in the volume.
constexpr esp::conv3d window{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .bias = false};
using residual_filter = esp::constrained_conv3d<window, esp::modes::fixed_center<-1, 1>>;
using free_filter = esp::constrained_conv3d<window>;
static_assert(esp::establishes<esp::modes::fixed_center<-1, 1>, esp::zero_sum, 5>);

struct arguments {
  std::filesystem::path volume = support::shipped_volume();
  std::filesystem::path output;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  int steps = 6000;
  std::uint64_t seed = 1;
};

/// One filter on the volume: its residual where the volume is genuine, and its energy map where parts are forged.
struct finding {
  double rms = 0;
  double auc = 0;
  double norm = 0;  // of the kernel
  tensor energy{};
};

struct outcome {
  std::string name;
  finding before{};
  finding after{};
  std::vector<double> losses{};  // a step
};

constexpr int reports = 50;  // of a training, to the progress bar

/// Adam on boxes drawn from the shallower half; the loss is the mean squared residual.
template <class Filter>
std::vector<double> train(Filter& filter, const tensor& volume, const arguments& args, support::progress& bar,
                          const std::string& name) {
  constexpr std::size_t side = 20;  // of a box: small enough that one core beats a team
  const auto drawn = [&volume](std::mt19937_64& draw, std::size_t axis, std::size_t parts) {
    return draw() % (volume.shape()[axis] / parts - side + 1);
  };
  esp::optimizer optimiser(esp::adam{.learning_rate = 0.05}, filter);
  std::mt19937_64 draw(args.seed);
  std::vector<double> losses;
  for (int step = 0; step < args.steps; ++step) {
    if (step * reports / args.steps != (step - 1) * reports / args.steps || step == 0) {
      bar.next("training " + name + support::training_text(losses, optimiser.rule().learning_rate));
    }
    const std::size_t depth = drawn(draw, 2, 2), height = drawn(draw, 3, 1), width = drawn(draw, 4, 1);
    const tensor x = support::cut(volume, {depth, height, width}, {side, side, side});

    const tensor residual = filter(x);
    const auto loss = esp::mean_squared_error(residual, 0.0F * residual);
    filter.backward_weights(x, loss.gradient);
    // Smaller steps towards the end, along half a cosine.
    const double remaining = 0.5 + 0.5 * std::cos(3.141592653589793 * step / args.steps);
    optimiser.set_rule({.learning_rate = 0.05 * remaining});
    optimiser.step();
    optimiser.zero_gradients();
    losses.push_back(loss.value);
  }
  return losses;
}

double root_mean_square(const tensor& t) {
  double sum = 0;
  for (const float value : t) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum / static_cast<double>(t.size()));
}

template <class Filter>
finding examine(const Filter& filter, const tensor& genuine, const forensics::forgery& forged, const arguments& args) {
  const esp::threads team{args.threads};
  finding out;
  out.rms = root_mean_square(filter(genuine, team));
  out.energy = forensics::local_energy(filter(forged.image, team), team);
  out.auc = forensics::detection(out.energy, forged);
  const auto kernel = filter.constrained_weight();
  out.norm = root_mean_square(kernel) * std::sqrt(static_cast<double>(kernel.size()));
  return out;
}

template <class Filter>
outcome run(const std::string& name, const tensor& genuine, const forensics::forgery& forged, const arguments& args,
            support::progress& bar) {
  Filter filter{esp::seed{args.seed}};
  // The neighbours are divided by their sum: positive weights keep it away from zero at the start.
  for (float& weight : filter.weight()) weight = std::abs(weight);
  outcome out{name};
  bar.next(name + ": untrained");
  out.before = examine(filter, genuine, forged, args);
  out.losses = train(filter, genuine, args, bar, name);
  bar.next(name + ": trained");
  out.after = examine(filter, genuine, forged, args);
  return out;
}

int run_example(const arguments& args) {
  support::progress bar(2 * (reports + 2) + 2);
  bar.next("reading " + args.volume.filename().string());
  const tensor genuine = support::load(args.volume);
  std::mt19937_64 draw(args.seed + 100);
  const auto forged = forensics::forge(genuine, 8, 12, draw);

  std::vector<outcome> all;
  all.push_back(run<residual_filter>("fixed_center<-1, 1>", genuine, forged, args, bar));
  all.push_back(run<free_filter>("no constraint", genuine, forged, args, bar));

  bar.next("writing " + args.output.filename().string());
  std::vector<const tensor*> energies;
  std::vector<std::string> names;
  for (const auto& o : all) {
    energies.insert(energies.end(), {&o.before.energy, &o.after.energy});
    names.insert(names.end(), {o.name + ", untrained", o.name + ", trained"});
  }
  support::write_png(args.output, forensics::maps(forged, energies, names));
  const auto curve_path = std::filesystem::path(args.output).replace_extension("loss.png");
  const auto curves = {support::averaged(all[0].name, all[0].losses), support::averaged(all[1].name, all[1].losses)};
  const std::string drawn = support::draw(curve_path, "learning a residual filter", "mean squared residual", curves);
  bar.finish();

  using support::fixed;
  using enum support::table::align;
  support::table table({{"5x5x5 filter"}, {"residual, % of white", right}, {"kernel norm", right}, {"AUC", right}});
  for (const auto& o : all) {
    for (const auto* f : {&o.before, &o.after}) {
      table.row({o.name + (f == &o.before ? ", untrained" : ", trained"), fixed(100 * f->rms, 1), fixed(f->norm, 1),
                 fixed(f->auc, 2)});
    }
  }
  std::cout << args.volume.filename().string() << ", " << args.steps << " steps of Adam on its first half; 8 cubes of "
            << "12 voxels forged in the second\n\n"
            << table << "\n(AUC: how often a forged voxel's residual has less local energy than another's; 0.5 is "
            << "guessing)\n\nslices: " << args.output.string() << "\nloss curve: " << drawn << '\n';

  if (all[0].after.rms < all[0].before.rms && all[0].after.auc > all[0].before.auc) return 0;
  std::cerr << "training did not lower the residual and find more of the forgeries; give it more --steps\n";
  return 1;
}

}  // namespace

int main(int count, char** values) {
  arguments args;
  args.output = std::filesystem::path(values[0]).replace_filename("residual.png");
  CLI::App app("Learns a residual filter and finds forged parts of an image with it");
  app.add_option("volume", args.volume, "NIfTI-1 file, .nii or .nii.gz")->capture_default_str();
  app.add_option("-o,--output", args.output, "PNG montage of the slices")->capture_default_str();
  app.add_option("-n,--steps", args.steps, "training steps")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--seed", args.seed, "of weights, boxes and forgeries")->capture_default_str();
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
