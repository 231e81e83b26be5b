// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Times two or three ways of doing the same, interleaved, and says how they compare.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace bench {

using action = std::function<void()>;

/// Seconds of one call, averaged over a block of `calls`.
inline double time_block(const action& run, int calls) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / calls;
}

/// The shorter of two calls.
inline double quick_time(const action& run) { return std::min(time_block(run, 1), time_block(run, 1)); }

/// Linear interpolation between the sorted values. @pre values is not empty, 0 <= q <= 1.
inline double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}
inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

struct comparison {
  double seconds;                             ///< One call of ours: the median of the blocks.
  double ratio, low_quartile, high_quartile;  ///< Theirs over ours: of the ratios of adjacent pairs of blocks.
  double best_ratio;                          ///< The same for their best case.
  int pairs;
};

/// How long to measure.
struct effort {
  double seconds;  ///< Spent on a row, unless the fewest pairs take longer.
  double block;    ///< A timed block lasts at least this long: calls are batched.

  /// The fewest pairs where one block lasts so long: thirty, eight above 50 ms, four above a second.
  [[nodiscard]] static int fewest(double block_seconds) {
    return block_seconds > 1 ? 4 : block_seconds > 0.05 ? 8 : 30;
  }
};

/// Blocks in the order ours, same, best, best, same, ours, ours, ...: a drift of the clock meets all alike. Every call
/// was warmed up by the caller. `best` may be empty: then it is what `same` is.
inline comparison interleave(const action& ours, const action& same, const action& best, effort e) {
  const double first = quick_time(ours), second = quick_time(same), third = best ? quick_time(best) : 0;
  const auto calls = [&](double seconds) { return std::max(1, static_cast<int>(e.block / seconds) + 1); };
  const int ours_calls = calls(first), same_calls = calls(second), best_calls = best ? calls(third) : 0;
  const double longest = std::max({first * ours_calls, second * same_calls, third * best_calls});
  const double round = first * ours_calls + second * same_calls + third * best_calls;
  constexpr int most = 400;  // the median has settled long before
  const int pairs = std::clamp(static_cast<int>(e.seconds / round), effort::fewest(longest), most) / 2 * 2;

  std::vector<double> times, ratios, best_ratios;
  for (int pair = 0; pair < pairs; ++pair) {
    double a = 0, b = 0, c = 0;
    if (pair % 2 == 0) {
      a = time_block(ours, ours_calls);
      b = time_block(same, same_calls);
      if (best) c = time_block(best, best_calls);
    } else {
      if (best) c = time_block(best, best_calls);
      b = time_block(same, same_calls);
      a = time_block(ours, ours_calls);
    }
    times.push_back(a);
    ratios.push_back(b / a);
    if (best) best_ratios.push_back(c / a);
  }
  return {median(times),
          median(ratios),
          quantile(ratios, 0.25),
          quantile(ratios, 0.75),
          best ? median(best_ratios) : median(ratios),
          pairs};
}

}  // namespace bench
