// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/epilogue.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/internals.hpp"

namespace {

using namespace esp::detail;

struct silu {
  static constexpr auto value(auto s) { return s * esp::sigmoid(s); }
  static constexpr auto derivative(auto s) {
    auto p = esp::sigmoid(s);
    return p + s * p * (1 - p);
  }
};
struct half_written {
  static constexpr auto value(auto s) { return s * s; }
};
constexpr auto as_lambda = [](auto s) { return s * esp::sigmoid(s); };
constexpr auto centred = [](auto s) { return s - esp::mean(s); };

template <class X>
using stages_of = typename chain_of<X>::stages;
using lambda_type = std::remove_const_t<decltype(as_lambda)>;

static_assert(std::is_same_v<stages_of<decltype(esp::relu)>, stage_list<relu_stage>>);
static_assert(std::is_same_v<stages_of<decltype(esp::leaky_relu<0.25F>)>, stage_list<leaky_relu_stage<0.25>>>);
static_assert(std::is_same_v<stages_of<silu>, stage_list<function_stage<silu>>>);
static_assert(
    std::is_same_v<stages_of<lambda_type>, stage_list<policy_stage<esp::detail::held::quick_t<lambda_type>>>>);
static_assert(std::is_same_v<stages_of<decltype(esp::clamp<-1, 1>)>, stage_list<policy_stage<esp::clamp_t<-1, 1>>>>);

// From left to right, flat, whichever side the chain is on.
constexpr auto block = esp::add_residual >> esp::relu;
constexpr auto longer = silu{} >> (block >> as_lambda);
static_assert(std::is_same_v<stages_of<decltype(block)>, stage_list<residual_stage, relu_stage>>);
static_assert(stages_of<decltype(longer)>::count == 4 && stages_of<decltype(longer)>::residuals == 1);
static_assert(std::is_same_v<decltype((esp::relu >> esp::add_residual) >> esp::relu),
                             decltype(esp::relu >> (esp::add_residual >> esp::relu))>);
// Policies compose as before.
static_assert(esp::Policy<std::remove_const_t<decltype(esp::clamp<0> >> esp::subtract<esp::mean>)>>);
static_assert(!esp::Policy<esp::relu_t> && !IsAnEpilogue<silu>);

// What is none has no stages, and the sentences say why.
static_assert(chain_type<int>::type::stages::count == 0);
static_assert(chain_type<std::remove_const_t<decltype(centred)>>::type::stages::count == 0);
static_assert(chain_type<half_written>::type::stages::count == 0 && !SaysItsDerivative<half_written>);

template <class T, class Rule>
std::vector<T> lanes_of(const Rule& rule) {
  std::vector<T> s(static_cast<std::size_t>(esp::lanes<T>)), result = s;
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = static_cast<T>(i) * T(0.4) - T(1.5);
  esp::simd::store_unaligned(result.data(), rule(esp::simd::load_unaligned(s.data())));
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("a type with a derivative and a formula whose gradient is derived are one function", "[epilogue]",
                   float, double) {
  using T = TestType;
  using batch = esp::batch<T>;
  using said = function_stage<silu>;
  using derived = policy_stage<esp::detail::held::quick_t<lambda_type>>;
  const auto value = [](auto stage) {
    return lanes_of<T>([](const batch& s) { return decltype(stage)::template value<T>(s); });
  };
  const auto passed = [](auto stage) {
    return lanes_of<T>(
        [](const batch& s) { return decltype(stage)::template passed<T>(s, esp::simd::broadcast(T(2))); });
  };
  REQUIRE(value(said{}) == value(derived{}));
  const auto a = passed(said{}), b = passed(derived{});
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::abs(a[i] - b[i]) <= 1e-6);
}
