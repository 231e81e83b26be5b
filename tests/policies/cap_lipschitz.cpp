// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/evaluate.hpp>
#include <espalier/facts.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::cap_lipschitz, esp::index_t;

/// Two output channels, two input channels, two taps.
using weight = std::array<double, 8>;
template <auto Prior>
constexpr weight of(const weight& in, double named = 0) {
  using f = esp::formula<esp::to_policy_t<decltype(Prior)>,
                         esp::weight_shape{.out = 2, .in = 2, .kernel = esp::extents{1, 1, 2}}>;
  weight out{};
  const double names[]{named};
  esp::evaluator<f, double>{}(in.data(), out.data(), names);
  return out;
}
constexpr bool near(const weight& a, const weight& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] - b[i] <= 1e-11 && b[i] - a[i] <= 1e-11)) return false;
  }
  return true;
}

/// sqrt(R C) of a weight, as it is defined.
double schur(const std::vector<double>& w, const esp::weight_shape& s) {
  const auto sum = [&](bool of_output, index_t channel) {
    double total = 0;
    for (index_t i = 0; i < s.size(); ++i) {
      const index_t block = i / s.kernel.volume();
      if ((of_output ? block / s.in : block % s.in) == channel) total += std::fabs(w[static_cast<std::size_t>(i)]);
    }
    return total;
  };
  double rows = 0, columns = 0;
  for (index_t o = 0; o < s.out; ++o) rows = std::max(rows, sum(true, o));
  for (index_t i = 0; i < s.in; ++i) columns = std::max(columns, sum(false, i));
  return std::sqrt(rows) * std::sqrt(columns);
}

constexpr esp::weight_shape drawn_shape{.out = 5, .in = 3, .kernel = esp::extents{2, 1, 3}};

/// Weights of one sign, sparse ones, single taps, one channel that outweighs the others, 600 orders of magnitude.
std::vector<double> hostile(std::mt19937& random) {
  std::vector<double> w(static_cast<std::size_t>(drawn_shape.size()));
  const auto kind = random() % 6;
  const double scale = std::exp2(static_cast<double>(random() % 1200) - 600);
  const auto favourite = random() % 15;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double u = static_cast<double>(random() >> 4) * 0x1p-27 - 1;
    w[i] = kind == 0   ? u
           : kind == 1 ? std::fabs(u)
           : kind == 2 ? (random() % 8 == 0 ? u : 0)
           : kind == 3 ? (i == favourite ? 1 : 0)
           : kind == 4 ? (i / 18 == favourite % 5 ? u : 1e-9 * u)
                       : (i / 6 % 3 == favourite % 3 ? u : 1e-9 * u);
    w[i] *= scale;
  }
  return w;
}

}  // namespace

TEST_CASE("the weight is scaled by its largest sums over an output and over an input channel") {
  // Sums of absolute values: blocks 1 and 2 / 3 and 6; outputs 3 and 9, inputs 4 and 8.
  constexpr weight in{1, 0, -1, 1, 1.5, 1.5, -3, 3};
  constexpr double norm = 8.48528137423857;  // sqrt(72)
  STATIC_REQUIRE(of<cap_lipschitz<8.5>>(in) == in);
  STATIC_REQUIRE(
      near(of<cap_lipschitz<1>>(in), {1 / norm, 0, -1 / norm, 1 / norm, 1.5 / norm, 1.5 / norm, -3 / norm, 3 / norm}));
  STATIC_REQUIRE(near(of<cap_lipschitz<esp::param<"L">>>(in, norm / 2), {0.5, 0, -0.5, 0.5, 0.75, 0.75, -1.5, 1.5}));
  STATIC_REQUIRE(of<cap_lipschitz<1>>({}) == weight{});
}

TEST_CASE("Schur's bound of what it makes never exceeds the written one") {
  std::mt19937 random(3);
  using f = esp::formula<esp::to_policy_t<decltype(cap_lipschitz<0.75>)>, drawn_shape, 0.0>;
  const auto spec = std::make_unique<esp::evaluator<f, double>>();
  int capped = 0, left = 0;
  for (int draw = 0; draw < 20000; ++draw) {
    const std::vector<double> w = hostile(random);
    std::vector<double> made(w.size());
    (*spec)(w.data(), made.data(), nullptr);
    const double before = schur(w, drawn_shape), after = schur(made, drawn_shape);
    CAPTURE(draw, before, after);
    REQUIRE(after <= 0.75 * (1 + 1e-14));
    if (before <= 0.75) REQUIRE(made == w);
    if (before > 0.751) REQUIRE(after >= 0.75 * (1 - 1e-14));
    (before > 0.75 ? capped : left) += 1;
  }
  REQUIRE((capped > 4000 && left > 4000));
}

TEST_CASE("which bounds cap_lipschitz takes") {
  STATIC_REQUIRE(esp::policy_name<esp::cap_lipschitz_t<1>>() == "cap_lipschitz<1>");
  using f = esp::formula<esp::cap_lipschitz_t<esp::param<"L">>>;
  STATIC_REQUIRE(f::value.requirements[0].id == "ESP-233");
}
