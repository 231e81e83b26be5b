// SPDX-License-Identifier: BSD-3-Clause
// The battery compiled, and put to the test itself: each law reports a prior that breaks it.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"
#include "support/laws_core.hpp"

namespace laws {
template report hold(const subject<float>&, const proved&, const claims&, std::uint64_t);
template report hold(const subject<double>&, const proved&, const claims&, std::uint64_t);
}  // namespace laws

namespace {

constexpr esp::weight_shape shape{.out = 50, .in = 2, .kernel = {1, 3, 3}};

const std::vector<std::optional<double>> no_tap(9);

template <class T, int Numerator, int Denominator = 1000>
void scaled(const T* in, T* out, const T*) {
  for (esp::index_t i = 0; i < shape.size(); ++i) out[i] = in[i] * T(Numerator) / T(Denominator);
}
template <class T>
constexpr laws::subject<T> same{
    .shape = shape, .sweep = &scaled<T, 1000>, .spec = &scaled<T, 1000>, .ideal = &scaled<double, 1000>};

template <class T>
laws::report judge(const esp::known_facts& known) {
  return hold(same<T>, {.at = {known}, .taps = no_tap}, {});
}

}  // namespace

TEMPLATE_TEST_CASE("the battery accepts what is true", "", float, double) {
  const laws::proved nothing{.taps = no_tap};
  const laws::report r =
      hold(same<TestType>, nothing, {.idempotent = true, .exact = true, .nan = laws::after_nan::stays});
  INFO(r.first);
  REQUIRE(r.violations == 0);
  REQUIRE(r.blocks >= 10000);
  REQUIRE(r.normal > 2000);
  REQUIRE(r.regular == r.normal);
}

TEMPLATE_TEST_CASE("the battery reports a false fact", "", float, double) {
  using T = TestType;
  REQUIRE(judge<T>({.range = {.lo = 0}}).violations > 0);
  REQUIRE(judge<T>({.range = {.hi = 2}}).violations > 0);
  REQUIRE(judge<T>({.sum = 0}).violations > 0);
  REQUIRE(judge<T>({.l2 = 3}).violations > 0);
  REQUIRE(judge<T>({.l2_bound = 4}).violations > 0);
  const esp::known_facts zero{.sum = 0};
  REQUIRE(hold(same<T>, {.at = {{{}, zero, {}}}, .taps = no_tap}, {}).violations > 0);
  REQUIRE(hold(same<T>, {.at = {{{}, {}, zero}}, .taps = no_tap}, {}).violations > 0);
  laws::proved tap{.taps = no_tap};
  tap.taps[4] = 0;
  REQUIRE(hold(same<T>, tap, {}).violations > 0);
}

TEMPLATE_TEST_CASE("the battery reports a false claim and a wrong sweep", "", float, double) {
  using T = TestType;
  const laws::proved nothing{.taps = no_tap};
  REQUIRE(hold(same<T>, nothing, {.nan = laws::after_nan::spreads}).violations > 0);
  laws::subject<T> halved = same<T>;
  halved.sweep = halved.spec = &scaled<T, 500>;
  halved.ideal = &scaled<double, 500>;
  REQUIRE(hold(halved, nothing, {}).violations == 0);
  REQUIRE(hold(halved, nothing, {.idempotent = true}).violations > 0);
  laws::subject<T> wrong = same<T>;
  wrong.sweep = &scaled<T, 1001>;
  REQUIRE(hold(wrong, nothing, {}).violations > 0);
}
