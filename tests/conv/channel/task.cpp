// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/channel/task.hpp>
#include <vector>

#include "support/catch.hpp"

using esp::index_t;

namespace {

esp::correlation cube() {
  esp::correlation p;
  p.groups = 2;
  p.in = 2;
  p.out = 48;
  p.taps = 3;
  p.before = 1;
  p.X = {2, 4, 7, 90, 50};
  p.outputs = {7, 90, 50};
  p.step = {90 * 50, 50, 1};
  p.channel = 7 * 90 * 50;
  return p;
}

}  // namespace

TEST_CASE("tasks of channel tiles cover every output once", "[conv]") {
  const esp::correlation p = cube();
  for (const index_t workers : {1, 3}) {
    const auto b = esp::channel_blocks_for<float>(p, 1, 1, 1, workers);
    const esp::channel_problem m(p, b, 0);
    index_t outputs = 0;
    for (index_t i = 0; i < b.tasks; ++i) {
      const esp::channel_range t = m.clip(esp::channel_task(p, b, i), b);
      REQUIRE((t.n < 2 && t.g < 2 && t.od0 + t.OD <= 7 && t.oh0 + t.OH <= 90 && t.ow0 + t.OW <= 50));
      outputs += t.OC * t.OD * t.OH * t.OW;
    }
    REQUIRE(outputs == 2 * 2 * 48 * 7 * 90 * 50);
  }
}

TEST_CASE("a task's copy holds what its taps read", "[conv]") {
  const esp::correlation p = cube();
  const auto b = esp::channel_blocks_for<float>(p, 1, 1, 1, 1);
  const esp::channel_problem m(p, b, 0);
  std::vector<float> x(static_cast<std::size_t>(p.X.size())), copy(static_cast<std::size_t>(b.elements), -1.0F);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 4093) + 1;
  std::vector<index_t> copied(27), in_place(27);
  m.fill_offsets(b, 1, copied.data(), in_place.data());
  for (index_t number = 0; number < b.tasks; number += 3) {
    const esp::channel_range t = m.clip(esp::channel_task(p, b, number), b);
    const index_t ic = b.ic - 1;
    esp::detail::copy_channels(m, b, t, x.data(), 0, b.ic, 8, copy.data());
    const auto ahead = esp::detail::channels_ahead(m, b, t, x.data(), 0, b.ic, 5);
    REQUIRE((ahead.first >= x.data() && ahead.each * 5 >= ahead.total && ahead.total > 0));
    index_t wrong = 0;
    for (index_t i = 0; i < 27; ++i)
      for (index_t oh = 0; oh < t.OH; ++oh)
        for (index_t ow = 0; ow < t.OW; ++ow) {
          const index_t d = t.od0 + i / 9 - 1, h = t.oh0 + oh + i / 3 % 3 - 1, w = t.ow0 + ow + i % 3 - 1;
          const bool inside = d >= 0 && d < 7 && h >= 0 && h < 90 && w >= 0 && w < 50;
          const index_t at = (((t.n * 4 + t.g * 2 + ic) * 7 + d) * 90 + h) * 50 + w;
          const float expected = inside ? x[static_cast<std::size_t>(at)] : 0.0F;
          const index_t from =
              ic * b.planes * b.plane_size + copied[static_cast<std::size_t>(i)] + oh * b.plane.pitch + ow;
          wrong += copy[static_cast<std::size_t>(from)] == expected ? 0 : 1;
          if (m.inside(t, t.OW)) {
            wrong += m.origin(t, ic) + in_place[static_cast<std::size_t>(i)] + oh * 50 + ow == at ? 0 : 1;
          }
        }
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("a window holds the taps that lie inside along D and H", "[conv]") {
  const auto check = [](const esp::correlation& p, index_t columns) {
    const esp::channel_problem m(p, esp::channel_blocks_for<float>(p, 1, 1, columns, 1), 0);
    for (index_t od = 0; od < p.outputs.d; ++od)
      for (index_t oh = -1; oh < p.outputs.h; ++oh) {
        const esp::tap_window window = m.window(od, oh, columns);
        std::vector<bool> listed(static_cast<std::size_t>(p.taps.volume() / columns)), inside = listed;
        for (index_t g = 0; g < window.taps.groups; ++g)
          for (index_t run = 0; run < window.taps.runs; ++run) {
            const index_t at = window.first + g * (window.taps.runs + window.taps.gap) + run;
            listed.at(static_cast<std::size_t>(at)) = true;
          }
        for (index_t i = 0; i < p.taps.volume(); ++i) {
          const esp::tap_index k = p.tap(i);
          const index_t id = od * p.stride.d - p.before.d + k.d * p.dilation.d;
          const index_t ih = oh < 0 ? 0 : oh * p.stride.h - p.before.h + k.h * p.dilation.h;
          if (id >= 0 && id < p.X.d && ih >= 0 && ih < p.X.h) inside[static_cast<std::size_t>(i / columns)] = true;
        }
        REQUIRE(listed == inside);
      }
  };
  esp::correlation p = cube();
  p.X = {1, 4, 5, 9, 50};
  p.outputs = {7, 11, 50};
  p.before = {2, 2, 1};
  check(p, 1);
  check(p, 3);
  p.backwards = true;
  p.taps = {3, 4, 2};
  p.dilation = {2, 3, 1};
  check(p, 2);
  p.stride = {1, 2, 1};
  check(p, 1);
}
