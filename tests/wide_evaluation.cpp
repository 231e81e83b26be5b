// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/gradient.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/wide_evaluation.hpp>
#include <memory>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape shape{.out = 3, .in = 2, .kernel = {1, 3, 2}};
constexpr std::size_t taps = 6;

std::vector<double> drawn(int seed) {
  std::vector<double> w(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = static_cast<double>((i * 37 + static_cast<std::size_t>(seed)) % 23) - 9.5;
  return w;
}

/// The largest relative difference from the evaluator, column by column.
template <class F>
double difference() {
  const std::vector<double> w = drawn(3), y = drawn(11);
  const double named[]{0.75};
  std::vector<double> wanted(w.size()), got(w.size());
  (*std::make_unique<esp::evaluator<F, double>>())(w.data(), wanted.data(), named, y.data());
  std::vector<esp::wide_number> inputs(static_cast<std::size_t>(esp::wide_program_of<F>.inputs_size()));
  esp::wide_evaluation<double> wide(esp::wide_program_of<F>, named, inputs.data());
  const std::size_t blocks = esp::plan<F>::reach == esp::scope::block ? 1 : 2;
  if (esp::plan<F>::reach == esp::scope::whole) wide.see_whole(w.data(), y.data());
  for (std::size_t at = 0; at < w.size(); at += blocks * taps) {
    const auto first = static_cast<esp::index_t>(at / taps), together = static_cast<esp::index_t>(blocks);
    wide.write_column(w.data() + at, y.data() + at, first, together, got.data() + at);
  }
  double worst = 0;
  for (std::size_t i = 0; i < w.size(); ++i) worst = std::fmax(worst, std::fabs(got[i] - wanted[i]));
  return worst;
}
template <class P>
double differences(P) {
  using policy = esp::to_policy_t<P>;
  return std::fmax(difference<esp::formula<policy, shape>>(), difference<esp::gradient_formula<policy, shape>>());
}

constexpr auto conditions = [](auto w) {
  return esp::select(!(w < 0) && (w <= 4 || esp::sum(w) < 0), w * esp::max(w), esp::min(w) + esp::abs(-w));
};
constexpr bool is_in_front(esp::tap_index t) { return t.h < 2; }
constexpr auto rows = esp::mask<is_in_front>;

}  // namespace

TEST_CASE("wide numbers give what the evaluator gives, in range", "[wide_evaluation]") {
  REQUIRE(differences(esp::modes::unit_l2) < 1e-13);
  REQUIRE(differences(esp::modes::nonneg_sum1 >> esp::modes::zero_mean >> esp::modes::max_l2<0.1>) < 1e-13);
  REQUIRE(differences(conditions) < 1e-13);
  REQUIRE(differences(esp::on<rows>(esp::normalize<esp::l1>) >> esp::cap<esp::l2, esp::param<"c">>) < 1e-13);
  REQUIRE(differences(esp::per_filter(esp::subtract<esp::mean> >> esp::normalize<esp::l2>)) < 1e-13);
  REQUIRE(differences(esp::grouped<esp::lines<esp::axis::width>>(esp::normalize<esp::l2>)) < 1e-13);
  REQUIRE(differences(esp::per_filter(esp::grouped<esp::shells>(esp::normalize<esp::l1>)) >> esp::modes::unit_l2) <
          1e-13);
  REQUIRE(differences(esp::on<rows>(esp::grouped<esp::lines<esp::axis::height>>(esp::subtract<esp::mean>))) < 1e-13);
  REQUIRE(differences(esp::per_filter(esp::subtract<esp::mean>) >> esp::per_input(esp::normalize<esp::l2>)) < 1e-13);
  REQUIRE(differences(esp::per_input(esp::normalize<esp::l1>) >> esp::whole_weight(esp::subtract<esp::max>)) < 1e-13);
  REQUIRE(differences(esp::whole_weight(esp::normalize<esp::l2>) >> esp::per_filter(esp::subtract<esp::max>)) < 1e-13);
}

TEST_CASE("constant kernels are right beyond the range of an intermediate", "[wide_evaluation]") {
  using esp::evaluate, esp::extents;
  constexpr auto large = evaluate<esp::modes::unit_l2, extents{1, 1, 2}>(std::array<float, 2>{0x3p100F, 0x4p100F});
  STATIC_REQUIRE(large[0] == 0.6F);
  STATIC_REQUIRE(large[1] == 0.8F);
  constexpr auto sums = evaluate<esp::normalize<esp::l1>, extents{1, 1, 2}>(std::array<double, 2>{1.5e308, 1.5e308});
  STATIC_REQUIRE(sums[0] == 0.5);
  constexpr auto capped = evaluate<esp::cap<esp::l2, 5>, extents{1, 1, 2}>(std::array<double, 2>{0x3p900, -0x4p900});
  STATIC_REQUIRE(capped[0] == 3);
  STATIC_REQUIRE(capped[1] == -4);
}
