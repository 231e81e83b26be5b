// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/gradient.hpp>
#include <espalier/range_watch.hpp>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 2, .in = 2, .kernel = 3};

template <auto Prior, class T = float, double Eps = 1e-12>
using watch = esp::range_watch<esp::formula<esp::to_policy_t<decltype(Prior)>, shape, Eps>, T>;
template <auto Prior>
using gradient_watch = esp::range_watch<esp::gradient_formula<esp::to_policy_t<decltype(Prior)>, shape>, float>;

template <class T, std::size_t N>
constexpr bool asks(const T (&weight)[N], esp::range_verdict verdict, const esp::input_products& products) {
  return esp::is_out_of_range(verdict, products, weight, weight, N, false);
}

}  // namespace

TEST_CASE("what has no scalars has nothing to watch", "[range_watch]") {
  STATIC_REQUIRE(watch<esp::modes::nonneg>::sum.count == 0);
  STATIC_REQUIRE(gradient_watch<esp::modes::nonneg>::sum.count == 0);
}

TEST_CASE("one scalar shows what happened on the way to it", "[range_watch]") {
  // The quotient: infinite squares make it zero, and squares that vanish do not matter beside eps.
  using norm = watch<esp::modes::unit_l2>;
  STATIC_REQUIRE(norm::sum.count == 1);
  STATIC_REQUIRE(norm::scalars[0].divides);
  STATIC_REQUIRE(norm::scalars[0].least);
  // Without eps the sum of squares is watched too.
  using bare = watch<esp::modes::unit_l2, float, 0.0>;
  STATIC_REQUIRE(bare::sum.count == 2);
  STATIC_REQUIRE(bare::scalars[0].sums);
  STATIC_REQUIRE(bare::scalars[0].least);
  STATIC_REQUIRE(bare::sum.products.known);
  STATIC_REQUIRE(bare::sum.products.of_weights);
  STATIC_REQUIRE(!bare::sum.products.mixed);
  STATIC_REQUIRE(gradient_watch<esp::modes::unit_l2>::sum.products.mixed);
  // A mean is subtracted: what it lacks where it is small does not matter.
  STATIC_REQUIRE(watch<esp::modes::zero_mean>::sum.count == 1);
  STATIC_REQUIRE(!watch<esp::modes::zero_mean>::scalars[0].least);
}

TEST_CASE("a scalar says what it can", "[range_watch]") {
  constexpr esp::watched_scalar quotient{.least = true, .most = true, .divides = true};
  constexpr esp::watched_scalar sum{.least = true, .most = true, .sums = true};
  constexpr esp::watched_scalar cancelling{.least = true, .most = true, .sums = true, .cancels = true};
  const auto said = [](const esp::watched_scalar& s, float x, float a, float b) {
    esp::range_verdict v;
    s.look(v, x, a, b);
    return (v.left ? 1 : 0) + (v.vanished ? 2 : 0);
  };
  REQUIRE(said(quotient, 1e-30F, 1, 1) == 0);
  REQUIRE(said(quotient, 0, 0, 1) == 0);
  REQUIRE(said(quotient, 0, 1, 1) == 1);
  REQUIRE(said(quotient, 1e-40F, 1, 1) == 1);
  REQUIRE(said(quotient, std::numeric_limits<float>::quiet_NaN(), 1, 1) == 1);
  REQUIRE(said(sum, 1e-31F, 1, 1) == 1);
  REQUIRE(said(sum, 0, 1, 1) == 2);
  REQUIRE(said(cancelling, 0, 1, 1) == 0);
  REQUIRE(said(cancelling, 1e-31F, 1, 1) == 1);
  REQUIRE(said(sum, std::numeric_limits<float>::infinity(), 1, 1) == 1);
}

TEST_CASE("a sum that vanished is one of zeros where the inputs say so", "[range_watch]") {
  constexpr esp::input_products squares{.of_weights = true};
  constexpr esp::range_verdict vanished{.vanished = true}, left{.left = true};
  constexpr float infinity = std::numeric_limits<float>::infinity();
  STATIC_REQUIRE(!asks({0.0F, 0.0F}, vanished, squares));
  STATIC_REQUIRE(asks({0.0F, 1e-25F}, vanished, squares));
  STATIC_REQUIRE(asks({0.0F, 0.0F}, left, squares));
  STATIC_REQUIRE(asks({0.0F, 0.0F}, vanished, esp::input_products{.known = false}));
  STATIC_REQUIRE(!asks({1.0F, infinity}, left, squares));
  STATIC_REQUIRE(!asks({1.0F, 1e-25F}, esp::range_verdict{}, squares));
}
