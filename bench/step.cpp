// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A whole training step of a layer under each prior of public code, beside PyTorch's: a part of `make
/// bench-constraint`.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <espalier/espalier.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <support/table.hpp>
#include <vector>

#include "machine.hpp"
#include "measure.hpp"

namespace {

using support::fixed, support::number;

struct options {
  double seconds = 2;
  std::string python = "/usr/bin/python3";
  std::string output = ".";
};

struct row {
  std::string prior;
  double ours;
  double peer = 0;  ///< 0: PyTorch is not here
  std::string version{};
};

constexpr esp::index_t channels = 16, size = 32;
constexpr esp::conv3d config{
    .in_channels = channels, .out_channels = channels, .kernel_size = 3, .padding = 1, .bias = false};

/// Seconds of a step: the constraint, forward, backward of weight and input, SGD, gradients to zero; one thread.
template <auto Prior>
double time_ours(double seconds) {
  esp::constrained_conv3d<config, Prior> conv(esp::seed{1});
  esp::optimizer optimiser(esp::sgd{.learning_rate = 1e-4}, conv);
  const std::array<std::size_t, 5> shape{1, channels, size, size, size};
  const xt::xtensor<float, 5> x(shape, 0.5F), grad_y(shape, 0.25F);
  xt::xtensor<float, 5> y(shape), grad_x(shape);
  const bench::action step = [&] {
    conv.forward(x, y);
    grad_x = conv.backward(x, grad_y);
    optimiser.step();
    optimiser.zero_gradients();
  };
  const double first = bench::quick_time(step);
  std::vector<double> times;
  for (double spent = 0; times.size() < 5 || spent < seconds; spent += times.back())
    times.push_back(bench::time_block(step, std::max(1, static_cast<int>(1e-3 / first))));
  return bench::median(times);
}

/// What peers/pytorch.py prints for the same step; nothing where there is no PyTorch.
void time_peer(row& r, const options& o) {
  const std::string command = o.python + " " + ESPALIER_BENCH_PYTORCH + " " + r.prior + " " + std::to_string(channels) +
                              " " + std::to_string(size) + " " + number(o.seconds) + " 2>/dev/null";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return;
  std::array<char, 64> version{};
  if (std::fscanf(pipe, "%lf %63s", &r.peer, version.data()) != 2) r.peer = 0;
  pclose(pipe);
  r.version = version.data();
}

template <auto Prior>
row time_step(const char* name, const options& o) {
  row r{.prior = name, .ours = time_ours<Prior>(o.seconds)};
  time_peer(r, o);
  std::printf("%-20s %8.3f ms", name, 1e3 * r.ours);
  if (r.peer > 0) std::printf("  PyTorch %s %8.1f ms  %5.0fx", r.version.c_str(), 1e3 * r.peer, r.peer / r.ours);
  std::printf("\n");
  std::fflush(stdout);
  return r;
}

void write(std::ostream& out, const std::vector<row>& rows) {
  out << bench::processor() << "; " << bench::compiler() << "; one thread, float, " << channels << " > " << channels
      << " channels, " << size
      << "^3.\n\nA step: the constraint, forward, backward of weight and input, SGD. Promised: 5 times faster.\n\n"
         "| prior | ms | PyTorch ms | |\n| --- | ---: | ---: | ---: |\n";
  for (const row& r : rows) {
    out << "| " << r.prior << " | " << fixed(1e3 * r.ours, 3) << " | ";
    if (r.peer > 0) out << fixed(1e3 * r.peer, 1) << " | " << fixed(r.peer / r.ours, 0) << "x |\n";
    if (r.peer == 0) out << "not here | |\n";
  }
}

int run(const options& o) {
  const std::vector<row> rows{
      time_step<esp::standardize>("standardize", o),
      time_step<esp::causal<esp::axis::depth>>("causal", o),
      time_step<esp::masked<'B'>>("masked", o),
      time_step<esp::central_difference<0.6>>("central_difference", o),
      time_step<esp::cap_lipschitz<1>>("cap_lipschitz", o),
  };
  const std::filesystem::path folder = o.output;
  std::filesystem::create_directories(folder);
  std::ofstream markdown(folder / "step.md");
  write(markdown, rows);
  if (!markdown.flush()) throw std::runtime_error("'" + o.output + "' cannot be written; choose another --output");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app("Times a training step under each prior of public code, beside PyTorch's, and writes step.md.");
  app.add_option("--seconds", o.seconds, "spent on a row of either at least")->check(CLI::PositiveNumber);
  app.add_option("--python", o.python, "a Python with PyTorch; without it there is no second column");
  app.add_option("--output", o.output, "folder of the report");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_step: %s\n", e.what());
    return 1;
  }
}
