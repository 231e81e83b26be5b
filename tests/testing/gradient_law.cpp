// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/testing/gradient_law.hpp>
// The header under test stands alone above.
#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 2, .in = 2, .kernel = 3};
constexpr auto size = static_cast<std::size_t>(shape.size());

/// w^3 of each tap, and |w - 0.5| of those at even places.
void formula(const double* in, double* out, const double*) {
  for (std::size_t i = 0; i < size; ++i) out[i] = i % 2 == 0 ? std::fabs(in[i] - 0.5) : in[i] * in[i] * in[i];
}
template <int Percent, std::size_t Wrong>
void derivative(const double* in, const double* incoming, double* out, const double*) {
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = incoming[i] * (i % 2 == 0 ? (in[i] < 0.5 ? -1 : 1) : 3 * in[i] * in[i]);
    if (i % 27 == Wrong) out[i] *= Percent / 100.0;
  }
}

struct outcome {
  esp::law_recorder recorder;
  esp::index_t asked = 0;
};
outcome compared(void (*gradient)(const double*, const double*, double*, const double*), std::uint64_t weights = 200) {
  outcome o;
  for (std::uint64_t seed = 1; seed <= weights; ++seed) {
    gradient_is_the_derivative({.shape = shape, .forward = &formula, .gradient = gradient}, seed, o.recorder, o.asked);
  }
  return o;
}

}  // namespace

TEST_CASE("a derivative is accepted, kinks and all, at nearly every tap") {
  const outcome o = compared(&derivative<100, 0>);
  REQUIRE(o.recorder.report.empty());
  REQUIRE(o.asked >= 200 * 36);
  REQUIRE(o.recorder.report.differences > o.asked * 99 / 100);
}

TEST_CASE("one that is off at a single tap is told, with the weight") {
  for (const outcome& o :
       {compared(&derivative<101, 5>), compared(&derivative<0, 13>), compared(&derivative<-100, 26>)}) {
    REQUIRE(o.recorder.report.size() == 1);
    const esp::testing::violation& v = *o.recorder.report.begin();
    REQUIRE(v.broken == esp::testing::law::gradient);
    REQUIRE(v.sentence.find("the gradient is not the derivative of the formula: at tap ") == 0);
    REQUIRE(v.kernel.size() == 27);
    esp::law_recorder again;
    esp::index_t asked = 0;
    gradient_is_the_derivative({.shape = shape, .forward = &formula, .gradient = &derivative<100, 0>}, v.seed, again,
                               asked);
    REQUIRE(again.report.empty());
  }
}

TEST_CASE("a gradient that is no number where the formula has a derivative is told") {
  const outcome o = compared(
      [](const double*, const double*, double* out, const double*) {
        for (std::size_t i = 0; i < size; ++i) out[i] = NAN;
      },
      1);
  REQUIRE(o.recorder.report.size() == 1);
}
