// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/with_gradient.hpp>
#include <set>
#include <string>

#include "support/catch.hpp"

namespace {

constexpr esp::weight_shape cube{.out = 2, .in = 3, .kernel = 3};

template <auto Prior, esp::weight_shape Shape = cube, double Eps = 1e-12>
constexpr esp::hash128 hash = esp::policy_hash<esp::to_policy_t<decltype(Prior)>, Shape, Eps>();

template <int N>
struct gain_t : esp::policy<gain_t<N>> {
  static constexpr auto map(auto w) { return w * N; }
};
template <int N>
inline constexpr gain_t<N> gain{};

namespace v1 {
struct sharpen_t : esp::policy<sharpen_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w); }
};
inline constexpr sharpen_t sharpen{};
}  // namespace v1
namespace v2 {
struct sharpen_t : esp::policy<sharpen_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w) / 2; }
};
inline constexpr sharpen_t sharpen{};
}  // namespace v2

constexpr auto soft = [](auto w) { return w / (1 + esp::abs(w)); };
constexpr auto twice = [](auto w) { return w * 2; };
constexpr auto again = [](auto w) { return 2 * w; };
constexpr auto plane = esp::mask<[](esp::tap_index t) { return t.d == 0; }>;
constexpr auto same_plane = esp::mask<[](esp::tap_index t, esp::extents k) { return t.d < k.d - 2; }>;
constexpr auto other_plane = esp::mask<[](esp::tap_index t) { return t.d == 1; }>;
constexpr auto center = [](auto w) { return w - esp::mean(w); };

}  // namespace

TEST_CASE("functions are part of a formula, powers are products", "[formula_hash]") {
  constexpr auto e = hash<[](auto w) { return esp::exp(w); }>;
  STATIC_REQUIRE(!(e == hash<[](auto w) { return esp::log(w); }>));
  STATIC_REQUIRE(!(e == hash<[](auto w) { return esp::softplus(w); }>));
  STATIC_REQUIRE(hash<[](auto w) { return esp::pow<3>(w); }> == hash<[](auto w) { return w * w * w; }>);
  REQUIRE(e.text() == "19564327e2c61cf4143d4d503b51379b");
}

TEST_CASE("formulas that compute the same are one, whatever they are called", "[formula_hash]") {
  STATIC_REQUIRE(hash<twice> == hash<again>);
  STATIC_REQUIRE(hash<twice> == hash<gain<2>>);
  STATIC_REQUIRE(hash<center> == hash<esp::modes::zero_mean>);
  STATIC_REQUIRE(hash<v1::sharpen> == hash<center>);
  STATIC_REQUIRE(hash<esp::on<plane>(esp::assign<0>)> == hash<esp::on<same_plane>(esp::assign<0>)>);
  STATIC_REQUIRE(hash<[](auto w) { return esp::max(w, 0) * w + 1; }> ==
                 hash<[](auto w) { return 1 + w * esp::max(w, 0); }>);
  // A part that nothing uses.
  STATIC_REQUIRE(hash<[](auto w) { return esp::select(esp::inside(plane), w, w); }> == hash<esp::identity>);
}

TEST_CASE("formulas that compute something else differ", "[formula_hash]") {
  const std::set<std::string> hashes{
      hash<esp::identity>.text(),
      hash<twice>.text(),
      hash<gain<3>>.text(),
      hash<soft>.text(),
      hash<v1::sharpen>.text(),
      hash<v2::sharpen>.text(),
      hash<esp::cap<esp::l2, 0.8>>.text(),
      hash<esp::cap<esp::l2, 0.8000001>>.text(),
      hash<esp::cap<esp::l2, 0.8000000000000001>>.text(),
      hash<esp::cap<esp::l1, 0.8>>.text(),
      hash<esp::cap<esp::l2, esp::param<"c">>>.text(),
      hash<esp::cap<esp::l2, esp::param<"d">>>.text(),
      hash<esp::modes::unit_l2>.text(),
      hash<esp::modes::unit_l2, cube, 1e-6>.text(),
      hash<esp::modes::unit_l2, esp::weight_shape{.out = 2, .in = 3, .kernel = 5}>.text(),
      hash<esp::modes::unit_l2, esp::weight_shape{.out = 3, .in = 2, .kernel = 3}>.text(),
      hash<esp::per_filter(esp::modes::unit_l2)>.text(),
      hash<esp::whole_weight(esp::modes::unit_l2)>.text(),
      hash<esp::on<plane>(esp::assign<0>)>.text(),
      hash<esp::on<other_plane>(esp::assign<0>)>.text(),
      hash<esp::on<esp::tap<0, 1, 1>>(esp::assign<0>)>.text(),
      hash<esp::on<esp::tap<1, 1, 0>>(esp::assign<0>)>.text(),
      hash<esp::clamp<-1, 1>>.text(),
      hash<esp::with_gradient<esp::gradient_rule::straight_through>(esp::clamp<-1, 1>)>.text(),
      hash<esp::with_gradient<esp::gradient_rule::tangent>(esp::clamp<-1, 1>)>.text(),
      hash<(esp::clamp<-1, 1> >> esp::modes::unit_l2)>.text(),
      hash<(esp::modes::unit_l2 >> esp::clamp<-1, 1>)>.text(),
      hash<[](auto w) { return w - esp::sum(w); }>.text(),
      hash<[](auto w) { return esp::sum(w) - w; }>.text(),
      hash<[](auto w) { return w / esp::l2(w); }>.text(),
      hash<[](auto w) { return esp::l2(w) / w; }>.text(),
      hash<[](auto w) { return esp::select(w < 0, w, -w); }>.text(),
      hash<[](auto w) { return esp::select(w <= 0, w, -w); }>.text(),
      hash<[](auto w) { return esp::select(0 < w, w, -w); }>.text(),
      hash<[](auto w) { return esp::min(w, 1); }>.text(),
      hash<[](auto w) { return esp::max(w, 1); }>.text(),
      hash<[](auto w) { return w + esp::eps; }>.text(),
      hash<[](auto w) { return w + 1e-12; }>.text(),
  };
  REQUIRE(hashes.size() == 38);
}

TEST_CASE("the gradient rule counts once, however deep it stands", "[formula_hash]") {
  constexpr auto straight = esp::with_gradient<esp::gradient_rule::straight_through>(esp::clamp<-1, 1>);
  STATIC_REQUIRE_FALSE(hash<(straight >> esp::modes::unit_l2)> == hash<(esp::clamp<-1, 1> >> esp::modes::unit_l2)>);
}

TEST_CASE("numbers are mixed alike on every machine", "[formula_hash]") {
  constexpr auto of = [](auto... values) {
    esp::hash128 h;
    (h << ... << values);
    return h;
  };
  STATIC_REQUIRE(of(std::uint64_t{1}, std::uint64_t{2}) != of(std::uint64_t{2}, std::uint64_t{1}));
  STATIC_REQUIRE(of(0.0) != of(-0.0));
  STATIC_REQUIRE(of(std::string_view("ab"), std::string_view("c")) !=
                 of(std::string_view("a"), std::string_view("bc")));
  REQUIRE(esp::hash128{}.text() == "243f6a8885a308d313198a2e03707344");
  REQUIRE(of(std::uint64_t{1}).text() == "820477342d9c40c0350598ee14d5991d");
  REQUIRE(of(1.5).text() == "72b9ea044bde843615dec9364e5ffc7b");
  REQUIRE(of(std::string_view("espalier")).text() == "7762d2233725346d17fd504e14da338b");
}

// Where one of these changes, hashes that files hold mean something else: `formula_hash_rule` goes up by one.
TEST_CASE("the hashes of rule 1", "[formula_hash]") {
  REQUIRE(esp::formula_hash_rule == 1);
  CHECK(hash<esp::identity>.text() == "0617f7612f6279f6ad408618c00a005d");
  CHECK(hash<esp::modes::zero_mean>.text() == "86aa3175ca99f9d664f870ae2c6bed3a");
  CHECK(hash<esp::modes::unit_l2>.text() == "97ee77727ee4a74dd5bf737f32df5206");
  CHECK(hash<esp::modes::fixed_center<-1, 1>>.text() == "3b2572eb427a90b251ab87e1612a0e90");
  CHECK(hash<esp::cap<esp::l2, esp::param<"c">>>.text() == "281c9d02acb97f895de347b48d34ff7c");
  CHECK(hash<(esp::per_filter(esp::modes::zero_mean) >> esp::clamp<0>)>.text() == "7d2497c5160fae8490ddc5c0c408744e");
}
