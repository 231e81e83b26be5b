// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What an epilogue costs behind a layer that waits for memory, and what a pass over its output costs: a part of `make
/// bench-constraint`.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <espalier/espalier.hpp>
#include <espalier/layer_epilogue.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <support/table.hpp>
#include <vector>

#include "machine.hpp"
#include "measure.hpp"
#include "shapes.hpp"

namespace {

using support::fixed;
using tensor = esp::tensor<float, 5>;

struct options {
  double seconds = 2;
  std::string output = ".";
};

/// The layer alone, and over its time that of the four ways to go on.
struct row {
  std::string_view name;
  std::vector<bench::standing> ways;
};

constexpr const bench::shape& shape_of(std::string_view name) {
  for (const bench::shape& s : bench::shapes) {
    if (s.name == name) return s;
  }
  throw std::invalid_argument("no such shape");
}

tensor filled(const esp::dims5& d) {
  const auto size = [](esp::index_t n) { return static_cast<std::size_t>(n); };
  tensor x({size(d.n), size(d.c), size(d.d), size(d.h), size(d.w)});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i * i % 7) - 3.0F;
  return x;
}

template <esp::conv3d Config>
row time_layer(const bench::shape& s, double seconds) {
  const esp::constrained_conv3d<Config> conv(esp::seed{1});
  const tensor x = filled(s.input);
  tensor y = conv(x), other = y;
  const tensor r = filled(esp::dims_of(y));
  const auto rectified = then(conv, esp::relu);
  const auto block = then(conv, esp::add(r) >> esp::relu);
  // The passes that a program would write; the compiler makes vectors of them.
  const auto pass = [&] {
    float* const to = y.data();
    for (std::size_t i = 0, size = y.size(); i < size; ++i) to[i] = std::max(to[i], 0.0F);
  };
  const auto adding_pass = [&] {
    float* const to = y.data();
    const float* const from = r.data();
    for (std::size_t i = 0, size = y.size(); i < size; ++i) to[i] = std::max(to[i] + from[i], 0.0F);
  };
  const std::vector<bench::action> ways{[&] { conv.forward(x, y); }, [&] { rectified.forward(x, y); },
                                        [&] { conv.forward(x, y), pass(); }, [&] { block.forward(x, y); },
                                        [&] { conv.forward(x, y), adding_pass(); }};
  for (const std::size_t fused : {std::size_t{1}, std::size_t{3}}) {
    ways[fused]();
    other = y;
    ways[fused + 1]();
    if (y != other) throw std::runtime_error("the results differ");
  }
  // In pairs with the layer alone: a pass leaves the output in the caches, where the next stores past them wait for it.
  row result{s.name, {}};
  for (std::size_t i = 1; i < ways.size(); ++i) {
    const auto pair = bench::interleave({ways[0], ways[i]},
                                        {.seconds = seconds, .block = 2e-3, .clock = bench::clock_kind::processor});
    if (i == 1) result.ways.push_back(pair[0]);
    result.ways.push_back(pair[1]);
  }
  std::printf("%-18s %8.3f ms  relu %.3f, pass %.3f  residual %.3f, pass %.3f\n", s.name.data(),
              1e3 * result.ways[0].seconds, result.ways[1].ratio, result.ways[2].ratio, result.ways[3].ratio,
              result.ways[4].ratio);
  return result;
}

void write(std::ostream& out, const std::vector<row>& rows) {
  out << bench::processor() << "; " << bench::compiler()
      << "; one thread, float. Over the time of the layer alone; in brackets the spread.\n\n"
         "| layer | ms | `relu` | a pass | `add(r) >> relu` | a pass |\n| --- | ---: | ---: | ---: | ---: | ---: |\n";
  for (const row& r : rows) {
    out << "| " << r.name << " | " << fixed(1e3 * r.ways[0].seconds, 3);
    for (std::size_t i = 1; i < r.ways.size(); ++i) {
      out << " | " << fixed(r.ways[i].ratio, 2) << " (" << fixed(100 * r.ways[i].spread(), 0) << " %)";
    }
    out << " |\n";
  }
}

int run(const options& o) {
  static constexpr const bench::shape &few = shape_of("M5"), &depthwise = shape_of("M13"), &one = shape_of("M19");
  // The same layer on less: nothing goes past the caches.
  static constexpr bench::shape cached{"M19, 48 x 64 x 64", one.text, one.config, {1, 1, 48, 64, 64}};
  const std::vector<row> rows{time_layer<few.config>(few, o.seconds),
                              time_layer<depthwise.config>(depthwise, o.seconds),
                              time_layer<one.config>(one, o.seconds), time_layer<one.config>(cached, o.seconds)};
  const std::filesystem::path folder = o.output;
  std::filesystem::create_directories(folder);
  std::ofstream markdown(folder / "epilogue.md");
  write(markdown, rows);
  if (!markdown.flush()) throw std::runtime_error("'" + o.output + "' cannot be written; choose another --output");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app("Times layers with an epilogue beside the same with a pass over the output, and writes epilogue.md.");
  app.add_option("--seconds", o.seconds, "spent on a figure at least")->check(CLI::PositiveNumber);
  app.add_option("--output", o.output, "folder of the report");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_epilogue: %s\n", e.what());
    return 1;
  }
}
