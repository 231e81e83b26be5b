// SPDX-License-Identifier: BSD-3-Clause
// The attack can fail: planted false claims, changed formulas and wrong evaluations are reported, true ones are not;
// and it reaches what it is meant for.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "drawn/draw.hpp"
#include "drawn/judge.hpp"
#include "drawn/lowered.hpp"
#include "drawn/named_policies.hpp"
#include "drawn/planted.hpp"
#include "support/catch.hpp"

namespace {

using namespace drawn;
using esp::detail::known_facts;

claims moment(esp::tap_index powers, double value) {
  claims c;
  c.moments.push_back({powers, value});
  return c;
}
claims derivative(const esp::fact& f) {
  claims c;
  c.derivatives.push_back(f);
  return c;
}

claims at(int scope, const known_facts& k) {
  claims c;
  c.at[static_cast<std::size_t>(scope)] = k;
  return c;
}
template <class T, int Ulps>
void copy(const T* in, T* out, const T*) {
  for (esp::index_t i = 0; i < small.size(); ++i) {
    out[i] = in[i];
    for (int k = 0; k < Ulps; ++k) out[i] = std::nextafter(out[i], T{0});
  }
}

}  // namespace

TEST_CASE("an enclosure holds the number and no more than rounding") {
  using real = enclosure<long double>;
  const rounding_upward mode;
  const real third = real::exactly(1) / real::exactly(3);
  CHECK(third.lo < third.hi);
  CHECK(third.hi - third.lo < 1e-18L);
  CHECK((third * real::exactly(3)).holds(1));
  CHECK((real::exactly(2) * real::exactly(3)).is_point());
  CHECK(root(real::exactly(4)).is_point());
  const real two = root(real::exactly(2));
  CHECK((two * two).holds(2));
  CHECK(two.lo < two.hi);
  CHECK(root(real::exactly(-1)).is_nan());
  CHECK(root(real{-1, 1}).is_unknown());
  CHECK((real::exactly(1) / real{-1, 1}).is_unknown());
  CHECK((real::exactly(0) / real::exactly(0)).is_nan());
  CHECK((real::exactly(1) / real::exactly(0)).lo == real::infinity);
  CHECK((real::exactly(-1) / real::exactly(0)).hi == -real::infinity);
  CHECK((real::exactly(1e300L) - real::exactly(1e300L)).is_point());
}

TEST_CASE("NaN in the second operand of min and max vanishes, unknown stays unknown") {
  using real = enclosure<double>;
  CHECK(greater(real::exactly(2), real::nan()).holds(2));
  CHECK(greater(real::nan(), real::exactly(2)).is_nan());
  CHECK(lesser(real::exactly(2), real::unknown()).is_unknown());
  CHECK(is_less(real::nan(), real::exactly(1), true).holds(0));
  CHECK(is_less(real{0, 2}, real::exactly(1), false).is_unknown());
  const real either = chosen(real::unknown(), real::exactly(1), real::exactly(3));
  CHECK((either.lo == 1 && either.hi == 3));
}

TEST_CASE("a false claim is reported at each scope") {
  for (int scope = 0; scope < scope_count; ++scope) {
    CHECK(reported(identity(), at(scope, {.sum = 0.0})));
    CHECK(reported(identity(), at(scope, {.l2 = 1.0})));
    CHECK(reported(identity(), at(scope, {.l2_bound = 1e300})));
    CHECK(reported(identity(), at(scope, {.range = {-1e300, esp::detail::interval::infinity}})));
    CHECK(reported(identity(), at(scope, {.range = {-esp::detail::interval::infinity, 1}})));
  }
  claims tap;
  tap.taps = {std::nullopt, std::nullopt, 0.0};
  CHECK(reported(identity(), tap));
}

TEST_CASE("a false claim of a sum of absolute values is reported at each scope") {
  for (std::size_t scope = 0; scope < std::size_t{scope_count}; ++scope) {
    claims value, bound;
    value.sizes[scope].value = 1;
    CHECK(reported(identity(), value));
    bound.sizes[scope].bound = 1e300;
    CHECK(reported(identity(), bound));
    bound.sizes[scope] = {.l2_bound = 1e300};
    CHECK(reported(identity(), bound));
  }
  for (double esp::detail::l1_bounds::* limit : {&esp::detail::l1_bounds::block, &esp::detail::l1_bounds::filter,
                                                 &esp::detail::l1_bounds::input, &esp::detail::l1_bounds::whole}) {
    claims c;
    c.limits.*limit = 1e300;
    CHECK(reported(identity(), c));
  }
  claims shared;
  shared.sizes[0].value = 1;
  CHECK_FALSE(reported(shares(), shared));
  shared.sizes[0].value = 1 + 1e-11;
  CHECK(reported(shares(), shared));
  claims below;
  below.sizes[0].bound = 1 - 1e-11;
  CHECK(reported(shares(), below));
}

TEST_CASE("a false claim of the convolution's norm is reported, for one group and for several") {
  claims one, several;
  one.lipschitz = 2;  // blocks of norm 1, two of them in a row and in a column
  CHECK_FALSE(reported(shares(), one));
  one.lipschitz = 1.99;
  CHECK(reported(shares(), one));
  several.lipschitz_in_groups = std::sqrt(2.0);  // in a row only
  CHECK_FALSE(reported(shares(), several));
  several.lipschitz_in_groups = 1.41;
  CHECK(reported(shares(), several));
}

TEST_CASE("a false support and a result that is not finite are reported") {
  claims middle;
  for (const named_region& region : region_table()) {
    if (std::string(region.source) == "esp::center_tap") middle.supports.push_back(region.info);
  }
  REQUIRE(middle.supports.size() == 1);
  CHECK(reported(identity(), middle));
  CHECK_FALSE(reported(formula({number(0)}), middle));
  claims finite;
  finite.finite = true;
  CHECK_FALSE(reported(identity(), finite));
  CHECK(reported(shares(), finite));  // 0 / 0
  CHECK(reported(formula({number(1), w, of(word::divide, 0, 1)}), finite));
  CHECK(reported(formula({w, of(word::sqrt, 0)}), finite));
}

TEST_CASE("a false moment and a false derivative are reported") {
  CHECK(reported(identity(), moment({0, 0, 1}, 0)));
  const policy difference = formula({table("drawn::tables::difference"), number(2), of(word::divide, 0, 1)});
  CHECK_FALSE(reported(difference, moment({0, 0, 1}, 1)));
  CHECK(reported(difference, moment({0, 0, 1}, 1 + 1e-11)));
  CHECK(reported(difference, moment({0, 0, 2}, 1e-300)));
  const policy equation = known("esp::moments<esp::moment_is<0, 0, 2, 2>>");
  CHECK_FALSE(reported(equation, moment({0, 0, 2}, 2)));
  CHECK(reported(equation, moment({0, 0, 2}, 2 + 1e-11)));
  CHECK(reported(equation, moment({0, 0, 1}, 0)));
  const policy both = known("esp::moments<esp::zero_sum, esp::moment_is<0, 0, 1, 1>>");
  CHECK_FALSE(reported(both, derivative(esp::derivative_to<esp::partial{.w = 1}, 1>)));
  CHECK(reported(both, derivative(esp::derivative_to<esp::partial{.w = 1}, 2>)));
  CHECK_FALSE(reported(difference, derivative(esp::derivative_to<esp::partial{.w = 1}, 2>)));
  CHECK(reported(difference, derivative(esp::derivative_to<esp::partial{.w = 1}, 3>)));
  CHECK(reported(difference, derivative(esp::derivative_to<esp::partial{.w = 2}, 1>)));
  constexpr esp::weight_shape cube{.out = 1, .in = 2, .kernel = 3};
  const policy star = formula({table("drawn::tables::star")}, cube);
  CHECK_FALSE(reported(star, derivative(esp::laplacian_to<2>)));
  CHECK(reported(star, derivative(esp::laplacian_to<3>)));
  CHECK(reported(formula({table("drawn::tables::curvature")}, cube), derivative(esp::laplacian_to<2>)));
}

TEST_CASE("a false claim of input channels is reported, and a true one is not") {
  const policy p = inside(form::per_input, centred());
  CHECK_FALSE(reported(p, at(2, {.sum = 0.0})));
  CHECK(reported(p, at(2, {.sum = 1e-11})));
  CHECK(reported(p, at(0, {.sum = 0.0})));
  CHECK(reported(p, at(1, {.sum = 0.0})));
  CHECK_FALSE(reported(p, at(3, {.sum = 0.0})));
  CHECK(reported(inside(form::per_filter, centred()), at(2, {.sum = 0.0})));
  const policy q = inside(form::per_input, shares());
  claims sizes;
  sizes.sizes[2].value = 1;
  CHECK_FALSE(reported(q, sizes));
  sizes.sizes[2].value = 1 - 1e-11;
  CHECK(reported(q, sizes));
}

TEST_CASE("a false claim of groups of taps is reported, and a true one is not") {
  policy p = inside(form::grouped, centred());  // of a mirrored pair, or the tap in the middle
  p.steps[0].region = 2;
  claims middle;
  middle.taps = {std::nullopt, 0.0, std::nullopt};
  CHECK_FALSE(reported(p, middle));
  CHECK_FALSE(reported(p, at(0, {.sum = 0.0})));
  middle.taps = {0.0, std::nullopt, std::nullopt};
  CHECK(reported(p, middle));
  counts total;
  CHECK(judge(p, lowered(centred()), {}).attack({}, 1, 2000, total));
}

TEST_CASE("a false symmetry is reported, and a true one is not") {
  constexpr esp::weight_shape cube{.out = 1, .in = 2, .kernel = 3};
  const auto claiming = [](std::size_t which) {
    claims c;
    c.symmetries = {asked_symmetries[which]};
    return c;
  };
  struct made {
    const char* source;
    std::set<std::size_t> has;  ///< of those that are asked for
    bool has_no_first_moment;
  };
  const made policies[] = {{"esp::symmetric<esp::mirror<esp::axis::width>>", {0}, true},
                           {"esp::symmetric<esp::point_reflection>", {3}, true},
                           {"esp::symmetric<esp::cube_group>", {0, 1, 2, 3, 4}, true},
                           {"esp::antisymmetric<esp::axis::width>", {5}, false},
                           {"esp::antisymmetric<esp::axis::depth>", {6}, true}};
  for (const made& m : policies) {
    const policy p = known(m.source, cube);
    for (std::size_t i = 0; i < std::size(asked_symmetries); ++i) {
      INFO(m.source << ", fact " << i);
      CHECK(reported(p, claiming(i)) == !m.has.contains(i));
    }
    CHECK(reported(p, moment({0, 0, 1}, 0)) == !m.has_no_first_moment);
  }
  for (std::size_t i = 0; i < std::size(asked_symmetries); ++i) CHECK(reported(formula({w}, cube), claiming(i)));
  // Equal orbits hold for every eps, sums of zero for none.
  CHECK(bounds_alone(claiming(0)).symmetries.size() == 1);
  CHECK(bounds_alone(claiming(5)).symmetries.empty());
}

TEST_CASE("a reduction over groups of taps that are others is reported") {
  const auto least = [](int partition) {
    return formula({w, {.what = word::smallest, .a = 0, .groups = partition}, of(word::subtract, 0, 1)});
  };
  counts total;
  CHECK_FALSE(judge(least(2), lowered(least(2)), {}).attack({}, 1, 2000, total));
  CHECK(judge(least(2), lowered(least(0)), {}).attack({}, 1, 2000, total));
  CHECK(judge(least(2), lowered(least(1)), {}).attack({}, 1, 2000, total));
}

TEST_CASE("a false claim of what stands above a threshold is reported") {
  const policy p = formula({w, number(0.3), of(word::excess, 0, 1)});
  CHECK_FALSE(reported(p, at(0, {.range = {0, 0.3}, .sum = 0.3})));
  CHECK(reported(p, at(0, {.sum = 0.3 + 1e-11})));
  CHECK(reported(p, at(0, {.range = {1e-300, 0.3}})));
  CHECK(reported(p, at(0, {.range = {0, 0.3 - 1e-11}})));
  CHECK(reported(p, at(0, {.l2_bound = 0.3 - 1e-11})));
  CHECK(reported(p, at(1, {.sum = 0.3})));
  // A sum that a number of the prior decides: it may be any.
  const policy named_sum = formula({w, {.what = word::parameter}, of(word::excess, 0, 1)});
  CHECK(reported(named_sum, at(0, {.sum = 1.0})));
  claims ball;
  ball.sizes[0].bound = 0.7;
  CHECK_FALSE(reported(known("esp::l1_ball<0.7>"), ball));
  ball.sizes[0] = {.value = 0.7};
  CHECK(reported(known("esp::l1_ball<0.7>"), ball));
  CHECK(reported(known("esp::sphere<0.3, esp::zero_block::keep>"), at(0, {.l2 = 0.3})));  // a block of zeros
  CHECK_FALSE(reported(known("esp::sphere<1>"), at(0, {.l2 = 1.0})));
}

TEST_CASE("a false claim of masks, of numbers of a scope and of bounds over channels is reported") {
  const policy masked = known("esp::masked<'B'>");
  claims support;
  for (const named_region& region : region_table()) {
    if (std::string(region.source) == "esp::raster_taps<'B'>") support.supports = {region.info};
  }
  CHECK_FALSE(reported(masked, support));
  for (const named_region& region : region_table()) {
    if (std::string(region.source) == "esp::raster_taps<'A'>") support.supports = {region.info};
  }
  CHECK(reported(masked, support));
  for (int i = 0; i < named_count; ++i) {
    const policy p = formula({w,
                              {.what = word::parameter, .value = static_cast<double>(i)},  //
                              of(word::abs, 0),
                              of(word::multiply, 1, 2)});
    CHECK(reported(p, at(0, {.range = {0, esp::detail::interval::infinity}})));
  }
  CHECK_FALSE(reported(known("esp::standardize"), at(1, {.sum = 0.0})));
  CHECK(reported(known("esp::standardize"), at(0, {.sum = 0.0})));
  claims norm;
  norm.lipschitz = 0.3;
  CHECK_FALSE(reported(known("esp::cap_lipschitz<0.3>"), norm));
  norm.lipschitz = 0.299;
  CHECK(reported(known("esp::cap_lipschitz<0.3>"), norm));
}

TEST_CASE("a true claim is not reported, and its neighbour is") {
  for (int scope = 0; scope < scope_count; ++scope) {
    CHECK_FALSE(reported(centred(), at(scope, {.sum = 0.0})));
    CHECK(reported(centred(), at(scope, {.sum = 1e-11})));
  }
  CHECK_FALSE(reported(shares(), at(0, {.range = {0, 1}, .sum = 1.0})));
  CHECK(reported(shares(), at(0, {.sum = 1 + 1e-11})));
  CHECK(reported(shares(), at(0, {.range = {0, 1 - 1e-11}})));
  CHECK(reported(shares(), at(1, {.sum = 1.0})));
}

TEST_CASE("claims that are true of tame weights only are reported") {
  // max(w, sqrt(w)) is w where w is negative: no magnitude.
  const policy magnitude = formula({w, of(word::sqrt, 0), of(word::max, 0, 1), of(word::multiply, 2, 2),
                                    of(word::sqrt, 3), of(word::subtract, 4, 2)});
  CHECK(reported(magnitude, at(0, {.sum = 0.0})));
  // What nearly cancels is amplified.
  const policy rest = formula({w, number(1.000000000000001), of(word::multiply, 0, 1), of(word::subtract, 2, 0),
                               number(1e16), of(word::multiply, 3, 4)});
  CHECK(reported(rest, at(0, {.range = {0, 0}})));
  // The sum over a filter divided by the taps of a third of it.
  const policy thirds = [] {
    step s;
    s.what = form::per_filter;
    s.inner = formula({w, of(word::sum, 0), number(3), of(word::divide, 1, 2), of(word::subtract, 0, 3)}).steps;
    return policy{.shape = small, .steps = {s}};
  }();
  CHECK(reported(thirds, at(1, {.sum = 0.0})));
  const policy tiny = formula({number(1e-300)});
  CHECK(reported(tiny, at(0, {.l2 = 0.0})));
}

TEST_CASE("a simplification that changes a value is reported") {
  const policy scaled = formula({w, number(0.5), of(word::multiply, 0, 1)});
  const policy nearly = formula({w, number(0.5 + 0x1p-40), of(word::multiply, 0, 1)});
  counts total;
  CHECK_FALSE(judge(scaled, lowered(scaled), {}).attack({}, 1, 2000, total));
  CHECK(judge(nearly, lowered(scaled), {}).attack({}, 1, 2000, total));
  CHECK(judge(formula({w, of(word::abs, 0)}), lowered(identity()), {}).attack({}, 1, 2000, total));
  const auto above = [](double sum) { return formula({w, number(sum), of(word::excess, 0, 1)}); };
  CHECK_FALSE(judge(above(0.5), lowered(above(0.5)), {}).attack({}, 1, 2000, total));
  CHECK(judge(above(0.5), lowered(above(0.5 + 0x1p-40)), {}).attack({}, 1, 2000, total));
  const policy by_inputs = inside(form::per_input, centred()), by_filters = inside(form::per_filter, centred());
  CHECK(judge(by_inputs, lowered(by_filters), {}).attack({}, 1, 2000, total));
}

TEST_CASE("an evaluation that is a unit in the last place off is reported") {
  counts total;
  const policy p = identity();
  entry e{.number = 0, .graph = nullptr};
  e.evaluate_double = &copy<double, 0>;
  e.sweep_float = &copy<float, 0>;
  CHECK_FALSE(judge(p, lowered(p), {}).attack(e, 1, 2000, total));
  CHECK(total.compared > 200);
  e.sweep_double = &copy<double, 1>;
  CHECK(judge(p, lowered(p), {}).attack(e, 1, 2000, total));
  e.sweep_double = nullptr;
  e.evaluate_float = &copy<float, 1>;
  CHECK(judge(p, lowered(p), {}).attack(e, 1, 2000, total));
}

TEST_CASE("a drawn policy is printed as C++ and drawn again from its seed and number") {
  const policy p =
      formula({w, of(word::sqrt, 0), of(word::max, 0, 1), of(word::multiply, 2, 2), number(-0.5), of(word::add, 3, 4)});
  CHECK(source_of(p) ==
        "[]([[maybe_unused]] auto w) { const auto t2 = esp::max(w, esp::sqrt(w)); return ((t2 * t2) + (-0.5)); }");
  CHECK(source_of(0.1) == "0.1");
  CHECK(source_of(1e300) == "1e+300");
  CHECK(source_of(1 + 0x1p-52) == "1.0000000000000002");
  std::set<std::string> sources;
  for (std::uint64_t number = 0; number < 500; ++number) {
    CHECK(source_of(draw_policy(7, number)) == source_of(draw_policy(7, number)));
    sources.insert(source_of(draw_policy(7, number)));
    sources.insert(source_of(draw_policy(8, number)));
  }
  CHECK(sources.size() > 600);  // short policies repeat
}

namespace {

/// How often each part of the language occurs in some policies.
struct census {
  std::map<word, int> words;
  std::map<form, int> forms;
  std::map<int, int> regions;
  std::map<int, int> partitions;
  std::map<int, int> numbers;
  std::map<std::string, int> names;
  std::map<std::string, int> known;
  int several_steps = 0;

  void take(const std::vector<step>& steps) {
    several_steps += steps.size() > 1;
    for (const step& s : steps) {
      ++forms[s.what];
      ++regions[s.region];
      ++names[s.name.substr(0, s.name.find(','))];
      if (s.lower != nullptr) ++known[s.name];
      for (const phrase& p : s.formula.phrases) {
        ++words[p.what], ++regions[p.region], ++partitions[p.groups];
        if (p.what == word::parameter) ++numbers[static_cast<int>(p.value)];
      }
      take(s.inner);
    }
  }
};

}  // namespace

TEST_CASE("the draw reaches the whole language, and policies of which something is proved") {
  census seen;
  counts total;
  constexpr int policies = 2500;
  for (std::uint64_t number = 0; number < policies; ++number) {
    const policy p = draw_policy(1, number);
    seen.take(p.steps);
    if (refused(p)) continue;
    const esp::detail::graph g = lowered(p);
    claims c = claims_of(g);
    c.float_taps = taps_of<float>(g);
    c.double_taps = taps_of<double>(g);
    judge(p, g, c).attack({.number = number, .graph = nullptr}, 1, 20, total);
  }
  for (int i = 0; i <= static_cast<int>(word::excess); ++i) {
    INFO("word " << i);
    CHECK(seen.words[static_cast<word>(i)] >= 10);
  }
  for (int i = 0; i < named_count; ++i) CHECK(seen.numbers[i] >= 10);
  for (form f : {form::formula, form::on, form::per_filter, form::per_input, form::whole_weight, form::grouped})
    CHECK(seen.forms[f] >= 50);
  for (int i = 0; i < static_cast<int>(region_table().size()); ++i) {
    INFO(region_table()[static_cast<std::size_t>(i)].source);
    CHECK(seen.regions[i] >= 10);
  }
  for (int i = 0; i < static_cast<int>(partition_list().size()); ++i) {
    const named_partition& p = partition_list()[static_cast<std::size_t>(i)];
    INFO(p.source);
    CHECK(seen.partitions[i] >= (p.info.needs_cube ? 2 : 5));
  }
  for (const char* name : {"esp::subtract<esp::mean>", "esp::normalize<esp::sum", "esp::normalize<esp::l1",
                           "esp::normalize<esp::l2", "esp::cap<esp::l2", "esp::cap<esp::l1", "esp::assign<0>"}) {
    INFO(name);
    CHECK(seen.names[name] >= 5);
  }
  for (const step& s : named_policies(3)) {
    INFO(s.name);
    CHECK(seen.known[s.name] >= 2);
  }
  CHECK(seen.several_steps >= policies / 3);
  INFO(text_of(total));
  CHECK(total.claiming * 10 >= total.policies * 4);  // two of five policies have a fact
  CHECK(total.tested * 10 >= total.claiming * 8);    // and most of these were defined somewhere
  CHECK(total.defined * 2 >= total.weights);
  CHECK(total.moments * 100 >= total.policies);
  CHECK(total.derivatives * 200 >= total.policies);
  CHECK(total.symmetries * 50 >= total.policies);
  for (long kind : {total.zero_taps, total.constant_taps, total.tied_taps}) CHECK(kind * 50 >= total.policies);
  for (long kind : {total.sums, total.norms, total.bounds_of_norm, total.intervals, total.fixed_taps, total.sizes,
                    total.bounds_of_size, total.operators, total.finite, total.supports}) {
    CHECK(kind * 20 >= total.policies);  // one of twenty policies has a fact of each kind
  }
}
