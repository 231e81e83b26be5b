// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/weight/packed_order.hpp>
#include <vector>

#include "conv/weight/packed_by.hpp"

// The layout of the direct forward convolution against loops that spell it out.

namespace {

using esp::index_t;

/// (groups, OC blocks, ICG, taps, tile)
template <class T>
std::vector<T> forward_layout(const esp::weight_shape& shape, index_t groups, index_t tile,
                              const std::vector<T>& weight) {
  const index_t OCG = shape.out / groups, taps = shape.kernel.volume();
  std::vector<T> packed;
  for (index_t g = 0; g < groups; ++g)
    for (index_t oc0 = 0; oc0 < OCG; oc0 += tile)
      for (index_t ic = 0; ic < shape.in; ++ic)
        for (index_t tap = 0; tap < taps; ++tap)
          for (index_t oc = oc0; oc < oc0 + tile; ++oc) {
            const index_t at = ((g * OCG + oc) * shape.in + ic) * taps + tap;
            packed.push_back(oc < OCG ? weight[static_cast<std::size_t>(at)] : T(0));
          }
  return packed;
}

}  // namespace

TEMPLATE_TEST_CASE("the weight of the forward convolution is packed in blocks of output channels", "[conv]", float,
                   double) {
  using T = TestType;
  for (const index_t tile : {1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 32}) {
    for (const index_t groups : {1, 3}) {
      for (const esp::weight_shape& shape : {esp::weight_shape{3, 1, 1}, esp::weight_shape{15, 2, {1, 3, 3}},
                                             esp::weight_shape{51, 5, 3}, esp::weight_shape{18, 3, {5, 2, 7}}}) {
        const std::vector<T> weight = drawn::counted<T>(shape.size());
        const std::vector<T> expected = forward_layout(shape, groups, tile, weight);
        REQUIRE(drawn::packed_by<T>(expected.size(), [&](T* to) {
                  esp::detail::pack_weight(shape, groups, tile, weight.data(), to);
                }) == expected);
        // The same from blocks and from whole filters, whichever the packing itself prefers.
        for (const bool whole : {false, true}) {
          REQUIRE(drawn::packed_by<T>(expected.size(), [&](T* to) {
                    const auto columns = esp::detail::forward_columns(shape, groups, tile, whole, to);
                    esp::copy_columns(weight.data(), columns.length, columns);
                  }) == expected);
        }
      }
    }
  }
}
