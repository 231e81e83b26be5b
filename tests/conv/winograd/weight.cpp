// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/winograd/weight.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

template <esp::axis_tiles Axes, bool Transposed, class T>
void check_packed() {
  using esp::index_t;
  const index_t groups = 2, IC = 3, OC = 11, block = esp::winograd_tile().rows, blocks = (OC + block - 1) / block;
  constexpr esp::extents kernel = Axes.taps(), points = Axes.points();
  constexpr index_t taps = kernel.volume();
  using weight = esp::winograd_weight<Axes, T>;
  std::vector<T> from(static_cast<std::size_t>(groups * OC * IC * taps));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(static_cast<int>(i * 7 % 17) - 8);
  std::vector<T> packed(static_cast<std::size_t>(weight::packed_size(groups, IC, OC)), T(-99));
  weight::template pack<Transposed>(from.data(), groups, IC, OC, packed.data());
  const auto entry = [](const auto& matrix, index_t point, index_t tap) {
    return matrix[static_cast<std::size_t>(point)][static_cast<std::size_t>(tap)];
  };
  const bool exact = Axes.h != esp::axis_f43 && Axes.d != esp::axis_f43;
  const index_t plane = weight::plane_size(IC, OC);
  for (index_t g = 0; g < groups; ++g)
    for (index_t f = 0; f < points.volume(); ++f) {
      const T* next = packed.data() + (g * points.volume() + f) * plane;
      const T* const end = next + plane;
      for (index_t oc0 = 0; oc0 < blocks * block; oc0 += block)
        for (index_t ic = 0; ic < IC; ++ic)
          for (index_t oc = oc0; oc < oc0 + block; ++oc) {
            double expected = 0;
            for (index_t k = 0; k < taps && oc < OC; ++k) {
              const index_t place = g * OC * IC + (Transposed ? ic * OC + oc : oc * IC + ic);
              expected +=
                  entry(esp::transform_for<Axes.d>.weight, f / points.w / points.h, k / kernel.w / kernel.h) *
                  entry(esp::transform_for<Axes.h>.weight, f / points.w % points.h, k / kernel.w % kernel.h) *
                  entry(esp::transform_for<Axes.w>.weight, f % points.w, k % kernel.w) *
                  static_cast<double>(from[static_cast<std::size_t>(place * taps + (Transposed ? taps - 1 - k : k))]);
            }
            REQUIRE(std::fabs(static_cast<double>(*next++) - expected) <= (exact                        ? 0
                                                                           : sizeof(T) == sizeof(float) ? 2e-5
                                                                                                        : 1e-13));
          }
      while (next < end) REQUIRE(*next++ == T(-99));
    }
}

}  // namespace

TEMPLATE_TEST_CASE("transformed weights are the matrices times the kernel, packed in blocks", "[conv][winograd]", float,
                   double) {
  using T = TestType;
  constexpr esp::axis_tiles slab = esp::axis_tiles_for({3, 1, 3}, esp::algorithm::winograd);
  constexpr esp::axis_tiles tall = esp::axis_tiles_for(3, esp::algorithm::winograd_f43);
  check_packed<slab, false, T>();
  check_packed<slab, true, T>();
  check_packed<tall, false, T>();
  check_packed<tall, true, T>();
}

TEST_CASE("the points of a weight lie an odd number of cache lines apart", "[conv][winograd]") {
  using weight = esp::winograd_weight<esp::axis_tiles_for(3, esp::algorithm::winograd), float>;
  for (const esp::index_t channels : {1, 3, 8, 16, 64, 256}) {
    const esp::index_t plane = weight::plane_size(channels, channels), line = 16;
    REQUIRE((plane % (2 * line) == line && plane >= channels * channels));
    REQUIRE(weight::packed_size(2, channels, channels) == 2 * 64 * plane);
  }
}
