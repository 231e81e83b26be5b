// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cstring>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/conv/tile/stored_tile.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/internals.hpp"

namespace {

using esp::index_t;

// On reals, against the tile whose sums wait.
template <class T, index_t OC, index_t Vectors>
void check() {
  constexpr index_t width = Vectors * esp::lanes<T>, channel = width + 9;
  const std::array<index_t, 3> offset{7, 0, 2};
  std::mt19937 engine(3);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> input(2 * channel), weight(2 * 3 * OC), out(OC * width, T(3)), expected(OC * width);
  for (std::vector<T>* part : {&input, &weight}) {
    for (T& value : *part) value = uniform(engine);
  }
  esp::microkernel<OC, Vectors, T>::run(input.data(), channel, 2, offset.data(), 3, weight.data(), 3 * OC,
                                        expected.data(), width, false);
  const esp::stored_tile_input<T> in{channel, 2, offset.data(), 3, 3 * OC};
  const auto store = [&](index_t oc, index_t v, const esp::batch<T>& sum) {
    esp::simd::store_unaligned(out.data() + oc * width + v * esp::lanes<T>, sum);
  };
  esp::stored_tile<OC, Vectors, T>::run(in, input.data(), weight.data(), store);
  REQUIRE(std::memcmp(out.data(), expected.data(), out.size() * sizeof(T)) == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("a tile that is stored from registers has the bits of one whose sums wait", "[conv]", float,
                   double) {
  check<TestType, 1, 1>();
  check<TestType, 1, 8>();
  check<TestType, 4, 3>();
  check<TestType, 6, 4>();
  check<TestType, 8, 1>();
}
