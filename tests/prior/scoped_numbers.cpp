// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/learned.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/prior/scoped_numbers.hpp>

#include "support/sweep.hpp"

// Numbers that differ from block to block, in the sweep and in the evaluator, which agree; with weights whose squares
// leave the range of the type, too: those blocks are computed on wide numbers.

namespace {

using namespace support;
using esp::learned, esp::param, esp::per;

struct mixed_t : esp::policy<mixed_t> {
  static constexpr auto map(auto w) {
    const auto norm = esp::sqrt(esp::sum_of_squares(w) + esp::eps);
    return w * (param<"c"> * learned<"f", per::filter> / norm) * esp::exp(param<"b", per::block>) +
           w * learned<"i", per::input>;
  }
};
struct plain_t : esp::policy<plain_t> {
  static constexpr auto map(auto w) { return w * param<"c">; }
};
/// No reduction, one pass.
struct shifted_t : esp::policy<shifted_t> {
  static constexpr auto map(auto w) { return w - esp::exp(learned<"f", per::filter>) * param<"i", per::input>; }
};

template <class P, class T, weight_shape Shape>
double worst(double scale) {
  using formula = esp::formula<P, Shape>;
  using sweep = esp::sweep<formula, T>;
  std::vector<T> weight = drawn_weight<T>(Shape, 7), expected(weight.size()), in_place;
  for (T& w : weight) w *= static_cast<T>(scale);
  std::vector<T> numbers(static_cast<std::size_t>(esp::number_table<formula>::total));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<T>(std::sin(3.0 + 1.7 * static_cast<double>(i)));
  }
  esp::evaluator<formula, T>{}(weight.data(), expected.data(), numbers.data());

  guarded_lines<T> result(Shape.size()), scratch(sweep::scratch_size), taken(Shape.size());
  in_place = weight;
  sweep::run(weight.data(), result.data(), numbers.data(), scratch.data());
  sweep::run(in_place.data(), in_place.data(), numbers.data(), scratch.data());
  const taken_columns<T> sink{{taken.data(), sweep::columns, Shape.size() / sweep::columns}};
  sweep::run_into(weight.data(), sink, numbers.data(), scratch.data());
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!result.intact() || !scratch.intact() || !taken.intact()) return infinity;
  if (std::memcmp(in_place.data(), result.data(), weight.size() * sizeof(T)) != 0) return infinity;
  double found = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double wanted = static_cast<double>(expected[i]), size = std::fabs(wanted) + 1e-3 * scale + 1e-3;
    for (const T x : {result.data()[i], taken.data()[i]}) {
      const double d = std::fabs(static_cast<double>(x) - wanted) / size;
      if (!(d <= found)) found = d;
    }
  }
  return found;
}

template <class P, class T>
double over_shapes(double scale) {
  return std::max({worst<P, T, {.out = 5, .in = 3, .kernel = 3}>(scale),
                   worst<P, T, {.out = 3, .in = 19, .kernel = 2}>(scale),
                   worst<P, T, {.out = 37, .in = 2, .kernel = {1, 1, 3}}>(scale),
                   worst<P, T, {.out = 2, .in = 1, .kernel = 5}>(scale)});
}

}  // namespace

TEMPLATE_TEST_CASE("each block reads its own numbers, whatever the reach", "[sweep]", float, double) {
  using T = TestType;
  const double huge = sizeof(T) == 4 ? 1e25 : 1e200, tiny = sizeof(T) == 4 ? 1e-25 : 1e-200;
  REQUIRE(over_shapes<mixed_t, T>(1) < 64 * rounding<T>);
  REQUIRE(over_shapes<esp::per_filter_t<mixed_t>, T>(1) < 64 * rounding<T>);
  REQUIRE(over_shapes<esp::whole_weight_t<mixed_t>, T>(1) < 64 * rounding<T>);
  REQUIRE(over_shapes<shifted_t, T>(1) < 64 * rounding<T>);
  REQUIRE(worst<mixed_t, T, {.out = 5, .in = 3, .kernel = 3}>(huge) < 64 * rounding<T>);
  REQUIRE(worst<mixed_t, T, {.out = 37, .in = 2, .kernel = {1, 1, 3}}>(tiny) < 64 * rounding<T>);
  REQUIRE(worst<esp::per_filter_t<mixed_t>, T, {.out = 5, .in = 3, .kernel = 3}>(huge) < 64 * rounding<T>);
  REQUIRE(worst<esp::whole_weight_t<mixed_t>, T, {.out = 5, .in = 3, .kernel = 3}>(huge) < 64 * rounding<T>);
}

TEST_CASE("a formula without such numbers loads none", "[sweep]") {
  using formula = esp::formula<plain_t, weight_shape{.out = 2, .in = 2, .kernel = 3}>;
  STATIC_REQUIRE(!esp::scoped_numbers<formula, float>::exist);
  STATIC_REQUIRE(std::is_empty_v<esp::no_lane_columns>);
}
