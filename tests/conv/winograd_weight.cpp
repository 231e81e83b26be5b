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
    std::size_t next = 0;
    for (index_t g = 0; g < groups; ++g)
      for (std::size_t f = 0; f < 16; ++f)
        for (index_t oc0 = 0; oc0 < blocks * block; oc0 += block)
          for (index_t ic = 0; ic < IC; ++ic)
            for (index_t oc = oc0; oc < oc0 + block; ++oc) {
              T expected = 0;
              for (std::size_t k = 0; k < 9 && oc < OC; ++k) {
                const index_t kernel = g * OC * IC + (Transposed ? ic * OC + oc : oc * IC + ic);
                expected += static_cast<T>(m[f / 4][k / 3] * m[f % 4][k % 3]) *
                            from[static_cast<std::size_t>(kernel) * 9 + (Transposed ? 8 - k : k)];
              }
              REQUIRE(packed[next++] == expected);
            }
    REQUIRE(next == packed.size());
  };
  check.template operator()<false>();
  check.template operator()<true>();
}
