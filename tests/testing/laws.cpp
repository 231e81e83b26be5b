// SPDX-License-Identifier: BSD-3-Clause
// The battery as a user calls it: priors of which too much is said, one for each law that a prior can break.
#include <espalier/testing/laws.hpp>
// The header under test stands alone above.
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/error.hpp>
#include <espalier/layer_facts.hpp>

#include "support/catch.hpp"

namespace {

using esp::testing::after_nan, esp::testing::law, esp::testing::law_report, esp::testing::laws;

/// A gradient that is not the derivative, as a policy may say.
struct forgetful_t : esp::policy<forgetful_t> {
  static constexpr auto gradient = esp::gradient_rule::straight_through;
  static constexpr auto map(auto w) { return esp::max(w * 2, 0); }
};
inline constexpr forgetful_t forgetful{};

/// Zero sum on paper; the library does not prove it.
constexpr auto paired = [](auto w) { return (w - esp::mean(w)) * esp::sqrt(1 + esp::square(esp::mean(w))); };
constexpr auto halved = [](auto w) { return w * 0.5; };
constexpr auto scaled = [](auto w) { return w * esp::param<"c">; };

/// The one violation of a report, which is of this law and begins with these words.
bool tells(const law_report& r, law broken, const std::string& words) {
  INFO(r);
  CHECK(r.size() == 1);
  return r.size() == 1 && r.begin()->broken == broken && r.begin()->sentence.find(words) == 0;
}

}  // namespace

TEST_CASE("a prior that keeps every law has an empty report, which says how much was tried") {
  const law_report r = laws<esp::modes::unit_l2>({.idempotent = true, .nan = after_nan::spreads});
  INFO(r);
  REQUIRE(r.empty());
  REQUIRE(r.kernels >= 20000);
  REQUIRE(r.comparisons > 20000);
  REQUIRE(r.ordinary > 2000);
  REQUIRE(r.defined == r.ordinary);
  REQUIRE(r.differences > 500);
}

TEST_CASE("a false fact, a false claim and another gradient are told") {
  REQUIRE(tells(laws<esp::modes::unit_l2>({.facts = {esp::zero_sum, esp::l2_is<1>}}), law::fact,
                "sum = 0 does not hold: "));
  REQUIRE(tells(laws<halved>({.idempotent = true}), law::idempotence, "the prior is not idempotent: tap "));
  REQUIRE(tells(laws<halved>({.nan = after_nan::spreads}), law::nan, "a NaN does not spread: tap "));
  REQUIRE(tells(laws<esp::modes::zero_mean>({.nan = after_nan::stays}), law::nan, "a NaN does not stay in its tap: "));
  REQUIRE(tells(laws<forgetful>(), law::gradient, "the gradient is not the derivative of the formula: at tap "));
  REQUIRE(laws<forgetful>({.differentiable = false}).empty());
}

TEST_CASE("a fact that is true and not proved is accepted, a bound of the convolution that is too low is not") {
  REQUIRE(laws<paired>({.facts = {esp::zero_sum}}).empty());
  constexpr esp::conv3d config{.in_channels = 4, .out_channels = 4, .kernel_size = {1, 1, 3}, .groups = 2};
  constexpr auto capped = esp::cap<esp::l1, 1>;
  REQUIRE(laws<capped, config>({.facts = {esp::lipschitz<2>}}).empty());
  REQUIRE(tells(laws<capped, config>({.facts = {esp::lipschitz<1>}}), law::fact, "lipschitz <= 1 does not hold: "));
}

TEST_CASE("facts of input channels, whose blocks lie apart") {
  constexpr auto shares = esp::per_input(esp::normalize<esp::l2>);
  constexpr esp::extents row{1, 1, 3};
  REQUIRE(laws<shares, row>({.facts = {esp::per_input(esp::l2_is<1>)}}).empty());
  REQUIRE(tells(laws<shares, row>({.facts = {esp::per_filter(esp::l2_is<1>)}}), law::fact, "l2 norm of a filter = 1 "));
  REQUIRE(tells(laws<shares, row>({.facts = {esp::per_input(esp::l2_is<2>)}}), law::fact, "l2 norm of an input "));
}

TEST_CASE("a violation is replayed by its seed") {
  const law_report r = laws<esp::modes::unit_l2>({.facts = {esp::nonnegative}, .seed = 900});
  REQUIRE(r.size() == 1);
  const law_report again =
      laws<esp::modes::unit_l2>({.facts = {esp::nonnegative}, .seed = r.begin()->seed, .kernels = 1});
  REQUIRE(again.size() == 1);
  REQUIRE(again.kernels == 32);
  REQUIRE(again.begin()->sentence == r.begin()->sentence);
}

TEST_CASE("a formula that is defined hardly anywhere is said to be hardly tested") {
  constexpr auto nowhere = [](auto w) { return (w - esp::mean(w)) / esp::sqrt(esp::max(w) - 3); };
  const law_report r = laws<nowhere, esp::extents{1, 1, 3}>({.differentiable = false, .facts = {esp::zero_sum}});
  REQUIRE(tells(r, law::tested, "the facts were hardly put to the test: the formula is defined on "));
}

TEST_CASE("numbers of parts: one for each filter, one that is learned") {
  constexpr auto gains = [](auto w) { return w * esp::learned<"gain", esp::per::filter> + esp::param<"shift">; };
  REQUIRE(laws<gains>({.parameters = {1.5, 0.25}}).empty());
  REQUIRE(laws<gains>({.idempotent = true, .parameters = {1.0, 0.0}}).empty());
  REQUIRE(tells(laws<gains>({.idempotent = true, .parameters = {1.5, 0.0}}), law::idempotence, "the prior is not "));
}

TEST_CASE("named parameters have values, one for each name") {
  REQUIRE(laws<scaled>({.parameters = {2.0}}).empty());
  REQUIRE(laws<scaled>({.idempotent = true, .parameters = {1.0}}).empty());
  REQUIRE(tells(laws<scaled>({.idempotent = true}), law::idempotence, "the prior is not idempotent: "));
  try {
    (void)laws<scaled>({.parameters = {1.0, 2.0}});
    FAIL("two numbers for one name");
  } catch (const esp::error& e) {
    REQUIRE(std::string(e.what()).find("ESP-237: laws was given 2 numbers for 1 named parameters") == 0);
  }
}

TEMPLATE_TEST_CASE("a table that was made otherwise while compiling is told", "", float, double) {
  const TestType made[3]{1, TestType(0.5), NAN}, same[3]{1, TestType(0.5), NAN};
  esp::law_recorder recorder;
  esp::compare_constants(made, same, 3, recorder);
  REQUIRE(recorder.report.empty());
  const TestType other[3]{1, std::nextafter(TestType(0.5), TestType(1)), 0};
  esp::compare_constants(made, other, 3, recorder);
  REQUIRE(tells(recorder.report, law::constants, "constant evaluation is not what runs: element 1 "));
  REQUIRE(recorder.report.begin()->times == 2);
}
