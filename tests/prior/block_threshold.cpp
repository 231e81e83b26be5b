// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/prior/block_threshold.hpp>
// The header under test stands alone above.
#include <cmath>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <espalier/dsl.hpp>
#include <espalier/gradient.hpp>
#include <espalier/policies/l1_ball.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/prior/sweep.hpp>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

/// Blocks of every size and of few values; `turn` decides which.
template <class T>
std::vector<T> weight_of(index_t size, index_t taps, unsigned turn) {
  std::mt19937 engine(turn);
  std::normal_distribution<double> normal;
  std::vector<T> w(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::size_t block = i / static_cast<std::size_t>(taps) + turn;
    w[i] = static_cast<T>(normal(engine) * std::pow(10.0, static_cast<double>(block % 9) - 4));
    if (block % 5 == 2) w[i] = std::round(w[i] * 4) / 4;
    if (block % 11 == 7) w[i] += T(1e6);
    if (block % 13 == 4) w[i] = 0;
  }
  return w;
}

/// Elements in which the sweep of `F` differs from the evaluator in a bit.
template <class F, class T>
long different_bits() {
  const index_t size = F::value.shape.size(), taps = F::value.shape.kernel.volume();
  const T named[]{T(0.75), T(0.75)};
  long different = 0;
  const auto evaluator = std::make_unique<esp::evaluator<F, T>>();
  esp::aligned_buffer<T> scratch(esp::sweep<F, T>::scratch_size);
  for (unsigned turn = 0; turn < 5; ++turn) {
    const std::vector<T> w = weight_of<T>(size, taps, turn), g = weight_of<T>(size, taps, turn + 100);
    std::vector<T> wanted(w.size()), got(w.size());
    (*evaluator)(w.data(), wanted.data(), named, g.data());
    esp::sweep<F, T>::run(w.data(), got.data(), named, scratch.data(), g.data());
    for (std::size_t i = 0; i < w.size(); ++i) different += wanted[i] == got[i] ? 0 : 1;
  }
  return different;
}

constexpr bool is_in_front(esp::tap_index t) { return t.w != 1; }
constexpr auto in_front = esp::mask<is_in_front>;
constexpr auto in_a_region = [](auto w) { return esp::excess(w, esp::param<"c">, in_front); };
constexpr auto beside_a_sum = [](auto w) { return esp::excess(w, 1) + esp::min(w) - esp::threshold(w, 3); };
constexpr auto of_a_pass_before = [](auto w) { return esp::excess(w, esp::abs(esp::max(w)) + 1); };

template <class T, esp::extents Kernel>
long different_bits_of_all() {
  constexpr esp::weight_shape shape{.out = 7, .in = 5, .kernel = Kernel};
  long result = different_bits<esp::formula<esp::simplex_t<1>, shape>, T>();
  result += different_bits<esp::formula<esp::l1_ball_t<1>, shape>, T>();
  result += different_bits<esp::formula<esp::to_policy_t<decltype(in_a_region)>, shape>, T>();
  result += different_bits<esp::formula<esp::to_policy_t<decltype(beside_a_sum)>, shape>, T>();
  result += different_bits<esp::formula<esp::to_policy_t<decltype(of_a_pass_before)>, shape>, T>();
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("thresholds of lanes have the bits of the evaluator", "[threshold]", float, double) {
  using T = TestType;
  REQUIRE(different_bits_of_all<T, esp::extents{1, 1, 2}>() == 0);
  REQUIRE(different_bits_of_all<T, esp::extents{1, 1, 3}>() == 0);
  REQUIRE(different_bits_of_all<T, esp::extents{1, 3, 3}>() == 0);
  REQUIRE(different_bits_of_all<T, esp::extents{3, 3, 3}>() == 0);
  REQUIRE(different_bits_of_all<T, esp::extents{2, 5, 5}>() == 0);
}

TEMPLATE_TEST_CASE("thresholds stand in formulas of filters", "[threshold]", float, double) {
  constexpr esp::weight_shape shape{.out = 7, .in = 5, .kernel = 3};
  constexpr auto of_filters = esp::per_filter(esp::subtract<esp::max>) >> esp::simplex<1>;
  using policy = esp::to_policy_t<decltype(of_filters)>;
  REQUIRE(different_bits<esp::formula<policy, shape>, TestType>() == 0);
}

TEMPLATE_TEST_CASE("a block that holds a NaN or an infinity does not touch its neighbours", "[threshold]", float,
                   double) {
  using T = TestType;
  using formula = esp::formula<esp::simplex_t<1>, esp::weight_shape{.out = 20, .in = 1, .kernel = 3}>;
  std::vector<T> w = weight_of<T>(540, 27, 3), clean(w.size()), got(w.size());
  esp::aligned_buffer<T> scratch(esp::sweep<formula, T>::scratch_size);
  esp::sweep<formula, T>::run(w.data(), clean.data(), nullptr, scratch.data());
  w[27 * 4 + 3] = std::numeric_limits<T>::quiet_NaN();
  w[27 * 6 + 3] = std::numeric_limits<T>::infinity();
  w[27 * 7 + 3] = -std::numeric_limits<T>::infinity();
  esp::sweep<formula, T>::run(w.data(), got.data(), nullptr, scratch.data());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::size_t block = i / 27;
    if (block == 4) REQUIRE(std::isnan(got[i]));
    if (block != 4 && block != 6 && block != 7) REQUIRE(got[i] == clean[i]);
  }
  REQUIRE(std::isnan(got[27 * 6 + 3]));
  REQUIRE(got[27 * 7 + 3] == 0);
}
