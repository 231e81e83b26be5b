// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Adds runs of elements, each with its sign, in the order in which they come.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Sums of a few runs at once.
template <class T>
struct run_sum {
  /// Runs that are read together: as many addresses and signs stay in registers.
  static constexpr index_t most = 6;

  const T* from[static_cast<std::size_t>(most)];
  T sign[static_cast<std::size_t>(most)];  ///< 1 or -1: products with it are exact.
  index_t count = 0;

  void add(const T* run, bool negated) {
    from[static_cast<std::size_t>(count)] = run;
    sign[static_cast<std::size_t>(count++)] = negated ? T(-1) : T(1);
  }

  /// `to[i] = sum over the runs, in order, of sign * from[i]` for i in `[0, count)`, and up to the end of the last
  /// vector. Any alignment. @pre there is a run. Cost: a load and an addition for each run, and a store.
  void store(index_t elements, T* to) const {
    switch (count) {
      case 1:
        return pass(std::make_index_sequence<1>{}, elements, to);
      case 2:
        return pass(std::make_index_sequence<2>{}, elements, to);
      case 3:
        return pass(std::make_index_sequence<3>{}, elements, to);
      case 4:
        return pass(std::make_index_sequence<4>{}, elements, to);
      case 5:
        return pass(std::make_index_sequence<5>{}, elements, to);
      default:
        return pass(std::make_index_sequence<6>{}, elements, to);
    }
  }

 private:
  // Two vectors a turn: a sum waits for the one before.
  template <std::size_t... R>
  ESPALIER_NO_INLINE void pass(std::index_sequence<R...>, index_t elements, T* to) const {
    const T* const run[] = {from[R]...};
    const batch<T> by[] = {simd::broadcast(sign[R])...};
    const auto sum_at = [&](index_t q) {
      batch<T> sum = by[0] * simd::load_unaligned(run[0] + q);
      ((sum = R == 0 ? sum : simd::fma(by[R], simd::load_unaligned(run[R] + q), sum)), ...);
      return sum;
    };
    index_t q = 0;
    for (; q + 2 * lanes<T> <= elements; q += 2 * lanes<T>) {
      const batch<T> first = sum_at(q), second = sum_at(q + lanes<T>);
      simd::store_unaligned(to + q, first);
      simd::store_unaligned(to + q + lanes<T>, second);
    }
    for (; q < elements; q += lanes<T>) simd::store_unaligned(to + q, sum_at(q));
  }
};

/// `to[i] = sum over terms t in [0, terms), in order, of +- from(t)[i]`, where `from(t)` gives `{address, negated}`.
template <class T, class From>
void add_runs(index_t terms, index_t elements, T* to, const From& from) {
  run_sum<T> sum;
  for (index_t t = 0; t < terms; ++t) {
    const auto [run, negated] = from(t);
    sum.add(run, negated);
    if (sum.count < run_sum<T>::most && t + 1 < terms) continue;
    sum.store(elements, to);
    sum.count = 0;
    sum.add(to, false);
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
