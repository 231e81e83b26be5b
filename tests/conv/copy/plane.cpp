// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/copy/plane.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

constexpr std::array<esp::axis_boundary, 8> borders{esp::boundary::zeros,
                                                    esp::boundary::replicate,
                                                    esp::boundary::reflect,
                                                    esp::boundary::symmetric,
                                                    esp::boundary::circular,
                                                    {esp::boundary::zeros, esp::boundary::reflect},
                                                    {esp::boundary::symmetric, esp::boundary::zeros},
                                                    {esp::boundary::replicate, esp::boundary::reflect}};

// What lies beyond the widest padding is read by no output: whatever is found there is right.
bool is_read(const esp::axis_boundary& edge, index_t position, index_t size) {
  return -position <= esp::detail::largest_padding(edge.before, size) &&
         position - size < esp::detail::largest_padding(edge.after, size);
}

// Every (output, tap) pair finds its input element, or what stands in the padding, at position + tap offset.
void check_boundary(const esp::boundaries& boundary, esp::stride_axis h, esp::stride_axis w, index_t IH, index_t IW,
                    index_t oh0, index_t OH, index_t ow0, index_t OW) {
  const esp::plane_layout layout{h, w, h.span(OH), w.span(OW), boundary};
  std::vector<float> plane(static_cast<std::size_t>(IH * IW)), to(static_cast<std::size_t>(layout.size()), -1.0f);
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(i + 1);
  esp::copy_plane(layout, plane.data(), IH, IW, oh0, OH, ow0, OW, to.data());
  for (index_t oh = 0; oh < OH; ++oh)
    for (index_t ow = 0; ow < OW; ++ow)
      for (index_t kh = 0; kh < h.kernel; ++kh)
        for (index_t kw = 0; kw < w.kernel; ++kw) {
          const index_t ih = esp::element_at(boundary.h, (oh0 + oh) * h.stride - h.before + kh * h.dilation, IH);
          const index_t iw = esp::element_at(boundary.w, (ow0 + ow) * w.stride - w.before + kw * w.dilation, IW);
          if (!is_read(boundary.h, (oh0 + oh) * h.stride - h.before + kh * h.dilation, IH) ||
              !is_read(boundary.w, (ow0 + ow) * w.stride - w.before + kw * w.dilation, IW)) {
            continue;
          }
          const bool inside = ih >= 0 && iw >= 0;
          const float expected = inside ? plane[static_cast<std::size_t>(ih * IW + iw)] : 0.0f;
          REQUIRE(to[static_cast<std::size_t>(oh * layout.pitch + ow + layout.tap_offset(kh, kw))] == expected);
        }
  esp::copy_plane<float>(layout, nullptr, IH, IW, oh0, OH, ow0, OW, to.data());
  for (const float v : to) REQUIRE(v == 0.0f);
}

void check(esp::stride_axis h, esp::stride_axis w, index_t IH, index_t IW, index_t oh0, index_t OH, index_t ow0,
           index_t OW) {
  using enum esp::boundary;
  for (const esp::axis_boundary rows : borders) {
    for (const esp::axis_boundary columns : borders) {
      check_boundary({zeros, rows, columns}, h, w, IH, IW, oh0, OH, ow0, OW);
    }
  }
}

}  // namespace

TEST_CASE("planes hold what every tap reads, for each stride, dilation and border", "[conv]") {
  check({3, 1, 1, 1}, {3, 1, 1, 1}, 5, 40, 0, 5, 0, 40);
  check({3, 1, 1, 1}, {3, 1, 1, 1}, 5, 40, 2, 3, 17, 20);
  check({2, 3, 1, 0}, {4, 2, 3, 5}, 7, 21, 0, 2, 0, 9);
  check({1, 5, 1, 0}, {5, 4, 6, 11}, 11, 18, 0, 3, 1, 4);
  check({3, 2, 2, 2}, {1, 3, 1, 9}, 6, 4, 1, 2, 0, 6);
  check({2, 1, 4, 8}, {2, 1, 1, 30}, 2, 3, 0, 14, 0, 60);
  check({3, 1, 1, 1}, {3, 1, 1, 1}, 4, 5, 0, 4, 0, 5);
  check({3, 1, 1, 4}, {3, 1, 1, 9}, 1, 1, 0, 7, 0, 12);
  check({2, 3, 1, 4}, {2, 4, 1, 9}, 2, 2, 0, 3, 0, 5);
}

TEMPLATE_TEST_CASE("copied vectors: the elements asked for, zeros beside them, nothing else", "[conv]", float, double) {
  constexpr index_t lanes = esp::lanes<TestType>, size = 5 * lanes;
  for (index_t first = 0; first < lanes; ++first) {
    for (index_t count = first; count <= 4 * lanes; ++count) {
      std::vector<TestType> from(static_cast<std::size_t>(size)), to(static_cast<std::size_t>(size), TestType(-1));
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<TestType>(i + 1);
      esp::detail::copy_vectors(from.data(), first, count, to.data());
      const index_t written = first > 0 && count <= lanes ? lanes : (count + lanes - 1) / lanes * lanes;
      for (index_t i = 0; i < size; ++i) {
        const TestType inside = i >= first && i < count ? static_cast<TestType>(i + 1) : TestType(0);
        REQUIRE(to[static_cast<std::size_t>(i)] == (i < written ? inside : TestType(-1)));
      }
    }
  }
}
