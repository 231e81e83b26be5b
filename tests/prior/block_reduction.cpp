// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/aligned_buffer.hpp>
#include <espalier/dsl.hpp>
#include <espalier/prior/block_reduction.hpp>
#include <espalier/prior/column_tile.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t, esp::lanes, esp::operation;

/// The centre of a sum, the least and the largest of the others.
constexpr auto three = [](auto w) {
  return w - esp::sum(w) - esp::min(w, esp::neighbors) * esp::max(w, esp::neighbors);
};

/// The number that a reduction must give, in the order of `tap_order`, one at a time.
template <class T>
T in_order(operation op, const T* block, index_t taps, index_t centre) {
  const esp::tap_order order(taps);
  const auto add = [op](T& total, T x) {
    total = op == operation::sum ? total + x : (op == operation::smallest ? x < total : total < x) ? x : total;
  };
  constexpr T infinity = std::numeric_limits<T>::infinity();
  std::vector<T> lane(static_cast<std::size_t>(order.lanes), op == operation::sum        ? T{0}
                                                             : op == operation::smallest ? infinity
                                                                                         : -infinity);
  for (index_t step = 0; step < taps; ++step) {
    const index_t t = order.tap_at(step);
    if (op == operation::sum || t != centre) add(lane[static_cast<std::size_t>(order.lane_of(t))], block[t]);
  }
  for (std::size_t half = lane.size() / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) add(lane[i], lane[i + half]);
  }
  return lane[0];
}

template <class T, esp::extents Kernel>
void check() {
  using formula =
      esp::formula<esp::to_policy_t<decltype(three)>, esp::weight_shape{.out = 1, .in = 1, .kernel = Kernel}>;
  using reduction = esp::block_reduction<formula, T, 0>;
  constexpr index_t taps = Kernel.volume(), width = lanes<T>;
  std::mt19937 engine(static_cast<unsigned>(taps));
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> weight(static_cast<std::size_t>(taps * width));
  for (T& w : weight) w = uniform(engine);
  esp::aligned_buffer<T> scalars(formula::value.size * width);
  const auto scalar = [&](auto id) { return scalars.data() + id * width; };
  const esp::adjacent_columns<T, taps> columns{weight.data(), width};
  if constexpr (reduction::along_taps) {
    reduction::run_along_taps(columns, columns, 0, scalar);
  } else {
    esp::aligned_buffer<T> tile(taps * width);
    for (index_t i = 0; i < taps * width; ++i)
      tile.data()[i] = weight[static_cast<std::size_t>(i % width * taps + i / width)];
    reduction::run_along_blocks(tile.data(), tile.data(), scalar);
  }
  REQUIRE(reduction::count == 3);
  for (int id : reduction::ids) {
    for (index_t lane = 0; lane < width; ++lane) {
      REQUIRE(scalars.data()[id * width + lane] ==
              in_order(formula::value[id].op, weight.data() + lane * taps, taps, taps / 2));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("reductions run in the order of the plan for any number of taps", "[simd]", float, double) {
  using T = TestType;
  check<T, esp::extents{1, 1, 3}>();
  check<T, esp::extents{1, 1, 5}>();
  check<T, esp::extents{1, 1, 7}>();
  check<T, esp::extents{1, 3, 3}>();
  check<T, esp::extents{1, 3, 5}>();
  check<T, esp::extents{3, 3, 3}>();
  check<T, esp::extents{3, 3, 5}>();
  check<T, esp::extents{5, 5, 5}>();
}
