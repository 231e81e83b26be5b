// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn numbers that are the same on every machine, so that a seed names a policy wherever it is replayed.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace drawn {

/// splitmix64. A number starts its own stream: its state is that of the seed, scattered, not a few steps further on.
class random_source {
 public:
  explicit random_source(std::uint64_t seed, std::uint64_t number = 0) : state_(seed) {
    state_ = next() ^ (number * 0xD1342543DE82EF95u);
    state_ = next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// One of 0, 1, ..., n - 1.
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  /// True in `percent` of 100 cases.
  bool chance(int percent) { return below(100) < percent; }
  double uniform(double lo, double hi) { return lo + (hi - lo) * (static_cast<double>(next() >> 11) * 0x1p-53); }
  /// A magnitude between 10^lo and 10^hi, every power of ten as likely as another.
  double magnitude(double lo, double hi) { return std::pow(10.0, uniform(lo, hi)); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<int>(values.size()))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace drawn
