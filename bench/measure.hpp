// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Times two or three ways of doing the same, interleaved, and says how they compare.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <vector>

namespace bench {

using action = std::function<void()>;

/// What passes: time, or that of a processor in this thread, which others that use the machine do not lengthen.
enum class clock_kind { wall, processor };

inline double seconds_now(clock_kind kind) {
  if (kind == clock_kind::processor) {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds of one call, averaged over a block of `calls`.
inline double time_block(const action& run, int calls, clock_kind kind = clock_kind::wall) {
  const double begin = seconds_now(kind);
  for (int i = 0; i < calls; ++i) run();
  return (seconds_now(kind) - begin) / calls;
}

/// The shorter of two calls.
inline double quick_time(const action& run, clock_kind kind = clock_kind::wall) {
  return std::min(time_block(run, 1, kind), time_block(run, 1, kind));
}

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
  clock_kind clock = clock_kind::wall;

  /// The fewest pairs where one block lasts so long: thirty, eight above 50 ms, four above a second.
  [[nodiscard]] static int fewest(double block_seconds) {
    return block_seconds > 1 ? 4 : block_seconds > 0.05 ? 8 : 30;
  }
};

/// One of several ways of doing the same.
struct standing {
  double seconds;                             ///< One call: the median of the blocks.
  double ratio, low_quartile, high_quartile;  ///< Over the first way: of the ratios of adjacent blocks.
  int rounds;

  [[nodiscard]] double spread() const { return (high_quartile - low_quartile) / ratio; }
};

/// Blocks in the order a, b, c, c, b, a, a, ...: a drift of the clock meets all alike. Every call was warmed up by the
/// caller.
inline std::vector<standing> interleave(const std::vector<action>& ways, effort e) {
  std::vector<int> calls;
  double longest = 0, round_seconds = 0;
  for (const action& way : ways) {
    const double seconds = quick_time(way, e.clock);
    calls.push_back(std::max(1, static_cast<int>(e.block / seconds) + 1));
    const double block = seconds * calls.back();
    longest = std::max(longest, block);
    round_seconds += block;
  }
  constexpr int most = 400;  // the median has settled long before
  const int rounds = std::clamp(static_cast<int>(e.seconds / round_seconds), effort::fewest(longest), most) / 2 * 2;

  std::vector<std::vector<double>> times(ways.size()), ratios(ways.size());
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> now(ways.size());
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const std::size_t at = round % 2 == 0 ? i : ways.size() - 1 - i;
      now[at] = time_block(ways[at], calls[at], e.clock);
    }
    for (std::size_t i = 0; i < ways.size(); ++i) {
      times[i].push_back(now[i]);
      ratios[i].push_back(now[i] / now[0]);
    }
  }
  std::vector<standing> out;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    out.push_back({median(times[i]), median(ratios[i]), quantile(ratios[i], 0.25), quantile(ratios[i], 0.75), rounds});
  }
  return out;
}

/// Ours, the same contract and the best case of a peer; `best` may be empty: then it is what `same` is.
inline comparison interleave(const action& ours, const action& same, const action& best, effort e) {
  std::vector<action> ways{ours, same};
  if (best) ways.push_back(best);
  const auto all = interleave(ways, e);
  const standing& theirs = all[1];
  return {all[0].seconds, theirs.ratio, theirs.low_quartile, theirs.high_quartile, all.back().ratio, theirs.rounds};
}

}  // namespace bench
