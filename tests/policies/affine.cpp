// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/affine.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/dsl.hpp>
#include <random>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using blocks::near, blocks::nine, blocks::of, blocks::plane, blocks::three;
using esp::affine, esp::equation, esp::establishes, esp::moment_is, esp::moments;

constexpr double lever(esp::tap_index t) { return static_cast<double>(t.w - 1); }
constexpr double one(esp::tap_index) { return 1; }
constexpr double uneven(esp::tap_index t) {
  return 0.3 + 0.7 * static_cast<double>(t.h * t.h) + 0.1 * static_cast<double>(t.w);
}

constexpr auto difference = moments<esp::zero_sum, moment_is<0, 0, 1, 1>>;
constexpr auto slanted = affine<equation<uneven, 2>, equation<lever, -1>, equation<one, 0.5>>;

double weighted(const nine& block, double (*f)(esp::tap_index)) {
  double total = 0;
  for (esp::index_t t = 0; t < 9; ++t) total += f(esp::tap_at(t, plane)) * block[static_cast<std::size_t>(t)];
  return total;
}
double distance(const nine& a, const nine& b) {
  double total = 0;
  for (std::size_t i = 0; i < 9; ++i) total += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(total);
}

}  // namespace

TEST_CASE("one equation takes the excess off along its row") {
  STATIC_REQUIRE(near(of<affine<equation<lever, 0>>>(1, 2, 4), three{2.5, 2, 2.5}));
  STATIC_REQUIRE(near(of<affine<equation<one, 1>>>(1, 2, 4), three{-1, 0, 2}));
  STATIC_REQUIRE(near(of<difference>(5, 5, 5), three{-0.5, 0, 0.5}));
}

TEST_CASE("the result fulfils the equations, is the nearest that does, and stays") {
  std::mt19937 engine(7);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 1000; ++trial) {
    nine w{}, other{};
    for (std::size_t i = 0; i < 9; ++i) {
      w[i] = normal(engine);
      other[i] = normal(engine);
    }
    const nine p = esp::evaluate<slanted, plane>(w), feasible = esp::evaluate<slanted, plane>(other);
    REQUIRE(std::fabs(weighted(p, &uneven) - 2) < 1e-12);
    REQUIRE(std::fabs(weighted(p, &lever) + 1) < 1e-12);
    REQUIRE(std::fabs(weighted(p, &one) - 0.5) < 1e-12);
    REQUIRE(distance(w, p) <= distance(w, feasible) + 1e-12);
    REQUIRE(distance(esp::evaluate<slanted, plane>(p), p) < 1e-12);
  }
}

TEST_CASE("what equations establish") {
  STATIC_REQUIRE(establishes<difference, esp::zero_sum>);
  STATIC_REQUIRE(establishes<difference, moment_is<0, 0, 1, 1>>);
  STATIC_REQUIRE(!establishes<difference, moment_is<0, 0, 1, 2>>);
  STATIC_REQUIRE(!establishes<difference, moment_is<0, 1, 0, 0>>);
  STATIC_REQUIRE(establishes<difference, esp::derivative_to<esp::partial{.w = 1}, 1>, blocks::row>);
  STATIC_REQUIRE(!establishes<difference, esp::derivative_to<esp::partial{.w = 1}, 2>, blocks::row>);
  STATIC_REQUIRE(!establishes<difference, esp::derivative_to<esp::partial{.w = 1}, 1>>);  // H and D are free
  STATIC_REQUIRE(establishes<affine<equation<one, 3>>, esp::sum_is<3>>);
  STATIC_REQUIRE(establishes<affine<equation<lever, 3>>, moment_is<0, 0, 1, 3>>);
  STATIC_REQUIRE(!establishes<affine<equation<lever, 3>>, esp::zero_sum>);
}

TEST_CASE("ten moments at once") {
  constexpr auto smooth = moments<esp::zero_sum, moment_is<1, 0, 0, 0>, moment_is<0, 1, 0, 0>, moment_is<0, 0, 1, 0>,
                                  moment_is<2, 0, 0, 2>, moment_is<0, 2, 0, 2>, moment_is<0, 0, 2, 2>,
                                  moment_is<1, 1, 0, 0>, moment_is<1, 0, 1, 0>, moment_is<0, 1, 1, 0>>;
  STATIC_REQUIRE(establishes<smooth, esp::laplacian_to<1>>);
  STATIC_REQUIRE(!establishes<smooth, esp::laplacian_to<2>>);
  STATIC_REQUIRE(establishes<smooth, esp::zero_sum>);
  STATIC_REQUIRE(esp::plan<esp::formula<esp::to_policy_t<decltype(smooth)>>>::passes == 2);
}

TEST_CASE("regions and wider scopes") {
  constexpr auto sides = esp::on<esp::neighbors>(affine<equation<lever, 2>>);
  STATIC_REQUIRE(near(of<sides>(1, 7, 4), three{1.5, 7, 3.5}));
  // Over all input channels: what is too much is shared among them.
  using f = esp::formula<esp::to_policy_t<decltype(esp::per_filter(affine<equation<one, 1>>))>,
                         esp::weight_shape{1, 2, blocks::row}>;
  const double in[6]{1, 2, 3, 4, 5, 6};
  double out[6];
  const double none[1]{};
  esp::evaluator<f, double>{}(in, out, none);
  for (int i = 0; i < 6; ++i) CHECK(std::fabs(out[i] - (in[i] - 20.0 / 6)) < 1e-14);
}

TEST_CASE("over all output channels that read an input channel") {
  // Three of these and two of those: what is too much is shared among three blocks.
  using f = esp::formula<esp::to_policy_t<decltype(esp::per_input(affine<equation<one, 1>>))>,
                         esp::weight_shape{3, 2, blocks::row}>;
  constexpr esp::extents row = blocks::row;
  constexpr auto taps = static_cast<std::size_t>(row.volume());
  double in[6 * taps], out[6 * taps];
  for (std::size_t i = 0; i < 6 * taps; ++i) in[i] = static_cast<double>(i % 7);
  const double none[1]{};
  esp::evaluator<f, double>{}(in, out, none);
  for (std::size_t input = 0; input < 2; ++input) {
    double sum = 0;
    for (std::size_t output = 0; output < 3; ++output) {
      for (std::size_t t = 0; t < taps; ++t) sum += out[(output * 2 + input) * taps + t];
    }
    CHECK(std::fabs(sum - 1) < 1e-13);
  }
  STATIC_REQUIRE(esp::holds<f>(esp::per_input(esp::sum_is<1>)));
}
