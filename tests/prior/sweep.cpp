// SPDX-License-Identifier: BSD-3-Clause
#include "support/sweep.hpp"

#include <espalier/prior/sweep.hpp>

// The sweep against dsl/espalier/evaluate.hpp, which runs the same plan one number at a time. Wider scopes:
// sweep_scopes.cpp.

namespace {

using namespace support;

/// A weight of `Out` x `In` blocks.
template <index_t Out, index_t In, esp::extents Kernel>
constexpr weight_shape shape{.out = Out, .in = In, .kernel = Kernel};

/// The largest difference over shapes that fill registers badly.
template <auto Prior, class T, esp::extents Kernel>
double odd_shapes() {
  return std::max({difference<Prior, T, shape<1, 1, Kernel>>(), difference<Prior, T, shape<lanes<T> + 1, 1, Kernel>>(),
                   difference<Prior, T, shape<3, 5, Kernel>>()});
}

constexpr auto first_row = [](auto w) {
  constexpr auto row = esp::mask<[](esp::tap_index t) { return t.h == 0; }>;
  return esp::select(w < esp::mean(w, row), esp::mean(w, row) / 2, w);
};
/// A region for each plane: as many classes of taps.
template <index_t D>
constexpr auto plane = esp::mask<[](esp::tap_index t) { return t.d == D; }>;
constexpr auto without_planes =
    esp::on<plane<0>>(esp::subtract<esp::max>) >>
    esp::on<plane<1>>(esp::subtract<esp::min>) >> esp::on<plane<2>>(esp::subtract<esp::sum>);
constexpr auto box = esp::clamp<-0.5, 2>;
constexpr auto several_passes = esp::modes::zero_mean >> box >> esp::modes::unit_l2 >>
                                esp::on<esp::neighbors>(esp::subtract<esp::mean>);

}  // namespace

TEMPLATE_TEST_CASE("formulas without a product give the bits of the evaluator", "[sweep]", float, double) {
  // No product, so no compiler can contract a multiplication and an addition in one of the two.
  using T = TestType;
  REQUIRE(odd_shapes<esp::modes::zero_mean, T, 3>() == 0);
  REQUIRE(odd_shapes<esp::modes::nonneg_sum1, T, esp::extents{1, 4, 2}>() == 0);
  REQUIRE(odd_shapes<stretch, T, 2>() == 0);
  REQUIRE(difference<esp::modes::nonneg, T, shape<lanes<T>, 2, 1>>() == 0);
  REQUIRE(odd_shapes<stretch, T, 5>() == 0);
  REQUIRE(odd_shapes<without_planes, T, esp::extents{3, 3, 3}>() == 0);
  REQUIRE(odd_shapes<without_planes, T, esp::extents{3, 1, 2}>() == 0);
}

TEMPLATE_TEST_CASE("other formulas give the evaluator's numbers up to rounding", "[sweep]", float, double) {
  using T = TestType;
  REQUIRE(difference<esp::modes::unit_l2, T, shape<1, lanes<T> + 1, 3>>() < rounding<T>);
  REQUIRE(difference<esp::modes::max_l2<esp::param<"c">>, T, shape<lanes<T>, 1, 1>>() < rounding<T>);
  REQUIRE(difference<esp::modes::fixed_center<-1, 1>, T, shape<3, 5, esp::extents{1, 3, 5}>>() < rounding<T>);
  REQUIRE(difference<first_row, T, shape<2 * lanes<T> - 1, 1, esp::extents{2, 3, 1}>>() < rounding<T>);
  REQUIRE(difference<several_passes, T, shape<2, lanes<T> + 3, 3>>() < rounding<T>);
}

TEMPLATE_TEST_CASE("a block's result does not depend on its neighbours or its lane", "[sweep]", float, double) {
  using T = TestType;
  constexpr index_t blocks = 2 * lanes<T> + 3;
  using many = esp::formula<esp::to_policy_t<decltype(several_passes)>, weight_shape{blocks, 1, 3}>;
  using one = esp::formula<esp::to_policy_t<decltype(several_passes)>, weight_shape{1, 1, 3}>;
  const std::vector<T> weight = drawn_weight<T>({blocks, 1, 3}, 3);
  std::vector<T> together(weight.size()), alone(27);
  guarded_lines<T> scratch(std::max(esp::sweep<many, T>::scratch_size, esp::sweep<one, T>::scratch_size));
  esp::sweep<many, T>::run(weight.data(), together.data(), nullptr, scratch.data());
  for (std::size_t b = 0; b < static_cast<std::size_t>(blocks); ++b) {
    esp::sweep<one, T>::run(weight.data() + 27 * b, alone.data(), nullptr, scratch.data());
    REQUIRE(std::memcmp(alone.data(), together.data() + 27 * b, 27 * sizeof(T)) == 0);
  }
}

TEMPLATE_TEST_CASE("a NaN or an infinity stays in its block", "[sweep]", float, double) {
  using T = TestType;
  constexpr T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  constexpr index_t blocks = lanes<T> + 1;
  using formula = esp::formula<esp::to_policy_t<decltype(esp::modes::nonneg_sum1)>, weight_shape{blocks, 1, 2}, 0.0>;
  std::vector<T> weight(static_cast<std::size_t>(8 * blocks), T(1)), result(weight.size());
  weight[3] = nan;
  weight[8] = infinity;
  guarded_lines<T> scratch(esp::sweep<formula, T>::scratch_size);
  esp::sweep<formula, T>::run(weight.data(), result.data(), nullptr, scratch.data());
  REQUIRE(std::isnan(result[0]));
  REQUIRE(std::isnan(result[8]));
  REQUIRE(result[9] == 0);
  for (std::size_t i = 16; i < result.size(); ++i) REQUIRE(result[i] == T(1) / 8);
}
