// SPDX-License-Identifier: BSD-3-Clause
// The battery put to the test itself: each law reports functions that break it.
#include <espalier/testing/law_battery.hpp>
// The header under test stands alone above.
#include "support/laws.hpp"

namespace {

using esp::testing::after_nan, esp::testing::law, esp::testing::law_options, esp::testing::law_report;

constexpr esp::weight_shape shape{.out = 50, .in = 2, .kernel = {1, 3, 3}};

template <class T, int Numerator, int Denominator = 1000>
void scaled(const T* in, T* out, const T*) {
  for (esp::index_t i = 0; i < shape.size(); ++i) out[i] = in[i] * T(Numerator) / T(Denominator);
}
template <class T>
constexpr esp::law_subject<T> same{
    .shape = shape, .sweep = &scaled<T, 1000>, .spec = &scaled<T, 1000>, .ideal = &scaled<double, 1000>};

template <class T>
law_report judge(const esp::law_subject<T>& subject, const law_options& options,
                 const std::vector<esp::said_fact>& facts = {}) {
  esp::law_recorder recorder;
  const esp::law_question q{.shape = shape, .facts = facts, .options = options};
  try_weights(subject, q, recorder);
  require_tested(q, 0, recorder);
  return recorder.report;
}
template <class T>
bool is_false(const esp::fact& f) {
  const law_report r = judge(same<T>, {}, {{f, true}});
  return r.size() == 1 && r.begin()->broken == law::fact;
}

}  // namespace

TEMPLATE_TEST_CASE("the battery accepts what is true", "", float, double) {
  const law_report r = judge(same<TestType>, {.idempotent = true, .exact = true, .nan = after_nan::stays});
  INFO(r);
  REQUIRE(r.empty());
  REQUIRE(r.kernels >= 10000);
  REQUIRE(r.ordinary > 2000);
  REQUIRE(r.defined == r.ordinary);
}

TEMPLATE_TEST_CASE("the battery reports a false fact", "", float, double) {
  using T = TestType;
  REQUIRE(is_false<T>(esp::nonnegative));
  REQUIRE(is_false<T>(esp::bounds<-1e300, 2>));
  REQUIRE(is_false<T>(esp::zero_sum));
  REQUIRE(is_false<T>(esp::l2_is<3>));
  REQUIRE(is_false<T>(esp::l2_at_most<4>));
  REQUIRE(is_false<T>(esp::l1_is<3>));
  REQUIRE(is_false<T>(esp::l1_at_most<4>));
  REQUIRE(is_false<T>(esp::lipschitz<5>));
  REQUIRE(is_false<T>(esp::per_filter(esp::zero_sum)));
  REQUIRE(is_false<T>(esp::per_input(esp::zero_sum)));
  REQUIRE(is_false<T>(esp::whole_weight(esp::zero_sum)));
  REQUIRE(is_false<T>(esp::center_is<0>));
  REQUIRE(is_false<T>(esp::support<esp::center_tap>));
}

TEMPLATE_TEST_CASE("the battery reports a false claim and a wrong sweep", "", float, double) {
  using T = TestType;
  const auto broken = [](const law_report& r) { return r.size() == 1 ? r.begin()->broken : law::tested; };
  REQUIRE(broken(judge(same<T>, {.nan = after_nan::spreads})) == law::nan);
  esp::law_subject<T> halved = same<T>;
  halved.sweep = halved.spec = &scaled<T, 500>;
  halved.ideal = &scaled<double, 500>;
  REQUIRE(judge(halved, {}).empty());
  REQUIRE(broken(judge(halved, {.idempotent = true})) == law::idempotence);
  esp::law_subject<T> wrong = same<T>;
  wrong.sweep = &scaled<T, 1001>;
  REQUIRE(broken(judge(wrong, {})) == law::sweep);
  // Where eps alone decides, nothing was tested.
  esp::law_subject<T> undefined = same<T>;
  undefined.ideal = &scaled<double, 0>;
  REQUIRE(broken(judge(undefined, {}, {{esp::zero_sum, true}})) == law::tested);
}
