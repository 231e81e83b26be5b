// SPDX-License-Identifier: BSD-3-Clause
// Laws of compositions and of policies on a region.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

namespace modes = esp::modes;
using laws::after_nan;
using laws::check;

constexpr laws::claims projection{.idempotent = true, .nan = after_nan::spreads};
constexpr auto top_row = esp::mask<[](esp::tap_index t) { return t.h == 0; }>;

}  // namespace

TEST_CASE("laws of pipelines") {
  check<(modes::zero_mean >> modes::unit_l2)>("zero_mean >> unit_l2", projection);
  check<(modes::nonneg >> modes::zero_mean)>("nonneg >> zero_mean", {.nan = after_nan::spreads});
  check<(modes::max_l2<2> >> modes::max_l2<0.5>)>("max_l2 >> max_l2", projection);
  check<(modes::nonneg_sum1 >> modes::fixed_center<-1, 1>)>("nonneg_sum1 >> fixed_center");
  check<(modes::unit_l2 >> esp::clamp<0> >> esp::cap<esp::l1, 1> >> esp::clamp<0, 0.25>)>("four steps");
}

TEST_CASE("laws of policies on a region") {
  check<esp::on<esp::neighbors>(esp::subtract<esp::mean>)>("on<neighbors>(zero_mean)", {.idempotent = true});
  check<esp::on<top_row>(esp::normalize<esp::l2>)>("on<mask>(unit_l2)", {.idempotent = true});
}
