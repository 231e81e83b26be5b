// SPDX-License-Identifier: BSD-3-Clause
// Which formulas are proved to bound the convolution's norm by a product of sums, and which must not be; and drawn
// chains of policies, evaluated word for word, against what is proved of them.
#include <algorithm>
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/cap_lipschitz.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>
#include <espalier/policies/standardize.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/schur.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::cap_lipschitz, esp::clamp, esp::establishes, esp::lipschitz, esp::masked;

template <auto Prior>
constexpr double bound = esp::schur_bound_of<esp::formula<esp::to_policy_t<decltype(Prior)>>>;
constexpr double unknown = esp::interval::infinity;

/// w * min(1, factor / (sqrt(largest sum of `Part`) + eps) / (sqrt(largest sum of `Other`) + eps)), of |w| or of w.
template <esp::scope Part, esp::scope Other, bool Sizes = true, bool Capped = true>
struct scaled_t : esp::policy<scaled_t<Part, Other, Sizes, Capped>> {
  static constexpr bool lowers_itself = true;
  static constexpr int lower(esp::graph& g, const esp::binding& b) {
    int share = g.constant(1);
    for (const esp::scope part : {Part, Other}) {
      const int sums = g.reduce(esp::operation::sum, Sizes ? g.magnitude(b.weight) : b.weight, 0u, part);
      const int largest = g.magnitude(g.reduce(esp::operation::largest, sums, 0u, esp::scope::whole));
      share = g.divide(share, g.add(g.root(largest), g.epsilon(b.eps)));
    }
    return g.multiply(b.weight, Capped ? g.minimum(g.constant(1), share) : g.maximum(g.constant(1), share));
  }
};
template <esp::scope Part, esp::scope Other, bool Sizes = true, bool Capped = true>
inline constexpr scaled_t<Part, Other, Sizes, Capped> scaled{};
using enum esp::scope;

/// The smallest where the largest should stand.
struct by_smallest_t : esp::policy<by_smallest_t> {
  static constexpr bool lowers_itself = true;
  static constexpr int lower(esp::graph& g, const esp::binding& b) {
    int share = g.constant(1);
    for (const esp::scope part : {filter, input}) {
      const int sums = g.reduce(esp::operation::sum, g.magnitude(b.weight), 0u, part);
      share = g.divide(share, g.root(g.reduce(esp::operation::smallest, sums, 0u, whole)));
    }
    return g.multiply(b.weight, g.minimum(g.constant(1), share));
  }
};
inline constexpr by_smallest_t by_smallest{};

constexpr bool is(double proved, double expected) { return proved - expected < 1e-14 && expected - proved < 1e-14; }

constexpr auto halved = [](auto w) { return w * 0.5; };
constexpr auto shifted = [](auto w) { return w + 0.1; };
constexpr auto drops_small = [](auto w) { return esp::select(esp::abs(w) < 0.1, 0, w); };

}  // namespace

TEST_CASE("a weight that is divided by the roots of its largest sums is bounded", "[schur]") {
  STATIC_REQUIRE(bound<cap_lipschitz<1>> == 1);
  STATIC_REQUIRE(bound<(scaled<filter, input>)> == 1);
  STATIC_REQUIRE(bound<(scaled<input, filter>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<2> >> halved)> == 1);
  STATIC_REQUIRE(is(bound<(halved >> cap_lipschitz<2>)>, 2));
  STATIC_REQUIRE(is(bound<(esp::normalize<esp::l2, 7> >> cap_lipschitz<2>)>, 2));
  STATIC_REQUIRE(is(bound<(esp::per_filter(esp::normalize<esp::l2, 7>) >> cap_lipschitz<2> >> halved)>, 1));
  STATIC_REQUIRE(is(bound<([](auto w) { return w / 3; } >> cap_lipschitz<2>)>, 2));
  STATIC_REQUIRE(bound<(esp::standardize >> cap_lipschitz<3>)> == 3);
  STATIC_REQUIRE(bound<(esp::modes::unit_l2 >> cap_lipschitz<3>)> == 3);
  STATIC_REQUIRE(bound<(cap_lipschitz<0.5> >> cap_lipschitz<3>)> == 0.5);
  STATIC_REQUIRE(bound<(masked<'A'> >> cap_lipschitz<1>)> == 1);
}

TEST_CASE("signs, clamps and masks behind it leave the bound", "[schur]") {
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> clamp<0>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> clamp<-0.5, 0.25>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> masked<'B'>)> == 1);
  STATIC_REQUIRE(bound<(masked<'A'> >> cap_lipschitz<1> >> clamp<0> >> masked<'A'>)> == 1);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> [](auto w) { return -esp::abs(w); })> == 1);
}

TEST_CASE("what is not bounded so is not claimed", "[schur]") {
  STATIC_REQUIRE(bound<(scaled<filter, filter>)> == unknown);
  STATIC_REQUIRE(bound<(scaled<input, input>)> == unknown);
  STATIC_REQUIRE(bound<(scaled<filter, input, false>)> == unknown);        // sums, not of absolute values
  STATIC_REQUIRE(bound<(scaled<filter, input, true, false>)> == unknown);  // at least, not at most
  STATIC_REQUIRE(bound<by_smallest> == unknown);
  STATIC_REQUIRE(bound<cap_lipschitz<esp::param<"L">>> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> shifted)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> clamp<0.1>)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> esp::modes::unit_l2)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> esp::modes::zero_mean)> == unknown);
  STATIC_REQUIRE(bound<esp::on<esp::center_tap>(cap_lipschitz<1>)> == unknown);
  // NaN at a tap that is masked behind it makes the divisor NaN, and a tap that is not chosen 0 all the same.
  STATIC_REQUIRE(bound<(esp::standardize >> cap_lipschitz<1> >> masked<'B'>)> == unknown);
  STATIC_REQUIRE(bound<(cap_lipschitz<1> >> drops_small)> == unknown);
  STATIC_REQUIRE(bound<esp::per_input(esp::modes::unit_l2)> == unknown);
}

TEST_CASE("it is the fact of that name, beside what sums alone give", "[schur]") {
  constexpr auto prior = cap_lipschitz<1>;
  STATIC_REQUIRE(establishes<prior, lipschitz<1>>);
  STATIC_REQUIRE(!establishes<prior, lipschitz<0.999>>);
  STATIC_REQUIRE(establishes<prior, lipschitz<1>, esp::weight_shape{.out = 7, .in = 3, .kernel = {5, 1, 3}}>);
  STATIC_REQUIRE(!establishes<prior, esp::per_filter(esp::l1_at_most<100>)>);
  STATIC_REQUIRE(establishes<(cap_lipschitz<2> >> esp::whole_weight(esp::cap<esp::l1, 1>)), lipschitz<1>>);
}

namespace {

/// Three output channels of two input channels of three taps, evaluated as the policies say, eps left out.
constexpr esp::weight_shape shape{.out = 3, .in = 2, .kernel = esp::extents{1, 1, 3}};
using number = long double;
using numbers = std::vector<number>;

enum class part { block, output, input, all };
std::size_t part_of(std::size_t i, part p) {
  const std::size_t block = i / 3;
  return p == part::block ? block : p == part::output ? block / 2 : p == part::input ? block % 2 : 0;
}
/// Of each element: the sum of f over its part.
template <class F>
numbers sums(const numbers& w, part p, const F& f) {
  numbers total(6), result(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) total[part_of(i, p)] += f(w[i]);
  for (std::size_t i = 0; i < w.size(); ++i) result[i] = total[part_of(i, p)];
  return result;
}
number size_of(number x) { return std::fabs(x); }
number itself(number x) { return x; }
/// The largest, and NaN where one is.
number largest(const numbers& x) {
  number most = x[0];
  for (number v : x) most = std::isnan(v) || v > most ? v : most;
  return most;
}
number schur_norm(const numbers& w) {
  return std::sqrt(largest(sums(w, part::output, size_of))) * std::sqrt(largest(sums(w, part::input, size_of)));
}
template <class F>
numbers each(const numbers& w, const F& f) {
  numbers result(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) result[i] = f(w[i], i);
  return result;
}

/// A policy as the library lowers it, and as its page says what it does.
struct drawn_step {
  std::string name;
  int (*lower)(esp::graph&, const esp::binding&);
  numbers (*apply)(const numbers&);
};
template <auto Prior>
drawn_step step(numbers (*apply)(const numbers&)) {
  using p = esp::to_policy_t<decltype(Prior)>;
  return {std::string(esp::policy_name<p>().view()), &esp::lower<p>, apply};
}
numbers capped(const numbers& w, number bound) {
  const number norm = schur_norm(w);
  const number share = bound / norm < 1 || std::isnan(norm) ? bound / norm : 1;
  return each(w, [&](number x, std::size_t) { return x * share; });
}
numbers divided(const numbers& w, const numbers& by) {
  return each(w, [&](number x, std::size_t i) { return x / by[i]; });
}
numbers centred(const numbers& w, part p, number count) {
  const numbers total = sums(w, p, itself);
  return each(w, [&](number x, std::size_t i) { return x - total[i] / count; });
}
number clamped(number x, number lo, number hi) { return x < lo ? lo : x > hi ? hi : x; }

constexpr auto minus_size = [](auto w) { return -esp::abs(w); };
constexpr auto third = [](auto w) { return w / 3; };
constexpr auto root = [](auto w) { return esp::sqrt(w); };
constexpr auto by_sum = [](auto w) { return w / (1 + esp::l1(w)); };
constexpr auto by_largest = [](auto w) { return w * esp::max(esp::abs(w)); };

std::vector<drawn_step> vocabulary() {
  return {
      step<cap_lipschitz<1>>([](const numbers& w) { return capped(w, 1); }),
      step<cap_lipschitz<1>>([](const numbers& w) { return capped(w, 1); }),
      step<cap_lipschitz<0.25>>([](const numbers& w) { return capped(w, 0.25L); }),
      step<clamp<0>>([](const numbers& w) { return each(w, [](number x, auto) { return x < 0 ? 0 : x; }); }),
      step<clamp<-0.125, 0.5>>(
          [](const numbers& w) { return each(w, [](number x, auto) { return clamped(x, -0.125L, 0.5L); }); }),
      step<clamp<0.125>>(
          [](const numbers& w) { return each(w, [](number x, auto) { return x < 0.125L ? 0.125L : x; }); }),
      step<masked<'A'>>([](const numbers& w) { return each(w, [](number x, auto i) { return i % 3 < 1 ? x : 0; }); }),
      step<masked<'B'>>([](const numbers& w) { return each(w, [](number x, auto i) { return i % 3 < 2 ? x : 0; }); }),
      step<esp::on<esp::center_tap>(esp::assign<0.25>)>(
          [](const numbers& w) { return each(w, [](number x, auto i) { return i % 3 == 1 ? 0.25L : x; }); }),
      step<halved>([](const numbers& w) { return each(w, [](number x, auto) { return x / 2; }); }),
      step<third>([](const numbers& w) { return each(w, [](number x, auto) { return x / 3; }); }),
      step<minus_size>([](const numbers& w) { return each(w, [](number x, auto) { return -std::fabs(x); }); }),
      step<root>([](const numbers& w) { return each(w, [](number x, auto) { return std::sqrt(x); }); }),
      step<esp::modes::zero_mean>([](const numbers& w) { return centred(w, part::block, 3); }),
      step<esp::per_input(esp::modes::zero_mean)>([](const numbers& w) { return centred(w, part::input, 9); }),
      step<esp::normalize<esp::l1>>([](const numbers& w) { return divided(w, sums(w, part::block, size_of)); }),
      step<esp::per_filter(esp::normalize<esp::l1, 1>)>(
          [](const numbers& w) { return divided(w, sums(w, part::output, size_of)); }),
      step<esp::whole_weight(by_sum)>([](const numbers& w) {
        return divided(w, each(sums(w, part::all, size_of), [](number x, auto) { return 1 + x; }));
      }),
      step<esp::whole_weight(by_largest)>([](const numbers& w) {
        const number most = largest(each(w, [](number x, auto) { return std::fabs(x); }));
        return each(w, [&](number x, auto) { return x * most; });
      }),
  };
}

numbers hostile(std::mt19937& random) {
  numbers w(18);
  const auto kind = random() % 6, favourite = random() % 18;
  const number scale = std::exp2(static_cast<number>(random() % 40) - 20);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const number u = static_cast<number>(random() >> 4) * 0x1p-27L - 1;
    const bool beside = kind == 2 ? i != favourite : kind == 3 ? i / 6 != favourite % 3 : i / 3 % 2 != favourite % 2;
    w[i] = kind == 0 ? u : kind == 1 ? std::fabs(u) : kind == 5 ? 0 : beside ? u * 0x1p-30L : u;
    w[i] *= scale;
  }
  return w;
}
bool is_finite(const numbers& w) {
  return std::all_of(w.begin(), w.end(), [](number x) { return std::isfinite(x); });
}

}  // namespace

TEST_CASE("no chain of policies exceeds the bound that is proved of it", "[schur]") {
  const std::vector<drawn_step> steps = vocabulary();
  std::mt19937 random(20261128);
  int proved = 0, checked = 0, tight = 0;
  for (int draw = 0; draw < 3000; ++draw) {
    std::vector<drawn_step> chain;
    std::string name;
    for (auto left = 1 + random() % 5; left > 0; --left) chain.push_back(steps[random() % steps.size()]);
    const auto g = std::make_unique<esp::graph>();
    g->shape = shape;
    int weight = g->tap();
    for (const drawn_step& s : chain) {
      weight = s.lower(*g, {.weight = weight, .eps = 1e-12});
      name += " >> " + s.name;
    }
    g->output = weight;
    const double claimed = g->has_level(esp::scope::input) ? esp::examine_schur(*g) : unknown;
    if (claimed == unknown) continue;
    ++proved;
    number most = 0;
    for (int i = 0; i < 200; ++i) {
      numbers w = hostile(random);
      for (const drawn_step& s : chain) w = s.apply(w);
      if (!is_finite(w)) continue;
      ++checked;
      most = std::max(most, schur_norm(w));
    }
    INFO(name << " is claimed to have " << claimed << " and has " << most);
    REQUIRE(most <= static_cast<number>(claimed) * (1 + 1e-12L));
    if (most >= static_cast<number>(claimed) * (1 - 1e-6L)) ++tight;
  }
  REQUIRE(proved > 300);
  REQUIRE(checked > 30000);
  REQUIRE(tight > proved / 3);
}
