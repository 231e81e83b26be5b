// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/threshold.hpp>
// The header under test stands alone above.
#include <cmath>
#include <cstring>
#include <espalier/dsl.hpp>
#include <espalier/policies/l1_ball.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/simplex.hpp>
#include <limits>
#include <string_view>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

namespace {

constexpr auto threshold = [](auto w) { return esp::threshold(w, 1) + 0 * w; };
constexpr auto of_a_region = [](auto w) { return esp::threshold(w, 1, esp::neighbors) + 0 * w; };
constexpr auto of_a_parameter = [](auto w) { return esp::threshold(w, esp::param<"c">) + 0 * w; };
constexpr auto of_a_number = [](auto w) { return esp::excess(esp::sum(w), 3) + 0 * w; };

/// The first block of the gradient of `Policy` at `w` for an incoming gradient `g`.
template <auto Policy>
three gradient_of(three w, three g) {
  using f = esp::gradient_formula<esp::to_policy_t<decltype(Policy)>, esp::weight_shape{1, 1, blocks::row}>;
  three out{};
  esp::evaluator<f, double>{}(w.data(), out.data(), nullptr, g.data());
  return out;
}

}  // namespace

TEST_CASE("a threshold is the number above which a block sums to one", "[threshold]") {
  STATIC_REQUIRE(of<threshold>(0, 1, 2) == three{1, 1, 1});
  STATIC_REQUIRE(of<threshold>(2, 2, 2) == three{2 - 1.0 / 3, 2 - 1.0 / 3, 2 - 1.0 / 3});
  STATIC_REQUIRE(of<of_a_region>(0.5, 100, 0.5) == three{0, 0, 0});
  STATIC_REQUIRE(near(of<of_a_parameter>(0, 1, 2, 4.0), {-1.0 / 3, -1.0 / 3, -1.0 / 3}));
}

TEST_CASE("the threshold of taps that are one number is that less their share", "[threshold]") {
  STATIC_REQUIRE(of<of_a_number>(1, 2, 3) == three{1, 1, 1});
  STATIC_REQUIRE(esp::plan<esp::formula<esp::to_policy_t<decltype(of_a_number)>>>::thresholds(0).empty());
}

TEST_CASE("the gradient of a threshold is shared by the taps above it", "[threshold]") {
  REQUIRE(gradient_of<threshold>({0, 1.5, 2}, {1, 1, 1}) == three{0, 1.5, 1.5});
  REQUIRE(gradient_of<threshold>({0, 1, 2}, {1, 1, 1}) == three{0, 0, 3});  // a tap at the threshold is below
  REQUIRE(gradient_of<esp::simplex<1>>({0, 1.5, 2}, {5, 1, 3}) == three{0, -1, 1});
  REQUIRE(gradient_of<esp::l1_ball<1>>({0, -1.5, 2}, {5, 1, 3}) == three{0, 2, 2});
  REQUIRE(gradient_of<esp::l1_ball<9>>({0, -1.5, 2}, {5, 1, 3}) == three{5, 1, 3});
}

TEST_CASE("differences agree with the gradient where the sum depends on the weight", "[threshold][nearest]") {
  constexpr auto shrunk = [](auto w) { return w - esp::threshold(w * w, esp::l1(w) / 4 + 1); };
  constexpr auto cut = [](auto w) {
    return esp::excess(w - esp::mean(w), esp::l2(w) + 1, esp::neighbors) * esp::max(w);
  };
  REQUIRE(nearest::error_of_gradient<shrunk>() < 1e-5);
  REQUIRE(nearest::error_of_gradient<cut>() < 1e-5);
}

TEST_CASE("a threshold is found in the pass of its taps, with their largest value", "[threshold]") {
  using one = esp::plan<esp::formula<esp::simplex_t<1>>>;
  STATIC_REQUIRE(one::passes == 2);
  STATIC_REQUIRE(one::thresholds(0).size() == 1);
  STATIC_REQUIRE(one::reductions(0, esp::scope::block).size() == 1);
  STATIC_REQUIRE(one::folds(0).empty());
  using two =
      esp::plan<esp::formula<esp::to_policy_t<decltype([](auto w) { return esp::excess(w, esp::l1(w) + 1); })>>>;
  STATIC_REQUIRE(two::passes == 3);
  STATIC_REQUIRE(two::thresholds(1).size() == 1);
  STATIC_REQUIRE(two::folds(0).size() == 2);  // the largest value is known a pass before
  STATIC_REQUIRE(esp::plan<esp::gradient_formula<esp::simplex_t<1>>>::passes == 3);
}

TEST_CASE("thresholds read as they were written", "[threshold]") {
  STATIC_REQUIRE(esp::explain(esp::simplex<1>).formula.view() == "max(w - threshold(w, 1), 0)");
  STATIC_REQUIRE(esp::explain(esp::simplex<1>).reductions.view() == "max(w), threshold(w, 1)");
  constexpr auto text = esp::explain([](auto w) { return w * esp::threshold(w, 2, esp::center_tap); }).formula;
  STATIC_REQUIRE(text.view().find("w * threshold(w, 2; center_tap)") != std::string_view::npos);
  STATIC_REQUIRE(esp::explain(esp::simplex<1>).operations.view().find("1 threshold ") != std::string_view::npos);
}

TEST_CASE("a sum that is not positive is refused where it enters", "[threshold]") {
  REQUIRE_THROWS_WITH((of<of_a_parameter>(0, 1, 2, 0.0)),
                      "ESP-228: the sum above a threshold must be positive and finite");
  REQUIRE_THROWS_WITH((of<esp::simplex<esp::param<"s">>>(0, 1, 2, -1.0)),
                      Catch::Contains("ESP-228: the size of simplex, l1_ball, l2_ball or sphere must be positive"));
}

TEST_CASE("thresholds over more than a block are marked for refusal", "[threshold]") {
  STATIC_REQUIRE(esp::formula<esp::to_policy_t<decltype(esp::per_filter(esp::simplex<1>))>>::value.widens_threshold);
  STATIC_REQUIRE(
      esp::formula<esp::to_policy_t<decltype([](auto w) { return esp::excess(w, w); })>>::value.widens_threshold);
  STATIC_REQUIRE(!esp::formula<esp::simplex_t<1>>::value.widens_threshold);
  constexpr auto first = esp::tap<0, 0, 0>;
  constexpr auto of_first = [](auto w) { return esp::excess(w, 1, esp::tap<0, 0, 0>); };
  constexpr auto of_middle = [](auto w) { return esp::excess(w, 1, esp::center_tap); };
  STATIC_REQUIRE(!esp::formula<esp::to_policy_t<decltype(esp::on<first>(of_first))>>::value.widens_threshold);
  STATIC_REQUIRE(esp::formula<esp::to_policy_t<decltype(esp::on<first>(of_middle))>>::value.widens_threshold);
}
