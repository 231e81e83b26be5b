// SPDX-License-Identifier: BSD-3-Clause
// One of two units whose unnamed namespaces hold tables that a compiler may give the same name.
#include <array>
#include <cstdio>
#include <espalier/dsl.hpp>

namespace {

constexpr auto table = esp::at<[](esp::tap_index t) { return static_cast<double>(t.w + 1); }>;
constexpr auto kernel = [](auto w) { return w * table; };

}  // namespace

std::array<float, 3> other_table();

int main() {
  std::array<float, 3> block{1, 1, 1};
  const std::array<float, 3> here = esp::evaluate<kernel, esp::extents{1, 1, 3}>(block), there = other_table();
  std::printf("%g %g %g and %g %g %g\n", static_cast<double>(here[0]), static_cast<double>(here[1]),
              static_cast<double>(here[2]), static_cast<double>(there[0]), static_cast<double>(there[1]),
              static_cast<double>(there[2]));
  return here == std::array<float, 3>{1, 2, 3} && there == std::array<float, 3>{4, 1, 0} ? 0 : 1;
}
