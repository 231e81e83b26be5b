// SPDX-License-Identifier: BSD-3-Clause
// Every kind of fact against kernels that have it and kernels that have it not.
#include <espalier/testing/fact_law.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>
#include <functional>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 2, .in = 2, .kernel = {1, 1, 3}};

/// What a judge says of this constrained weight; nothing is left to rounding but a few units.
std::optional<std::string> judged(const esp::fact& f, std::vector<double> out, esp::index_t size = 3,
                                  esp::index_t groups = 1) {
  out.resize(static_cast<std::size_t>(shape.size()));
  static std::vector<double> made;
  made = out;
  const esp::law_subject<double> subject{
      .shape = shape,
      .sweep = [](const double*, double* to, const double*) { std::copy(made.begin(), made.end(), to); },
      .spec = [](const double*, double* to, const double*) { std::copy(made.begin(), made.end(), to); },
      .ideal = [](const double*, double* to, const double*) { std::copy(made.begin(), made.end(), to); }};
  const esp::law_trial<double> trial(subject, 1);
  return esp::fact_judge<double>(esp::law_part<double>(trial, 0, size), shape, groups).contradiction(f);
}
bool holds(const esp::fact& f, const std::vector<double>& out, esp::index_t size = 3) {
  return !judged(f, out, size).has_value();
}

}  // namespace

TEST_CASE("sums and norms of a block, of a filter") {
  REQUIRE(holds(esp::sum_is<1>, {0.5, 0.75, -0.25}));
  REQUIRE(!holds(esp::sum_is<1>, {0.5, 0.75, -0.2499999}));
  REQUIRE(*judged(esp::zero_sum, {1, 2, 0.5}) == "the sum is 3.5, which rounding does not explain");
  REQUIRE(holds(esp::l1_is<1.5>, {0.5, 0.75, -0.25}));
  REQUIRE(!holds(esp::l1_is<1>, {0.5, 0.75, -0.25}));
  REQUIRE(holds(esp::l1_at_most<2>, {0.5, 0.75, -0.25}));
  REQUIRE(!holds(esp::l1_at_most<1.4>, {0.5, 0.75, -0.25}));
  REQUIRE(holds(esp::l2_is<5>, {3, 0, -4}));
  REQUIRE(!holds(esp::l2_is<4>, {3, 0, -4}));
  REQUIRE(holds(esp::l2_at_most<5>, {3, 0, -4}));
  REQUIRE(!holds(esp::l2_at_most<4.99>, {3, 0, -4}));
  REQUIRE(holds(esp::per_filter(esp::sum_is<6>), {1, 1, 1, 1, 1, 1, 9}, 6));
  REQUIRE(!holds(esp::per_filter(esp::sum_is<3>), {1, 1, 1, 1, 1, 1}, 6));
}

TEST_CASE("bounds, taps, supports and what is finite") {
  REQUIRE(holds(esp::nonnegative, {0, 1, 1e300}));
  REQUIRE(*judged(esp::nonnegative, {0, -0.5, 1}) == "tap 1 is -0.5");
  REQUIRE(holds(esp::bounds<-1, 0.1>, {-1, 0.1, 0}));
  REQUIRE(!holds(esp::bounds<-1, 0.1>, {-1, 0.1001, 0}));
  REQUIRE(holds(esp::center_is<2>, {9, 2, 9, 8, 2, 8}, 6));
  REQUIRE(!holds(esp::center_is<2>, {9, 2, 9, 8, 3, 8}, 6));
  REQUIRE(holds(esp::tap_is<0, 0, 2, -1>, {4, 4, -1}));
  REQUIRE(!holds(esp::tap_is<0, 0, 2, -1>, {4, -1, 4}));
  REQUIRE(holds(esp::support<esp::center_tap>, {0, 5, 0}));
  REQUIRE(!holds(esp::support<esp::center_tap>, {0, 5, 1e-3}));
  REQUIRE(holds(esp::always_finite, {0, 1e308, -1}));
  REQUIRE(!holds(esp::always_finite, {0, HUGE_VAL, -1}));
}

TEST_CASE("moments, and the derivatives of which a stencil is one") {
  REQUIRE(holds(esp::moment_is<0, 0, 1, 2>, {-1, 5, 1}));
  REQUIRE(*judged(esp::moment_is<0, 0, 2, 1>, {-1, 5, 3}) ==
          "the moment 0, 0, 2 is 2, which rounding does not explain");
  constexpr esp::fact slope = esp::derivative_to<esp::partial{.w = 1}, 2>;
  REQUIRE(holds(slope, {-0.5, 0, 0.5}));
  REQUIRE(!holds(slope, {0.5, 0, -0.5}));
  REQUIRE(!holds(slope, {0, -1, 1}));
  REQUIRE(holds(esp::laplacian_to<2>, {1, -2, 1}));
  REQUIRE(!holds(esp::laplacian_to<2>, {1, -2, 1.001}));
}

TEST_CASE("symmetries, orbit by orbit") {
  constexpr esp::fact even = esp::symmetric_t<esp::mirror_t<esp::axis::width>>::stated;
  constexpr esp::fact odd = esp::antisymmetric_t<esp::axis::width>::stated;
  REQUIRE(holds(even, {2, 5, 2}));
  REQUIRE(*judged(even, {2, 5, 3}) == "tap 0 is 2 and tap 2 of its orbit 3");
  REQUIRE(holds(odd, {2, 0, -2}));
  REQUIRE(*judged(odd, {2, 0, 2}) == "the orbit of tap 0 sums to 4");
  REQUIRE(!holds(odd, {2, 1, -2}));
}

TEST_CASE("the norm of the convolution, by its answer to the slowest and the fastest waves") {
  const std::vector<double> smooth{1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1};  // two channels, each on its own
  REQUIRE(holds(esp::lipschitz<3>, smooth, 12));
  REQUIRE(!holds(esp::lipschitz<2.99>, smooth, 12));
  const std::vector<double> edge{1, -1, 1};  // a sum of 1, and 3 at the frequency 1/2
  REQUIRE(!holds(esp::lipschitz<2.99>, edge, 12));
  REQUIRE(holds(esp::lipschitz<3>, edge, 12));
  // Both filters read both channels: of a matrix of ones, or of two groups apart.
  const std::vector<double> ones{1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0};
  REQUIRE(judged(esp::lipschitz<1.9>, ones, 12).has_value());
  REQUIRE(!judged(esp::lipschitz<1.9>, ones, 12, 2).has_value());
  REQUIRE(judged(esp::lipschitz<1.4>, ones, 12, 2).has_value());
}

TEST_CASE("what is proved of a formula as statements") {
  using f = esp::formula<esp::to_policy_t<decltype(esp::modes::fixed_center<2, 0.5>)>,
                         esp::weight_shape{.out = 2, .in = 2, .kernel = 3}>;
  const esp::proved_numbers numbers{.at = {esp::facts_of<f>, esp::filter_facts_of<f>, {}, esp::whole_facts_of<f>}};
  bool sum = false, center = false;
  for (const esp::said_fact& s : esp::statements(numbers, f::value)) {
    REQUIRE(s.proved);
    sum = sum || s.sentence() == "sum = 2.5, which is proved, does not hold";
    center = center || s.sentence() == "tap<1, 1, 1> = 2, which is proved, does not hold";
  }
  REQUIRE(sum);
  REQUIRE(center);
  REQUIRE(esp::said_fact{esp::nonnegative}.sentence() == "w >= 0 does not hold");
}
