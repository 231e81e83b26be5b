// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Learns the kernel of a blur from a sharp image and its blurred copy, and shows what knowing its shape is worth.
///
/// A blur only mixes voxels: its taps are not negative and sum to 1. Said as a type, `clamp<0> >> normalize<l1>`, this
/// leaves the noise far fewer kernels to hide in. The exact gradient of a clamp is zero below its bound, so a tap that
/// once fell below never returns; the straight-through rule gives the same kernels and lets such taps come back.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/espalier.hpp>
#include <espalier/policies/with_gradient.hpp>
#include <filesystem>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/curve.hpp"
#include "../support/montage.hpp"
#include "../support/progress.hpp"
#include "../support/table.hpp"
#include "../support/volume.hpp"
#include "blur.hpp"
#include "pictures.hpp"

namespace {

using support::tensor;

constexpr auto mixing = esp::modes::nonneg_sum1;  // clamp<0> >> normalize<l1>
constexpr auto returning =
    esp::with_gradient<esp::gradient_rule::straight_through>(esp::clamp<0>) >> esp::normalize<esp::l1>;
static_assert(esp::establishes<mixing, esp::nonnegative> && esp::establishes<mixing, esp::sum_is<1>>);
static_assert(esp::establishes<returning, esp::nonnegative> && esp::establishes<returning, esp::sum_is<1>>);

struct arguments {
  std::filesystem::path volume = support::shipped_volume();
  std::filesystem::path output;
  int steps = 20000;
  std::uint64_t seed = 1;
};

/// What a kernel is learned from: a sharp box and the noisy, blurred copy of it.
struct measurement {
  std::string name;
  tensor sharp{};
  tensor kernel{};  // what learning does not see: only the error is taken from it
  tensor blurred{};
};

struct outcome {
  std::string name;
  tensor kernel{};
  std::vector<double> losses{};  // a step
  support::curve error{};        // of the kernel, over the steps
};

constexpr int reports = 20;  // of a training, to the progress bar

measurement measure(std::string name, tensor sharp, const tensor& kernel, double noise, std::mt19937_64& draw) {
  measurement out{std::move(name), std::move(sharp), kernel};
  out.blurred = blur::apply(kernel, out.sharp);
  blur::add_noise(out.blurred, noise, draw);
  return out;
}

/// Adam on boxes drawn from the measurement; the loss is the mean squared difference of the layer's blur and the true.
template <auto Prior>
outcome learn(const std::string& name, const measurement& from, const arguments& args, support::progress& bar) {
  outcome out{name};
  out.error.title = name;
  esp::constrained_conv3d<blur::window, Prior> layer{esp::seed{args.seed}};
  // All start from the same kernel, which is a mixing one already.
  float sum = 0;
  for (float& tap : layer.weight()) sum += tap = std::abs(tap);
  for (float& tap : layer.weight()) tap /= sum;

  esp::optimizer optimiser(esp::adam{}, layer);
  std::mt19937_64 draw(args.seed);
  for (int step = 0; step < args.steps; ++step) {
    if (step == 0 || step * reports / args.steps != (step - 1) * reports / args.steps) {
      bar.next(from.name + ", " + name + support::training_text(out.losses, optimiser.rule().learning_rate));
    }
    const auto box = blur::draw_box(from.sharp, from.blurred, 20, draw);

    const tensor y = layer(box.sharp);
    const auto loss = esp::mean_squared_error(y, box.blurred);
    layer.backward_weights(box.sharp, loss.gradient);
    // Smaller steps towards the end, along half a cosine.
    optimiser.set_rule({.learning_rate = 0.001 * (1 + std::cos(3.141592653589793 * step / args.steps))});
    optimiser.step();
    optimiser.zero_gradients();
    out.losses.push_back(loss.value);
    if (step % std::max(1, args.steps / 200) == 0) {
      out.error.x.push_back(step);
      out.error.y.push_back(blur::error_of(layer.constrained_weight(), from.kernel));
    }
  }
  out.kernel = layer.constrained_weight();
  return out;
}

std::vector<outcome> learn_all(const measurement& from, const arguments& args, support::progress& bar) {
  std::vector<outcome> out;
  out.push_back(learn<esp::modes::none>("no constraint", from, args, bar));
  out.push_back(learn<mixing>("clamp<0> >> normalize<l1>", from, args, bar));
  out.push_back(learn<returning>("the same, straight through", from, args, bar));
  return out;
}

int run_example(const arguments& args) {
  support::progress bar(6 * reports + 2);
  bar.next("reading " + args.volume.filename().string());
  const tensor image = support::load(args.volume);
  const tensor truth = blur::gaussian({0.6, 0.9, 1.4});
  std::mt19937_64 draw(args.seed + 100);
  const auto& size = image.shape();
  if (std::min({size[2], size[3], size[4]}) < 32) throw std::runtime_error("the volume has no 32 voxels along an axis");
  const auto many = measure("whole volume, 1 % noise", image, truth, 0.01, draw);
  const auto part = support::cut(image, {size[2] / 2 - 16, size[3] / 2 - 16, size[4] / 2 - 16}, {32, 32, 32});
  const auto few = measure("32 x 32 x 32 voxels, 5 % noise", part, truth, 0.05, draw);

  const auto from_many = learn_all(many, args, bar);
  const auto from_few = learn_all(few, args, bar);

  const auto beside = [&](const char* ending) { return std::filesystem::path(args.output).replace_extension(ending); };
  bar.next("writing " + args.output.filename().string());
  std::vector<tensor> kernels{truth};
  std::vector<std::string> names{"the true kernel"};
  for (const auto* learned : {&from_many, &from_few}) {
    for (const auto& o : *learned) {
      kernels.push_back(o.kernel);
      names.push_back(o.name + (learned == &from_many ? ", whole volume" : ", 32^3 voxels"));
    }
  }
  support::write_png(args.output, blur::planes(kernels, names));
  const auto slices_path = beside("slices.png");
  const std::string of_few = ", 32^3 voxels";
  support::write_png(slices_path, blur::slices(image, many.blurred, truth, {from_few[0].kernel, from_few[2].kernel},
                                               {from_few[0].name + of_few, from_few[2].name + of_few}));
  std::vector<support::curve> losses, errors;
  for (const auto& o : from_many) losses.push_back(support::averaged(o.name, o.losses));
  for (const auto& o : from_few) errors.push_back(o.error);
  const auto loss_drawn = support::draw(beside("loss.png"), many.name, "mean squared error", losses);
  const auto error_drawn = support::draw(beside("error.png"), few.name, "relative error of the kernel", errors);
  bar.finish();

  using enum support::table::align;
  support::table table({{"kernel learned with"}, {many.name, right}, {few.name, right}});
  const auto percent = [&](const tensor& kernel) {
    return support::fixed(100 * blur::error_of(kernel, truth), 0) + " %";
  };
  for (std::size_t i = 0; i < from_many.size(); ++i) {
    table.row({from_many[i].name, percent(from_many[i].kernel), percent(from_few[i].kernel)});
  }
  std::cout << args.volume.filename().string() << ", blurred by a Gaussian of 0.6 x 0.9 x 1.4 voxels; " << args.steps
            << " steps of Adam\n\nerror of the kernel, relative to the true one\n\n"
            << table << "\nkernels: " << args.output.string() << "\nslices: " << slices_path.string()
            << "\nloss curve: " << loss_drawn << "\nerror curve: " << error_drawn << '\n';

  // The losses from few voxels are mostly noise, so the whole volume decides.
  bool good = blur::error_of(from_many[2].kernel, truth) < blur::error_of(from_many[0].kernel, truth);
  for (std::size_t i = 1; i < 3; ++i) good = good && from_many[i].losses.back() < from_many[i].losses.front();
  if (good) return 0;
  std::cerr << "training did not lower the loss, or the constraint did not help; give it more --steps\n";
  return 1;
}

}  // namespace

int main(int count, char** values) {
  arguments args;
  args.output = std::filesystem::path(values[0]).replace_filename("blur.png");
  CLI::App app("Learns the kernel of a blur from a sharp image and its blurred copy");
  app.add_option("volume", args.volume, "NIfTI-1 file, .nii or .nii.gz")->capture_default_str();
  app.add_option("-o,--output", args.output, "PNG of the kernels")->capture_default_str();
  app.add_option("-n,--steps", args.steps, "training steps")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--seed", args.seed, "of weights, boxes and noise")->capture_default_str();
  CLI11_PARSE(app, count, values);
  try {
    return run_example(args);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
