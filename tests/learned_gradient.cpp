// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/evaluate.hpp>
#include <espalier/formula_text.hpp>
#include <espalier/gradient_rule.hpp>
#include <espalier/learned.hpp>
#include <espalier/learned_gradient.hpp>
#include <espalier/policies/per_filter.hpp>
#include <vector>

#include "support/catch.hpp"

// Beside layer_numbers.cpp, which compares with differences of a layer's output.

namespace {

using esp::learned, esp::per;

constexpr esp::weight_shape shape{.out = 3, .in = 2, .kernel = esp::extents{1, 1, 3}};

struct gained_t : esp::policy<gained_t> {
  static constexpr auto map(auto w) { return learned<"g", per::filter>.starts_at(esp::sum(esp::abs(w))) * w; }
};
struct curved_t : esp::policy<curved_t> {
  static constexpr auto map(auto w) {
    const auto c = esp::softplus(learned<"c">);
    return esp::tanh(w / c) * c + esp::max(w - learned<"b", per::block>, 0) * learned<"i", per::input>;
  }
};

/// Largest difference between the derived gradient of name `Name` and differences of sum(P(w) g).
template <class P, int Name>
double worst() {
  using f = esp::formula<P, shape>;
  using d = esp::learned_gradient_formula<P, Name, shape>;
  using table = esp::number_table<f>;
  std::vector<double> w(18), g(18), out(18), numbers(static_cast<std::size_t>(table::total));
  for (std::size_t i = 0; i < 18; ++i) w[i] = std::sin(1.0 + 2.7 * double(i)), g[i] = std::cos(3.1 * double(i));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 0.3 + 0.17 * std::sin(5.0 * double(i));
  const auto loss = [&] {
    esp::evaluator<f, double>{}(w.data(), out.data(), numbers.data());
    double total = 0;
    for (std::size_t i = 0; i < 18; ++i) total += out[i] * g[i];
    return total;
  };
  std::vector<double> derived(18);
  esp::evaluator<d, double>{}(w.data(), derived.data(), numbers.data(), g.data());
  double result = 0;
  constexpr esp::per part = table::stretches[static_cast<std::size_t>(Name)].part;
  for (esp::index_t n = 0; n < table::size_of(Name); ++n) {
    double& x = numbers[static_cast<std::size_t>(table::offset_of(Name) + n)];
    const double kept = x;
    x = kept + 1e-6;
    const double above = loss();
    x = kept - 1e-6;
    const double difference = (above - loss()) / 2e-6;
    x = kept;
    double found = 0;
    for (esp::index_t block = 0; block < 6; ++block) {
      const bool reads = esp::number_of_block(part, block, 2) == n;
      const bool first = block == esp::first_block_of(part, n, 2);
      if (part == per::input ? reads : first) found += derived[static_cast<std::size_t>(block * 3)];
    }
    result = std::max(result, std::fabs(found - difference));
  }
  return result;
}

}  // namespace

TEST_CASE("the gradient of a learned number is the sum over the taps that read it") {
  using d = esp::learned_gradient_formula<gained_t, 0, shape>;
  REQUIRE(esp::gradient_text(d::value) == "sum(w * g; filter)");
  REQUIRE(worst<gained_t, 0>() <= 1e-8);
  REQUIRE(worst<esp::per_filter_t<gained_t>, 0>() <= 1e-8);
  REQUIRE(worst<curved_t, 0>() <= 1e-8);
  REQUIRE(worst<curved_t, 1>() <= 1e-8);
  REQUIRE(worst<curved_t, 2>() <= 1e-8);
}

TEST_CASE("the weight's gradient waits for no filter because of a learned number") {
  STATIC_REQUIRE(esp::plan<esp::gradient_formula<gained_t, shape>>::reach == esp::scope::block);
  STATIC_REQUIRE(esp::plan<esp::gradient_formula<gained_t, shape>>::passes == 1);
}

TEST_CASE("a start is a formula of its own, in the reach of the policy") {
  using start = esp::learned_start_formula<esp::per_filter_t<gained_t>, 0, shape>;
  REQUIRE(esp::formula_text(start::value) == "sum(|w|; filter)");
}
