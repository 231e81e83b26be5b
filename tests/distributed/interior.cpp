// SPDX-License-Identifier: BSD-3-Clause
// The boxes around an interior cover a window once, and the interior is the largest box that reads what is there.
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/distributed/interior.hpp>
#include <random>

#include "support/catch.hpp"

namespace {

using esp::index_t, esp::volume_window;

constexpr esp::conv3d config{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
constexpr esp::dims5 input{1, 1, 12, 8, 8};
constexpr auto reads = [](const volume_window& piece) { return esp::input_window(config, input, piece).window; };

bool has(const volume_window& piece, index_t d, index_t h, index_t w) {
  const esp::extents &at = piece.begin, &size = piece.size;
  return d >= at.d && d < at.d + size.d && h >= at.h && h < at.h + size.h && w >= at.w && w < at.w + size.w;
}

}  // namespace

TEST_CASE("an interior and the slabs around it", "[distributed]") {
  constexpr volume_window middle{{4, 0, 0}, {4, 8, 8}};
  constexpr auto cut = esp::cut_around_interior(middle, middle, reads);
  STATIC_REQUIRE(cut.has_interior);
  STATIC_REQUIRE(cut.count == 3);
  STATIC_REQUIRE(cut.boxes[0] == volume_window{{5, 0, 0}, {2, 8, 8}});
  STATIC_REQUIRE(cut.boxes[2] == volume_window{{7, 0, 0}, {1, 8, 8}});
  constexpr volume_window thin{{4, 0, 0}, {2, 8, 8}};
  STATIC_REQUIRE(!esp::cut_around_interior(thin, thin, reads).has_interior);

  std::mt19937 engine(3);
  for (int trial = 0; trial < 100; ++trial) {
    const auto draw = [&](index_t most) { return static_cast<index_t>(engine()) % most; };
    const volume_window whole{{draw(6), draw(4), draw(4)}, {1 + draw(6), 1 + draw(4), 1 + draw(4)}};
    const volume_window own{{draw(6), draw(4), draw(4)}, {3 + draw(6), 3 + draw(4), 3 + draw(4)}};
    const auto boxes = esp::cut_around_interior(whole, own, reads);
    index_t wrong = 0;
    for (index_t d = 0; d < 12; ++d)
      for (index_t h = 0; h < 8; ++h)
        for (index_t w = 0; w < 8; ++w) {
          int count = 0;
          for (int i = 0; i < boxes.count; ++i) count += has(boxes.boxes[static_cast<std::size_t>(i)], d, h, w);
          wrong += count != has(whole, d, h, w);
        }
    REQUIRE(wrong == 0);
    if (boxes.has_interior) {
      const volume_window read = reads(boxes.boxes[0]);
      REQUIRE(esp::common(esp::tensor_part{0, 1, read}, esp::tensor_part{0, 1, own}).window == read);
    }
  }
}
