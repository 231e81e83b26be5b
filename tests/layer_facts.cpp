// SPDX-License-Identifier: BSD-3-Clause
// Facts asked of a configuration; and the bound of the convolution's norm against the norm itself, by power iteration
// with the plain loops, on drawn kernels, sizes, strides, dilations, paddings and groups.
#include <algorithm>
#include <cmath>
#include <espalier/evaluate.hpp>
#include <espalier/facts.hpp>
#include <espalier/layer_facts.hpp>
#include <espalier/lipschitz.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/reference.hpp"

namespace {

using esp::conv3d, esp::establishes, esp::index_t, esp::lipschitz;

/// The largest sums of absolute values of a weight's blocks, filters and all of it.
esp::l1_bounds measured(const std::vector<double>& weight, const esp::weight_shape& s) {
  const auto largest = [&](index_t size) {
    double most = 0;
    for (auto part = weight.begin(); part != weight.end(); part += size) {
      double sum = 0;
      std::for_each(part, part + size, [&sum](double w) { sum += std::fabs(w); });
      most = std::max(most, sum);
    }
    return most;
  };
  return {.block = largest(s.kernel.volume()), .filter = largest(s.kernel.volume() * s.in), .whole = largest(s.size())};
}

double length(const std::vector<double>& x) {
  double squares = 0;
  for (double v : x) squares += v * v;
  return std::sqrt(squares);
}

/// What the convolution lengthens the longest input by that `steps` rounds of A^T A find: never more than its norm.
double longest(const esp::conv_problem& p, const std::vector<double>& weight, std::mt19937& random, int steps = 30) {
  std::normal_distribution<double> normal;
  std::vector<double> x(static_cast<std::size_t>(p.input.size())), y(static_cast<std::size_t>(p.output.size()));
  for (double& v : x) v = normal(random);
  double norm = 0;
  for (int i = 0; i < steps; ++i) {
    const double scale = length(x);
    if (scale == 0) return norm;
    for (double& v : x) v /= scale;
    reference::forward(p, x.data(), weight.data(), nullptr, y.data());
    norm = std::max(norm, length(y));
    reference::backward_data(p, y.data(), weight.data(), x.data());
  }
  return norm;
}

struct drawn_case {
  conv3d config;
  esp::dims5 input;
};
drawn_case draw(std::mt19937& random) {
  const auto from = [&](index_t lo, index_t hi) { return std::uniform_int_distribution<index_t>(lo, hi)(random); };
  const auto three = [&](index_t lo, index_t hi) { return esp::extents{from(lo, hi), from(lo, hi), from(lo, hi)}; };
  const index_t groups = from(1, 3);
  drawn_case c{.config = {.in_channels = groups * from(1, 3),
                          .out_channels = groups * from(1, 3),
                          .kernel_size = three(1, 3),
                          .stride = three(1, 2),
                          .dilation = three(1, 2),
                          .padding = from(0, 2),
                          .groups = groups,
                          .bias = false},
               .input = {}};
  c.input = {1, c.config.in_channels, from(5, 8), from(5, 7), from(5, 9)};
  return c;
}

/// Weights of one sign lengthen most; a few taps alone show the bound of a block.
std::vector<double> draw_weight(std::mt19937& random, const esp::weight_shape& shape) {
  std::normal_distribution<double> normal;
  const bool positive = random() % 2 == 0;
  const bool sparse = random() % 3 == 0;
  std::vector<double> weight(static_cast<std::size_t>(shape.size()));
  for (double& w : weight) {
    w = sparse && random() % 4 != 0 ? 0 : normal(random);
    if (positive) w = std::fabs(w);
  }
  return weight;
}

constexpr conv3d small{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1, .groups = 2};
constexpr conv3d with(esp::boundary boundary, index_t padding) {
  conv3d c = small;
  c.boundary = boundary;
  c.padding = padding;
  return c;
}

}  // namespace

TEST_CASE("a configuration says what its facts depend on") {
  constexpr esp::proof_shape asked = esp::proof_shape_of(small);
  STATIC_REQUIRE(asked.weight == esp::weight_shape{.out = 8, .in = 2, .kernel = 3});
  STATIC_REQUIRE((asked.groups == 2 && asked.eps == small.eps && !asked.copies_border));
  STATIC_REQUIRE(esp::proof_shape_of(with(esp::boundary::replicate, 1)).copies_border);
  STATIC_REQUIRE(!esp::proof_shape_of(with(esp::boundary::replicate, 0)).copies_border);
}

TEST_CASE("groups divide the rows that a column of blocks has") {
  // Blocks of norm 1: rows of 2, columns of 8 / 2.
  STATIC_REQUIRE(establishes<esp::cap<esp::l1, 1>, lipschitz<2.8284271247461903>, small>);
  STATIC_REQUIRE(!establishes<esp::cap<esp::l1, 1>, lipschitz<2.82>, small>);
  STATIC_REQUIRE(!establishes<esp::cap<esp::l1, 1>, lipschitz<2.83>, esp::weight_shape_of(small)>);
  STATIC_REQUIRE(establishes<esp::cap<esp::l1, 1>, lipschitz<4>, esp::weight_shape_of(small)>);
  STATIC_REQUIRE(establishes<esp::per_filter(esp::cap<esp::l1, 1>), lipschitz<2>, small>);
  STATIC_REQUIRE(!establishes<esp::per_filter(esp::cap<esp::l1, 1>), lipschitz<1.99>, small>);
  STATIC_REQUIRE(establishes<esp::whole_weight(esp::cap<esp::l1, 1>), lipschitz<1>, small>);
}

TEST_CASE("nothing is claimed where the padding copies the border") {
  constexpr auto capped = esp::whole_weight(esp::cap<esp::l1, 1>);
  STATIC_REQUIRE(!establishes<capped, lipschitz<1e300>, with(esp::boundary::replicate, 1)>);
  STATIC_REQUIRE(establishes<capped, lipschitz<1>, with(esp::boundary::replicate, 0)>);
  STATIC_REQUIRE(establishes<capped, esp::whole_weight(esp::l1_at_most<1>), with(esp::boundary::replicate, 1)>);
  // A shift by one: the first element counts twice.
  const conv3d shift{.in_channels = 1,
                     .out_channels = 1,
                     .kernel_size = {1, 1, 3},
                     .padding = esp::same,
                     .bias = false,
                     .boundary = esp::boundary::replicate};
  const std::vector<double> weight{1, 0, 0};
  std::mt19937 random(1);
  const double norm = longest(esp::conv_problem(shift, {1, 1, 1, 1, 5}), weight, random, 200);
  REQUIRE(norm > 1.41);
  REQUIRE(norm > esp::operator_bound(measured(weight, esp::weight_shape_of(shift)), esp::weight_shape_of(shift)));
}

TEST_CASE("eps is the layer's") {
  constexpr conv3d exact{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .eps = 0};
  STATIC_REQUIRE(establishes<esp::modes::unit_l2, esp::always_finite, small>);
  STATIC_REQUIRE(!establishes<esp::modes::unit_l2, esp::always_finite, exact>);
}

TEST_CASE("no convolution lengthens more than the bound of its sums of absolute values") {
  std::mt19937 random(20261128);
  double closest = 0;
  for (int i = 0; i < 300; ++i) {
    const drawn_case c = draw(random);
    const esp::weight_shape shape = esp::weight_shape_of(c.config);
    const std::vector<double> weight = draw_weight(random, shape);
    const double bound = esp::operator_bound(measured(weight, shape), shape, c.config.groups);
    const double norm = longest(esp::conv_problem(c.config, c.input), weight, random);
    INFO(i << ": norm " << norm << ", bound " << bound);
    REQUIRE(norm <= bound * (1 + 1e-12));
    if (bound > 0) closest = std::max(closest, norm / bound);
  }
  REQUIRE(closest > 0.9);  // and it is not far from any
}

TEST_CASE("a weight capped by Schur's bound lengthens no input by more, whatever the layer does with it") {
  constexpr esp::weight_shape shape{.out = 4, .in = 3, .kernel = {3, 2, 3}};
  using f = esp::formula<esp::to_policy_t<decltype(esp::cap_lipschitz<1>)>, shape>;
  const auto cap = std::make_unique<esp::evaluator<f, double>>();
  std::mt19937 random(20261129);
  double closest = 0;
  for (int i = 0; i < 60; ++i) {
    drawn_case c = draw(random);
    c.config.in_channels = 3, c.config.out_channels = 4, c.config.groups = 1, c.config.kernel_size = {3, 2, 3};
    c.input.c = 3;
    const std::vector<double> weight = draw_weight(random, shape);
    std::vector<double> capped(weight.size());
    (*cap)(weight.data(), capped.data(), nullptr);
    const double norm = longest(esp::conv_problem(c.config, c.input), capped, random);
    INFO(i << ": norm " << norm);
    REQUIRE(norm <= 1 + 1e-12);
    closest = std::max(closest, norm);
  }
  REQUIRE(closest > 0.7);
}

TEST_CASE("the norm of the weight as a matrix is no bound") {
  // One row of 27 equal taps, of length 1: a singular value of 1, and a constant input grows by sqrt(27) inside.
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1, .bias = false};
  std::mt19937 random(5);
  const std::vector<double> weight(27, 1 / std::sqrt(27.0));
  REQUIRE(longest(esp::conv_problem(one, {1, 1, 12, 12, 12}), weight, random) > 4.5);
}
