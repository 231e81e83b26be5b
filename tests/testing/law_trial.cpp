// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/testing/law_trial.hpp>
// The header under test stands alone above.
#include <cstring>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 6, .in = 2, .kernel = {1, 3, 3}};

template <class T, int Numerator>
void scaled(const T* in, T* out, const T*) {
  for (esp::index_t i = 0; i < shape.size(); ++i) out[i] = in[i] * T(Numerator) / T(4);
}
template <class T>
void to_one_over(const T* in, T* out, const T*) {
  for (esp::index_t i = 0; i < shape.size(); ++i) out[i] = 1 / (in[i] - in[i]);
}
template <class T>
constexpr esp::law_subject<T> halved{
    .shape = shape, .sweep = &scaled<T, 2>, .spec = &scaled<T, 2>, .ideal = &scaled<double, 2>};

}  // namespace

TEST_CASE("a part has the taps of its scope") {
  REQUIRE(esp::part_size(shape, esp::scope::block) == 9);
  REQUIRE(esp::part_size(shape, esp::scope::filter) == 18);
  REQUIRE(esp::part_size(shape, esp::scope::whole) == 108);
  REQUIRE(esp::part_size(shape, esp::scope::input) == 9);
  REQUIRE(esp::seen_together(shape, esp::scope::filter) == 18);
  REQUIRE(esp::seen_together(shape, esp::scope::input) == 108);
}

TEST_CASE("the blocks of an input channel lie apart") {
  const esp::law_trial<double> t(halved<double>, 3);
  const esp::law_part<double> second(t, 9, 54, 9, 18), first_filter(t, 0, 18);
  REQUIRE(second.at(0) == 9);
  REQUIRE(second.at(8) == 17);
  REQUIRE(second.at(9) == 27);
  REQUIRE(second.at(53) == 107);
  REQUIRE(first_filter.at(17) == 17);
  double total = 0;
  for (std::size_t n = 0; n < 54; ++n) total += std::fabs(t.out[second.at(n)]);
  REQUIRE((second.total == total || std::isnan(total)));
  REQUIRE(second.place().kernel.size() == 54);
}

TEMPLATE_TEST_CASE("a trial is what the functions make of its weight, the same for equal seeds", "", float, double) {
  using T = TestType;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const esp::law_trial<T> t(halved<T>, seed), same(halved<T>, seed);
    REQUIRE(std::memcmp(t.in.data(), same.in.data(), t.in.size() * sizeof(T)) == 0);
    for (std::size_t i = 0; i < t.in.size(); ++i) {
      if (std::isnan(t.in[i])) continue;
      REQUIRE(t.out[i] == t.in[i] * 2 / 4);
      REQUIRE(t.again[i] == t.out[i] * 2 / 4);
      REQUIRE(t.ideal[i] == static_cast<double>(t.in[i]) * 2 / 4);
      REQUIRE(t.kind_of[i] == t.kind_of[i / 9 * 9]);
    }
  }
}

TEMPLATE_TEST_CASE("a part knows whether its formula is defined and what rounding may do", "", float, double) {
  using T = TestType;
  constexpr double ulp = std::numeric_limits<T>::epsilon();
  int defined = 0, ordinary = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const esp::law_trial<T> t(halved<T>, seed);
    for (esp::index_t begin = 0; begin < shape.size(); begin += 9) {
      const esp::law_part<T> part(t, begin, 9);
      const bool bad =
          part.kind == esp::testing::kernel_kind::with_nan || part.kind == esp::testing::kernel_kind::with_infinity;
      REQUIRE(part.finite == !bad);
      if (part.kind != esp::testing::kernel_kind::ordinary) continue;
      ++ordinary;
      defined += part.defined ? 1 : 0;
      REQUIRE(part.eps_effect == 0);
      REQUIRE(part.unrest > 0);
      REQUIRE(part.allowed() > 64 * ulp * part.most);
      REQUIRE(part.allowed() < 1000 * ulp * part.total + 1e-30);
      REQUIRE(part.place().kernel.size() == 9);
      REQUIRE(part.place().seed == seed);
    }
  }
  REQUIRE(ordinary > 100);
  REQUIRE(defined == ordinary);
  esp::law_subject<T> broken = halved<T>;
  broken.ideal = &to_one_over<double>;
  REQUIRE(!esp::law_part<T>(esp::law_trial<T>(broken, 3), 0, 9).defined);
}
