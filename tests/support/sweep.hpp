// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Runs the sweep and the evaluator on one weight and compares them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <espalier/dsl.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/sweep.hpp>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace support {

using esp::index_t, esp::lanes, esp::weight_shape;

/// Memory that starts at a cache line, full of NaN, with a guard on either side.
template <class T>
class guarded_lines {
 public:
  explicit guarded_lines(index_t size) : memory_(size + 2 * zone), size_(size) {
    std::ranges::fill(memory_.span(), std::numeric_limits<T>::quiet_NaN());
  }
  T* data() { return memory_.data() + zone; }
  bool intact() const {
    const auto guard = [&](index_t i) { return memory_.data()[i] != memory_.data()[i]; };
    for (index_t i = 0; i < zone; ++i) {
      if (!guard(i) || !guard(zone + size_ + i)) return false;
    }
    return true;
  }

 private:
  static constexpr index_t zone = 64;
  esp::aligned_buffer<T> memory_;
  index_t size_;
};

/// Random taps; every third block scaled up, every fifth zero, every seventh negative.
template <class T>
std::vector<T> drawn_weight(const weight_shape& shape, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> weight(static_cast<std::size_t>(shape.size()));
  const auto taps = static_cast<std::size_t>(shape.kernel.volume());
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const std::size_t block = i / taps;
    const T value = uniform(engine);
    weight[i] = block % 5 == 4 ? 0 : block % 7 == 6 ? -std::fabs(value) : block % 3 == 2 ? 8 * value : value;
  }
  return weight;
}

/// Largest difference between sweep and evaluator, in units of the largest result; infinity where a guard is broken,
/// where in place differs from out of place, or where one of the two is NaN.
template <auto Prior, class T, weight_shape Shape>
double difference() {
  using formula = esp::formula<esp::to_policy_t<decltype(Prior)>, Shape>;
  using sweep = esp::sweep<formula, T>;
  const T parameters[1]{T(0.75)};
  const std::vector<T> weight = drawn_weight<T>(Shape, static_cast<unsigned>(Shape.size()));
  std::vector<T> expected(weight.size()), in_place = weight;
  esp::evaluator<formula, T>{}(weight.data(), expected.data(), parameters);

  guarded_lines<T> result(Shape.size()), scratch(sweep::scratch_size);
  sweep::run(weight.data(), result.data(), parameters, scratch.data());
  sweep::run(in_place.data(), in_place.data(), parameters, scratch.data());
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!result.intact() || !scratch.intact()) return infinity;
  if (std::memcmp(in_place.data(), result.data(), weight.size() * sizeof(T)) != 0) return infinity;
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double d = std::fabs(static_cast<double>(result.data()[i]) - static_cast<double>(expected[i]));
    if (!(d <= worst)) worst = d;
    if (std::isnan(worst)) return infinity;
    largest = std::max(largest, std::fabs(static_cast<double>(expected[i])));
  }
  return largest > 0 ? worst / largest : worst;
}

/// Columns in the order of the weight for a sink that takes tiles: it tells nobody where they will lie.
template <class T>
struct taken_columns {
  static constexpr bool scatters = true;

  esp::plain_columns<T> plain;

  using place = index_t;
  [[nodiscard]] index_t tiles() const { return plain.tiles(); }
  [[nodiscard]] place start() const { return plain.start(); }
  [[nodiscard]] place after(place column) const { return plain.after(column); }
  [[nodiscard]] esp::tile_columns<T> columns(place column, const T* weight, index_t rows) const {
    return plain.columns(column, weight, rows);
  }
  void take(place column, index_t row0, index_t rows, const T* tile) const { plain.take(column, row0, rows, tile); }
};

/// The first node of formula `F` that is computed and is this operation of this scope.
template <class F>
constexpr int node_of(esp::operation op, esp::scope level) {
  for (int id = 0; id < F::value.size; ++id) {
    if (esp::plan<F>::is_live(id) && F::value[id].op == op && F::value[id].level == level) return id;
  }
  return -1;
}

/// A few roundings: sums of at most 250 terms of one sign or of two, one root, one division.
template <class T>
constexpr double rounding = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());

inline constexpr auto stretch = [](auto w) { return (w - esp::min(w)) / (esp::max(w) - esp::min(w) + esp::eps); };

}  // namespace support
