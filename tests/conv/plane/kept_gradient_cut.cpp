// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/plane/kept_gradient_cut.hpp>

#include "support/catch.hpp"
#include "support/internals.hpp"

namespace {

template <class T>
void check(const esp::conv3d& config, const esp::dims5& Y, esp::index_t kept, const esp::register_tile& tile) {
  const esp::kept_gradient_blocking b = esp::kept_gradient_blocks_for<T>(config, Y, kept, tile);
  using esp::ceil_div;
  const esp::index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
  REQUIRE((b.oc % tile.rows == 0 && b.ic >= 1 && b.ic <= ICG));
  REQUIRE(b.jobs == config.groups * ceil_div(OCG, b.oc) * ceil_div(ICG, b.ic));
  REQUIRE((b.chunks * tile.vectors >= kept && (b.chunks - 1) * tile.vectors < kept));
  REQUIRE(b.units == Y.n * ceil_div(Y.d, b.od) * ceil_div(Y.h, b.oh) * ceil_div(Y.w, b.ow));
  REQUIRE((b.shares >= 1 && (b.shares == 1 || b.shares <= b.units)));
  REQUIRE(b.sum_elements >= b.oc * b.ic * b.chunks * tile.vectors * esp::lanes<T>);
  if (esp::reads_in_place(config)) {
    REQUIRE(b.x_elements == 0);
  } else {
    REQUIRE((b.od == 1 && b.x_elements >= config.kernel_size.d * b.plane.size()));
    REQUIRE((b.oh == 1 || b.x_elements * static_cast<esp::index_t>(sizeof(T)) <=
                              esp::plane_gradient_budget::rows + static_cast<esp::index_t>(esp::alignment)));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("gradients over lists are cut into blocks that cover the work", "[conv][backward]", float, double) {
  using T = TestType;
  for (const esp::index_t in : {1, 3, 16, 130})
    for (const esp::index_t out : {1, 5, 33, 64})
      for (const esp::index_t stride : {1, 2})
        for (const esp::index_t kept : {0, 1, 7, 20})
          for (const esp::dims5& volume : {esp::dims5{0, out, 1, 1, 1}, esp::dims5{1, out, 3, 2, 5},
                                           esp::dims5{2, out, 48, 48, 48}, esp::dims5{1, out, 1, 2, 9001}}) {
            check<T>({.in_channels = in, .out_channels = out, .kernel_size = 3, .stride = stride, .padding = 1}, volume,
                     kept, {out < 3 ? out : 3, kept < 1 ? 1 : (kept < 7 ? kept : 7)});
          }
  esp::conv3d replicated{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1};
  replicated.boundary = esp::boundary::replicate;
  REQUIRE(!esp::reads_in_place(replicated));
  check<T>(replicated, {1, 2, 9, 9, 9}, 7, {2, 7});
}
