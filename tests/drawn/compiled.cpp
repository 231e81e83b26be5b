// SPDX-License-Identifier: BSD-3-Clause
// drawn_compiled [weights]: the policies that drawn_write wrote and the compiler compiled, each on so many hostile
// weights (20,000 unless said).
#include <array>
#include <cstdio>
#include <cstdlib>

#include "drawn/draw.hpp"
#include "drawn/judge.hpp"
#include "drawn/lowered.hpp"

namespace {

using namespace drawn;

/// Nodes of each operation: the compiled formula has the graph that drawn_graphs examines, up to the order of its nodes
/// (that of function arguments, which a compiler chooses).
std::array<int, 64> operations_of(const esp::detail::graph& g) {
  std::array<int, 64> count{};
  for (int id = 0; id < g.size; ++id) ++count[static_cast<std::size_t>(g[id].op)];
  return count;
}

std::optional<std::string> failure_of(const entry& e, const policy& p, long weights, counts& total) {
  if (auto s = judge(p, *e.graph, e.proved, e.any_shape).attack(e, compiled_seed, weights, total)) return s;
  if (!e.answers) return "`holds` refuses a proved value, or accepts one beside it";
  if (taps_of<float>(*e.graph) != e.proved.float_taps || taps_of<double>(*e.graph) != e.proved.double_taps) {
    return "the tables of taps differ at compile time and at run time";
  }
  if (operations_of(*e.graph) != operations_of(lowered(p))) return "compiled and run-time lowering differ";
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  const long weights = argc > 1 ? std::atol(argv[1]) : 20000;
  std::printf("seed %llu\n", static_cast<unsigned long long>(compiled_seed));
  std::fflush(stdout);
  counts total;
  int failures = 0;
  for (const entry& e : all_entries()) {
    const policy p = draw_policy(compiled_seed, e.number);
    const auto failure = failure_of(e, p, weights, total);
    if (!failure) continue;
    ++failures;
    std::printf("%s\n  %s\n", title_of(p, e.number).c_str(), failure->c_str());
  }
  std::printf("%s; %d failures\n", text_of(total).c_str(), failures);
  return failures == 0 ? 0 : 1;
}
