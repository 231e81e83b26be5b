// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Learns the stencil of a heat equation from noisy frames, with its physics as a type.
///
/// What is known beforehand of the change in a step: it favours no direction, so the kernel has the symmetries of the
/// cube, four numbers in 27 taps; and heat is neither made nor lost, so the taps sum to zero. All odd moments and the
/// mixed ones then vanish too: whatever is learned is a rate times the Laplacian, to the second order in the distance
/// of two voxels. A free kernel has to learn all of that from the data, and does so up to its noise.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <espalier/espalier.hpp>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "../support/progress.hpp"
#include "../support/table.hpp"
#include "heat.hpp"

namespace {

using heat::tensor;

// One value for each orbit of the cube, and no sum: the kernels of a rate times the Laplacian, to order 2.
constexpr auto diffusion = esp::symmetric<esp::cube_group> >> esp::subtract<esp::mean>;

// Every moment below the fourth but the three second ones is zero.
static_assert(esp::require<diffusion, esp::symmetric<esp::cube_group>, esp::zero_sum, esp::moment_is<1, 0, 0, 0>,
                           esp::moment_is<0, 1, 0, 0>, esp::moment_is<0, 0, 1, 0>, esp::moment_is<1, 1, 0, 0>,
                           esp::moment_is<1, 0, 1, 0>, esp::moment_is<0, 1, 1, 0>, esp::moment_is<1, 1, 1, 0>,
                           esp::moment_is<3, 0, 0, 0>, esp::moment_is<0, 3, 0, 0>, esp::moment_is<0, 0, 3, 0>,
                           esp::moment_is<2, 1, 0, 0>, esp::moment_is<2, 0, 1, 0>, esp::moment_is<1, 2, 0, 0>,
                           esp::moment_is<0, 2, 1, 0>, esp::moment_is<1, 0, 2, 0>, esp::moment_is<0, 1, 2, 0>>);

// The frames bring their periodic border with them.
constexpr esp::conv3d window{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .bias = false};

struct arguments {
  int steps = 2000;
  std::uint64_t seed = 1;
};

struct outcome {
  std::string name;
  tensor kernel{};
};

constexpr int reports = 20;  // of a training, to the progress bar

/// Adam on a frame at a time, on one thread: a step takes some milliseconds; the loss is the mean squared difference of
/// the layer's change and the measured one.
template <auto Prior>
outcome learn(const std::string& name, const heat::measurement& seen, const arguments& args, support::progress& bar) {
  esp::constrained_conv3d<window, Prior> layer{esp::seed{args.seed}};
  esp::optimizer optimiser(esp::adam{}, layer);
  std::vector<double> losses;
  for (int step = 0; step < args.steps; ++step) {
    if (step == 0 || step * reports / args.steps != (step - 1) * reports / args.steps) {
      bar.next(name + support::training_text(losses, optimiser.rule().learning_rate));
    }
    const std::size_t frame = static_cast<std::size_t>(step) % seen.frames.size();
    const tensor change = layer(seen.frames[frame]);
    const auto loss = esp::mean_squared_error(change, seen.changes[frame]);
    layer.backward_weights(seen.frames[frame], loss.gradient);
    // Smaller steps towards the end, along half a cosine.
    optimiser.set_rule({.learning_rate = 0.03 * (1 + std::cos(3.141592653589793 * step / args.steps))});
    optimiser.step();
    optimiser.zero_gradients();
    losses.push_back(loss.value);
  }
  return {name, layer.constrained_weight()};
}

double sum_of(const tensor& kernel) {
  double sum = 0;
  for (const float tap : kernel) sum += static_cast<double>(tap);
  return sum;
}
/// The largest distance of two taps that a turn or a mirror of the cube exchanges: those at as many steps from the
/// centre.
double asymmetry_of(const tensor& kernel) {
  const auto away = [](esp::tap_index t) { return (t.d != 1 ? 1 : 0) + (t.h != 1 ? 1 : 0) + (t.w != 1 ? 1 : 0); };
  double low[4]{HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL}, high[4]{-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
  for (esp::index_t t = 0; t < 27; ++t) {
    const auto orbit = static_cast<std::size_t>(away({t / 9, t / 3 % 3, t % 3}));
    const double tap = static_cast<double>(kernel.data()[t]);
    low[orbit] = std::min(low[orbit], tap);
    high[orbit] = std::max(high[orbit], tap);
  }
  double most = 0;
  for (int orbit = 0; orbit < 4; ++orbit) most = std::max(most, high[orbit] - low[orbit]);
  return most;
}

std::string small(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", x);
  return text;
}

int run_example(const arguments& args) {
  support::progress bar(2 * reports + 1);
  bar.next("simulating");
  std::mt19937_64 draw(args.seed + 100);
  const heat::measurement seen = heat::measure(2, 0.01, draw);
  std::vector<outcome> all;
  all.push_back(learn<diffusion>("symmetric, zero sum", seen, args, bar));
  all.push_back(learn<esp::identity>("no constraint", seen, args, bar));
  bar.finish();

  using support::fixed;
  using enum support::table::align;
  support::table table({{"kernel learned with"},
                        {"error", right},
                        {"sum of its taps", right},
                        {"asymmetry", right},
                        {"heat after 10000 steps", right}});
  for (const outcome& o : all) {
    const double sum = sum_of(o.kernel);
    table.row({o.name, fixed(100 * heat::error_of(o.kernel), 3) + " %", small(std::abs(sum)),
               small(asymmetry_of(o.kernel)), fixed(100 * std::pow(1 + sum, 10000), 1) + " %"});
  }
  std::cout << "heat equation, 48 x 48 x 48 voxels, periodic, rate " << heat::rate
            << "; 2 steps measured with 1 % noise, " << args.steps << " steps of Adam\n\n"
            << table << "\n(error: of the 27 coefficients, relative to the true ones)\n";
  // Fewer steps than the usual ones promise nothing.
  if (heat::error_of(all[0].kernel) <= 0.01 || args.steps < arguments{}.steps) return 0;
  std::cerr << "the stencil is off by more than 1 %; give it more --steps\n";
  return 1;
}

}  // namespace

int main(int count, char** values) {
  arguments args;
  CLI::App app("Learns the stencil of a heat equation from noisy frames");
  app.add_option("-n,--steps", args.steps, "training steps")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--seed", args.seed, "of the field, its noise and the weights")->capture_default_str();
  CLI11_PARSE(app, count, values);
  try {
    return run_example(args);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
