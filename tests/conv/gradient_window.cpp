// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <random>
#include <string>

#include "conv/replicated.hpp"
#include "support/catch.hpp"

namespace {

using esp::extents, esp::index_t, esp::volume_window;

/// One axis of a convolution, the others of one voxel and one tap.
struct one_axis {
  esp::conv3d config{.in_channels = 1, .out_channels = 1};
  esp::dims5 input{1, 1, 1, 1, 1};
  extents window_begin{0}, window_size{1};
  index_t kernel, stride, dilation, before, after, in, out;
  esp::axis_boundary edge;
};

one_axis drawn_axis(std::mt19937& engine, index_t extents::* axis) {
  using enum esp::boundary;
  constexpr std::array<esp::axis_boundary, 9> edges{zeros,
                                                    replicate,
                                                    reflect,
                                                    symmetric,
                                                    circular,
                                                    {zeros, reflect},
                                                    {symmetric, zeros},
                                                    {reflect, replicate},
                                                    {replicate, symmetric}};
  const auto draw = [&engine](index_t first, index_t last) {
    return first + static_cast<index_t>(engine()) % (last - first + 1);
  };
  one_axis a;
  a.kernel = draw(1, 4), a.stride = draw(1, 5), a.dilation = draw(1, 3);
  a.before = draw(0, 6), a.after = draw(0, 6);
  a.edge = edges[static_cast<std::size_t>(engine()) % edges.size()];
  a.in = drawn::repeatable(draw(1, 12), a.edge, a.before, a.after);
  while ((a.out = esp::output_extent(a.in, a.before + a.after, a.kernel, a.stride, a.dilation)) < 1) ++a.in;
  extents K{1}, S{1}, L{1}, sizes{1};
  a.config.padding.explicit_pads.before.*axis = a.before;
  a.config.padding.explicit_pads.after.*axis = a.after;
  K.*axis = a.kernel, S.*axis = a.stride, L.*axis = a.dilation, sizes.*axis = a.in;
  a.config.kernel_size = K, a.config.stride = S, a.config.dilation = L;
  a.config.boundary = {a.edge, a.edge, a.edge};
  a.input = esp::resized(a.input, sizes);
  a.window_begin.*axis = draw(0, a.in - 1), a.window_size.*axis = draw(1, a.in - a.window_begin.*axis);
  return a;
}

}  // namespace

TEST_CASE("the gradient of a window reads the outputs that read it", "[conv]") {
  std::mt19937 engine(7);
  for (int i = 0; i < 5000; ++i) {
    index_t extents::* const axis = i % 3 == 0 ? &extents::d : i % 3 == 1 ? &extents::h : &extents::w;
    const one_axis a = drawn_axis(engine, axis);
    const index_t from = a.window_begin.*axis, to = from + a.window_size.*axis;
    const volume_window read = esp::output_window(a.config, a.input, {a.window_begin, a.window_size});
    const index_t first = read.begin.*axis, last = first + read.size.*axis - 1;
    REQUIRE((first >= 0 && last >= first && last < a.out));
    index_t lowest = a.out, highest = -1;
    for (index_t o = 0; o < a.out; ++o)
      for (index_t k = 0; k < a.kernel; ++k) {
        const index_t element = esp::element_at(a.edge, o * a.stride - a.before + k * a.dilation, a.in);
        if (element < from || element >= to) continue;
        lowest = std::min(lowest, o);
        highest = std::max(highest, o);
      }
    INFO("in " << a.in << " out " << a.out << " kernel " << a.kernel << " stride " << a.stride << " dilation "
               << a.dilation << " pads " << a.before << " " << a.after << " window " << from << " to " << to << " read "
               << first << " to " << last << " needed " << lowest << " to " << highest);
    // No more than is needed where nothing is repeated and no tap is passed over.
    if (highest >= 0) REQUIRE((first <= lowest && last >= highest));
    if (highest >= 0 && a.dilation == 1 && a.stride <= a.kernel && a.edge == esp::boundary::zeros) {
      REQUIRE((first == lowest && last == highest));
    }
    if (highest < 0 && a.edge == esp::boundary::zeros && a.dilation == 1) REQUIRE(first == last);
  }
}

TEST_CASE("kernels that compute tiles take whole ones, with what is folded onto the window", "[conv]") {
  std::mt19937 engine(8);
  for (int i = 0; i < 3000; ++i) {
    index_t extents::* const axis = i % 3 == 0 ? &extents::d : i % 3 == 1 ? &extents::h : &extents::w;
    const one_axis a = drawn_axis(engine, axis);
    extents block{1}, out{1};
    block.*axis = 1 + i % 4, out.*axis = a.out;
    const esp::gradient_part part = esp::gradient_part_of(a.config, a.input, esp::resized({1, 1, 1, 1, 1}, out),
                                                          {a.window_begin, a.window_size}, block);
    const index_t from = a.window_begin.*axis, to = from + a.window_size.*axis;
    const index_t begin = part.computed.begin.*axis, end = begin + part.computed.size.*axis;
    const index_t folded = a.edge.before == esp::boundary::zeros ? 0 : a.before;
    const index_t behind = a.edge.after == esp::boundary::zeros ? 0 : a.after;
    REQUIRE((begin <= from && end >= to && begin >= -folded && end <= a.in + behind));
    REQUIRE((begin + folded) % (block.*axis) == 0);
    REQUIRE(((end + folded) % (block.*axis) == 0 || end == a.in + behind));
    for (index_t p = -folded; p < a.in + behind; ++p) {
      const index_t element = esp::element_at(a.edge, p, a.in);
      if (element >= from && element < to) REQUIRE((p >= begin && p < end));
    }
    // What a convolution with so much padding before it reads of the part is what the whole reads.
    const index_t first = part.read.begin.*axis;
    REQUIRE(part.before.*axis == begin + a.before - first * a.stride);
    for (index_t o = 0; o < a.out; ++o)
      for (index_t k = 0; k < a.kernel; ++k) {
        const index_t p = o * a.stride - a.before + k * a.dilation;
        if (p >= begin && p < end) REQUIRE((o >= first && o < first + part.read.size.*axis));
      }
  }
}

TEST_CASE("the window of the output is a constant expression, and a window outside of the input is refused", "[conv]") {
  constexpr esp::conv3d cube{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .stride = {1, 2, 1}, .padding = 1};
  constexpr esp::dims5 input{1, 1, 9, 9, 9};
  static_assert(esp::output_window(cube, input, {{0, 4, 7}, {9, 2, 2}}) == volume_window{{0, 2, 6}, {9, 2, 3}});
  const auto sentence = [&](const esp::dims5& shape, const volume_window& window) -> std::string {
    try {
      static_cast<void>(esp::output_window(cube, shape, window));
    } catch (const esp::error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(sentence(input, {{0, 0, 0}, {9, 9, 9}}).empty());
  CHECK(sentence(input, {{0, 1, 0}, {9, 0, 9}}) ==
        "ESP-250: the window has 0 positions along H, where the input has 9; a window has at least one along each "
        "axis");
  CHECK(sentence(input, {{0, 9, 0}, {9, 1, 9}}) ==
        "ESP-251: the window of 1 position from 9 on along H is not inside of the input, which has 9 there; clip the "
        "window to the input");
  CHECK(sentence({1, 3, 9, 9, 9}, {{0, 0, 0}, {1, 1, 1}}).substr(0, 7) == "ESP-101");
}
