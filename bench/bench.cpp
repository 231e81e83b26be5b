// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Times every shape against its peers and writes the report: `make bench`.
#include <omp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <espalier/aligned_buffer.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <support/progress.hpp>
#include <support/table.hpp>
#include <vector>

#include "difference.hpp"
#include "machine.hpp"
#include "measure.hpp"
#include "ours.hpp"
#include "peer.hpp"
#include "report.hpp"
#include "shapes.hpp"

namespace {

using bench::direction;
using esp::index_t;

struct options {
  std::vector<std::string> shapes;
  std::vector<std::string> directions{"forward", "backward_data", "backward_weights"};
  std::vector<std::string> types{"float", "double"};
  std::vector<int> threads{1, 2};
  double seconds = 0.5;
  std::string output = ".";
  bool brief = false;
};

/// Products of one axis whose input position is not padding.
double valid_products(index_t in, index_t out, index_t kernel, index_t stride, index_t dilation, index_t before) {
  index_t count = 0;
  for (index_t o = 0; o < out; ++o) {
    for (index_t k = 0; k < kernel; ++k) {
      const index_t i = o * stride - before + k * dilation;
      count += i >= 0 && i < in ? 1 : 0;
    }
  }
  return static_cast<double>(count);
}

/// Operations of any direction: two per product with a voxel of the input. Products with padding are not counted.
double operations(const esp::conv_problem& p) {
  const esp::conv3d& c = p.config;
  const esp::pads pad = esp::detail::pads_of(c);
  const auto &X = p.input, &Y = p.output;
  const auto &k = c.kernel_size, &s = c.stride, &l = c.dilation;
  return 2.0 * static_cast<double>(Y.n * Y.c * p.weight().in) * valid_products(X.d, Y.d, k.d, s.d, l.d, pad.before.d) *
         valid_products(X.h, Y.h, k.h, s.h, l.h, pad.before.h) * valid_products(X.w, Y.w, k.w, s.w, l.w, pad.before.w);
}

/// Processor time of the machine since it started, in seconds.
struct processor_time {
  double busy = 0, stolen = 0, own = 0;
  std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();

  processor_time() {
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0;
    std::string word;
    std::ifstream("/proc/stat") >> word >> user >> nice >> system >> idle >> wait >> irq >> soft >> steal;
    const double tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    busy = (user + nice + system) / tick;
    stolen = steal / tick;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    own = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
};

/// Memory of one shape and type: what the application holds.
template <class T>
struct tensors {
  esp::detail::aligned_buffer<T> x, weight, constrained, bias, grad_y, ours, theirs;

  tensors(const esp::conv_problem& p, const bench::side<T>& side)
      : x(p.input.size()),
        weight(p.weight().size()),
        constrained(p.weight().size()),
        bias(p.output.c),
        grad_y(p.output.size()),
        ours(largest(p)),
        theirs(largest(p)) {
    // Uniform in [-1, 1]: nothing denormal, sums that grow like the root of their length.
    std::mt19937 engine(1);
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (const auto* tensor : {&x, &weight, &bias, &grad_y}) {
      for (T& value : tensor->span()) value = uniform(engine);
    }
    side.constrain(weight.data(), constrained.data());
  }

  static index_t largest(const esp::conv_problem& p) {
    return std::max({p.input.size(), p.output.size(), p.weight().size()});
  }
};

index_t result_size(const esp::conv_problem& p, direction way) {
  return way == direction::forward         ? p.output.size()
         : way == direction::backward_data ? p.input.size()
                                           : p.weight().size();
}

template <class T>
class runner {
 public:
  runner(const bench::entry& e, const options& o)
      : shape_(bench::shapes[e.shape]),
        options_(o),
        side_(e.of<T>()),
        problem_(shape_.config, shape_.input),
        memory_(problem_, side_) {}

  std::vector<bench::row> rows(direction way, int threads) {
    const auto& m = memory_;
    const bench::job<T> ours{problem_,        way,           threads,         m.x.data(),
                             m.weight.data(), m.bias.data(), m.grad_y.data(), m.ours.data()};
    std::vector<bench::row> out;
    for (const bench::contestant& c : side_.contestants(ours)) out.push_back(row(c, way, threads));
    return out;
  }

 private:
  struct choice {
    std::string peer, implementation;
    bool leads;
    bench::action same, best, packed;
    double same_seconds, best_seconds, packed_seconds;
  };

  bench::row row(const bench::contestant& c, direction way, int threads) {
    const auto& m = memory_;
    const bench::job<T> theirs{
        problem_, way, threads, m.x.data(), m.constrained.data(), m.bias.data(), m.grad_y.data(), m.theirs.data()};
    c.run();
    check_against_double(c, theirs);
    const double ours_seconds = bench::quick_time(c.run);

    std::vector<choice> choices;
    for (const bench::peer<T>& p : bench::peers<T>()) {
      if (auto chosen = fastest(p, theirs, c)) choices.push_back(std::move(*chosen));
    }
    const auto before = [](const choice& a, const choice& b) {
      return a.leads != b.leads ? a.leads : a.same_seconds < b.same_seconds;
    };
    const auto& peer = *std::ranges::min_element(choices, before);

    const double work = operations(problem_);
    const double bytes = compulsory_bytes(way);
    double peak = bench::peak_flops<T>(threads);
    const double stream = bench::bandwidth(threads, bytes);
    const auto r = bench::interleave(c.run, peer.same, peer.best, {options_.seconds, 1e-3});
    peak = std::max(peak, bench::peak_flops<T>(threads));
    const double arithmetic = work / peak, memory = bytes / stream;

    bench::row out{std::string(shape_.name),
                   to_string(way),
                   sizeof(T) == sizeof(float) ? "float" : "double",
                   c.algorithm,
                   threads,
                   c.automatic};
    out.ms = 1e3 * r.seconds;
    out.gflops = 1e-9 * work / r.seconds;
    out.fraction_of_limit = std::max(arithmetic, memory) / r.seconds;
    out.limit = arithmetic >= memory ? "fma" : "memory";
    out.peak_gflops = 1e-9 * peak;
    out.bandwidth_gbs = 1e-9 * stream;
    out.peer = peer.peer;
    out.peer_impl = peer.implementation;
    out.ratio_same_contract = r.ratio;
    out.ratio_peer_best = r.best_ratio;
    if (c.packed) {
      c.packed();
      compare(c, m.ours.data(), m.theirs.data(), way, peer.peer + " (" + peer.implementation + ")");
      const auto once = bench::interleave(c.packed, peer.packed, {}, {options_.seconds, 1e-3});
      out.packed_ms = 1e3 * once.seconds;
      out.ratio_packed = once.ratio;
    }
    out.spread = (r.high_quartile - r.low_quartile) / r.ratio;
    out.pairs = r.pairs;
    out.scratch_kib = c.scratch_bytes / 1024;
    for (const choice& other : choices) {
      if (&other != &peer) out.others.emplace_back(other.peer, other.same_seconds / ours_seconds);
    }
    return out;
  }

  /// The peer's best choice under the same contract, with its best choice in its own formats. Every way is checked
  /// against our result first.
  std::optional<choice> fastest(const bench::peer<T>& p, const bench::job<T>& j, const bench::contestant& ours) {
    std::optional<choice> out;
    for (bench::candidate& way : p.candidates(j)) {
      way.same();
      compare(ours, memory_.ours.data(), memory_.theirs.data(), j.way, p.name + " (" + way.implementation + ")");
      const double same = bench::quick_time(way.same);
      const double best = way.best ? bench::quick_time(way.best) : same;
      const bench::action& packed_once = way.packed ? way.packed : way.same;
      const double packed = way.packed ? bench::quick_time(way.packed) : same;
      if (!out) {
        out = choice{p.name, way.implementation, p.leads, way.same, way.best, packed_once, same, best, packed};
        continue;
      }
      if (packed < out->packed_seconds) {
        out->packed_seconds = packed;
        out->packed = packed_once;
      }
      if (best < out->best_seconds) {
        out->best_seconds = best;
        out->best = way.best ? way.best : way.same;
      }
      if (same < out->same_seconds) {
        // An empty best means "as same": it must not follow the new same.
        if (!out->best) out->best = out->same;
        out->same_seconds = same;
        out->same = way.same;
        out->implementation = way.implementation;
      }
    }
    return out;
  }

  /// On shapes small enough, the plain loops in double.
  void check_against_double(const bench::contestant& ours, const bench::job<T>& j) {
    if (operations(problem_) > 1e8) return;
    const auto widened = [](std::span<const T> from) { return std::vector<double>(from.begin(), from.end()); };
    const auto x = widened(memory_.x.span()), weight = widened(memory_.constrained.span());
    const auto bias = widened(memory_.bias.span()), grad_y = widened(memory_.grad_y.span());
    std::vector<double> result(static_cast<std::size_t>(result_size(problem_, j.way)));
    for (const auto& p : bench::peers<double>()) {
      if (p.name != "plain loops") continue;
      p.candidates({problem_, j.way, j.threads, x.data(), weight.data(), bias.data(), grad_y.data(), result.data()})
          .front()
          .same();
      compare(ours, memory_.ours.data(), result.data(), j.way, "the plain loops in double");
    }
  }

  /// Throws where the two results differ by more than rounding explains.
  template <class U>
  void compare(const bench::contestant& ours, const T* result, const U* expected, direction way,
               const std::string& whose) const {
    // Sums of at most 10^6 products; the transforms of a fast algorithm lose another digit.
    const double allowed = sizeof(T) == sizeof(float) ? 3e-4 : 1e-10;
    const double found = bench::difference(result, expected, result_size(problem_, way));
    if (found <= allowed) return;
    throw std::runtime_error(std::string(shape_.name) + " " + to_string(way) + ", " + ours.algorithm +
                             ": our result differs from that of " + whose + " by " + support::number(found) +
                             " of its largest magnitude; no figure of a wrong result is reported");
  }

  /// Every operand once: read or written.
  double compulsory_bytes(direction way) const {
    const index_t bias = way == direction::forward ? problem_.output.c : 0;
    return static_cast<double>(problem_.input.size() + problem_.output.size() + problem_.weight().size() + bias) *
           sizeof(T);
  }

  const bench::shape& shape_;
  const options& options_;
  const bench::side<T>& side_;
  esp::conv_problem problem_;
  tensors<T> memory_;
};

direction direction_of(const std::string& name) {
  return name == "forward"         ? direction::forward
         : name == "backward_data" ? direction::backward_data
                                   : direction::backward_weights;
}

void print(const bench::row& r) {
  std::printf(
      "%-4s %-16s %-6s %d  %-12s%c %9.4f ms %7.1f GF/s  %3.0f %% of %-6s  %6.2fx  best %6.2fx  +-%2.0f %%  %s, %s\n",
      r.shape.c_str(), r.direction.c_str(), r.dtype.c_str(), r.threads, r.algorithm.c_str(), r.automatic ? ' ' : '-',
      r.ms, r.gflops, 100 * r.fraction_of_limit, r.limit.c_str(), r.ratio_same_contract, r.ratio_peer_best,
      50 * r.spread, r.peer.c_str(), r.peer_impl.c_str());
  std::fflush(stdout);
}

template <class T>
void run_shape(const bench::entry& e, const options& o, int threads, support::progress& bar,
               std::vector<bench::row>& rows) {
  runner<T> shape(e, o);
  for (const std::string& way : o.directions) {
    const std::string name(bench::shapes[e.shape].name);
    bar.next(name + " " + way + (sizeof(T) == sizeof(float) ? " float, " : " double, ") + std::to_string(threads) +
             (threads == 1 ? " thread" : " threads"));
    for (bench::row& r : shape.rows(direction_of(way), threads)) {
      if (isatty(STDOUT_FILENO) == 0) print(r);
      rows.push_back(std::move(r));
    }
  }
}

std::vector<bench::entry> chosen_entries(const options& o) {
  std::vector<bench::entry> list = bench::entries();
  std::ranges::sort(list, {}, &bench::entry::shape);
  for (const std::string& name : o.shapes) {
    const auto is = [&](const bench::entry& e) { return bench::shapes[e.shape].name == name; };
    if (std::ranges::none_of(list, is)) throw std::runtime_error("this program was built without the shape " + name);
  }
  std::erase_if(list, [&](const bench::entry& e) {
    return !o.shapes.empty() && std::ranges::find(o.shapes, bench::shapes[e.shape].name) == o.shapes.end();
  });
  return list;
}

/// Peaks and bandwidths, for the head of the report.
std::vector<std::pair<std::string, double>> machine_figures(const std::vector<int>& teams) {
  std::vector<std::pair<std::string, double>> out;
  const double l2 = bench::cache_sizes().l2, beyond = bench::beyond_caches();
  for (const int threads : teams) {
    const std::string team = ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    out.emplace_back("float peak, GF/s" + team, 1e-9 * bench::peak_flops<float>(threads));
    out.emplace_back("double peak, GF/s" + team, 1e-9 * bench::peak_flops<double>(threads));
    if (l2 > 0)
      out.emplace_back("copy within half of L2, GB/s" + team, 1e-9 * bench::bandwidth(threads, threads * l2 / 2));
    out.emplace_back("copy in memory, GB/s" + team, 1e-9 * bench::bandwidth(threads, beyond));
  }
  return out;
}

int run(options& o) {
  const auto entries = chosen_entries(o);
  std::erase_if(o.threads, [](int threads) {
    if (threads <= bench::processors()) return false;
    std::fprintf(stderr, "no rows with %d threads: this process may use %d processors\n", threads, bench::processors());
    return true;
  });
  bench::session s{bench::processor(), bench::instruction_set(), bench::compiler(), bench::processors(),
                   bench::peer_versions()};
  s.load_before = bench::load_average();
  if (!o.brief) s.measured = machine_figures(o.threads);
  const processor_time begin;

  std::vector<bench::row> rows;
  {
    support::progress bar(static_cast<int>(o.threads.size() * entries.size() * o.types.size() * o.directions.size()));
    // The team of one first: the threads of a larger one spin on when it has been used.
    for (const int threads : o.threads) {
      omp_set_num_threads(threads);
      for (const bench::entry& e : entries) {
        for (const std::string& type : o.types) {
          if (type == "float") run_shape<float>(e, o, threads, bar, rows);
          if (type == "double") run_shape<double>(e, o, threads, bar, rows);
        }
      }
    }
    bar.finish();
  }

  const processor_time end;
  const double elapsed = std::chrono::duration<double>(end.at - begin.at).count();
  s.foreign_share = std::max(0.0, ((end.busy - begin.busy) - (end.own - begin.own)) / elapsed);
  s.stolen_share = (end.stolen - begin.stolen) / elapsed;
  s.load_after = bench::load_average();
  if (isatty(STDOUT_FILENO) != 0) {
    for (const bench::row& r : rows) print(r);
  }
  bench::write_report(o.output, s, rows);
  const auto losses =
      std::ranges::count_if(rows, [](const bench::row& r) { return r.automatic && r.ratio_same_contract < 1; });
  std::printf("%zu rows in %.0f s, %td behind their peer; load average %.2f before, %.2f after\n", rows.size(), elapsed,
              losses, s.load_before, s.load_after);
  for (const auto& [name, value] : s.measured) std::printf("  %-36s %8.1f\n", name.c_str(), value);
  if (s.foreign_share > 0.03 || s.stolen_share > 0.03) {
    std::printf(
        "warning: other processes took %.0f %% of a processor and the hypervisor %.0f %%; repeat this on a "
        "machine that does nothing else\n",
        100 * s.foreign_share, 100 * s.stolen_share);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bench::bind_threads(argv);
  options o;
  CLI::App app("Times the convolution against its peers and writes report.json, report.md and report.gp.");
  app.add_option("--shapes", o.shapes, "only these, for example S1,M2")->delimiter(',');
  app.add_option("--directions", o.directions, "of forward, backward_data, backward_weights")
      ->delimiter(',')
      ->check(CLI::IsMember({"forward", "backward_data", "backward_weights"}));
  app.add_option("--types", o.types, "of float, double")->delimiter(',')->check(CLI::IsMember({"float", "double"}));
  app.add_option("--threads", o.threads, "sizes of the team")->delimiter(',')->check(CLI::Range(1, 4096));
  app.add_option("--seconds", o.seconds, "spent on a row at least")->check(CLI::PositiveNumber);
  app.add_flag("--brief", o.brief, "leave out the machine's own figures at the head of the report");
  app.add_option("--output", o.output, "folder of the report");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return 1;
  }
}
