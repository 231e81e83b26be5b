// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/winograd/input.hpp>
#include <vector>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("planes outside of the input drop out of a point's sum", "[conv][winograd]") {
  const esp::plane_sum inside = esp::detail::planes_of<esp::axis_f23>(esp::boundary::zeros, 1, 0, 1, 10, 11);
  REQUIRE((inside.count == 2 && inside.plane[0] == 1 && inside.plane[1] == 3));
  REQUIRE((inside.factor[0] == 1 && inside.factor[1] == -1));
  const esp::plane_sum border = esp::detail::planes_of<esp::axis_f23>(esp::boundary::zeros, 0, 0, 1, 10, 11);
  REQUIRE((border.count == 1 && border.plane[0] == 1 && border.factor[0] == -1));
  REQUIRE(esp::detail::planes_of<esp::axis_f23>(esp::boundary::zeros, 5, 3, 0, 10, 10).count == 0);
  const esp::plane_sum tall = esp::detail::planes_of<esp::axis_f43>(esp::boundary::zeros, 1, 1, 1, 6, 7);
  REQUIRE((tall.count == 2 && tall.plane[0] == 4 && tall.plane[1] == 5));
  const esp::plane_sum repeated = esp::detail::planes_of<esp::axis_f23>(esp::boundary::replicate, 0, 0, 1, 10, 11);
  REQUIRE((repeated.count == 2 && repeated.plane[0] == 0 && repeated.factor[0] == 1 && repeated.plane[1] == 1));
}

namespace {

/// One point along D of tiles at the border, against the matrices' sums in double.
template <esp::axis_tiles Axes, class T>
void check_transform(index_t point, const esp::boundaries& boundary) {
  constexpr index_t ID = 5, IH = 5, IW = 37, row_pitch = 64, plane = 200;
  constexpr esp::extents points = Axes.points(), step = Axes.outputs();
  const esp::extents before{(Axes.d.taps - 1) / 2, (Axes.h.taps - 1) / 2, (Axes.w.taps - 1) / 2};
  esp::correlation p;
  p.before = before;
  p.boundary = boundary;
  p.X = {1, 1, ID, IH, IW};
  p.outputs = {ID, IH, IW + 1};  // As many as the tiles have.
  const esp::extents end{ID + Axes.d.taps - 1 - before.d, IH + Axes.h.taps - 1 - before.h, IW + Axes.w.taps - before.w};
  const index_t row_tiles = 19, count = (IH + step.h - 1) / step.h;
  std::vector<T> x(ID * IH * IW), rows(16 * 2 * row_pitch);
  std::vector<T> to(static_cast<std::size_t>(points.h * points.w * plane));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11);
  const esp::plane_sum planes = esp::detail::planes_of<Axes.d>(boundary.d, 0, point, before.d, ID, end.d);
  using input = esp::winograd_input<Axes, T>;
  input::gather(x.data(), p, planes, 0, count, 0, row_tiles, row_pitch, rows.data());
  input::transform(rows.data(), row_pitch, count, row_tiles, to.data(), plane);

  const auto voxel = [&](index_t d, index_t h, index_t w) {
    d = esp::detail::element_before(end.d, boundary.d, d, ID);
    h = esp::detail::element_before(end.h, boundary.h, h, IH);
    w = esp::detail::element_before(end.w, boundary.w, w, IW);
    const bool inside = d >= 0 && h >= 0 && w >= 0;
    return inside ? static_cast<double>(x[static_cast<std::size_t>((d * IH + h) * IW + w)]) : 0;
  };
  const auto entry = [](const auto& matrix, index_t row, index_t column) {
    return matrix[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  };
  const bool exact = Axes.h != esp::axis_f43 && Axes.d != esp::axis_f43;
  for (index_t f = 0; f < points.h * points.w; ++f)
    for (index_t t = 0; t < count * row_tiles; ++t) {
      double expected = 0;
      for (index_t d = 0; d < points.d; ++d)
        for (index_t h = 0; h < points.h; ++h)
          for (index_t w = 0; w < points.w; ++w) {
            expected +=
                entry(esp::transform_for<Axes.d>.input, point, d) *
                entry(esp::transform_for<Axes.h>.input, f / points.w, h) *
                entry(esp::transform_for<Axes.w>.input, f % points.w, w) *
                voxel(d - before.d, t / row_tiles * step.h - before.h + h, t % row_tiles * step.w - before.w + w);
          }
      const auto found = static_cast<double>(to[static_cast<std::size_t>(f * plane + t)]);
      REQUIRE(std::fabs(found - expected) <= (exact ? 0 : sizeof(T) == sizeof(float) ? 2e-4 : 1e-12));
    }
}

}  // namespace

TEMPLATE_TEST_CASE("transformed input is the matrices times the padded tile", "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr auto tall = esp::algorithm::winograd_f43;
  using enum esp::boundary;
  for (const esp::boundaries& boundary :
       {esp::boundaries(zeros), esp::boundaries(replicate), esp::boundaries(reflect), esp::boundaries(symmetric),
        esp::boundaries(circular), esp::boundaries({zeros, reflect}, symmetric, {reflect, zeros})}) {
    for (const index_t point : {0, 1, 2, 3}) {
      check_transform<esp::axis_tiles_for(3, esp::algorithm::winograd), T>(point, boundary);
      check_transform<esp::axis_tiles_for({3, 3, 1}, esp::algorithm::winograd), T>(point, boundary);
    }
    for (const index_t point : {0, 1, 2, 3, 4, 5}) {
      check_transform<esp::axis_tiles_for(3, tall), T>(point, boundary);
      check_transform<esp::axis_tiles_for({3, 1, 3}, tall), T>(point, boundary);
    }
    check_transform<esp::axis_tiles_for({1, 3, 3}, tall), T>(0, boundary);
  }
}
