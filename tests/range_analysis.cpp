// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/gradient.hpp>
#include <espalier/plan.hpp>
#include <espalier/range_analysis.hpp>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 2, .in = 2, .kernel = 3};

template <class F>
constexpr esp::range_analysis analysis_of(double least = 0x1p-100) {
  return {F::value, esp::plan<F>::live, least};
}
template <auto Prior, double Eps = 1e-12>
using forward = esp::formula<esp::to_policy_t<decltype(Prior)>, shape, Eps>;
template <auto Prior>
using gradient = esp::gradient_formula<esp::to_policy_t<decltype(Prior)>, shape>;

template <class F>
constexpr int reach = analysis_of<F>().products.reach;

constexpr auto soft = [](auto w) { return w / esp::sqrt(1 + w * w); };
constexpr auto cube = [](auto w) { return w * w * w; };
constexpr auto plain = [](auto w) { return w / (1 + esp::abs(w)); };

}  // namespace

TEST_CASE("what taps compute by themselves bounds the inputs, where it is used further", "[range_analysis]") {
  STATIC_REQUIRE(reach<forward<soft>> == 60);  // the square under the root
  STATIC_REQUIRE(analysis_of<forward<soft>>(0x1p-960).products.reach == 500);
  STATIC_REQUIRE(reach<gradient<soft>> >= 16);
  STATIC_REQUIRE(reach<forward<plain>> == 0);
  STATIC_REQUIRE(reach<forward<cube>> == 0);  // in range if its result is
  STATIC_REQUIRE(reach<forward<esp::modes::unit_l2>> == 0);
  STATIC_REQUIRE(reach<gradient<esp::modes::unit_l2>> == 0);
  STATIC_REQUIRE(reach<gradient<esp::modes::fixed_center<>>> == 0);
  STATIC_REQUIRE(reach<gradient<esp::modes::nonneg_sum1>> == 0);
}

TEST_CASE("sums of exponentials are watched for what overflowed and what vanished", "[range_analysis]") {
  using shares = forward<[](auto w) { return esp::exp(w) / esp::sum(esp::exp(w)); }>;
  STATIC_REQUIRE(analysis_of<shares>().count >= 1);
  STATIC_REQUIRE([] {
    const auto analysis = analysis_of<shares>();
    for (int id = 0; id < shares::value.size; ++id) {
      if (shares::value[id].op == esp::operation::sum) return analysis.watches_least(id) && analysis.watched(id);
    }
    return false;
  }());
  STATIC_REQUIRE(!analysis_of<shares>().products.known);
  // Of the gradient's sums, the exponentials' own does not cancel, and those with incoming gradients do.
  using derived = gradient<[](auto w) { return esp::exp(w) / esp::sum(esp::exp(w)); }>;
  STATIC_REQUIRE([] {
    const auto analysis = analysis_of<derived>();
    for (int id = 0; id < derived::value.size; ++id) {
      const esp::node& n = derived::value[id];
      if (n.op != esp::operation::sum || !analysis.watched(id)) continue;
      if (analysis.cancels(id) == (derived::value[n.a].op == esp::operation::exp)) return false;
    }
    return true;
  }());
  using plain_norm = gradient<esp::modes::unit_l2>;
  STATIC_REQUIRE([] {
    const auto analysis = analysis_of<plain_norm>();
    for (int id = 0; id < plain_norm::value.size; ++id) {
      if (analysis.cancels(id)) return false;
    }
    return true;
  }());
  // A logarithm hides how large its argument was; e^-x does not, and neither needs a bound that everyday weights meet.
  STATIC_REQUIRE(reach<forward<[](auto w) { return esp::log(1 + w * w); }>> == 60);
  STATIC_REQUIRE(reach<forward<[](auto w) { return esp::exp(-w * w); }>> == 0);
  STATIC_REQUIRE(reach<forward<[](auto w) { return w * esp::sigmoid(w) / (1 + esp::exp(w)); }>> == 0);
}

TEST_CASE("no scalar is watched twice for one thing", "[range_analysis]") {
  STATIC_REQUIRE(analysis_of<forward<esp::modes::nonneg>>().count == 0);
  STATIC_REQUIRE(analysis_of<forward<esp::modes::unit_l2>>().count == 1);
  STATIC_REQUIRE(analysis_of<forward<esp::modes::unit_l2, 0.0>>().count == 2);
  STATIC_REQUIRE(analysis_of<forward<esp::modes::max_l2<1>>>().count == 1);
  STATIC_REQUIRE(analysis_of<forward<esp::modes::zero_mean>>().count == 1);
  STATIC_REQUIRE(analysis_of<gradient<esp::modes::unit_l2>>().products.mixed);
}
