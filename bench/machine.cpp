// SPDX-License-Identifier: BSD-3-Clause
#include "machine.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <espalier/aligned_buffer.hpp>
#include <espalier/simd/batch.hpp>
#include <fstream>
#include <map>
#include <utility>

namespace bench {

namespace {

using clock_type = std::chrono::steady_clock;
using esp::index_t;

double seconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// Keeps a value alive without storing it.
template <class V>
void keep(const V& value) {
  asm volatile("" : : "m"(value) : "memory");
}

/// Multiply-adds of one thread. Two a cycle with a latency of four or five need ten chains; twelve leave three of the
/// sixteen registers of the smallest set for the factor, the summand and a spare.
template <class T>
double multiply_adds(int rounds) {
  constexpr int chains = 12;
  esp::detail::batch<T> sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = esp::detail::simd::broadcast(static_cast<T>(i));
  const auto factor = esp::detail::simd::broadcast(static_cast<T>(0.5)),
             summand = esp::detail::simd::broadcast(static_cast<T>(1));
  for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) sums[i] = esp::detail::simd::fma(sums[i], factor, summand);
  }
  for (const auto& sum : sums) keep(sum);
  return 2.0 * chains * rounds * static_cast<double>(esp::detail::lanes<T>);
}

}  // namespace

template <class T>
double peak_flops(int threads) {
  double best = 0;
  // The best of several short runs: the peak is what the core can do, not what it did while it was interrupted.
  for (int trial = 0; trial < 20; ++trial) {
    double operations = 0;
    const auto begin = clock_type::now();
#pragma omp parallel num_threads(threads) reduction(+ : operations)
    operations += multiply_adds<T>(100000);
    best = std::max(best, operations / seconds_since(begin));
  }
  return best;
}
template double peak_flops<float>(int);
template double peak_flops<double>(int);

double bandwidth(int threads, double footprint) {
  static std::map<std::pair<int, int>, double> known;
  const int power = std::clamp(static_cast<int>(std::lround(std::log2(std::max(footprint, 1.0)))), 15, 31);
  const auto [found, fresh] = known.try_emplace({threads, power}, 0.0);
  if (!fresh) return found->second;

  using T = float;
  constexpr index_t width = esp::detail::lanes<T>;
  const index_t half = (index_t{1} << power) / 2 / static_cast<index_t>(sizeof(T));
  const index_t share = std::max(half / threads / (4 * width) * (4 * width), 4 * width);
  const esp::detail::aligned_buffer<T> from(share * threads), to(share * threads);
  const index_t repeats = std::max<index_t>(1, (index_t{1} << 21) / share);
  double best = 0;
  for (int trial = 0; trial < 6; ++trial) {
    const auto begin = clock_type::now();
#pragma omp parallel num_threads(threads)
    {
      const T* const a = from.data() + omp_get_thread_num() * share;
      T* const b = to.data() + omp_get_thread_num() * share;
      if (trial == 0) std::fill_n(from.data() + omp_get_thread_num() * share, share, T(1));
      for (index_t repeat = 0; repeat < repeats; ++repeat) {
        for (index_t i = 0; i < share; i += 4 * width) {
          for (index_t v = 0; v < 4; ++v)
            esp::detail::simd::store(b + i + v * width, esp::detail::simd::load(a + i + v * width));
        }
        keep(*b);
      }
    }
    // The first touches fresh pages.
    const double moved = 2.0 * static_cast<double>(share * threads * repeats) * sizeof(T);
    if (trial > 0) best = std::max(best, moved / seconds_since(begin));
  }
  found->second = best;
  return best;
}

caches cache_sizes() {
  return {static_cast<double>(std::max(sysconf(_SC_LEVEL2_CACHE_SIZE), 0L)),
          static_cast<double>(std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), 0L))};
}

double beyond_caches() { return std::clamp(4 * cache_sizes().l3, 512e6, 2.2e9); }

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

std::string instruction_set() {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__) && defined(__FMA__)
  return "AVX2 and FMA";
#elif defined(__AVX__)
  return "AVX";
#elif defined(__SSE2__)
  return "SSE2";
#elif defined(__aarch64__)
  return "NEON";
#else
  return "no vectors";
#endif
}

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

// OpenMP counted them before it bound this thread to one of them.
int processors() { return omp_get_num_procs(); }

void bind_threads(char** argv) {
  if (std::getenv("OMP_PROC_BIND") != nullptr) return;
  setenv("OMP_PROC_BIND", "close", 1);
  setenv("OMP_PLACES", "cores", 0);
  setenv("OMP_WAIT_POLICY", "active", 0);
  setenv("OMP_DYNAMIC", "false", 0);
  execv("/proc/self/exe", argv);
}

double load_average() {
  double average = -1;
  std::ifstream("/proc/loadavg") >> average;
  return average;
}

}  // namespace bench
