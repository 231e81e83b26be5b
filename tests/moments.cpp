// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/moments.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

using esp::derivative_to, esp::establishes, esp::extents, esp::laplacian_to, esp::moment_is, esp::partial;

constexpr extents row{1, 1, 3}, wide_row{1, 1, 5};
constexpr partial along_w{.w = 1}, along_h{.h = 1};

constexpr auto x = esp::at<[](esp::tap_index t) { return t.w - 1; }>;

/// A kernel along W, by its taps.
template <auto... Taps>
constexpr auto kernel = esp::assign<esp::at<[](esp::tap_index t) {
  constexpr double taps[]{static_cast<double>(Taps)...};
  return taps[t.w];
}>>;

}  // namespace

TEST_CASE("moments count from the centre tap") {
  STATIC_REQUIRE(establishes<kernel<1, 2, 4>, moment_is<0, 0, 0, 7>, row>);
  STATIC_REQUIRE(establishes<kernel<1, 2, 4>, moment_is<0, 0, 1, 3>, row>);
  STATIC_REQUIRE(establishes<kernel<1, 2, 4>, moment_is<0, 0, 2, 5>, row>);
  STATIC_REQUIRE(!establishes<kernel<1, 2, 4>, moment_is<0, 0, 1, -3>, row>);
  STATIC_REQUIRE(establishes<kernel<1, 2, 4>, moment_is<1, 0, 0, 0>, row>);
  STATIC_REQUIRE(establishes<kernel<1, 2, 4>, moment_is<0, 0, 1, 27>>);  // nine such rows
}

TEST_CASE("on an even axis nothing is counted from a tap that is not there") {
  constexpr extents even{3, 3, 2};
  STATIC_REQUIRE(!establishes<kernel<1, 1>, moment_is<0, 0, 1, -9>, even>);
  STATIC_REQUIRE(!establishes<kernel<1, 1>, moment_is<0, 0, 1, 0>, even>);
  STATIC_REQUIRE(establishes<kernel<1, 1>, moment_is<1, 0, 0, 0>, even>);
}

TEST_CASE("a derivative has the order that its moments give it") {
  STATIC_REQUIRE(establishes<kernel<-0.5, 0, 0.5>, derivative_to<along_w, 2>, row>);
  STATIC_REQUIRE(!establishes<kernel<-0.5, 0, 0.5>, derivative_to<along_w, 3>, row>);
  STATIC_REQUIRE(establishes<kernel<-1, 1, 0>, derivative_to<along_w, 1>, row>);
  STATIC_REQUIRE(!establishes<kernel<-1, 1, 0>, derivative_to<along_w, 2>, row>);
  STATIC_REQUIRE(!establishes<kernel<-1, 0, 1>, derivative_to<along_w, 1>, row>);  // twice the derivative
  STATIC_REQUIRE(!establishes<kernel<-0.5, 0, 0.5>, derivative_to<along_h, 1>, row>);
  STATIC_REQUIRE(establishes<kernel<1, -2, 1>, derivative_to<partial{.w = 2}, 2>, row>);
  STATIC_REQUIRE(establishes<kernel<0, 1, 0>, derivative_to<partial{}, 9>, row>);
  // As published: the taps of a convolution in the place of a cross-correlation's.
  STATIC_REQUIRE(!establishes<kernel<0.5, 0, -0.5>, derivative_to<along_w, 1>, row>);
}

TEST_CASE("taps are meant to be the fractions that their doubles are nearest to") {
  constexpr auto fourth = kernel<1.0 / 12, -8.0 / 12, 0, 8.0 / 12, -1.0 / 12>;
  STATIC_REQUIRE(establishes<fourth, derivative_to<along_w, 4>, wide_row>);
  STATIC_REQUIRE(!establishes<fourth, derivative_to<along_w, 5>, wide_row>);
  constexpr auto off = kernel<1.0 / 12, -8.0 / 12, 1e-14, 8.0 / 12, -1.0 / 12>;
  STATIC_REQUIRE(!establishes<off, derivative_to<along_w, 1>, wide_row>);
  // A moment is what the doubles make it.
  STATIC_REQUIRE(!establishes<kernel<0.1, 0.2, -0.3>, moment_is<0, 0, 0, 0>, row>);
  STATIC_REQUIRE(!establishes<kernel<0, 9e-13, 0>, moment_is<0, 0, 0, 0>, row>);
}

TEST_CASE("a laplacian has the second derivatives of every axis with taps") {
  STATIC_REQUIRE(establishes<kernel<1, -2, 1>, laplacian_to<2>, row>);
  STATIC_REQUIRE(!establishes<kernel<1, -2, 1>, laplacian_to<3>, row>);
  STATIC_REQUIRE(!establishes<kernel<1, -2, 1>, laplacian_to<1>, extents{1, 3, 3}>);
}

TEST_CASE("moments of learned blocks are proved from the formula") {
  constexpr auto centred = [](auto w) { return w - esp::mean(w); };
  constexpr auto levelled = [](auto w) { return w - x * (esp::sum(w * x) / esp::sum(x * x)); };
  STATIC_REQUIRE(establishes<(esp::identity >> centred >> levelled), moment_is<0, 0, 1, 0>>);
  STATIC_REQUIRE(establishes<(esp::identity >> centred >> levelled), moment_is<0, 0, 0, 0>>);
  STATIC_REQUIRE(!establishes<(esp::identity >> centred >> levelled), moment_is<0, 1, 0, 0>>);
  STATIC_REQUIRE(!establishes<(esp::identity >> levelled >> esp::clamp<0>), moment_is<0, 0, 1, 0>>);
  STATIC_REQUIRE(establishes<(esp::identity >> levelled >> esp::normalize<esp::l2>), moment_is<0, 0, 1, 0>>);
  STATIC_REQUIRE(establishes<esp::subtract<esp::mean>, moment_is<0, 0, 0, 0>>);
  STATIC_REQUIRE(!establishes<esp::modes::none, moment_is<0, 0, 1, 0>>);
  // Along an axis of one tap a moment is zero whatever the weights are.
  STATIC_REQUIRE(establishes<esp::modes::none, moment_is<1, 0, 0, 0>, row>);
}

TEST_CASE("a moment speaks of blocks") {
  STATIC_REQUIRE(!establishes<kernel<1, 2, 4>, esp::per_filter(moment_is<0, 0, 1, 3>), row>);
}

TEST_CASE("a block that is mirrored across an axis has no odd moments along it") {
  constexpr auto mirrored = esp::symmetric<esp::mirror<esp::axis::width>>;
  STATIC_REQUIRE(esp::establishes<mirrored, esp::moment_is<0, 0, 1, 0>>);
  STATIC_REQUIRE(esp::establishes<mirrored, esp::moment_is<2, 0, 3, 0>>);
  STATIC_REQUIRE_FALSE(esp::establishes<mirrored, esp::moment_is<0, 0, 1, 1>>);
  STATIC_REQUIRE_FALSE(esp::establishes<mirrored, esp::moment_is<0, 0, 2, 0>>);
  STATIC_REQUIRE_FALSE(esp::establishes<mirrored, esp::moment_is<1, 0, 0, 0>>);
  constexpr auto diffusion = esp::symmetric<esp::cube_group> >> esp::subtract<esp::mean>;
  STATIC_REQUIRE(esp::require<diffusion, esp::zero_sum, esp::moment_is<1, 0, 0, 0>, esp::moment_is<1, 1, 1, 0>>);
  STATIC_REQUIRE_FALSE(esp::establishes<esp::antisymmetric<esp::axis::width>, esp::moment_is<0, 0, 1, 0>>);
}

TEST_CASE("a moment of which nothing is known is not a large number") {
  constexpr auto any = [](auto w) { return esp::abs(w); };
  STATIC_REQUIRE(!esp::establishes<any, esp::moment_is<0, 0, 1, 1e13>>);
  STATIC_REQUIRE(!esp::establishes<any, esp::moment_is<0, 0, 0, 1e300>>);
}
