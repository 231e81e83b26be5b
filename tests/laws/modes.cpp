// SPDX-License-Identifier: BSD-3-Clause
// Laws of the eight modes.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

namespace modes = esp::modes;
using laws::after_nan;
using laws::check;
using laws::modes_shape;

constexpr laws::claims pointwise{.idempotent = true, .exact = true, .nan = after_nan::stays};
constexpr laws::claims projection{.idempotent = true, .nan = after_nan::spreads};

}  // namespace

TEST_CASE("laws of the modes that act tap by tap") {
  check<modes::none, modes_shape>("none", pointwise);
  check<modes::nonneg, modes_shape>("nonneg", pointwise);
}

TEST_CASE("laws of the modes that scale or shift a block") {
  check<modes::sum_to_one, modes_shape>("sum_to_one", projection);
  check<modes::zero_mean, modes_shape>("zero_mean", {.idempotent = true, .exact = true, .nan = after_nan::spreads});
  check<modes::nonneg_sum1, modes_shape>("nonneg_sum1", projection);
  check<modes::unit_l2, modes_shape>("unit_l2", projection);
  check<modes::max_l2<0.8>, modes_shape>("max_l2", projection);
  check<modes::max_l2<4>, modes_shape>("max_l2<4>", projection);
}

// A NaN under the fixed centre is replaced with it, so where NaN goes is said in modes.cpp.
TEST_CASE("laws of the mode with a fixed centre") {
  check<modes::fixed_center<>, modes_shape>("fixed_center", {.idempotent = true});
  check<modes::fixed_center<2, 0.5>, modes_shape>("fixed_center<2, 0.5>", {.idempotent = true});
}
