// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/explain.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <sstream>
#include <string>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
constexpr whiten_t whiten{};

template <auto Prior>
std::string printed() {
  std::ostringstream out;
  out << esp::explain(Prior);
  return out.str();
}
template <auto Prior>
std::string_view formula() {
  static constexpr esp::explanation e = esp::explain(Prior);
  return e.formula;
}
template <auto Prior>
std::string_view establishes() {
  static constexpr esp::explanation e = esp::explain(Prior);
  return e.establishes;
}

}  // namespace

TEST_CASE("an explanation in full: the fixed centre") {
  constexpr auto prior = modes::fixed_center<-1, 1>;
  REQUIRE(printed<prior>() ==
          "on<neighbors>(normalize<sum>) >> on<center_tap>(assign<-1>)\n"
          "  formula      neighbors: w / (sum(w; neighbors) + eps)\n"
          "               center_tap: -1\n"
          "  passes       2 (sum(w; neighbors); then the weights)\n"
          "  operations   27 additions, 26 products, 1 divisions, 0 roots, 0 comparisons and selections for 27 taps\n"
          "  gradient     a = sum(w; neighbors) + eps\n"
          "               neighbors: g / a + -(sum(select(center_tap, 0, w * g)) / a / a)\n"
          "               center_tap: 0\n"
          "               in 2 passes\n"
          "  establishes  sum = 0; center_tap = -1\n"
          "  steps        on<neighbors>(normalize<sum>): nothing is proved before or after\n"
          "               on<center_tap>(assign<-1>): gains sum = 0, center_tap = -1\n");
}

TEST_CASE("functions are counted and written by name") {
  constexpr auto gate = esp::identity >> [](auto w) { return esp::tanh(w) * esp::exp(-esp::softplus(w)); };
  static constexpr esp::explanation e = esp::explain(gate);
  REQUIRE(e.formula.view() == "tanh(w) * exp(-softplus(w))");
  REQUIRE(e.operations.view().find("81 exponentials and logarithms, 27 negations for 27 taps") !=
          std::string_view::npos);
  REQUIRE(establishes<gate>() == "-1 <= w <= 1");
}

TEST_CASE("an explanation in full: a custom policy of three passes") {
  REQUIRE(
      printed<whiten>() ==
      "whiten\n"
      "  formula      (w - mean(w)) / sqrt(mean((w - mean(w))^2) + eps)\n"
      "  passes       3 (sum(w); then sum((w - mean(w))^2); then the weights)\n"
      "  operations   109 additions, 54 products, 3 divisions, 1 roots, 0 comparisons and selections for 27 taps\n"
      "  gradient     a = sum(w)\n"
      "               b = mean(w)\n"
      "               c = sqrt(mean((w - b)^2) + eps)\n"
      "               d = sum((w - b) * g) / c / c / c / 27\n"
      "               g / c - (w - b) * (sum((w - b) * g) / c / c / c) / 27 - (sum(g) / c - d * (a - b * 27)) / 27\n"
      "               in 3 passes\n"
      "  establishes  sum = 0; l2 norm = 5.19615; -5.19615 <= w <= 5.19615\n");
}

TEST_CASE("an explanation in full: one pass, nothing proved") {
  REQUIRE(printed<modes::none>() ==
          "identity\n"
          "  formula      w\n"
          "  passes       1\n"
          "  operations   0 additions, 0 products, 0 divisions, 0 roots, 0 comparisons and selections for 27 taps\n"
          "  gradient     g\n"
          "               in 1 pass\n"
          "  establishes  nothing that is proved\n");
}

TEST_CASE("formulas of the modes read as their documentation") {
  REQUIRE(formula<modes::nonneg>() == "max(w, 0)");
  REQUIRE(formula<modes::sum_to_one>() == "w / (sum(w) + eps)");
  REQUIRE(formula<modes::zero_mean>() == "w - mean(w)");
  REQUIRE(formula<modes::nonneg_sum1>() == "max(w, 0) / (sum(max(w, 0)) + eps)");
  REQUIRE(formula<modes::unit_l2>() == "w / sqrt(sum(w^2) + eps)");
  REQUIRE(formula<modes::max_l2<0.8>>() == "w * min(0.8 / sqrt(sum(w^2) + eps), 1)");
}

TEST_CASE("formulas keep their brackets") {
  REQUIRE(formula<[](auto w) { return (w + 1) * (w - 2); }>() == "(w + 1) * (w - 2)");
  REQUIRE(formula<[](auto w) { return w - (w - 1); }>() == "w - (w - 1)");
  REQUIRE(formula<[](auto w) { return -(w + 1); }>() == "-(w + 1)");
  REQUIRE(formula<[](auto w) { return 1 / (w / 2); }>() == "1 / (w / 2)");
  REQUIRE(formula<[](auto w) { return esp::abs(w) * esp::min(w, 2); }>() == "|w| * min(w, 2)");
  REQUIRE(formula<[](auto w) { return esp::select(w <= 1 && !(w < 0), w, 0); }>() ==
          "select(w <= 1 && !(w < 0), w, 0)");
  REQUIRE(formula<esp::cap<esp::l2, esp::param<"c">>>() == "w * min(c / sqrt(sum(w^2) + eps), 1)");
  REQUIRE(formula<[](auto w) { return esp::max(w) - esp::min(w, esp::neighbors); }>() ==
          "neighbors: max(w) - min(w; neighbors)\nelsewhere: max(w) - min(w; neighbors)");
}

TEST_CASE("scopes are named") {
  REQUIRE(formula<esp::per_filter(modes::zero_mean)>() == "w - mean(w; filter)");
  REQUIRE(formula<esp::whole_weight(modes::unit_l2)>() == "w / sqrt(sum(w^2; whole weight) + eps)");
  REQUIRE(establishes<esp::per_filter(modes::zero_mean)>() == "sum of a filter = 0");
}

TEST_CASE("facts are listed in words") {
  REQUIRE(establishes<modes::nonneg>() == "w >= 0");
  REQUIRE(establishes<esp::clamp<-1, 0.5>>() == "-1 <= w <= 0.5");
  REQUIRE(establishes<modes::nonneg_sum1>() == "sum = 1; 0 <= w <= 1");
  REQUIRE(establishes<modes::unit_l2>() == "l2 norm = 1; -1 <= w <= 1");
  REQUIRE(establishes<modes::max_l2<0.8>>() == "l2 norm <= 0.8; -0.8 <= w <= 0.8");
  REQUIRE(establishes<[](auto w) { return -esp::abs(w); }>() == "w <= 0");
}

TEST_CASE("a kernel of other extents") {
  constexpr auto prior = modes::fixed_center<-1, 1>;
  constexpr esp::explanation e = esp::explain<esp::extents{1, 5, 5}>(prior);
  REQUIRE(e.operations == "25 additions, 24 products, 1 divisions, 0 roots, 0 comparisons and selections for 25 taps");
  REQUIRE(e.passes == 2);
}

TEST_CASE("an explanation is a constant, part by part") {
  constexpr esp::explanation e = esp::explain(modes::unit_l2);
  STATIC_REQUIRE(e.name == "normalize<l2>");
  STATIC_REQUIRE(e.passes == 2);
  STATIC_REQUIRE(e.reductions == "sum(w^2)");
}

TEST_CASE("what is printed is what establishes proves") {
  REQUIRE(establishes<esp::per_filter(modes::unit_l2)>() == "l2 norm of a filter = 1");
  REQUIRE(establishes<esp::whole_weight(modes::unit_l2)>() == "l2 norm of the whole weight = 1");
  REQUIRE(establishes<esp::per_filter(modes::max_l2<2>)>() == "l2 norm of a filter <= 2");
  REQUIRE(establishes<esp::per_filter([](auto w) { return w - esp::sum(w) / 54; })>() == "nothing that is proved");
}

TEST_CASE("operations are counted under their names") {
  constexpr auto minus = [](auto w) { return -w; };
  constexpr auto size = [](auto w) { return esp::abs(w); };
  constexpr auto logic = [](auto w) { return esp::select(!(w < 0) && w <= 1, w, 0); };
  constexpr std::string_view none = "0 additions, 0 products, 0 divisions, 0 roots, ";
  const auto counted = [&](const esp::text& operations) {
    REQUIRE(operations.view().starts_with(none));
    return std::string(operations.view().substr(none.size()));
  };
  REQUIRE(counted(esp::explain(minus).operations) == "0 comparisons and selections, 27 negations for 27 taps");
  REQUIRE(counted(esp::explain(size).operations) == "0 comparisons and selections, 27 absolute values for 27 taps");
  REQUIRE(counted(esp::explain(logic).operations) ==
          "81 comparisons and selections, 54 logical operations for 27 taps");
}

template <int Factor>
struct gain_t : esp::policy<gain_t<Factor>> {
  static constexpr auto map(auto w) { return Factor * w; }
};

TEST_CASE("each part of an explanation goes to a stream") {
  std::ostringstream out;
  out << esp::explain(modes::nonneg).formula << '\n' << esp::explain(modes::unit_l2).establishes;
  REQUIRE(out.str() == "max(w, 0)\n" + std::string(esp::explain(modes::unit_l2).establishes.view()));
}

TEST_CASE("masks are told apart by their taps, lambdas by their formulas") {
  constexpr auto first = esp::mask<[](esp::tap_index t) { return t.d == 0; }>;
  constexpr auto rest = esp::mask<[](esp::tap_index t) { return t.d != 0; }>;
  constexpr esp::explanation planes = esp::explain(esp::on<first>(esp::assign<0>) >> esp::on<rest>(modes::nonneg));
  REQUIRE(planes.name == "on<mask(d = 0)>(assign<0>) >> on<mask(d = 1 or 2)>(clamp<0>)");
  REQUIRE(planes.formula == "mask(d = 0): 0\nmask(d = 1 or 2): max(w, 0)");
  REQUIRE(planes.establishes == "w >= 0; mask(d = 0) = 0; support: d = 1 or 2");
  constexpr auto twice = [](auto w) { return 2 * w; };
  constexpr auto soft = [](auto w) { return w / (1 + esp::abs(w)); };
  REQUIRE(esp::explain(modes::nonneg >> twice >> soft).name == "clamp<0> >> lambda(w * 2) >> lambda(w / (1 + |w|))");
  REQUIRE(esp::explain(esp::per_filter(twice)).name == "per_filter(lambda(w * 2))");
  REQUIRE(esp::explain(gain_t<2>{} >> gain_t<3>{}).name == "gain(w * 2) >> gain(w * 3)");
  REQUIRE(esp::explain(esp::on<esp::tap<0, 1, 2>>(esp::assign<1>)).formula == "elsewhere: w\ntap<0, 1, 2>: 1");
}
