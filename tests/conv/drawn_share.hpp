// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How many of the drawn problems a build runs: one that repeats another's tests, for other registers or under
/// sanitizers, takes its share of what it compiles and of what it runs.
#pragma once

#include <cstddef>
#include <espalier/conv/conv3d.hpp>
#include <espalier/shape.hpp>
#include <type_traits>
#include <utility>

namespace drawn {

using esp::index_t;

/// Of the problems that a test draws, one in so many is run: odd, and no divisor of what turns from one to the next.
/// Sanitizers do without optimisation: all problems of conv/ took seven minutes.
#ifdef ESPALIER_TEST_SANITIZED
inline constexpr index_t stride_of_problems = 5;
#else
inline constexpr index_t stride_of_problems = 1;
#endif

/// The sum of `run.operator()<Config, T>(seed, count)` over the configurations, each in float and in double with a seed of
/// its own. Where ESPALIER_TEST_ONE_TYPE says so they take turns, a configuration each, for twice the count: half as many
/// kernels to compile.
template <esp::conv3d... Configs, class Run>
index_t in_both_types(unsigned seed, index_t count, const Run& run) {
  index_t total = 0;
#ifdef ESPALIER_TEST_ONE_TYPE
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((total += run.template operator()<Configs, std::conditional_t<I % 2 == 0, float, double>>(seed += 2, 2 * count)), ...);
  }(std::make_index_sequence<sizeof...(Configs)>{});
#else
  ((total += run.template operator()<Configs, float>(++seed, count),
    total += run.template operator()<Configs, double>(++seed, count)),
   ...);
#endif
  return total;
}

}  // namespace drawn
