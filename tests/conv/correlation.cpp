// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/geometry.hpp>
#include <set>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("the forward and the gradient of the input are correlations", "[conv]") {
  constexpr esp::conv3d c{.in_channels = 4,
                          .out_channels = 6,
                          .kernel_size = {3, 1, 2},
                          .dilation = {2, 1, 1},
                          .padding = {{1, 2}, 0, {3, 0}},
                          .groups = 2};
  constexpr esp::dims5 x{2, 4, 9, 5, 7}, y{2, 6, 8, 5, 9};
  constexpr esp::correlation f = esp::forward_of(c, x, y), g = esp::input_gradient_of(c, x, y);
  static_assert(f.groups == 2 && f.in == 2 && f.out == 3 && g.in == 3 && g.out == 2);
  static_assert(f.X == x && f.outputs == esp::extents{8, 5, 9} && g.X == y && g.outputs == esp::extents{9, 5, 7});
  static_assert(f.before == esp::extents{1, 0, 3} && g.before == esp::extents{3, 0, -2});
  static_assert(f.step == esp::extents{45, 9, 1} && f.channel == 360 && f.first == 0);
  static_assert(f.size() == y.size() && g.size() == x.size());
  SUCCEED("decided by the compiler");
}

TEST_CASE("planes without a border are one long row", "[conv]") {
  esp::correlation p;
  p.taps = {7, 1, 1};
  p.stride = {2, 1, 1};
  p.before = {3, 0, 0};
  p.X = {1, 1, 9, 5, 6};
  p.outputs = {5, 5, 6};
  p.step = {30, 6, 1};
  p.channel = 150;
  const esp::correlation flat = esp::flattened(p);
  REQUIRE((flat.X == esp::dims5{1, 1, 9, 1, 30} && flat.outputs == esp::extents{5, 1, 30}));
  p.taps.w = 3;
  REQUIRE(esp::flattened(p).X == p.X);
}

TEST_CASE("taps are numbered forwards or backwards", "[conv]") {
  esp::correlation p;
  p.taps = {2, 3, 4};
  REQUIRE(p.tap(6) == esp::tap_index{0, 1, 2});
  p.backwards = true;
  REQUIRE(p.tap(6) == esp::tap_index{1, 1, 1});
}

TEST_CASE("the phases of a stride write every position once, and read what the forward reads", "[conv]") {
  const auto check = [](const esp::conv3d& c, esp::dims5 x) {
    const esp::dims5 y = esp::output_dims(c, x);
    const esp::backward_problems problems(c, x, y);
    const esp::correlation hull = problems.hull();
    const esp::extents before = esp::pads_of(c).before;
    std::set<index_t> written;
    index_t taps = 0, wrong = 0;
    for (index_t i = 0; i < problems.count(); ++i) {
      const esp::correlation p = problems[i];
      taps += p.taps.volume();
      REQUIRE((p.outputs.w <= hull.outputs.w && p.taps.w <= hull.taps.w));
      for (index_t w = 0; w < p.outputs.w; ++w) {
        const index_t at = p.first % x.w + w * p.step.w;
        wrong += at < x.w ? 0 : 1;
        for (index_t k = 0; k < p.taps.w; ++k) {
          // Tap number k reads output o: some tap t of the forward has o S - P + t L there.
          const index_t o = w + p.tap(k).w * p.dilation.w - p.before.w, rest = at - o * c.stride.w + before.w;
          wrong += rest % c.dilation.w == 0 && rest >= 0 && rest / c.dilation.w < c.kernel_size.w ? 0 : 1;
        }
        for (index_t h = 0; h < p.outputs.h; ++h)
          for (index_t d = 0; d < p.outputs.d; ++d) {
            wrong += written.insert(p.first + d * p.step.d + h * p.step.h + w * p.step.w).second ? 0 : 1;
          }
      }
    }
    REQUIRE((wrong == 0 && taps == c.kernel_size.volume()));
    REQUIRE((problems.skips() || static_cast<index_t>(written.size()) == x.d * x.h * x.w));
  };
  for (index_t size = 3; size < 12; ++size) {
    const esp::dims5 x{1, 2, 4, size, size + 1};
    check({.in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = 2, .padding = 1}, x);
    check({.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1}, x);
    check({.in_channels = 2, .out_channels = 2, .kernel_size = {1, 2, 3}, .stride = 3, .padding = 2}, x);
    check({.in_channels = 2,
           .out_channels = 2,
           .kernel_size = 2,
           .stride = {1, 2, 4},
           .dilation = {1, 1, 6},
           .padding = {0, 1, 5}},
          x);
  }
}
