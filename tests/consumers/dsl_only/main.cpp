// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <espalier/shape.hpp>

int main() {
  constexpr esp::extents kernel{3};
  std::printf("taps %d\n", static_cast<int>(kernel.volume()));
  return kernel.volume() == 27 ? 0 : 1;
}
