// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using esp::boundary, esp::dims5, esp::index_t, esp::pads;

namespace {

template <class T>
std::vector<T> folded(const esp::boundaries& edge, const pads& pad, const std::vector<T>& padded, dims5 X,
                      index_t team) {
  std::vector<T> result(static_cast<std::size_t>(X.size()), std::numeric_limits<T>::quiet_NaN());
  esp::fold_padding(edge, pad, padded.data(), X, result.data(), esp::threads{team});
  return result;
}

// Every padded element is added where `element_at` says, as the loops do.
template <class T>
void check(const esp::boundaries& edge, dims5 X, const pads& pad) {
  const dims5 P = esp::padded_dims(X, pad);
  std::vector<T> padded(static_cast<std::size_t>(P.size())), expected(static_cast<std::size_t>(X.size()));
  for (std::size_t i = 0; i < padded.size(); ++i) padded[i] = static_cast<T>(static_cast<int>(i * 7 % 23) - 11);
  std::size_t i = 0;
  for (index_t channel = 0; channel < X.n * X.c; ++channel)
    for (index_t d = 0; d < P.d; ++d)
      for (index_t h = 0; h < P.h; ++h)
        for (index_t w = 0; w < P.w; ++w, ++i) {
          const index_t id = esp::element_at(edge.d, d - pad.before.d, X.d),
                        ih = esp::element_at(edge.h, h - pad.before.h, X.h),
                        iw = esp::element_at(edge.w, w - pad.before.w, X.w);
          if (id < 0 || ih < 0 || iw < 0) continue;
          expected[static_cast<std::size_t>(((channel * X.d + id) * X.h + ih) * X.w + iw)] += padded[i];
        }
  for (const index_t team : {1, 3}) REQUIRE(folded(edge, pad, padded, X, team) == expected);
}

}  // namespace

TEMPLATE_TEST_CASE("a fold adds the padding to the elements that stand there", "[conv][backward]", float, double) {
  for (const esp::boundaries& edge :
       {esp::boundaries(boundary::zeros), esp::boundaries(boundary::replicate), esp::boundaries(boundary::reflect),
        esp::boundaries(boundary::symmetric), esp::boundaries(boundary::circular),
        esp::boundaries(boundary::circular, {boundary::zeros, boundary::reflect}, boundary::symmetric)}) {
    for (index_t w = 1; w <= 40; ++w) check<TestType>(edge, {2, 3, 2, 3, w}, {{1, 1, 1}, {1, 1, 1}});
    check<TestType>(edge, {1, 2, 4, 5, 6}, {});
    check<TestType>(edge, {1, 2, 4, 5, 6}, {{0, 2, 0}, {3, 0, 1}});
    check<TestType>(edge, {1, 1, 1, 1, 1}, {{2, 0, 7}, {1, 5, 9}});
    check<TestType>(edge, {0, 3, 2, 2, 2}, {{1, 1, 1}, {1, 1, 1}});
  }
}

TEST_CASE("a fold adds in an order that no team changes", "[conv][backward]") {
  const dims5 X{2, 1, 3, 2, 19};
  const pads pad{{4, 3, 2}, {2, 5, 6}};
  std::vector<float> padded(static_cast<std::size_t>(esp::padded_dims(X, pad).size()));
  for (std::size_t i = 0; i < padded.size(); ++i) padded[i] = 1 / static_cast<float>(i % 97 + 1);
  const auto alone = folded(boundary::replicate, pad, padded, X, 1);
  for (const index_t team : {2, 4, 7}) REQUIRE(folded(boundary::replicate, pad, padded, X, team) == alone);
}

// Windows of every size and place, from all of the padded tensor and from a box of it.
TEST_CASE("a window is folded as the whole is", "[conv][backward]") {
  constexpr dims5 X{1, 2, 4, 5, 6};
  constexpr pads pad{{3, 0, 2}, {2, 4, 1}};
  constexpr dims5 P = esp::padded_dims(X, pad);
  constexpr esp::boundaries edge({boundary::reflect, boundary::replicate}, {boundary::zeros, boundary::symmetric},
                                 boundary::circular);
  std::vector<float> padded(static_cast<std::size_t>(P.size()));
  for (std::size_t i = 0; i < padded.size(); ++i) padded[i] = 1 / static_cast<float>(i % 89 + 1);
  const auto whole = folded(edge, pad, padded, X, 1);
  const auto at = [](const dims5& shape, index_t c, index_t d, index_t h, index_t w) {
    return static_cast<std::size_t>(((c * shape.d + d) * shape.h + h) * shape.w + w);
  };
  for (index_t d = 0; d < X.d; ++d)
    for (index_t h = 0; h < X.h; ++h)
      for (index_t w = 0; w < X.w; ++w) {
        // Before the first plane stand planes 3, 2 and 1, so that window [0, d] is read from -d on.
        const esp::volume_window window{{0, h, w}, {d + 1, 1, X.w - w}};
        const index_t first = -d;
        const esp::volume_window held{{first, 0, -pad.before.w}, {P.d - (pad.before.d + first), P.h, P.w}};
        const dims5 H{X.n, X.c, held.size.d, held.size.h, held.size.w};
        std::vector<float> box, result(static_cast<std::size_t>(X.c * window.size.volume()), 7);
        for (index_t c = 0; c < X.c; ++c)
          for (index_t p = pad.before.d + first; p < P.d; ++p)
            for (index_t q = 0; q < H.h * H.w; ++q)
              box.push_back(padded[at(P, c, p, 0, 0) + static_cast<std::size_t>(q)]);
        esp::fold_window(edge, pad, held, box.data(), X, window, result.data(), esp::threads{1});
        std::size_t next = 0;
        for (index_t c = 0; c < X.c; ++c)
          for (index_t i = 0; i <= d; ++i)
            for (index_t j = w; j < X.w; ++j) REQUIRE(result[next++] == whole[at(X, c, i, h, j)]);
      }
}

TEST_CASE("the gradient is folded where padding repeats the input", "[conv][backward]") {
  constexpr esp::conv3d zeros{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  constexpr auto with = [](esp::conv3d config, esp::padding padding) {
    config.padding = padding;
    config.boundary = boundary::replicate;
    return config;
  };
  STATIC_REQUIRE(!esp::folds_gradient(zeros));
  STATIC_REQUIRE(esp::folds_gradient(with(zeros, {0, 0, 1})));
  STATIC_REQUIRE(esp::folds_gradient(with(zeros, esp::same)));
  STATIC_REQUIRE(!esp::folds_gradient(with(zeros, esp::valid)));
  STATIC_REQUIRE(esp::pads_of(esp::unpadded(with(zeros, esp::same))) == pads{});
  // Zeros stay what they are: of them nothing is folded.
  STATIC_REQUIRE(esp::unpadded(zeros) == zeros);
  STATIC_REQUIRE(esp::folded_pads(zeros) == pads{});
  constexpr esp::conv3d some{.in_channels = 1,
                             .out_channels = 1,
                             .kernel_size = 3,
                             .padding = {{1, 2}, {3, 4}, {5, 6}},
                             .boundary = {boundary::zeros, {boundary::reflect, boundary::zeros}, boundary::circular}};
  STATIC_REQUIRE(esp::folds_gradient(some));
  STATIC_REQUIRE(esp::folded_pads(some) == pads{{0, 3, 5}, {0, 0, 6}});
  STATIC_REQUIRE(esp::pads_of(esp::unpadded(some)) == pads{{1, 0, 0}, {2, 4, 0}});
  STATIC_REQUIRE(esp::padded_dims({2, 3, 4, 5, 6}, {{1, 2, 3}, {4, 5, 6}}) == dims5{2, 3, 9, 12, 15});
}
