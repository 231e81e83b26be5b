// SPDX-License-Identifier: BSD-3-Clause
// Laws of the projections, and of formulas that hold thresholds.
#include <espalier/dsl.hpp>
#include <espalier/policies/l1_ball.hpp>
#include <espalier/policies/l2_ball.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/policies/sphere.hpp>

#include "support/laws.hpp"

namespace {

using laws::after_nan;
using laws::check;

constexpr laws::claims projection{.idempotent = true, .nan = after_nan::spreads};

/// A threshold that no maximum is taken of, of what is no weight, with a sum of the block's own.
constexpr auto shrunk = [](auto w) { return w * w - esp::threshold(w * w, esp::l1(w) / 4 + 1); };
/// Two thresholds in a pass, one of them of a region.
constexpr auto of_two = [](auto w) {
  return esp::excess(w, 1) -
         esp::excess(esp::abs(w), esp::param<"c">, esp::mask<[](esp::tap_index t) { return t.h != 1; }>);
};

}  // namespace

TEST_CASE("laws of projections") {
  check<esp::simplex<>>("simplex<1>", projection);
  check<esp::simplex<0.25>>("simplex<0.25>", projection);
  check<esp::simplex<esp::param<"s">>, laws::modes_shape>("simplex<param>", projection);
  check<esp::l1_ball<2>>("l1_ball<2>", projection);
  check<esp::l1_ball<esp::param<"c">>, laws::modes_shape>("l1_ball<param>", projection);
  check<esp::l2_ball<2>>("l2_ball<2>", projection);
  check<esp::sphere<>>("sphere<1>", projection);
  check<esp::sphere<3, esp::zero_block::keep>>("sphere<3, keep>", projection);
}

TEST_CASE("laws of projections that are parts") {
  check<(esp::subtract<esp::mean> >> esp::l1_ball<1>)>("subtract<mean> >> l1_ball<1>", {.nan = after_nan::spreads});
  check<(esp::per_filter(esp::normalize<esp::l2>) >> esp::simplex<2>)>("filters >> simplex<2>",
                                                                       {.nan = after_nan::spreads});
  check<(esp::on<esp::neighbors>(esp::simplex<>) >> esp::on<esp::center_tap>(esp::assign<-1>))>(
      "on<neighbors>(simplex) >> on<center_tap>(assign<-1>)", {.idempotent = true});
  check<(esp::simplex<> >> esp::normalize<esp::l2>)>("simplex >> normalize<l2>", {.nan = after_nan::spreads});
}

TEST_CASE("laws of thresholds") {
  check<shrunk>("a threshold of squares", {.nan = after_nan::spreads});
  check<of_two>("two thresholds");
}
