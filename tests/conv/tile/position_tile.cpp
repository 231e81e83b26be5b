// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/tile/position_tile.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

// Two channels and a list of three taps, in no order, against the formula.
template <class T, index_t OC, index_t Vectors>
void check(bool accumulate) {
  constexpr index_t width = Vectors * esp::lanes<T>, channel = width + 9, out_stride = width + 3;
  const std::array<index_t, 3> offset{7, 0, 2};
  std::vector<T> input(2 * channel), weight(2 * 3 * OC), out(OC * out_stride, T(3));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<T>(i % 7) - T(2);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<T>(i % 5) - T(1);
  esp::microkernel<OC, Vectors, T>::run(input.data(), channel, 2, offset.data(), 3, weight.data(), 3 * OC, out.data(),
                                        out_stride, accumulate);
  for (index_t oc = 0; oc < OC; ++oc) {
    for (index_t q = 0; q < out_stride; ++q) {
      T expected = accumulate || q >= width ? T(3) : T(0);
      for (index_t ic = 0; ic < 2 && q < width; ++ic) {
        for (index_t tap = 0; tap < 3; ++tap) {
          expected += weight[static_cast<std::size_t>((ic * 3 + tap) * OC + oc)] *
                      input[static_cast<std::size_t>(ic * channel + offset[static_cast<std::size_t>(tap)] + q)];
        }
      }
      REQUIRE(out[static_cast<std::size_t>(oc * out_stride + q)] == expected);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a tile sums its taps and nothing beside it", "[conv]", float, double) {
  for (const bool accumulate : {false, true}) {
    check<TestType, 1, 1>(accumulate);
    check<TestType, 1, 8>(accumulate);
    check<TestType, 4, 3>(accumulate);
    check<TestType, 3, 4>(accumulate);
    check<TestType, 8, 1>(accumulate);
  }
}
