// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/conv3d_rules.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

constexpr esp::conv3d good{.in_channels = 4, .out_channels = 8, .kernel_size = 3};

// A copy of `good` with one change.
constexpr esp::conv3d with(auto change) {
  esp::conv3d c = good;
  change(c);
  return c;
}

constexpr esp::index_t big = esp::index_t{1} << 31;

}  // namespace

template struct esp::validated<good>;
template struct esp::validated_element<float>;
template struct esp::validated_element<double>;

TEST_CASE("each rule refuses its own mistake", "[conv]") {
  static_assert(esp::is_valid<good>);
  static_assert(!esp::is_valid<with([](auto& c) { c.in_channels = 0; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.out_channels = -1; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.groups = 0; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.groups = -4; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.groups = 3; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.groups = 8; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.out_channels = 6, c.groups = 4; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.kernel_size = {3, 0, 3}; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.stride = {1, 1, 0}; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.dilation = 0; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.padding = {0, -1, 0}; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.padding = {{0, 0}, {0, 0}, {0, -1}}; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.eps = -1e-9; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.eps = std::numeric_limits<double>::infinity(); })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.eps = std::numeric_limits<double>::quiet_NaN(); })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.enforce = static_cast<esp::enforcement>(2); })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.activation = static_cast<esp::activation>(2); })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.boundary = static_cast<esp::boundary>(5); })>);
  static_assert(!esp::is_valid<with([](auto& c) {
    c.boundary = {esp::boundary::zeros, static_cast<esp::boundary>(7), esp::boundary::zeros};
  })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.boundary.w.before = esp::boundary::circular; })>);
  static_assert(
      !esp::is_valid<with([](auto& c) { c.boundary.d = {esp::boundary::reflect, esp::boundary::circular}; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.in_channels = big, c.out_channels = big; })>);
  static_assert(!esp::is_valid<with([](auto& c) { c.kernel_size = {1, 1, 1 << 20}, c.dilation = 1 << 20; })>);
  static_assert(!esp::ConvolutionElement<int>);
  SUCCEED("decided by the compiler");
}

TEST_CASE("ordinary configurations hold", "[conv]") {
  static_assert(esp::is_valid<with([](auto& c) { c.groups = 4; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.padding = esp::same, c.stride = 2; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.activation = esp::activation::relu; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.padding = 1, c.boundary = esp::boundary::replicate; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.padding = 1, c.boundary = esp::boundary::circular; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.boundary.h = esp::boundary::circular; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.boundary.d = {esp::boundary::reflect, esp::boundary::zeros}; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.padding = 100, c.eps = 0; })>);
  static_assert(esp::is_valid<with([](auto& c) { c.kernel_size = {1, 2, 7}, c.dilation = {5, 1, 1}; })>);
  SUCCEED("decided by the compiler");
}
