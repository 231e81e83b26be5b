// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Times every mode and its gradient against a memcpy of the same bytes: `make bench-constraint`.
#include "constraint.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <espalier/simd/batch.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <support/table.hpp>
#include <vector>

#include "machine.hpp"
#include "measure.hpp"

namespace {

using esp::index_t;
using support::fixed, support::number;

struct options {
  std::vector<std::string> modes, directions, kernels;
  std::vector<std::string> types{"float", "double"};
  std::vector<std::string> where{"L2", "memory"};
  double bytes = bench::beyond_caches();
  double seconds = 0.3;
  std::string output = ".";
};

struct row {
  std::string mode, direction, kernel, dtype, where;
  index_t blocks;
  double bytes;                             ///< Read and written.
  double ns_per_block;                      ///< The median of the timed stretches.
  double ratio_to_memcpy, ratio_to_stores;  ///< Time over theirs: medians of adjacent pairs.
  double spread;                            ///< Interquartile range of those ratios over their median.
  int pairs;

  [[nodiscard]] double promise() const { return where == "memory" ? 1.3 : 2.5; }
  [[nodiscard]] bool misses() const { return ratio_to_memcpy > promise(); }
};

/// A copy that fetches every line that it writes, as the sweep does; memcpy passes by the caches where the copy is
/// larger than they are.
template <class T>
void copy_by_stores(const T* from, T* to, index_t size) {
  constexpr index_t step = 4 * esp::detail::lanes<T>;
  index_t i = 0;
  for (; i + step <= size; i += step) {
    for (index_t v = 0; v < step; v += esp::detail::lanes<T>)
      esp::detail::simd::store(to + i + v, esp::detail::simd::load(from + i + v));
  }
  std::memcpy(to + i, from + i, static_cast<std::size_t>(size - i) * sizeof(T));
}

/// Weights for all cases of one type and place. The source holds the weight and, next to it, the incoming gradient.
template <class T>
class runner {
 public:
  runner(const options& o, std::string where, index_t most)
      : options_(o),
        where_(std::move(where)),
        source_(2 * most),
        destination_((3 * most + 1) / 2),
        scratch_(largest_scratch()) {
    // Sums of blocks keep away from zero, where sum_to_one has no accuracy to compare.
    std::mt19937 engine(1);
    std::uniform_real_distribution<T> uniform(T(-0.5), T(1));
    const auto all = source_.span();
    const auto drawn = all.first(std::min<std::size_t>(all.size(), 1 << 20));
    for (T& value : drawn) value = uniform(engine);
    for (std::size_t i = drawn.size(); i < all.size(); ++i) all[i] = all[i - drawn.size()];
    std::ranges::fill(destination_.span(), T(0));
  }

  static index_t largest_scratch() {
    return std::ranges::max_element(bench::constraint_cases<T>(), {}, &bench::constraint_case<T>::scratch_size)
        ->scratch_size;
  }

  row time(const bench::constraint_case<T>& c, index_t parts) const {
    const index_t tensor = parts * c.size();
    const T* const weight = source_.data();
    const T* const incoming = c.is_gradient() ? weight + tensor : nullptr;
    T* const result = destination_.data();
    const auto part = [&c, weight, incoming, result](auto what, index_t i) {
      const index_t at = i * c.size();
      return what(weight + at, incoming == nullptr ? nullptr : incoming + at, result + at);
    };
    const auto ours = [&] {
      const auto run = [&](const T* w, const T* y, T* to) { c.run(w, y, to, scratch_.data()); };
      for (index_t i = 0; i < parts; ++i) part(run, i);
    };
    ours();
    for (const index_t i : {index_t{0}, parts - 1}) check(c, part(c.error, i));

    // A copy reads as much as it writes: half of what the sweep reads and writes in all.
    const index_t copied = tensor * c.tensors / 2;
    const auto memory_copy = [=] { std::memcpy(result, weight, static_cast<std::size_t>(copied) * sizeof(T)); };
    const auto stores = [=] { copy_by_stores(weight, result, copied); };
    memory_copy();
    stores();
    // A millisecond is long for a clock; less only where the row may not take the fewest pairs of that.
    const double block = std::min(1e-3, options_.seconds / 30);
    const bench::comparison r = bench::interleave(ours, memory_copy, stores, {options_.seconds, block});
    const auto blocks = parts * c.blocks;
    return {c.mode,
            c.direction,
            c.kernel,
            sizeof(T) == sizeof(float) ? "float" : "double",
            where_,
            blocks,
            2.0 * static_cast<double>(copied) * sizeof(T),
            1e9 * r.seconds / static_cast<double>(blocks),
            1 / r.ratio,
            1 / r.best_ratio,
            (r.high_quartile - r.low_quartile) / r.ratio,
            r.pairs};
  }

 private:
  static void check(const bench::constraint_case<T>& c, double error) {
    // Sums of at most 125 terms, a root and a division; a gradient cancels once more.
    if (error <= 256 * static_cast<double>(std::numeric_limits<T>::epsilon())) return;
    throw std::runtime_error(c.mode + ", " + c.direction + ", " + c.kernel + ": the result differs by " +
                             number(error) +
                             " of its largest magnitude from the plan interpreted in double; no "
                             "figure of a wrong result is reported");
  }

  const options& options_;
  std::string where_;
  esp::detail::aligned_buffer<T> source_, destination_, scratch_;
};

template <class T>
void run_type(const options& o, std::vector<row>& rows) {
  auto cases = bench::constraint_cases<T>();
  const auto wanted = [](const std::vector<std::string>& list, const std::string& name) {
    return list.empty() || std::ranges::find(list, name) != list.end();
  };
  for (const std::string& name : o.modes) {
    if (std::ranges::find(cases, name, &bench::constraint_case<T>::mode) != cases.end()) continue;
    throw std::runtime_error("there is no mode " + name + "; without --modes every one is timed");
  }
  std::erase_if(cases, [&](const bench::constraint_case<T>& c) {
    return !wanted(o.modes, c.mode) || !wanted(o.directions, c.direction) || !wanted(o.kernels, c.kernel);
  });
  if (cases.empty()) throw std::runtime_error("no case is left: plain loops have no gradient");

  for (const std::string& where : o.where) {
    const auto parts = [&](const bench::constraint_case<T>& c) {
      const double one = 2.0 * static_cast<double>(c.size()) * sizeof(T);
      return where == "L2" ? index_t{1} : std::max(index_t{1}, static_cast<index_t>(o.bytes / one));
    };
    index_t most = 0;
    for (const auto& c : cases) most = std::max(most, parts(c) * c.size());
    const runner<T> timing(o, where, most);
    for (const auto& c : cases) {
      rows.push_back(timing.time(c, parts(c)));
      const row& r = rows.back();
      std::printf("%-22s %-8s %s %-6s %-6s %9.2f ns  %5.2fx memcpy  %5.2fx stores  +-%2.0f %%%s\n", r.mode.c_str(),
                  r.direction.c_str(), r.kernel.c_str(), r.dtype.c_str(), r.where.c_str(), r.ns_per_block,
                  r.ratio_to_memcpy, r.ratio_to_stores, 50 * r.spread, r.misses() ? "  over" : "");
      std::fflush(stdout);
    }
  }
}

void write_json(std::ostream& out, const std::vector<row>& rows) {
  out << "[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const row& r = rows[i];
    out << "{\"mode\": \"" << r.mode << "\", \"direction\": \"" << r.direction << "\", \"kernel\": \"" << r.kernel
        << "\", \"dtype\": \"" << r.dtype << "\", \"where\": \"" << r.where << "\", \"blocks\": " << r.blocks
        << ", \"bytes\": " << number(r.bytes, 10) << ", \"ns_per_block\": " << number(r.ns_per_block, 5)
        << ", \"ratio_to_memcpy\": " << number(r.ratio_to_memcpy, 4)
        << ", \"ratio_to_stores\": " << number(r.ratio_to_stores, 4) << ", \"spread\": " << number(r.spread, 3)
        << ", \"pairs\": " << r.pairs << (i + 1 < rows.size() ? "},\n" : "}\n");
  }
  out << "]\n";
}

void write_markdown(std::ostream& out, const std::vector<row>& rows, double load_before) {
  const auto [l2, l3] = bench::cache_sizes();
  out << bench::processor() << ", L2 " << fixed(l2 / 1024, 0) << " KiB, L3 " << fixed(l3 / 1024, 0) << " KiB, "
      << bench::instruction_set() << "; " << bench::compiler() << "; one thread; load average " << number(load_before)
      << " before, " << number(bench::load_average())
      << " after.\n\nTime over that of a memcpy that reads and writes as many bytes in all: the result, and the "
         "weight and the incoming gradient where the mode reads them; of three tensors it copies one and a half. "
         "\"Stores\": over that of a copy with ordinary stores. Promised: 2.5x in L2, 1.3x in memory.\n";
  for (const char* dtype : {"float", "double"}) {
    for (const char* where : {"L2", "memory"}) {
      const auto here = [&](const row& r) { return r.dtype == dtype && r.where == where; };
      if (std::ranges::none_of(rows, here)) continue;
      out << "\n### " << dtype << ", " << where
          << "\n\n| mode | direction | kernel | blocks | MB | ns a block | memcpy | stores | spread | |\n"
             "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
      for (const row& r : rows) {
        if (!here(r)) continue;
        out << "| " << r.mode << " | " << r.direction << " | " << r.kernel << " | " << r.blocks << " | "
            << number(1e-6 * r.bytes) << " | " << number(r.ns_per_block) << " | " << fixed(r.ratio_to_memcpy, 2)
            << "x | " << fixed(r.ratio_to_stores, 2) << "x | " << fixed(100 * r.spread, 0) << " % | "
            << (r.misses() ? "over" : "") << " |\n";
      }
    }
  }
}

int run(const options& o) {
  const double load = bench::load_average(), half_of_l2 = bench::cache_sizes().l2 / 2;
  std::vector<row> rows;
  for (const std::string& type : o.types) type == "float" ? run_type<float>(o, rows) : run_type<double>(o, rows);

  const std::filesystem::path folder = o.output;
  std::filesystem::create_directories(folder);
  std::ofstream json(folder / "constraint.json"), markdown(folder / "constraint.md");
  write_json(json, rows);
  write_markdown(markdown, rows, load);
  if (!json.flush() || !markdown.flush()) {
    throw std::runtime_error("'" + o.output + "' cannot be written; choose another --output");
  }
  std::printf("%zu rows, %td over the promise\n", rows.size(), std::ranges::count_if(rows, &row::misses));
  const auto large = [&](const row& r) { return r.where == "L2" && r.bytes > half_of_l2; };
  if (half_of_l2 > 0 && std::ranges::any_of(rows, large)) {
    std::printf("warning: the weights of the rows in L2 take more than half of it on this machine\n");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app("Times the constraint alone against a memcpy and writes constraint.json and constraint.md.");
  app.add_option("--modes", o.modes, "only these, for example unit_l2,zero_mean")->delimiter(',');
  app.add_option("--directions", o.directions, "of forward, gradient")
      ->delimiter(',')
      ->check(CLI::IsMember({"forward", "gradient"}));
  app.add_option("--kernels", o.kernels, "of 3^3, 5^3")->delimiter(',')->check(CLI::IsMember({"3^3", "5^3"}));
  app.add_option("--types", o.types, "of float, double")->delimiter(',')->check(CLI::IsMember({"float", "double"}));
  app.add_option("--where", o.where, "of L2, memory")->delimiter(',')->check(CLI::IsMember({"L2", "memory"}));
  app.add_option("--bytes", o.bytes, "that a forward row in memory reads and writes")->check(CLI::PositiveNumber);
  app.add_option("--seconds", o.seconds, "spent on a row at least")->check(CLI::PositiveNumber);
  app.add_option("--output", o.output, "folder of the report");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_constraint: %s\n", e.what());
    return 1;
  }
}
