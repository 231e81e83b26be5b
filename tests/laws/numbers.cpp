// SPDX-License-Identifier: BSD-3-Clause
// Laws of priors with learned numbers and parameters of every scope.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using esp::learned, esp::param, esp::per;
using laws::check;

constexpr auto scaled = [](auto w) {
  return learned<"f", per::filter> * w * esp::exp(param<"b", per::block>) - learned<"i", per::input> * esp::mean(w);
};
constexpr auto squashed = [](auto w) { return esp::tanh(w / learned<"s">) * learned<"s">; };
constexpr auto capped = esp::cap<esp::l2, param<"c", per::filter>>;

}  // namespace

TEST_CASE("laws of priors with numbers of every scope") {
  check<esp::weight_norm>("weight_norm");
  check<scaled>("one for each filter, block and input channel");
  check<esp::whole_weight(scaled), laws::small_weight>("the same with reductions over the whole weight");
  check<(capped >> squashed)>("cap of a filter's own >> squashed");
}
