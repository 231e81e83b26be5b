// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/winograd/paired_points.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("paired points are the matrices' rows", "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr auto lanes = static_cast<std::size_t>(esp::lanes<T>);
  constexpr auto f43 = esp::transform_for<esp::axis_f43>;
  std::array<T, 6 * lanes> in{}, out{};
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11);
  const auto at = [&in](std::size_t j) { return esp::simd::load_unaligned(in.data() + j * lanes); };
  esp::paired_points::input<T>(at, out.data(), esp::lanes<T>);
  const auto check = [&](const auto& row, const T* found) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      double expected = 0;
      for (std::size_t j = 0; j < 6; ++j) expected += row[j] * static_cast<double>(in[j * lanes + lane]);
      REQUIRE(static_cast<double>(found[lane]) == support::Approx(expected).margin(1e-5));
    }
  };
  for (std::size_t p = 0; p < 6; ++p) check(f43.input[p], out.data() + p * lanes);

  esp::batch<T> products[6], folded[6];
  for (std::size_t p = 0; p < 6; ++p) products[p] = at(p);
  esp::paired_points::fold<T>(products, folded);
  esp::simd::store_unaligned(out.data(), esp::paired_points::output<0, T>(folded));
  esp::simd::store_unaligned(out.data() + lanes, esp::paired_points::output<1, T>(folded));
  esp::simd::store_unaligned(out.data() + 2 * lanes, esp::paired_points::output<2, T>(folded));
  esp::simd::store_unaligned(out.data() + 3 * lanes, esp::paired_points::output<3, T>(folded));
  for (std::size_t o = 0; o < 4; ++o) check(f43.output[o], out.data() + o * lanes);
}
