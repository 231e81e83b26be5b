// SPDX-License-Identifier: BSD-3-Clause
// Constant stencils and affine projections against their public definitions (tests/golden/stencils.py).
#include <array>
#include <cmath>
#include <espalier/dsl.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/npy.hpp"

namespace {

using esp::extents, esp::partial;

npy::array golden(const std::string& name) {
  return npy::read(std::string(ESPALIER_TEST_DATA "/stencils/") + name + ".npy");
}

template <class T>
void compare(const std::string& name, const T& block, double allowed) {
  INFO(name);
  const npy::array expected = golden(name);
  REQUIRE(expected.values.size() == block.size());
  for (std::size_t i = 0; i < block.size(); ++i) CHECK(std::fabs(block[i] - expected.values[i]) <= allowed);
}

template <auto Prior, extents Kernel>
void is_golden(const std::string& name) {
  std::array<double, static_cast<std::size_t>(Kernel.volume())> any{};
  any.fill(0.3);
  compare(name, esp::evaluate<Prior, Kernel>(any), 1e-15);
}

}  // namespace

TEST_CASE("gaussians are those of scipy.ndimage cut to the kernel") {
  is_golden<esp::gaussian<1>, 3>("gaussian_1");
  is_golden<esp::gaussian<0.5, 1.5, 2>, extents{3, 5, 4}>("gaussian_anisotropic");
}

TEST_CASE("sobel is that of scipy.ndimage") {
  is_golden<esp::sobel<esp::axis::depth>, 3>("sobel_0");
  is_golden<esp::sobel<esp::axis::height>, 3>("sobel_1");
  is_golden<esp::sobel<esp::axis::width>, 3>("sobel_2");
}

TEST_CASE("derivatives are those of Fornberg's recursion") {
  is_golden<esp::derivative<partial{.w = 1}>, 3>("derivative_w_2");
  is_golden<esp::derivative<partial{.w = 1}, 4>, extents{1, 1, 5}>("derivative_w_4");
  is_golden<esp::derivative<partial{.w = 2}, 4>, extents{1, 3, 5}>("derivative_ww_4");
  is_golden<esp::derivative<partial{.d = 1}, 8>, extents{9, 1, 1}>("derivative_d_8");
  is_golden<esp::derivative<partial{.d = 1, .h = 1}>, 3>("derivative_dh_2");
  is_golden<esp::derivative<partial{.h = 3}, 1>, extents{1, 5, 1}>("derivative_hhh_2");
  is_golden<esp::derivative<partial{.d = 4}, 4>, extents{7, 1, 1}>("derivative_dddd_4");
}

TEST_CASE("laplacians are sums of second derivatives") {
  is_golden<esp::laplacian<>, 3>("laplacian_2");
  is_golden<esp::laplacian<4>, 5>("laplacian_4");
}

TEST_CASE("affine projections solve the normal equations") {
  using esp::moment_is;
  const npy::array start = golden("affine_block");
  std::array<double, 27> block{};
  for (std::size_t i = 0; i < 27; ++i) block[i] = start.values[i];
  compare("affine_first", esp::evaluate<esp::moments<esp::zero_sum, moment_is<0, 0, 1, 1>>, 3>(block), 1e-14);
  constexpr auto second =
      esp::moments<esp::zero_sum, moment_is<1, 0, 0, 0>, moment_is<0, 1, 0, 0>, moment_is<0, 0, 1, 0>,
                   moment_is<2, 0, 0, 2>, moment_is<0, 2, 0, 2>, moment_is<0, 0, 2, 2>>;
  compare("affine_laplacian", esp::evaluate<second, 3>(block), 1e-14);
}
