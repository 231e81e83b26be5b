// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/nest.hpp>

#include <vector>

#include "conv/separable/known_kernel.hpp"
#include "support/catch.hpp"

namespace {

using esp::index_t;

// A cut that is not the one of the call: blocks of one tile along every axis, and of W.
template <class T>
void compare_cut(index_t ow) {
  constexpr esp::conv3d config{
      .in_channels = 4, .out_channels = 4, .kernel_size = {3, 4, 7}, .padding = 2, .groups = 2};
  using taps = known::taps<config.kernel_size, known::sum>;
  using kernel = esp::detail::separable_kernel<config, taps, T>;
  using nest = esp::detail::separable_nest<kernel, T>;
  const esp::dims5 input{2, 4, 20, 19, 45};
  const esp::conv_problem shape(config, input);
  std::mt19937 engine(7);
  drawn::fenced<T> x(input.size()), bias(4), y(shape.output.size()), got(y.size());
  known::draw(x, engine), known::draw(bias, engine);
  reference::forward(shape, x.data(), known::weight<config, taps, T>().data(), bias.data(), y.data());
  const auto p = esp::detail::along_lines<kernel>(esp::detail::forward_of(config, input, shape.output));
  auto cut = nest::cut(p, 1);
  cut.od = nest::tile.d, cut.oh = nest::tile.h, cut.ow = ow;
  cut.tasks = 2 * 2 * esp::detail::ceil_div(p.outputs.d, cut.od) * esp::detail::ceil_div(p.outputs.h, cut.oh) *
              esp::detail::ceil_div(p.outputs.w, ow);
  std::vector<T> scratch(static_cast<std::size_t>(esp::detail::team_elements<T>(cut.elements, 1)));
  nest::run(p, cut, x.data(), esp::detail::epilogue<esp::activation::none, T>{bias.data()}, got.data(),
            esp::detail::line_start(scratch.data()), esp::serial{});
  drawn::require_equal(got, y);
}

}  // namespace

TEMPLATE_TEST_CASE("any cut along W, and one tile along D and H", "[separable]", float, double) {
  for (const index_t ow : {1, 3, 8, 16, 17, 45}) compare_cut<TestType>(ow);
}
