// SPDX-License-Identifier: BSD-3-Clause
// Laws of formulas with a number per tap.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using laws::after_nan;
using laws::check;

constexpr double lever(esp::tap_index t) { return static_cast<double>(t.w) - 1; }
constexpr double slope(esp::tap_index t, esp::extents k) {
  return 0.1 + static_cast<double>(t.h + t.w) / static_cast<double>(k.h + k.w);
}
constexpr double gate(esp::tap_index t) { return (t.h + t.w) % 2 == 0 ? 1 : 0; }
constexpr double steep(esp::tap_index t) { return t.w == 0 ? 1e-20 : t.w == 1 ? -3 : 1e15; }

constexpr auto enveloped = [](auto w) { return w * esp::at<slope>; };
constexpr auto without_lever = [](auto w) {
  return w - esp::at<lever> * esp::sum(w * esp::at<lever>) / esp::sum(esp::at<lever> * esp::at<lever>);
};
constexpr auto weighted_mean = [](auto w) { return w - esp::sum(w * esp::at<slope>) / esp::sum(esp::at<slope>); };
constexpr auto above = [](auto w) { return esp::max(w, esp::at<lever>); };
constexpr auto by_place = [](auto w) { return esp::select(esp::at<lever> < 0, w, esp::exp(-w * w) * esp::at<slope>); };
constexpr auto over = [](auto w) { return w / (esp::at<slope> + esp::l1(w)); };

constexpr laws::claims spreads{.nan = after_nan::spreads};
constexpr laws::claims stays{.nan = after_nan::stays};

}  // namespace

TEST_CASE("laws of envelopes") {
  check<enveloped>("w * at<slope>", stays);
  check<(esp::normalize<esp::l2> >> enveloped)>("normalize<l2> >> w * at<slope>", spreads);
  check<(enveloped >> esp::normalize<esp::l2>)>("w * at<slope> >> normalize<l2>", spreads);
  check<(esp::cap<esp::l1, 1> >> [](auto w) { return w * esp::at<gate>; })>("cap<l1> >> w * at<gate>");
  check<([](auto w) { return w * esp::at<steep>; })>("w * at<steep>", stays);
}

TEST_CASE("laws of weighted sums") {
  check<without_lever>("w without its first moment", spreads);
  check<weighted_mean>("w - weighted mean", spreads);
  check<esp::per_filter(weighted_mean), laws::small_weight>("per_filter(w - weighted mean)");
  check<esp::on<esp::neighbors>(weighted_mean)>("on<neighbors>(w - weighted mean)");
  check<over>("w / (at<slope> + l1(w))", spreads);
}

TEST_CASE("laws of bounds and choices by place") {
  check<above>("max(w, at<lever>)", stays);
  check<by_place>("select(at<lever> < 0, w, ...)", stays);
}

TEST_CASE("laws of constant kernels") {
  check<esp::assign<esp::at<slope>>, laws::small_weight>("assign<at<slope>>");
  check<(esp::assign<esp::at<slope>> >> esp::normalize<esp::l1>), laws::small_weight>(
      "assign<at<slope>> >> normalize<l1>");
  check<(esp::assign<esp::at<lever>> >> esp::on<esp::center_tap>(esp::assign<2>)), laws::small_weight>(
      "assign<at<lever>> with a centre");
}

TEST_CASE("laws of equations") {
  constexpr auto slope_of_one = esp::moments<esp::zero_sum, esp::moment_is<0, 0, 1, 1>>;
  constexpr auto uneven = esp::affine<esp::equation<slope, 2>, esp::equation<lever, -1>>;
  check<slope_of_one>("moments", {.idempotent = true, .nan = after_nan::spreads});
  check<uneven>("affine", {.idempotent = true, .nan = after_nan::spreads});
  check<esp::per_filter(uneven), laws::small_weight>("per_filter(affine)");
  check<esp::on<esp::neighbors>(uneven)>("on<neighbors>(affine)");
}

TEST_CASE("laws of stencils") {
  check<esp::gaussian<1>, laws::small_weight>("gaussian<1>");
  check<esp::box, laws::small_weight>("box");
  check<esp::derivative<esp::partial{.w = 1}>, laws::small_weight>("derivative");
  check<esp::laplacian<>, laws::small_weight>("laplacian");
  check<esp::sobel<esp::axis::width>, laws::small_weight>("sobel");
}
