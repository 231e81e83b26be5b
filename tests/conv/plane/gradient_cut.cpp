// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/plane/gradient_cut.hpp>

#include "support/catch.hpp"

namespace {

// Jobs cover the weight, units the output, and the scratch stays bounded.
template <class T>
void check(const esp::conv3d& config, esp::dims5 input) {
  const esp::dims5 output = esp::output_dims(config, input);
  const esp::gradient_blocking b = esp::gradient_blocks_for<T>(config, output);
  const esp::gradient_table table(config);
  using esp::detail::ceil_div;
  REQUIRE(table.row_taps * table.column_taps == config.kernel_size.volume());
  REQUIRE(b.jobs == config.groups * ceil_div(table.OCG, b.oc) * ceil_div(table.ICG, b.ic) * b.pieces);
  REQUIRE(b.columns * b.pieces >= b.ic * table.column_taps);
  REQUIRE(b.columns <= esp::detail::offset_table);
  REQUIRE(b.oc * table.row_taps <= esp::detail::row_table);
  REQUIRE((b.pieces == 1 || b.ic == 1));
  REQUIRE(b.units == output.n * ceil_div(output.d, b.od) * ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow));
  REQUIRE((b.shares >= 1 && b.shares <= 8));
  const esp::index_t bytes = static_cast<esp::index_t>(sizeof(T));
  REQUIRE(b.worker_elements() * bytes < 1024 * 1024);
  if (b.shares > 1) REQUIRE(b.shares * esp::weight_shape_of(config).size() * bytes < 2 * 1024 * 1024);
}

}  // namespace

TEMPLATE_TEST_CASE("gradients are cut within bounded scratch", "[conv][backward]", float, double) {
  check<TestType>({.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, {2, 4, 16, 32, 32});
  check<TestType>({.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, {1, 1, 181, 217, 181});
  check<TestType>({.in_channels = 512, .out_channels = 513, .kernel_size = 3, .padding = 1}, {1, 512, 40, 40, 40});
  check<TestType>({.in_channels = 64, .out_channels = 64, .kernel_size = 7, .stride = 3, .groups = 64},
                  {1, 64, 99, 99, 9999});
  check<TestType>({.in_channels = 2, .out_channels = 2, .kernel_size = {1, 1, 11}}, {0, 2, 1, 1, 11});
  check<TestType>({.in_channels = 1, .out_channels = 100, .kernel_size = 1}, {9, 1, 1, 100000, 1});
  check<TestType>({.in_channels = 64, .out_channels = 64, .kernel_size = 1}, {1, 64, 32, 32, 32});
  check<TestType>({.in_channels = 1, .out_channels = 3, .kernel_size = {9, 9, 13}}, {1, 1, 64, 64, 64});
}
