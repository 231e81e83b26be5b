// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What C++ lets people write on a formula and no formula has: branches, assignment, subscripts, equality, conversion
/// to a number. Each is declared, so that its use is answered by one sentence on the user's own line.
///
/// The operators that formulas do have are better matches than these wherever they apply: those take the exact type,
/// these its base. Members, and few templates: g++ says the sentence of a refused free function twice, clang that of a
/// refused template.
#pragma once

#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

struct expression_tag;
struct condition_tag;

namespace detail::held {

/// Anything: the other operand of an operator that is refused whatever it is.
struct any_operand {
  template <class T>
  constexpr any_operand(const T&) {}
};

/// What both kinds of formula refuse: an operand that is no formula and no number. `Value` and `Truth` are the two
/// tags, which are complete where a body is compiled.
template <class Value, class Truth>
struct refused_operands {
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Value operator+(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Value operator-(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Value operator*(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Value operator/(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Truth operator<(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Truth operator<=(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Truth operator>(any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: + - * / < > take formulas and numbers: a condition goes into select(w > 0, w, 0), a reduction is "
      "called: mean(w), and 0 < w < 1 is 0 < w && w < 1")
  constexpr Truth operator>=(any_operand) const { return {}; }
};
using formula_tag = refused_operands<expression_tag, condition_tag>;

}  // namespace detail::held

/// What every formula with a truth value derives from.
struct condition_tag : detail::held::formula_tag {
  ESPALIER_UNAVAILABLE(
      "ESP-055: a formula has no branches (if, ?:, while): it is computed for all taps at once; write "
      "esp::select(condition, yes, no)")
  constexpr explicit operator bool() const { return false; }
  template <class T>
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr condition_tag
  operator=(const T&) {
    return {};
  }
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag operator==(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag operator!=(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE("ESP-062: conditions are joined with && and ||")
  constexpr condition_tag operator&(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE("ESP-062: conditions are joined with && and ||")
  constexpr condition_tag operator|(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE("ESP-062: conditions are joined with && and ||")
  constexpr condition_tag operator^(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag operator&&(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag operator||(detail::held::any_operand) const { return {}; }
};

/// What every formula with a numeric value derives from. By itself, and as condition_tag below, what a refused operator
/// returns: a formula still, so that one mistake prints one error.
struct expression_tag : detail::held::formula_tag {
  ESPALIER_UNAVAILABLE(
      "ESP-057: a formula is no number: a double or a std:: function cannot take it; keep it in an auto, and use "
      "esp::sqrt, exp, log, tanh, abs, square, min, max, select, sum, mean, l1, l2 and + - * /")
  constexpr operator double() const { return 0; }
  ESPALIER_UNAVAILABLE(
      "ESP-055: a formula has no branches (if, ?:, while): it is computed for all taps at once; write "
      "esp::select(condition, yes, no)")
  constexpr explicit operator bool() const { return false; }
  template <class T>
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag
  operator=(const T&) {
    return {};
  }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator+=(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator-=(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator*=(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator/=(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator++() const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator++(int) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator--() const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go on with it")
  constexpr expression_tag operator--(int) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-059: a formula speaks of all taps at once and has no subscript; name taps by a region: select(inside(tap<0, "
      "1, 1>), ...), or reduce them: mean(w)")
  constexpr expression_tag operator[](detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-059: a formula speaks of all taps at once and has no subscript; name taps by a region: select(inside(tap<0, "
      "1, 1>), ...), or reduce them: mean(w)")
  constexpr expression_tag operator()(detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-059: a formula speaks of all taps at once and has no subscript; name taps by a region: select(inside(tap<0, "
      "1, 1>), ...), or reduce them: mean(w)")
  constexpr expression_tag operator()(detail::held::any_operand, detail::held::any_operand) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-059: a formula speaks of all taps at once and has no subscript; name taps by a region: select(inside(tap<0, "
      "1, 1>), ...), or reduce them: mean(w)")
  constexpr expression_tag operator()(detail::held::any_operand, detail::held::any_operand,
                                      detail::held::any_operand) const {
    return {};
  }
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator%(int) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator%(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator&(int) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator&(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator|(int) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator|(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator^(int) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator^(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator<<(int) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator<<(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE("ESP-061: formulas have no such operator, only + - * / < <= > >=; a square is w * w")
  constexpr expression_tag operator~() const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag operator==(int) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag operator==(double) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag
  operator==(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag operator!=(int) const { return {}; }
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag operator!=(double) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE(
      "ESP-060: formulas are compared with < <= > >= only, since rounding makes equality a matter of chance; write for "
      "example esp::abs(w) < 1e-6")
  constexpr condition_tag
  operator!=(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag operator&&(bool) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag
  operator&&(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag operator||(bool) const { return {}; }
  template <class T>
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag
  operator||(const T&) const {
    return {};
  }
  ESPALIER_UNAVAILABLE(
      "ESP-062: && || ! take conditions, and here stands a formula, a number or a bool; compare it: w > 0")
  constexpr condition_tag operator!() const { return {}; }
};

/// What every reduction derives from, with the call that none of them takes.
struct reduction_tag {
  template <class... T>
  ESPALIER_UNAVAILABLE(
      "ESP-065: a reduction takes a formula, and a region or groups of taps: mean(w), mean(w, neighbors), mean(w, "
      "planes<axis::depth>); the share of taps with a property is mean(select(w > 0, 1, 0))")
  constexpr expression_tag
  operator()(const T&...) const {
    return {};
  }
};

}  // namespace esp::inline ESPALIER_ABI
