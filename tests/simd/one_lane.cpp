// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/simd/one_lane.hpp>
#include <limits>

#include "support/catch.hpp"

TEST_CASE("one lane stands in where there is no register", "[simd]") {
  using lane = esp::simd::one_lane<double>;
  const double two = 2;
  double out = 0;
  const auto a = lane::load_aligned(&two);
  (a * a - a / lane(4) + -a).store_aligned(&out);
  REQUIRE(out == 1.5);
  lane::load_unaligned(&out).store_unaligned(&out);
  REQUIRE(out == 1.5);
  REQUIRE((a > lane(1) && a >= a && a <= a && a == a && a != lane(1) && !(a < a)));
}

TEMPLATE_TEST_CASE("the functions of registers, of one lane", "[simd]", float, double) {
  using T = TestType;
  using lane = esp::simd::one_lane<T>;
  namespace of = esp::simd::on_one_lane;
  REQUIRE(of::fma(lane(2), lane(3), lane(4)).data == 10);
  REQUIRE(of::select(lane(1) < lane(2), lane(3), lane(4)).data == 3);
  REQUIRE(of::select(lane(2) < lane(1), lane(3), lane(4)).data == 4);
  REQUIRE(of::sqrt(lane(9)).data == 3);
  REQUIRE(std::isnan(of::sqrt(lane(-1)).data));
  REQUIRE(of::abs(lane(-2)).data == 2);
  REQUIRE_FALSE(std::signbit(of::abs(lane(T(-0.0))).data));
  const lane nan(std::numeric_limits<T>::quiet_NaN());
  REQUIRE(of::any(nan != nan));
  REQUIRE_FALSE(of::any(nan == nan));
}
