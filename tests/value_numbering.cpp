// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/value_numbering.hpp>

#include "support/catch.hpp"

namespace {

using value = esp::detail::known_value<float>;

/// The values of a formula at two taps of a row of three.
struct two_taps {
  value left, right;
};
template <class P>
two_taps ends(P) {
  using f =
      esp::detail::formula<esp::detail::to_policy_t<P>, esp::weight_shape{.out = 1, .in = 2, .kernel = {1, 1, 3}}>;
  esp::detail::value_numbering<float> numbering(f::value);
  const value left = numbering.output_at(0);
  return {left, numbering.output_at(2)};
}
template <class P>
bool equal(P p) {
  const auto [left, right] = ends(p);
  return left == right;
}
template <class P>
bool opposite(P p) {
  const auto [left, right] = ends(p);
  return !left.is_own() && left == -right;
}

constexpr auto slope = esp::at<[](esp::tap_index t) { return static_cast<double>(t.w - 1); }>;
constexpr auto last = esp::at<[](esp::tap_index t) { return t.w == 2 ? 1.0 : 0.0; }>;
constexpr auto c = esp::param<"c">;

}  // namespace

TEST_CASE("what reads the tap's own weight has no other value", "[value_numbering]") {
  CHECK_FALSE(equal([](auto w) { return w + slope; }));
  CHECK_FALSE(equal([](auto w) { return w - esp::mean(w) + 0 * slope; }));
  CHECK(equal([](auto w) { return esp::select(w < 0, c, c) + 0 * slope * slope; }));
}

TEST_CASE("one operation on one number is one value, and signs move out of it", "[value_numbering]") {
  CHECK(equal([](auto w) { return esp::sum(w) * (slope * slope); }));
  CHECK(opposite([](auto w) { return esp::sum(w) * slope; }));
  CHECK(opposite([](auto w) { return slope / esp::sum(w); }));
  CHECK(opposite([](auto w) { return slope * 3 / esp::sum(w) + slope * c; }));
  CHECK(opposite([](auto w) { return esp::sum(w) * slope - c * slope; }));
  CHECK_FALSE(opposite([](auto w) { return esp::sum(w) * slope - c; }));
  CHECK_FALSE(equal([](auto w) { return esp::sum(w) * slope - c; }));
  CHECK(equal([](auto) { return esp::abs(c * slope); }));
  CHECK(equal([](auto) { return esp::exp(esp::abs(c * slope)); }));
  CHECK_FALSE(opposite([](auto) { return esp::exp(c * slope); }));
  CHECK_FALSE(equal([](auto) { return esp::min(c * slope, 1); }));
  CHECK(equal([](auto) { return esp::min(c * (slope * slope), slope * slope * 2); }));
}

TEST_CASE("the sign of a zero is not told, and what depends on it is not known", "[value_numbering]") {
  // c - c is 0 at both ends, and its opposite is not.
  constexpr auto difference = [](auto w) { return esp::sum(w) * slope - c * slope; };
  const auto [left, right] = ends(difference);
  CHECK(left.tells_zeros_apart() != right.tells_zeros_apart());
  CHECK_FALSE(opposite([](auto w) { return slope / (esp::sum(w) * slope - c * slope) * slope; }));
}

TEST_CASE("zero times what may be NaN or infinite is not zero", "[value_numbering]") {
  CHECK(ends([](auto w) { return last * w; }).left.is_own());
  CHECK(ends([](auto) { return last * c; }).left.is_shared());
  CHECK(ends([](auto w) { return last * esp::select(w < 0, 2, 3); }).left.is_exactly(0));
  CHECK(ends([](auto w) { return last / esp::select(w < 0, 2, 3); }).left.is_exactly(0));
  CHECK(ends([](auto w) { return last / esp::select(w < 0, 0, 3); }).left.is_own());
  CHECK(ends([](auto w) { return esp::select(w < 0 && last < 0, w, last); }).left.is_exactly(0));
  CHECK(ends([](auto w) { return esp::select(w < 0 || slope < 1, slope, w); }).left.is_exactly(-1));
}
