// SPDX-License-Identifier: BSD-3-Clause
// drawn_graphs [seed [policies [weights [first]]]]: drawn policies through the library's lowering and proofs at run
// time, without a compiler. The seed is that of the environment (ESPALIER_DRAWN_SEED), or the time.
#include <cfenv>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "drawn/draw.hpp"
#include "drawn/judge.hpp"
#include "drawn/lowered.hpp"

namespace {

using namespace drawn;

std::uint64_t any_seed() {
  if (const char* given = std::getenv("ESPALIER_DRAWN_SEED"); given && *given) return std::strtoull(given, nullptr, 10);
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

/// The graph and its proofs, as the compiler would make them: arithmetic that leaves double's range is no constant
/// expression. (So is a NaN made of numbers, but the flag for that is also raised by a comparison with NaN.)
std::optional<std::string> examine(const policy& p, esp::detail::graph& g, entry& e) {
  std::feclearexcept(FE_ALL_EXCEPT);
  g = lowered(p);
  e.proved = claims_of(g);
  policy of_any_shape = p;
  of_any_shape.shape = {
      .out = esp::detail::typical_shape.out, .in = esp::detail::typical_shape.in, .kernel = p.shape.kernel};
  e.any_shape = claims_of(lowered(of_any_shape));
  if (!std::fetestexcept(FE_OVERFLOW | FE_DIVBYZERO)) return std::nullopt;
  return "the compiler refuses to examine it: arithmetic on its numbers overflows";
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, long otherwise) { return argc > i ? std::atol(argv[i]) : otherwise; };
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : any_seed();
  const long policies = argument(2, 5000);
  const long weights = argument(3, 300);
  const auto first = static_cast<std::uint64_t>(argument(4, 0));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  counts total;
  int failures = 0, refusals = 0;
  for (std::uint64_t number = first; number < first + static_cast<std::uint64_t>(policies); ++number) {
    const policy p = draw_policy(seed, number);
    if (refused(p)) {
      ++refusals;
      continue;
    }
    entry e{.number = number, .graph = nullptr};
    esp::detail::graph g;
    auto failure = examine(p, g, e);
    e.proved.float_taps = taps_of<float>(g);
    e.proved.double_taps = taps_of<double>(g);
    if (!failure) failure = judge(p, g, e.proved, e.any_shape).attack(e, seed, weights, total);
    if (!failure) continue;
    ++failures;
    std::printf("%s\n  %s\n", title_of(p, number).c_str(), failure->c_str());
  }
  std::printf("%s; %d refused; %d failures\n", text_of(total).c_str(), refusals, failures);
  return failures == 0 ? 0 : 1;
}
