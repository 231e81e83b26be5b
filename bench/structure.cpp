// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Times layers of whose kernels something is known beside their dense twins: `make bench-structure`.
#include "structure.hpp"

#include <omp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <support/table.hpp>
#include <utility>
#include <vector>

#include "difference.hpp"
#include "machine.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "stencil_peer.hpp"
#include "structures.hpp"

namespace {

using bench::direction, bench::structure_entry;
using esp::index_t;
using support::fixed, support::number;

struct options {
  std::vector<std::string> rows;
  std::vector<std::string> directions{"forward", "backward_data", "backward_weights"};
  std::vector<std::string> types{"float", "double"};
  std::vector<int> threads{1, 2};
  double seconds = 0.5;
  double most_voxels = 1e9;
  bool processor_time = false;
  std::string python = "/usr/bin/python3";
  std::string output = ".";
};

/// One of the ways beside ours: its time over ours, and the spread of that.
struct beside {
  std::string name;
  double ratio, spread;
};

struct row {
  std::string name, text, layer, volume, direction, dtype;
  int threads;
  double ms;
  double of_limit;    ///< Of what binds: multiply-adds of taps that are not 0, or the bandwidth.
  std::string limit;  ///< "fma" or "memory".
  double copies;      ///< Memcpys of the same bytes in our time.
  std::vector<beside> others;
  std::vector<std::string> missed;

  [[nodiscard]] const beside* other(const std::string& of) const {
    const auto found = std::ranges::find(others, of, &beside::name);
    return found == others.end() ? nullptr : &*found;
  }
};

/// Positions along an axis at which a tap reads a voxel of the input.
double valid_positions(index_t in, index_t out, index_t stride, index_t shift) {
  index_t count = 0;
  for (index_t o = 0; o < out; ++o) count += o * stride + shift >= 0 && o * stride + shift < in ? 1 : 0;
  return static_cast<double>(count);
}

/// Two for each product of a voxel with a tap that is not 0.
template <class T>
double operations(const esp::conv_problem& p, const T* constrained) {
  const esp::conv3d& c = p.config;
  const esp::pads pad = esp::detail::pads_of(c);
  const auto &X = p.input, &Y = p.output;
  const auto &k = c.kernel_size, &s = c.stride, &l = c.dilation;
  const index_t taps = k.volume(), blocks = p.weight().size() / taps;
  double sum = 0;
  for (index_t t = 0; t < taps; ++t) {
    index_t count = 0;
    for (index_t b = 0; b < blocks; ++b) count += constrained[b * taps + t] != T(0) ? 1 : 0;
    sum += static_cast<double>(count) * valid_positions(X.d, Y.d, s.d, t / (k.h * k.w) * l.d - pad.before.d) *
           valid_positions(X.h, Y.h, s.h, t / k.w % k.h * l.h - pad.before.h) *
           valid_positions(X.w, Y.w, s.w, t % k.w * l.w - pad.before.w);
  }
  return 2 * static_cast<double>(X.n) * sum;
}

const char* short_name(direction way) {
  constexpr const char* names[] = {"forward", "input", "weight"};
  return names[static_cast<int>(way)];
}

template <class T>
class runner {
 public:
  runner(const structure_entry& e, const esp::dims5& input, const options& o)
      : entry_(e),
        options_(o),
        side_(e.of<T>()),
        problem_(e.config, input),
        x_(problem_.input.size()),
        weight_(problem_.weight().size()),
        constrained_(problem_.weight().size()),
        grad_y_(problem_.output.size()),
        ours_(largest()),
        theirs_(largest()) {
    // Uniform in [-1, 1]: nothing denormal, sums that grow like the root of their length.
    std::mt19937 engine(1);
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (const auto* tensor : {&x_, &grad_y_}) {
      for (T& value : tensor->span()) value = uniform(engine);
    }
    const index_t taps = e.config.kernel_size.volume(), blocks = problem_.weight().in;
    for (index_t i = 0; i < problem_.weight().size(); ++i) {
      weight_.data()[i] =
          static_cast<T>(e.weight_at(i / (taps * blocks), i % taps, static_cast<double>(uniform(engine))));
    }
    side_.constrain(weight_.data(), constrained_.data());
  }

  row time(direction way, int threads) const {
    const auto ours = side_.structured(job(way, threads, weight_.data(), ours_.data()));
    const bench::job<T> given = job(way, threads, constrained_.data(), theirs_.data());
    std::vector<std::pair<std::string, bench::action>> ways{{"ours", ours}};
    ours();
    if (auto dense = side_.dense(given)) add(ways, "dense", way, std::move(dense));
    if (auto plain = side_.plain(given)) add(ways, "loop", way, std::move(plain));
    if (way == direction::forward) add_stencils(ways, threads);
    ways.emplace_back("memcpy", copy(threads));
    std::vector<bench::action> actions;
    for (const auto& w : ways) actions.push_back(w.second);
    const double bytes = static_cast<double>(problem_.input.size() + problem_.output.size()) * sizeof(T);
    double peak = bench::peak_flops<T>(threads);
    const auto all = bench::interleave(actions, {options_.seconds, 1e-3, clock_of(threads)});
    peak = std::max(peak, bench::peak_flops<T>(threads));

    const double seconds = all.front().seconds, memory = bytes / bench::bandwidth(threads, bytes);
    const double arithmetic = operations(problem_, constrained_.data()) / peak;
    row out{entry_.name,
            entry_.text,
            layer_text(),
            volume_text(),
            short_name(way),
            sizeof(T) == sizeof(float) ? "float" : "double",
            threads,
            1e3 * seconds,
            std::max(arithmetic, memory) / seconds,
            arithmetic >= memory ? "fma" : "memory",
            1 / all.back().ratio,
            {},
            {}};
    for (std::size_t i = 1; i + 1 < all.size(); ++i)
      out.others.push_back({ways[i].first, all[i].ratio, all[i].spread()});
    if (way == direction::forward) add_pytorch(out);
    judge(out, way);
    return out;
  }

 private:
  using named_actions = std::vector<std::pair<std::string, bench::action>>;

  bench::job<T> job(direction way, int threads, const T* weight, T* result) const {
    return {problem_, way, threads, x_.data(), weight, nullptr, grad_y_.data(), result};
  }
  bench::clock_kind clock_of(int threads) const {
    return options_.processor_time && threads == 1 ? bench::clock_kind::processor : bench::clock_kind::wall;
  }
  index_t largest() const {
    return std::max({problem_.input.size(), problem_.output.size(), problem_.weight().size()});
  }

  /// Runs it once and compares: no figure of a wrong result is reported. Theirs is the gradient of the constrained
  /// weight, which goes through the prior's gradient first.
  void add(named_actions& ways, const char* name, direction way, bench::action run) const {
    run();
    if (way == direction::backward_weights) side_.through_prior(weight_.data(), theirs_.data());
    compare(name, way);
    ways.emplace_back(name, std::move(run));
  }
  void compare(const std::string& whose, direction way) const {
    const index_t count = way == direction::forward         ? problem_.output.size()
                          : way == direction::backward_data ? problem_.input.size()
                                                            : problem_.weight().size();
    const double allowed = sizeof(T) == sizeof(float) ? 3e-4 : 1e-10;
    const double found = bench::difference(ours_.data(), theirs_.data(), count);
    if (found <= allowed) return;
    throw std::runtime_error(entry_.name + " " + to_string(way) + ": our result differs from that of " + whose +
                             " by " + number(found) +
                             " of its largest magnitude; no figure of a wrong result is reported");
  }

  /// Of the ways a library has, the fastest.
  void add_stencils(named_actions& ways, int threads) const {
    if constexpr (sizeof(T) == sizeof(double)) {
      omp_set_num_threads(threads);
      for (const bench::stencil_peer& p : bench::stencil_peers()) {
        bench::action best;
        double fastest = 0;
        for (const bench::stencil_run& w : p.ways(entry_.name, problem_.input, x_.data())) {
          w.run();
          w.fetch(theirs_.data());
          compare(p.name + " (" + w.implementation + ")", direction::forward);
          const double seconds = bench::quick_time(w.run, clock_of(threads));
          if (best && seconds >= fastest) continue;
          fastest = seconds;
          best = w.run;
        }
        if (best) ways.emplace_back(p.name, best);
      }
    }
  }

  /// As many bytes in all as the layer reads and writes, half of them read.
  bench::action copy(int threads) const {
    const index_t half = (problem_.input.size() + problem_.output.size()) / 2;
    const index_t share = half / threads;
    const T* const from = problem_.input.size() > problem_.output.size() ? x_.data() : grad_y_.data();
    T* const to = theirs_.data();
    return [=] {
#pragma omp parallel for num_threads(threads)
      for (int part = 0; part < threads; ++part) {
        std::memcpy(to + part * share, from + part * share, static_cast<std::size_t>(share) * sizeof(T));
      }
    };
  }

  /// What peers/pytorch_structure.py prints; nothing where there is no PyTorch.
  void add_pytorch(row& r) const {
    const char* const what = entry_.text.starts_with("box")    ? "box"
                             : entry_.text.starts_with("MIND") ? "differences"
                                                               : nullptr;
    if (what == nullptr || options_.python == "none") return;
    const auto& X = problem_.input;
    std::string command = options_.python + " " + ESPALIER_BENCH_PYTORCH + " " + what;
    for (const index_t size : {X.c, X.d, X.h, X.w}) command += " " + std::to_string(size);
    command += " float" + std::string(sizeof(T) == sizeof(float) ? "32" : "64") + " " + std::to_string(r.threads) +
               " " + number(options_.seconds) + " 2>/dev/null";
    std::FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return;
    double seconds = 0;
    std::array<char, 64> version{}, way{};
    if (std::fscanf(pipe, "%lf %63s %63s", &seconds, version.data(), way.data()) == 3) {
      r.others.push_back({std::string("PyTorch ") + way.data(), 1e3 * seconds / r.ms, 0});
    }
    pclose(pipe);
  }

  void judge(row& r, direction way) const {
    const bench::promise& p = entry_.promised;
    const auto misses = [&](double found, double least, const std::string& what) {
      if (least > 0 && found < least) r.missed.push_back(what + " " + number(least));
    };
    const beside* const dense = r.other("dense");
    const beside* const loop = r.other("loop");
    const double least = way == direction::forward ? p.forward : way == direction::backward_data ? p.input : p.weight;
    // Where memory binds, three quarters of what a memcpy of the same bytes reaches are as good as any promise.
    const bool binds = r.limit == "memory" && r.copies <= 1 / 0.75;
    const bool near_a_copy = binds || (p.copies > 0 && r.copies <= p.copies && way == direction::forward);
    if (dense != nullptr && !near_a_copy) misses(dense->ratio, least, "dense");
    if (way != direction::forward) return;
    if (loop != nullptr) misses(loop->ratio, p.plain, "loop");
    if (!binds) misses(r.of_limit, p.of_limit, "limit");
    if (entry_.text.starts_with("box") && !near_a_copy) r.missed.push_back("copies " + number(p.copies));
    for (const beside& other : r.others) {
      if (other.name == "GridTools") misses(other.ratio, 1, other.name);
      if (other.name.starts_with("PyTorch")) misses(other.ratio, 20, other.name);
    }
  }

  std::string layer_text() const {
    const esp::conv3d& c = entry_.config;
    std::string text = std::to_string(c.in_channels) + " > " + std::to_string(c.out_channels);
    if (c.groups > 1) text += ", " + std::to_string(c.groups) + " groups";
    text += ", " + std::to_string(c.kernel_size.d) + "^3";
    if (c.dilation.d > 1) text += " dilation " + std::to_string(c.dilation.d);
    return text;
  }
  std::string volume_text() const {
    const auto& X = problem_.input;
    if (X.d == X.h && X.h == X.w) return std::to_string(X.d) + "^3";
    return std::to_string(X.d) + " x " + std::to_string(X.h) + " x " + std::to_string(X.w);
  }

  const structure_entry& entry_;
  const options& options_;
  const bench::structure_side<T>& side_;
  esp::conv_problem problem_;
  esp::detail::aligned_buffer<T> x_, weight_, constrained_, grad_y_, ours_, theirs_;
};

std::string others_text(const row& r, const char* separator) {
  std::string text;
  for (const beside& o : r.others) text += (text.empty() ? "" : separator) + o.name + " " + fixed(o.ratio, 2) + "x";
  return text;
}
std::string missed_text(const row& r) {
  std::string text;
  for (const std::string& m : r.missed) text += (text.empty() ? "" : ", ") + m;
  return text;
}

void print(const row& r) {
  std::printf("%-4s %-42s %-20s %-15s %-8s %-6s %d %9.4f ms %4.0f %% of %-6s %6.2f copies  %s%s%s\n", r.name.c_str(),
              r.text.c_str(), r.layer.c_str(), r.volume.c_str(), r.direction.c_str(), r.dtype.c_str(), r.threads, r.ms,
              100 * r.of_limit, r.limit.c_str(), r.copies, others_text(r, ", ").c_str(),
              r.missed.empty() ? "" : "  MISSES ", missed_text(r).c_str());
  std::fflush(stdout);
}

template <class T>
void time_entry(const structure_entry& e, const options& o, int threads, std::vector<row>& rows) {
  const auto times = [&](direction way) {
    const int last = e.directions == bench::timed::all ? 2 : e.directions == bench::timed::input_too ? 1 : 0;
    return static_cast<int>(way) <= last && std::ranges::find(o.directions, to_string(way)) != o.directions.end();
  };
  for (const esp::dims5& input : e.inputs) {
    if (static_cast<double>(input.size()) > o.most_voxels) continue;
    const runner<T> timing(e, input, o);
    for (const direction way : {direction::forward, direction::backward_data, direction::backward_weights}) {
      if (!times(way)) continue;
      rows.push_back(timing.time(way, threads));
      print(rows.back());
    }
  }
}

std::vector<structure_entry> chosen_entries(const options& o) {
  std::vector<structure_entry> list = bench::structure_entries();
  std::ranges::sort(list, {}, [](const structure_entry& e) { return std::stoi(e.name.substr(1)); });
  for (const std::string& name : o.rows) {
    if (std::ranges::find(list, name, &structure_entry::name) != list.end()) continue;
    throw std::runtime_error("this program was built without the row " + name);
  }
  std::erase_if(list, [&](const structure_entry& e) {
    return !o.rows.empty() && std::ranges::find(o.rows, e.name) == o.rows.end();
  });
  return list;
}

void write_json(std::ostream& out, const std::vector<row>& rows) {
  out << "[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const row& r = rows[i];
    out << "{\"row\": \"" << r.name << "\", \"text\": \"" << r.text << "\", \"layer\": \"" << r.layer
        << "\", \"volume\": \"" << r.volume << "\", \"direction\": \"" << r.direction << "\", \"dtype\": \"" << r.dtype
        << "\", \"threads\": " << r.threads << ", \"ms\": " << number(r.ms, 5)
        << ", \"of_limit\": " << number(r.of_limit, 3) << ", \"limit\": \"" << r.limit
        << "\", \"copies\": " << number(r.copies, 4);
    for (const beside& o : r.others)
      out << ", \"" << o.name << "\": " << number(o.ratio, 4) << ", \"spread of " << o.name
          << "\": " << number(o.spread, 3);
    out << ", \"missed\": \"" << missed_text(r) << "\"" << (i + 1 < rows.size() ? "},\n" : "}\n");
  }
  out << "]\n";
}

void write_markdown(std::ostream& out, const std::vector<row>& rows, double load_before) {
  out << bench::processor() << ", " << bench::instruction_set() << "; " << bench::compiler() << "; load average "
      << number(load_before) << " before, " << number(bench::load_average())
      << " after.\n\nTimes of the others over ours: medians of adjacent blocks, above 1 ours is faster. Dense: the "
         "same "
         "layer without the structure. Loop: fixed taps, as one writes them. Copies: our time in memcpys that read and "
         "write as many bytes.\n\n| row | layer | volume | gradient of | type | threads | ms | of its limit | copies | "
         "dense | loop | others | spread | missed |\n| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: "
         "| "
         "---: | --- | ---: | --- |\n";
  for (const row& r : rows) {
    const auto ratio = [&](const char* name) {
      const beside* const o = r.other(name);
      return o == nullptr ? std::string("–") : fixed(o->ratio, 2) + "x";
    };
    row rest = r;
    std::erase_if(rest.others, [](const beside& o) { return o.name == "dense" || o.name == "loop"; });
    double spread = 0;
    for (const beside& o : r.others) spread = std::max(spread, o.spread);
    out << "| " << r.name << ", " << r.text << " | " << r.layer << " | " << r.volume << " | "
        << (r.direction == "forward" ? "–" : r.direction) << " | " << r.dtype << " | " << r.threads << " | "
        << number(r.ms, 4) << " | " << fixed(100 * r.of_limit, 0) << " % " << r.limit << " | " << fixed(r.copies, 2)
        << " | " << ratio("dense") << " | " << ratio("loop") << " | " << others_text(rest, ", ") << " | "
        << fixed(100 * spread, 0) << " % | " << missed_text(r) << " |\n";
  }
}

int run(options& o) {
  const double load = bench::load_average();
  const auto entries = chosen_entries(o);
  std::erase_if(o.threads, [](int threads) { return threads > bench::processors(); });
  std::vector<row> rows;
  // The team of one first: the threads of a larger one spin on when it has been used.
  for (const int threads : o.threads) {
    omp_set_num_threads(threads);
    for (const structure_entry& e : entries) {
      for (const std::string& type : o.types) {
        type == "float" ? time_entry<float>(e, o, threads, rows) : time_entry<double>(e, o, threads, rows);
      }
    }
  }
  const std::filesystem::path folder = o.output;
  std::filesystem::create_directories(folder);
  std::ofstream json(folder / "structure.json"), markdown(folder / "structure.md");
  write_json(json, rows);
  write_markdown(markdown, rows, load);
  if (!json.flush() || !markdown.flush()) {
    throw std::runtime_error("'" + o.output + "' cannot be written; choose another --output");
  }
  std::printf("%zu rows, %td miss a promise\n", rows.size(),
              std::ranges::count_if(rows, [](const row& r) { return !r.missed.empty(); }));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bench::bind_threads(argv);
  options o;
  CLI::App app(
      "Times layers of whose kernels something is known beside their dense twins, loops of fixed taps and "
      "other libraries; writes structure.json and structure.md.");
  app.add_option("--rows", o.rows, "only these, for example T1,T9")->delimiter(',');
  app.add_option("--directions", o.directions, "of forward, backward_data, backward_weights")
      ->delimiter(',')
      ->check(CLI::IsMember({"forward", "backward_data", "backward_weights"}));
  app.add_option("--types", o.types, "of float, double")->delimiter(',')->check(CLI::IsMember({"float", "double"}));
  app.add_option("--threads", o.threads, "sizes of the team")->delimiter(',')->check(CLI::Range(1, 4096));
  app.add_option("--seconds", o.seconds, "spent on a row at least")->check(CLI::PositiveNumber);
  app.add_option("--most-voxels", o.most_voxels, "leave out volumes of more")->check(CLI::PositiveNumber);
  app.add_flag("--processor-time", o.processor_time,
               "of one thread, time the processor and not the clock: where a machine does other work too");
  app.add_option("--python", o.python, "a Python with PyTorch; none: without it");
  app.add_option("--output", o.output, "folder of the report");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_structure: %s\n", e.what());
    return 1;
  }
}
