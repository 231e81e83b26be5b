// SPDX-License-Identifier: BSD-3-Clause
#include "support/xtensor.hpp"

#include <array>
#include <espalier/tensor/xtensor.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

namespace {

template <class E>
constexpr bool is_expression = esp::TensorExpression<E>;

}  // namespace

TEST_CASE("expressions of xtensor are tensors, other containers are not") {
  const xt::xtensor<float, 2> a{{1, 2}, {3, 4}};
  STATIC_REQUIRE(is_expression<xt::xtensor<float, 5>>);
  STATIC_REQUIRE(is_expression<const xt::xarray<double>&>);
  STATIC_REQUIRE(is_expression<decltype(2 * a + 1)>);
  STATIC_REQUIRE(is_expression<decltype(xt::view(a, 0))>);
  STATIC_REQUIRE(is_expression<decltype(xt::transpose(a))>);
  STATIC_REQUIRE_FALSE(is_expression<std::vector<float>>);
  STATIC_REQUIRE_FALSE(is_expression<std::array<float, 5>>);
  STATIC_REQUIRE_FALSE(is_expression<float*>);
  STATIC_REQUIRE_FALSE(is_expression<float>);
}

TEST_CASE("a tensor is contiguous with the last axis fastest") {
  esp::tensor<float, 3> t(std::array<std::size_t, 3>{2, 3, 4});
  for (std::size_t i = 0; i < t.size(); ++i) t.data()[i] = static_cast<float>(i);
  REQUIRE(t(1, 2, 3) == 23);
  REQUIRE(t(0, 0, 1) == 1);
  REQUIRE(t(1, 0, 0) == 12);
  STATIC_REQUIRE(std::is_same_v<esp::tensor<double, 2>, xt::xtensor<double, 2>>);
}
