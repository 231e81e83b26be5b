// SPDX-License-Identifier: BSD-3-Clause
// Laws of the policies of the vocabulary.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using laws::after_nan;
using laws::check;

constexpr laws::claims pointwise{.idempotent = true, .exact = true, .nan = after_nan::stays};
constexpr laws::claims projection{.idempotent = true, .nan = after_nan::spreads};

}  // namespace

TEST_CASE("laws of clamp, assign and identity") {
  check<esp::identity>("identity", pointwise);
  check<esp::clamp<-1, 1>>("clamp<-1, 1>", pointwise);
  check<esp::clamp<0.1, 0.3>>("clamp<0.1, 0.3>", pointwise);
  check<esp::clamp<esp::param<"lo">>>("clamp<param>", pointwise);
  check<esp::assign<-2.5>>("assign", {.idempotent = true, .exact = true});
}

TEST_CASE("laws of normalize, subtract and cap") {
  check<esp::normalize<esp::l1>>("normalize<l1>", projection);
  check<esp::normalize<esp::l2, 3>>("normalize<l2, 3>", projection);
  check<esp::normalize<esp::sum, -0.5>>("normalize<sum, -0.5>", projection);
  check<esp::subtract<esp::max>>("subtract<max>", {.idempotent = true, .exact = true, .nan = after_nan::spreads});
  check<esp::subtract<esp::min>>("subtract<min>", {.idempotent = true, .exact = true, .nan = after_nan::spreads});
  check<esp::subtract<esp::l2>>("subtract<l2>", {.nan = after_nan::spreads});
  check<esp::cap<esp::l1, 2>>("cap<l1, 2>", projection);
  check<esp::cap<esp::l2, esp::param<"c">>>("cap<l2, param>", projection);
}
