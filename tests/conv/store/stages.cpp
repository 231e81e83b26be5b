// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/store/stages.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/internals.hpp"

namespace {

using esp::detail::stage_list, esp::detail::relu_stage, esp::detail::residual_stage, esp::detail::stages_backward;
template <double Slope>
using leaky = esp::detail::leaky_relu_stage<Slope>;

static_assert(stage_list<relu_stage, residual_stage>::residuals == 1 && stage_list<residual_stage>::only_adds);
static_assert(stage_list<>::only_adds && !stage_list<relu_stage>::only_adds);
// The output tells the gradient where one function is the last stage, and its sign is that of what it was given.
static_assert(stages_backward<stage_list<residual_stage, relu_stage>>::from_output);
static_assert(stages_backward<stage_list<leaky<0.0>>>::from_output);
static_assert(!stages_backward<stage_list<leaky<-1.0>>>::from_output);
static_assert(!stages_backward<stage_list<relu_stage, residual_stage>>::from_output);
static_assert(!stages_backward<stage_list<relu_stage, relu_stage>>::from_output);

template <class T>
T lane_of(const esp::batch<T>& value) {
  std::vector<T> lanes(static_cast<std::size_t>(esp::lanes<T>));
  esp::simd::store_unaligned(lanes.data(), value);
  return lanes[0];
}

template <class Stage, class T>
T value(T s) {
  return lane_of<T>(Stage::template value<T>(esp::simd::broadcast(s)));
}
template <class Stage, class T>
T passed(T s, T g) {
  return lane_of<T>(Stage::template passed<T>(esp::simd::broadcast(s), esp::simd::broadcast(g)));
}

}  // namespace

TEMPLATE_TEST_CASE("stages compute PyTorch's functions, and hide no NaN", "[epilogue]", float, double) {
  using T = TestType;
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  REQUIRE(value<relu_stage>(T(3)) == 3);
  REQUIRE(value<relu_stage>(T(-3)) == 0);
  REQUIRE_FALSE(std::signbit(value<relu_stage>(T(-0.0))));
  REQUIRE(std::isnan(value<relu_stage>(nan)));
  REQUIRE(passed<relu_stage>(T(0), nan) == 0);
  REQUIRE(passed<relu_stage>(nan, T(2)) == 2);
  REQUIRE(value<leaky<0.25>>(T(-8)) == -2);
  REQUIRE(value<leaky<0.25>>(T(8)) == 8);
  REQUIRE(std::isnan(value<leaky<0.25>>(nan)));
  REQUIRE(passed<leaky<0.25>>(T(-1), T(4)) == 1);
  REQUIRE(passed<leaky<0.25>>(T(1), T(4)) == 4);
}

TEMPLATE_TEST_CASE("gradients pass back through stages, and the residual gets its own", "[epilogue]", float, double) {
  using T = TestType;
  using batch = esp::batch<T>;
  using back = stages_backward<stage_list<leaky<0.5>, residual_stage, leaky<-2.0>>>;
  const auto run = [](T s, T r) {
    batch grad_r;
    const batch g =
        back::template run<T>(esp::simd::broadcast(s), esp::simd::broadcast(r), esp::simd::broadcast(T(8)), grad_r);
    return std::pair(lane_of<T>(g), lane_of<T>(grad_r));
  };
  REQUIRE(run(T(3), T(1)) == std::pair(T(8), T(8)));
  REQUIRE(run(T(3), T(-4)) == std::pair(T(-16), T(-16)));
  REQUIRE(run(T(-4), T(3)) == std::pair(T(4), T(8)));
  REQUIRE(run(T(-4), T(1)) == std::pair(T(-8), T(-16)));
}
