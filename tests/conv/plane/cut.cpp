// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/plane/cut.hpp>

#include "support/catch.hpp"

namespace {

// The blocks cover the output, and the scratch of one worker stays bounded.
template <class T>
void check(const esp::conv3d& config, esp::dims5 input, esp::index_t workers) {
  const esp::dims5 output = esp::output_dims(config, input);
  const esp::blocking b = esp::block_for<T>(esp::forward_of(config, input, output), workers);
  using esp::detail::ceil_div;
  const esp::index_t group_channels = config.out_channels / config.groups;
  REQUIRE(b.tasks == output.n * config.groups * ceil_div(group_channels, b.oc) * ceil_div(output.d, b.od) *
                         ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow));
  REQUIRE((b.oc >= 1 && b.ic >= 1 && b.od >= 1 && b.oh >= 1 && b.ow >= 1));
  REQUIRE((b.oc == group_channels || b.oc % b.tile.rows == 0));
  REQUIRE((b.one_pass || b.od == 1));
  REQUIRE(b.worker_elements() * static_cast<esp::index_t>(sizeof(T)) < 1024 * 1024);
}

}  // namespace

TEMPLATE_TEST_CASE("blocks cover the output within bounded scratch", "[conv]", float, double) {
  for (const esp::index_t workers : {1, 2, 64}) {
    check<TestType>({.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, {2, 4, 16, 32, 32}, workers);
    check<TestType>({.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, {1, 1, 181, 217, 181},
                    workers);
    check<TestType>({.in_channels = 512, .out_channels = 513, .kernel_size = 3, .padding = 1}, {1, 512, 40, 40, 40},
                    workers);
    check<TestType>({.in_channels = 64, .out_channels = 64, .kernel_size = 7, .stride = 3, .groups = 64},
                    {1, 64, 99, 99, 9999}, workers);
    check<TestType>({.in_channels = 2, .out_channels = 2, .kernel_size = {1, 1, 11}}, {0, 2, 1, 1, 11}, workers);
    check<TestType>({.in_channels = 1, .out_channels = 100, .kernel_size = 1}, {9, 1, 1, 100000, 1}, workers);
  }
}
