// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/gradient.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/with_gradient.hpp>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;
constexpr esp::weight_shape shape{.out = 2, .in = 3, .kernel = 3};

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
inline constexpr whiten_t whiten{};

template <class P>
using forward_of = esp::formula<P, shape>;
template <class P>
using gradient_of = esp::gradient_formula<P, shape>;

struct problem {
  std::vector<double> w;
  std::vector<double> g;
};

problem draw(unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  problem p{std::vector<double>(static_cast<std::size_t>(shape.size())), {}};
  p.g = p.w;
  for (auto& x : p.w) x = normal(engine);
  for (auto& x : p.g) x = normal(engine);
  return p;
}

template <class F>
std::vector<double> run(const std::vector<double>& w, const std::vector<double>& g) {
  const double named[] = {0.7, 1.3};
  std::vector<double> out(w.size());
  // The evaluator keeps every node of every block: too large for a stack under a sanitizer.
  const auto evaluator = std::make_unique<esp::evaluator<F, double>>();
  (*evaluator)(w.data(), out.data(), named, g.data());
  return out;
}

/// The gradient of one mode as a textbook writes it, block by block.
template <class P, class Textbook>
void equals_textbook(P, Textbook textbook) {
  const problem p = draw(7);
  const auto derived = run<gradient_of<esp::to_policy_t<P>>>(p.w, p.g);
  for (index_t block = 0; block < shape.blocks(); ++block) {
    const double* w = p.w.data() + block * 27;
    const double* g = p.g.data() + block * 27;
    double expected[27];
    textbook(w, g, expected);
    for (int t = 0; t < 27; ++t) {
      const double tolerance = 1e-11 * (1 + std::fabs(expected[t]));
      REQUIRE(std::fabs(derived[static_cast<std::size_t>(block * 27 + t)] - expected[t]) <= tolerance);
    }
  }
}

double dot(const double* a, const double* b) {
  double s = 0;
  for (int t = 0; t < 27; ++t) s += a[t] * b[t];
  return s;
}

/// Central differences through the formula, eps 1e-6, atol 1e-5, rtol 1e-3.
template <class P>
void equals_differences(P) {
  using policy = esp::to_policy_t<P>;
  const problem p = draw(11);
  const auto derived = run<gradient_of<policy>>(p.w, p.g);
  for (std::size_t i = 0; i < p.w.size(); i += 5) {
    auto nudged = p.w;
    nudged[i] += 1e-6;
    const auto above = run<forward_of<policy>>(nudged, p.g);
    nudged[i] -= 2e-6;
    const auto below = run<forward_of<policy>>(nudged, p.g);
    double difference = 0;
    for (std::size_t j = 0; j < p.w.size(); ++j) difference += p.g[j] * (above[j] - below[j]) / 2e-6;
    REQUIRE(std::fabs(derived[i] - difference) <= 1e-5 + 1e-3 * std::fabs(difference));
  }
}

template <class P>
constexpr int passes(P) {
  return esp::plan<gradient_of<esp::to_policy_t<P>>>::passes;
}

}  // namespace

namespace m = esp::modes;

// Without a reduction one pass; the norms two, as the textbook forms.
static_assert(passes(m::none) == 1);
static_assert(passes(m::nonneg) == 1);
static_assert(passes(esp::clamp<-1, 1>) == 1);
static_assert(passes([](auto w) { return w * w * w; }) == 1);
static_assert(passes(m::sum_to_one) == 2);
static_assert(passes(m::zero_mean) == 2);
static_assert(passes(m::nonneg_sum1) == 2);
static_assert(passes(m::unit_l2) == 2);
static_assert(passes(m::max_l2<1>) == 2);
static_assert(passes(m::fixed_center<>) == 2);
static_assert(passes(whiten) == 3);

TEST_CASE("the derived gradient of every mode is the textbook's") {
  const auto sum = [](const double* w) {
    double s = 0;
    for (int t = 0; t < 27; ++t) s += w[t];
    return s;
  };
  equals_textbook(m::none, [](const double*, const double* g, double* d) { std::copy(g, g + 27, d); });
  equals_textbook(m::nonneg, [](const double* w, const double* g, double* d) {
    for (int t = 0; t < 27; ++t) d[t] = w[t] > 0 ? g[t] : 0;
  });
  equals_textbook(m::sum_to_one, [&](const double* w, const double* g, double* d) {
    const double s = sum(w) + 1e-12;
    for (int t = 0; t < 27; ++t) d[t] = g[t] / s - dot(g, w) / (s * s);
  });
  equals_textbook(m::zero_mean, [&](const double*, const double* g, double* d) {
    for (int t = 0; t < 27; ++t) d[t] = g[t] - sum(g) / 27;
  });
  equals_textbook(m::nonneg_sum1, [&](const double* w, const double* g, double* d) {
    double r[27];
    for (int t = 0; t < 27; ++t) r[t] = w[t] > 0 ? w[t] : 0;
    const double s = sum(r) + 1e-12;
    for (int t = 0; t < 27; ++t) d[t] = w[t] > 0 ? g[t] / s - dot(g, r) / (s * s) : 0;
  });
  equals_textbook(m::unit_l2, [](const double* w, const double* g, double* d) {
    const double n = std::sqrt(dot(w, w) + 1e-12);
    for (int t = 0; t < 27; ++t) d[t] = g[t] / n - w[t] * dot(g, w) / (n * n * n);
  });
  equals_textbook(m::max_l2<5>, [](const double* w, const double* g, double* d) {
    const double n = std::sqrt(dot(w, w) + 1e-12);
    for (int t = 0; t < 27; ++t) d[t] = n > 5 ? 5 * (g[t] / n - w[t] * dot(g, w) / (n * n * n)) : g[t];
  });
  equals_textbook(m::fixed_center<-1, 2>, [&](const double* w, const double* g, double* d) {
    const double s = sum(w) - w[13] + 1e-12;
    const double gw = dot(g, w) - g[13] * w[13];
    for (int t = 0; t < 27; ++t) d[t] = t == 13 ? 0 : 2 * (g[t] / s - gw / (s * s));
  });
}

TEST_CASE("the derived gradient equals central differences for every mode") {
  equals_differences(m::none);
  equals_differences(m::nonneg);
  equals_differences(m::sum_to_one);
  equals_differences(m::zero_mean);
  equals_differences(m::nonneg_sum1);
  equals_differences(m::unit_l2);
  equals_differences(m::max_l2<0.8>);
  equals_differences(m::fixed_center<>);
}

TEST_CASE("and for custom compositions, lambdas, scopes and parameters") {
  equals_differences(esp::clamp<-1, 1> >> whiten);
  equals_differences(m::fixed_center<> >> m::unit_l2);
  equals_differences([](auto w) { return esp::select(w < 0 || !(w <= 0.5), w * esp::max(w), esp::min(w) + abs(w)); });
  equals_differences(m::unit_l2 >> m::nonneg_sum1 >> m::zero_mean >> m::max_l2<0.1>);
  equals_differences(esp::on<esp::neighbors>(whiten) >> [](auto w) { return w / (1 + abs(w)); });
  equals_differences(esp::per_filter(esp::subtract<esp::mean>) >> esp::normalize<esp::l1>);
  equals_differences([](auto w) { return esp::exp(w) * esp::tanh(w) + esp::sigmoid(2 * w) - esp::softplus(w); });
  equals_differences([](auto w) { return esp::log(1 + w * w) * esp::sum(esp::exp(-w)) + esp::pow<3>(w); });
  equals_differences([](auto w) { return esp::pow<-2>(3 + w) + w / esp::log(2 + esp::sum(esp::pow<4>(w))); });
  equals_differences([](auto w) {
    auto e = esp::exp(w - esp::max(w));
    return e / esp::sum(e);
  });
  equals_differences(esp::whole_weight(esp::normalize<esp::l2>) >> esp::per_filter(esp::cap<esp::l2, esp::param<"c">>));
  equals_differences(esp::grouped<esp::lines<esp::axis::width>>(esp::normalize<esp::l2>));
  equals_differences(esp::grouped<esp::mirror<esp::axis::width>>(esp::subtract<esp::mean>) >> esp::normalize<esp::l1>);
  equals_differences(
      esp::grouped<esp::planes<esp::axis::height>>([](auto w) { return w * esp::max(w) + esp::min(w); }));
  equals_differences(esp::per_filter(esp::grouped<esp::single_taps>(esp::cap<esp::l2, esp::param<"c">>)));
  equals_differences(esp::per_input(esp::grouped<esp::shells>([](auto w) { return w * esp::max(w) - esp::mean(w); })));
  equals_differences(esp::per_input(esp::subtract<esp::mean>) >> esp::per_filter(esp::normalize<esp::l2>));
  equals_differences(esp::per_filter(esp::normalize<esp::l2>) >>
                     esp::per_input([](auto w) { return w * esp::max(w); }));
  equals_differences(esp::per_input(esp::cap<esp::l2, esp::param<"c">>) >> esp::whole_weight(esp::normalize<esp::l1>));
}

TEST_CASE("and for tables") {
  static constexpr auto x = esp::at<[](esp::tap_index t) { return t.w - 1; }>;
  static constexpr auto r = esp::at<[](esp::tap_index t, esp::extents k) {
    return static_cast<double>(1 + t.d) / static_cast<double>(k.d + t.h);
  }>;
  equals_differences([](auto w) { return w * r; });
  equals_differences([](auto w) { return w - x * (esp::sum(w * x) / esp::sum(x * x)); });
  equals_differences([](auto w) { return w * r / (1 + esp::l2(w * r)) - esp::sum(w * r) / esp::sum(r); });
  equals_differences(esp::on<esp::neighbors>([](auto w) { return esp::exp(w * r) * x; }) >> esp::normalize<esp::l2>);
  equals_differences(esp::per_filter([](auto w) { return w - esp::mean(w * r); }));
  equals_differences(esp::assign<r>);
}

TEST_CASE("and for the priors of public code") {
  equals_differences(esp::standardize);
  equals_differences(esp::causal<esp::axis::depth, esp::axis::width>);
  equals_differences(esp::masked<'A'> >> esp::standardize);
  equals_differences(esp::central_difference<0.6> >> m::unit_l2);
  equals_differences(esp::central_difference<esp::param<"theta">>);
  equals_differences(esp::cap_lipschitz<0.5>);
  equals_differences(esp::masked<'B'> >> esp::cap_lipschitz<esp::param<"L">> >> m::nonneg);
}

TEST_CASE("the kinks follow the stated conventions") {
  std::vector<double> w(static_cast<std::size_t>(shape.size()));
  const std::vector<double> g(w.size(), 1.0);
  SECTION("max(w, 0) has derivative 0 at 0") {
    for (double d : run<gradient_of<esp::to_policy_t<decltype(m::nonneg)>>>(w, g)) REQUIRE(d == 0);
  }
  SECTION("min(w, 1) has derivative 0 at 1") {
    std::fill(w.begin(), w.end(), 1.0);
    for (double d : run<gradient_of<esp::clamp_t<0, 1>>>(w, g)) REQUIRE(d == 0);
  }
  SECTION("|w| has derivative 0 at 0") {
    constexpr auto magnitude = [](auto x) { return esp::abs(x); };
    for (double d : run<gradient_of<esp::to_policy_t<decltype(magnitude)>>>(w, g)) REQUIRE(d == 0);
  }
  SECTION("taps that share the largest value share its gradient") {
    constexpr auto largest = [](auto x) { return esp::max(x); };
    w[0] = w[5] = 3;
    const auto d = run<gradient_of<esp::to_policy_t<decltype(largest)>>>(w, g);
    REQUIRE(d[0] == 13.5);
    REQUIRE(d[5] == 13.5);
    REQUIRE(d[1] == 0);
  }
  SECTION("the fixed centre receives nothing") {
    std::fill(w.begin(), w.end(), 0.5);
    REQUIRE(run<gradient_of<esp::to_policy_t<decltype(m::fixed_center<>)>>>(w, g)[13] == 0);
  }
}

TEST_CASE("a condition guards a function whose derivative is infinite or NaN") {
  std::vector<double> w(static_cast<std::size_t>(shape.size()), 0.5);
  const std::vector<double> g(w.size(), 1.0);
  w[0] = 2000, w[1] = -3, w[2] = 0;
  constexpr auto capped = [](auto x) { return esp::select(x < 50, esp::exp(x), x); };
  const auto d = run<gradient_of<esp::to_policy_t<decltype(capped)>>>(w, g);
  REQUIRE(d[0] == 1);
  REQUIRE(std::fabs(d[1] - std::exp(-3.0)) < 1e-16);
  constexpr auto logarithm = [](auto x) { return esp::select(0 < x, esp::log(x), 0); };
  const auto e = run<gradient_of<esp::to_policy_t<decltype(logarithm)>>>(w, g);
  REQUIRE(e[0] == 0.0005);
  REQUIRE((e[1] == 0 && e[2] == 0));
  REQUIRE(e[3] == 2);
}

TEST_CASE("a policy may name another gradient rule") {
  const problem p = draw(3);
  SECTION("straight through passes the gradient on") {
    constexpr auto prior = esp::with_gradient<esp::gradient_rule::straight_through>(esp::clamp<0>);
    REQUIRE(run<gradient_of<esp::to_policy_t<decltype(prior)>>>(p.w, p.g) == p.g);
    REQUIRE(run<forward_of<esp::to_policy_t<decltype(prior)>>>(p.w, p.g) == run<forward_of<esp::clamp_t<0>>>(p.w, p.g));
  }
  SECTION("inclusive passes the gradient on the border, and is exact elsewhere") {
    constexpr auto exact = esp::clamp<-1, 1>;
    constexpr auto inclusive = esp::with_gradient<esp::gradient_rule::inclusive>(exact);
    using exact_t = esp::to_policy_t<decltype(exact)>;
    using inclusive_t = esp::to_policy_t<decltype(inclusive)>;
    REQUIRE(run<gradient_of<inclusive_t>>(p.w, p.g) == run<gradient_of<exact_t>>(p.w, p.g));
    auto w = p.w;
    w[0] = -1, w[1] = 1, w[2] = -1.0000001, w[3] = 1.0000001;
    const auto d = run<gradient_of<inclusive_t>>(w, p.g), e = run<gradient_of<exact_t>>(w, p.g);
    REQUIRE((d[0] == p.g[0] && d[1] == p.g[1] && d[2] == 0 && d[3] == 0));
    REQUIRE((e[0] == 0 && e[1] == 0));
    // A pipeline, a formula whose number stands first, a norm exactly at its cap.
    constexpr auto piped = esp::with_gradient<esp::gradient_rule::inclusive>(esp::clamp<-1> >> esp::clamp<-2, 1>);
    REQUIRE(run<gradient_of<esp::to_policy_t<decltype(piped)>>>(w, p.g)[0] == p.g[0]);
    constexpr auto first = esp::with_gradient<esp::gradient_rule::inclusive>([](auto x) { return esp::max(-1, x); });
    REQUIRE(run<gradient_of<esp::to_policy_t<decltype(first)>>>(w, p.g)[0] == p.g[0]);
    STATIC_REQUIRE(esp::establishes<inclusive, esp::bounds<-1, 1>>);
  }
  SECTION("tangent to a fixed sum and norm") {
    constexpr auto prior = esp::with_gradient<esp::gradient_rule::tangent>(m::zero_mean >> m::unit_l2);
    const auto d = run<gradient_of<esp::to_policy_t<decltype(prior)>>>(p.w, p.g);
    const auto y = run<forward_of<esp::to_policy_t<decltype(prior)>>>(p.w, p.g);
    for (index_t block = 0; block < shape.blocks(); ++block) {
      const double ones[27] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
      REQUIRE(std::fabs(dot(d.data() + block * 27, ones)) < 1e-12);
      REQUIRE(std::fabs(dot(d.data() + block * 27, y.data() + block * 27)) < 1e-12);
      REQUIRE(dot(d.data() + block * 27, p.g.data() + block * 27) > 0);
    }
  }
  SECTION("tangent to a fixed tap") {
    constexpr auto prior = esp::with_gradient<esp::gradient_rule::tangent>(m::fixed_center<>);
    const auto d = run<gradient_of<esp::to_policy_t<decltype(prior)>>>(p.w, p.g);
    double sum = 0;
    for (std::size_t t = 0; t < 27; ++t) sum += d[t];
    REQUIRE(d[13] == 0);
    REQUIRE(std::fabs(sum) < 1e-12);
  }
}

namespace {

/// The gradient of one block of extents 1 x 1 x N.
template <double Eps, class P, std::size_t N>
std::vector<double> block_gradient(P, const double (&w)[N]) {
  constexpr esp::weight_shape block{.out = 1, .in = 1, .kernel = {1, 1, N}};
  using F = esp::gradient_formula<esp::to_policy_t<P>, block, Eps>;
  std::vector<double> g(N), out(N);
  for (std::size_t i = 0; i < N; ++i) g[i] = static_cast<double>(i + 1);
  (*std::make_unique<esp::evaluator<F, double>>())(w, out.data(), nullptr, g.data());
  return out;
}
using values = std::vector<double>;

}  // namespace

TEST_CASE("a root at zero has the gradient zero") {
  const double zero[4] = {};
  REQUIRE(block_gradient<1e-12>([](auto w) { return w / (1 + esp::l2(w)); }, zero) == values{1, 2, 3, 4});
  REQUIRE(block_gradient<0.5>([](auto w) { return w / (esp::l2(w) + esp::eps); }, zero) == values{2, 4, 6, 8});
  REQUIRE(block_gradient<0.0>([](auto w) { return w * esp::max(esp::l2(w), 2); }, zero) == values{2, 4, 6, 8});
  REQUIRE(block_gradient<0.0>([](auto w) { return w + esp::sqrt(esp::abs(w)); }, zero) == values{1, 2, 3, 4});
  REQUIRE(block_gradient<0.0>(esp::per_filter([](auto w) { return w / (1 + esp::l2(w)); }), zero) ==
          values{1, 2, 3, 4});
  REQUIRE(block_gradient<0.0>(esp::whole_weight([](auto w) { return w - esp::l2(w); }), zero) == values{1, 2, 3, 4});
  REQUIRE(std::isnan(block_gradient<0.0>([](auto w) { return esp::sqrt(w - 1); }, zero)[0]));  // no number forward too
}

TEST_CASE("a branch that is not taken gives no gradient, whatever its derivative is") {
  const double zero[4] = {};
  const double mixed[4] = {-1, 4, -2, 0};
  using esp::select, esp::sum;
  REQUIRE(block_gradient<0.0>([](auto w) { return select(w > 0, esp::sqrt(w), 0); }, mixed) == values{0, 0.5, 0, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return esp::sqrt(esp::max(w, 0)); }, mixed) == values{0, 0.5, 0, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return esp::min(select(w > 0, 1 / w, 1), 2); }, mixed) ==
          values{0, -0.125, 0, 0});
  REQUIRE(block_gradient<0.0>(m::max_l2<1>, zero) == values{1, 2, 3, 4});
  REQUIRE(block_gradient<0.0>(esp::cap<esp::l1, 1>, zero) == values{1, 2, 3, 4});
  REQUIRE(block_gradient<0.0>(esp::per_filter(m::max_l2<1>), zero) == values{1, 2, 3, 4});
  REQUIRE(block_gradient<0.0>(esp::whole_weight(m::max_l2<1>), zero) == values{1, 2, 3, 4});
  // Where the second operand is NaN the first one is taken.
  REQUIRE(block_gradient<0.0>([](auto w) { return esp::max(w, 0 * esp::sqrt(w)); }, mixed) == values{1, 2, 3, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return esp::max(w, esp::sqrt(w)); }, mixed) == values{1, 2, 3, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return esp::min(w, esp::sqrt(w)); }, mixed) == values{1, 0.5, 3, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return esp::abs(esp::max(w, esp::sqrt(w))); }, mixed) ==
          values{-1, 2, -3, 0});
  // The condition is a block's, the branch a tap's; nested; under a sum; beside a factor; in a region.
  REQUIRE(block_gradient<0.0>([](auto w) { return select(sum(w) < 0, 1 / w, 2 * w); }, mixed) == values{2, 4, 6, 8});
  REQUIRE(block_gradient<0.0>([](auto w) { return select(w < 9, select(w > 0, 1 / w, 0), esp::sqrt(w)); }, mixed) ==
          values{0, -0.125, 0, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return w * 0 + sum(select(w > 0, esp::sqrt(w), 0)); }, mixed) ==
          values{0, 2.5, 0, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return select(w > 0, esp::sqrt(w), 0) / 2 * 3; }, mixed) ==
          values{0, 0.75, 0, 0});
  REQUIRE(block_gradient<0.0>([](auto w) { return w * select(esp::l2(w) > 0, 1 / esp::l2(w), 1); }, zero) ==
          values{1, 2, 3, 4});
  constexpr auto second = esp::mask<[](esp::tap_index t) { return t.w == 1; }>;
  REQUIRE(block_gradient<0.0>(esp::on<second>([](auto w) { return esp::sqrt(w); }), mixed) == values{1, 0.5, 3, 4});
  REQUIRE(block_gradient<0.0>(esp::on<second>(esp::normalize<esp::sum>), zero)[0] == 1);
}

// What guards a branch costs a pass only where a sum has to wait for a factor that may be infinite.
static_assert(passes([](auto w) { return esp::select(w > 0, esp::sqrt(w), 0); }) == 1);
static_assert(passes([](auto w) { return w / (1 + esp::l2(w)); }) == 2);
