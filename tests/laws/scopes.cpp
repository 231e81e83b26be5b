// SPDX-License-Identifier: BSD-3-Clause
// Laws of policies whose reductions run over a filter or over the whole weight.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

namespace modes = esp::modes;
using laws::after_nan;
using laws::check;
using laws::small_weight;

constexpr laws::claims projection{.idempotent = true, .nan = after_nan::spreads};
constexpr laws::claims linear{.idempotent = true, .exact = true, .nan = after_nan::spreads};

}  // namespace

TEST_CASE("laws of policies per filter") {
  check<esp::per_filter(esp::subtract<esp::mean>)>("per_filter(zero_mean)", linear);
  check<esp::per_filter(modes::nonneg_sum1)>("per_filter(nonneg_sum1)", projection);
  check<(esp::per_filter(modes::unit_l2) >> modes::max_l2<0.5>)>("per_filter >> block");
}

TEST_CASE("laws of policies per input channel") {
  // A NaN reaches its own input channel, of which the battery knows no part of the weight.
  check<esp::per_input(esp::subtract<esp::mean>), small_weight>("per_input(zero_mean)",
                                                                {.idempotent = true, .exact = true});
  check<esp::per_input(modes::nonneg_sum1), small_weight>("per_input(nonneg_sum1)", {.idempotent = true});
  check<(esp::per_filter(modes::unit_l2) >> esp::per_input(modes::max_l2<0.5>)), small_weight>("filter >> input");
}

TEST_CASE("laws of policies over the whole weight") {
  check<esp::whole_weight(esp::subtract<esp::mean>), small_weight>("whole_weight(zero_mean)", linear);
  check<esp::whole_weight(modes::unit_l2), small_weight>("whole_weight(unit_l2)", projection);
  check<esp::whole_weight(esp::on<esp::center_tap>(esp::subtract<esp::mean>)), small_weight>("whole_weight(on<...>)");
  check<(modes::nonneg >> esp::whole_weight(esp::subtract<esp::max>)), small_weight>("nonneg >> whole_weight(max)");
}
