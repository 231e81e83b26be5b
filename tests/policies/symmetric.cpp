// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/policies/symmetric.hpp>

#include "support/catch.hpp"

namespace {

using esp::antisymmetric, esp::axis, esp::cube_group, esp::establishes, esp::mirror, esp::symmetric;
using values = std::array<double, 6>;

template <auto Prior>
constexpr values of(const values& in) {
  return esp::evaluate<Prior, esp::extents{1, 2, 3}>(in);
}
constexpr values in{1, 2, 5, 4, 8, 0};

}  // namespace

TEST_CASE("each tap becomes the mean of its orbit, or its difference from it") {
  STATIC_REQUIRE(of<symmetric<mirror<axis::width>>>(in) == values{3, 2, 3, 2, 8, 2});
  STATIC_REQUIRE(of<symmetric<mirror<axis::width, axis::height>>>(in) == values{2.5, 5, 2.5, 2.5, 5, 2.5});
  STATIC_REQUIRE(of<symmetric<esp::point_reflection>>(in) == values{0.5, 5, 4.5, 4.5, 5, 0.5});
  STATIC_REQUIRE(of<antisymmetric<axis::width>>(in) == values{-2, 0, 2, 2, 0, -2});
  STATIC_REQUIRE(of<antisymmetric<axis::height>>(in) == values{-1.5, -3, 2.5, 1.5, 3, -2.5});
  STATIC_REQUIRE(of<(symmetric<mirror<axis::width>> >> antisymmetric<axis::width>)>(in) == values{});
}

TEST_CASE("symmetry is proved of the policies that make it, and of larger groups for smaller ones") {
  STATIC_REQUIRE(establishes<symmetric<cube_group>, symmetric<cube_group>>);
  STATIC_REQUIRE(establishes<symmetric<cube_group>, symmetric<mirror<axis::depth>>>);
  STATIC_REQUIRE(establishes<symmetric<cube_group>, symmetric<esp::point_reflection>>);
  STATIC_REQUIRE(!establishes<symmetric<mirror<axis::depth>>, symmetric<mirror<axis::height>>>);
  STATIC_REQUIRE(!establishes<symmetric<esp::point_reflection>, symmetric<mirror<axis::depth>>>);
  STATIC_REQUIRE(establishes<antisymmetric<axis::width>, antisymmetric<axis::width>>);
  STATIC_REQUIRE(!establishes<antisymmetric<axis::width>, antisymmetric<axis::height>>);
  STATIC_REQUIRE(!establishes<antisymmetric<axis::width>, symmetric<mirror<axis::width>>>);
  STATIC_REQUIRE(!establishes<esp::identity, symmetric<mirror<axis::width>>>);
  STATIC_REQUIRE(establishes<antisymmetric<axis::width>, esp::zero_sum>);
}

TEST_CASE("what keeps a symmetry keeps the fact, what breaks it does not") {
  constexpr auto even = symmetric<mirror<axis::width>>;
  constexpr auto odd = antisymmetric<axis::width>;
  constexpr auto bent = [](auto w) { return esp::exp(w) - esp::max(w, 0.5); };
  STATIC_REQUIRE(establishes<(even >> esp::normalize<esp::l2>), even>);
  STATIC_REQUIRE(establishes<(even >> bent >> esp::clamp<-1, 1>), even>);
  STATIC_REQUIRE(establishes<(even >> esp::per_filter(esp::subtract<esp::mean>)), even>);
  STATIC_REQUIRE(establishes<(even >> esp::on<esp::center_tap>(esp::assign<3>)), even>);
  STATIC_REQUIRE(!establishes<(even >> esp::on<esp::tap<0, 0, 0>>(esp::assign<3>)), even>);
  STATIC_REQUIRE(establishes<(esp::normalize<esp::l1> >> even), even>);
  constexpr auto ramp = [](auto w) { return w * esp::at<[](esp::tap_index t) { return t.w - 1; }>; };
  constexpr auto bowl = [](auto w) { return w * esp::at<[](esp::tap_index t) { return (t.w - 1) * (t.w - 1); }>; };
  STATIC_REQUIRE(establishes<(even >> bowl), even>);
  STATIC_REQUIRE(!establishes<(even >> ramp), even>);
  STATIC_REQUIRE(establishes<(odd >> esp::normalize<esp::l2>), odd>);
  STATIC_REQUIRE(!establishes<(odd >> esp::clamp<0>), odd>);
  STATIC_REQUIRE(!establishes<(odd >> bent), odd>);
}

TEST_CASE("a symmetry is asked of the kernel's own extents") {
  constexpr auto average = [](auto w) { return esp::mean(w, esp::shells); };
  STATIC_REQUIRE(establishes<average, symmetric<cube_group>>);
  STATIC_REQUIRE(establishes<average, symmetric<mirror<axis::depth>>, esp::extents{1, 4, 5}>);
  STATIC_REQUIRE(!establishes<average, symmetric<cube_group>, esp::extents{1, 4, 5}>);
  STATIC_REQUIRE(esp::require<symmetric<cube_group>, symmetric<mirror<axis::width>>>);
}
