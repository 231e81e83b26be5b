// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd_weight.hpp>
#include <vector>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("transformed weights are the matrices times the kernel, packed in blocks", "[conv][winograd]", float,
                   double) {
  using T = TestType;
  using esp::index_t;
  const index_t groups = 2, IC = 3, OC = 11, block = esp::winograd_tile().oc, blocks = (OC + block - 1) / block;
  using weight = esp::winograd_weight<3, 1, 3, T>;
  std::vector<T> from(static_cast<std::size_t>(groups * OC * IC * 9));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(static_cast<int>(i * 7 % 17) - 8);
  const auto& m = esp::transform_for<3>.weight;
  const auto check = [&]<bool Transposed>() {
    std::vector<T> packed(static_cast<std::size_t>(weight::packed_size(groups, IC, OC)), T(-99));
    weight::template pack<Transposed>(from.data(), groups, IC, OC, packed.data());
    const index_t plane = weight::plane_size(IC, OC);
    for (index_t g = 0; g < groups; ++g)
      for (std::size_t f = 0; f < 16; ++f) {
        const T* next = packed.data() + (g * 16 + static_cast<index_t>(f)) * plane;
        const T* const end = next + plane;
        for (index_t oc0 = 0; oc0 < blocks * block; oc0 += block)
          for (index_t ic = 0; ic < IC; ++ic)
            for (index_t oc = oc0; oc < oc0 + block; ++oc) {
              T expected = 0;
              for (std::size_t k = 0; k < 9 && oc < OC; ++k) {
                const index_t kernel = g * OC * IC + (Transposed ? ic * OC + oc : oc * IC + ic);
                expected += static_cast<T>(m[f / 4][k / 3] * m[f % 4][k % 3]) *
                            from[static_cast<std::size_t>(kernel) * 9 + (Transposed ? 8 - k : k)];
              }
              REQUIRE(*next++ == expected);
            }
        while (next < end) REQUIRE(*next++ == T(-99));
      }
  };
  check.template operator()<false>();
  check.template operator()<true>();
}

TEST_CASE("the points of a weight lie an odd number of cache lines apart", "[conv][winograd]") {
  using weight = esp::winograd_weight<3, 3, 3, float>;
  for (const esp::index_t channels : {1, 3, 8, 16, 64, 256}) {
    const esp::index_t plane = weight::plane_size(channels, channels), line = 16;
    REQUIRE((plane % (2 * line) == line && plane >= channels * channels));
    REQUIRE(weight::packed_size(2, channels, channels) == 2 * 64 * plane);
  }
}
