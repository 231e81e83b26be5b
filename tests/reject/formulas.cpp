// SPDX-License-Identifier: BSD-3-Clause
// Refused: what C++ lets people write on a formula and no formula has.
#include <array>
#include <cmath>
#include <espalier/dsl.hpp>

using esp::clamp;

constexpr std::array<double, 2> taps{1, 2};
constexpr auto twice = [](int, int, int) { return 2; };
inline double at_run_time() { return 2; }
constexpr double when_compiled() { return 2; }

#ifdef REJECT_BRANCH  // reject: ESP-055: a formula has no branches  // brief
constexpr auto branch = clamp<0> >> [](auto w) {
  if (w < 0) return w;
  return w;
};
#else
constexpr auto branch = clamp<0> >> [](auto w) {
  if (1 < 0) return w;
  return w;
};
#endif

#ifdef REJECT_TERNARY  // reject: ESP-055: a formula has no branches  // brief
constexpr auto ternary = clamp<0> >> [](auto w) { return w < 0 ? w : w; };
#else
constexpr auto ternary = clamp<0> >> [](auto w) { return 1 < 0 ? w : w; };
#endif

#ifdef REJECT_LOOP  // reject: ESP-055: a formula has no branches  // brief
constexpr auto loop = clamp<0> >> [](auto w) {
  while (w < 0) return w;
  return w;
};
#else
constexpr auto loop = clamp<0> >> [](auto w) {
  while (1 < 0) return w;
  return w;
};
#endif

#ifdef REJECT_ASSIGNMENT  // reject: ESP-056: a formula cannot be changed  // brief
constexpr auto assignment = clamp<0> >> [](auto w) {
  w = -w;
  return w;
};
#else
constexpr auto assignment = clamp<0> >> [](auto w) {
  w = +w;
  return w;
};
#endif

#ifdef REJECT_ADDED_IN_PLACE  // reject: ESP-056: a formula cannot be changed  // brief
constexpr auto added_in_place = clamp<0> >> [](auto w) { return w += 1; };
#else
constexpr auto added_in_place = clamp<0> >> [](auto w) { return w + 1; };
#endif

#ifdef REJECT_SCALED_IN_PLACE  // reject: ESP-056: a formula cannot be changed  // brief
constexpr auto scaled_in_place = clamp<0> >> [](auto w) { return w *= 2; };
#else
constexpr auto scaled_in_place = clamp<0> >> [](auto w) { return w * 2; };
#endif

#ifdef REJECT_INCREMENT  // reject: ESP-056: a formula cannot be changed  // brief
constexpr auto increment = clamp<0> >> [](auto w) { return ++w; };
#else
constexpr auto increment = clamp<0> >> [](auto w) { return +w; };
#endif

#ifdef REJECT_DECREMENT  // reject: ESP-056: a formula cannot be changed  // brief
constexpr auto decrement = clamp<0> >> [](auto w) { return --w; };
#else
constexpr auto decrement = clamp<0> >> [](auto w) { return -w; };
#endif

#ifdef REJECT_STD_TANH  // reject: ESP-057: a formula is no number
constexpr auto std_tanh = clamp<0> >> [](auto w) { return std::tanh(w); };
#else
constexpr auto std_tanh = clamp<0> >> [](auto w) { return esp::sqrt(w); };
#endif

#ifdef REJECT_STD_SQRT  // reject: ESP-057: a formula is no number
constexpr auto std_sqrt = clamp<0> >> [](auto w) { return std::sqrt(w); };
#else
constexpr auto std_sqrt = clamp<0> >> [](auto w) { return esp::sqrt(w); };
#endif

#ifdef REJECT_STD_EXP  // reject: ESP-057: a formula is no number
constexpr auto std_exp = clamp<0> >> [](auto w) { return std::exp(w); };
#else
constexpr auto std_exp = clamp<0> >> [](auto w) { return esp::exp(w); };
#endif

#ifdef REJECT_STD_POWER  // reject: ESP-057: a formula is no number
constexpr auto std_power = clamp<0> >> [](auto w) { return std::pow(w, 2); };
#else
constexpr auto std_power = clamp<0> >> [](auto w) { return esp::max(w, 2); };
#endif

#ifdef REJECT_STD_ABS  // reject: ESP-057: a formula is no number  // brief
constexpr auto std_abs = clamp<0> >> [](auto w) { return std::abs(w); };
#else
constexpr auto std_abs = clamp<0> >> [](auto w) { return esp::abs(w); };
#endif

#ifdef REJECT_MEAN_IN_A_DOUBLE  // reject: ESP-057: a formula is no number  // brief
constexpr auto mean_in_a_double = clamp<0> >> [](auto w) {
  double m = esp::mean(w);
  return w - m;
};
#else
constexpr auto mean_in_a_double = clamp<0> >> [](auto w) {
  auto m = esp::mean(w);
  return w - m;
};
#endif

#ifdef REJECT_TAP_IN_A_FLOAT  // reject: ESP-057: a formula is no number  // brief
constexpr auto tap_in_a_float = clamp<0> >> [](auto w) {
  float x = w;
  return w - x;
};
#else
constexpr auto tap_in_a_float = clamp<0> >> [](auto w) {
  auto x = w;
  return w - x;
};
#endif

#ifdef REJECT_ERROR_FUNCTION  // reject: ESP-058: formulas have no erf; a smooth bound is esp::tanh
constexpr auto error_function = clamp<0> >> [](auto w) { return erf(w); };
#else
constexpr auto error_function = clamp<0> >> [](auto w) { return tanh(w); };
#endif

#ifdef REJECT_SINE  // reject: ESP-058: formulas have no sin
constexpr auto sine = clamp<0> >> [](auto w) { return sin(w); };
#else
constexpr auto sine = clamp<0> >> [](auto w) { return exp(w); };
#endif

#ifdef REJECT_CUBE_ROOT  // reject: ESP-058: formulas have no cbrt
constexpr auto cube_root = clamp<0> >> [](auto w) { return esp::cbrt(w); };
#else
constexpr auto cube_root = clamp<0> >> [](auto w) { return esp::log(w); };
#endif

#ifdef REJECT_POWER  // reject: ESP-058: pow takes its exponent in angle brackets
constexpr auto power = clamp<0> >> [](auto w) { return esp::pow(w, 2); };
#else
constexpr auto power = clamp<0> >> [](auto w) { return esp::max(w, 2); };
#endif

#ifdef REJECT_BROKEN_POWER  // reject: ESP-058: pow<n> takes a whole number
constexpr auto broken_power = clamp<0> >> [](auto w) { return esp::pow<0.5>(w); };
#else
constexpr auto broken_power = clamp<0> >> [](auto w) { return esp::pow<2>(w); };
#endif

#ifdef REJECT_RELU  // reject: ESP-058: formulas have no relu; write esp::max
constexpr auto relu = clamp<0> >> [](auto w) { return esp::relu(w); };
#else
constexpr auto relu = clamp<0> >> [](auto w) { return esp::abs(w); };
#endif

#ifdef REJECT_SIGN  // reject: ESP-058: formulas have no sign
constexpr auto sign = clamp<0> >> [](auto w) { return esp::sign(w); };
#else
constexpr auto sign = clamp<0> >> [](auto w) { return esp::abs(w); };
#endif

#ifdef REJECT_SUBSCRIPT  // reject: ESP-059: a formula speaks of all taps at once  // brief
constexpr auto subscript = clamp<0> >> [](auto w) { return w[0]; };
#else
constexpr auto subscript = clamp<0> >> [](auto w) { return taps[0]; };
#endif

#ifdef REJECT_TAP_BY_CALL  // reject: ESP-059: a formula speaks of all taps at once  // brief
constexpr auto tap_by_call = clamp<0> >> [](auto w) { return w(0, 0, 1); };
#else
constexpr auto tap_by_call = clamp<0> >> [](auto w) { return twice(0, 0, 1); };
#endif

#ifdef REJECT_EQUAL  // reject: ESP-060: formulas are compared with < <= > >= only  // brief
constexpr auto equal = clamp<0> >> [](auto w) { return esp::select(w == 0, 1, w); };
#else
constexpr auto equal = clamp<0> >> [](auto w) { return esp::select(w < 0, 1, w); };
#endif

#ifdef REJECT_NOT_EQUAL  // reject: ESP-060: formulas are compared with < <= > >= only  // brief
constexpr auto not_equal = clamp<0> >> [](auto w) { return esp::select(w != 0.5, 1, w); };
#else
constexpr auto not_equal = clamp<0> >> [](auto w) { return esp::select(w < 0.5, 1, w); };
#endif

#ifdef REJECT_EQUAL_TO_THE_MEAN  // reject: ESP-060: formulas are compared with < <= > >= only
constexpr auto equal_to_the_mean = clamp<0> >> [](auto w) { return esp::select(w == esp::mean(w), 1, w); };
#else
constexpr auto equal_to_the_mean = clamp<0> >> [](auto w) { return esp::select(w < esp::mean(w), 1, w); };
#endif

#ifdef REJECT_MODULO  // reject: ESP-061: formulas have no such operator  // brief
constexpr auto modulo = clamp<0> >> [](auto w) { return w % 2; };
#else
constexpr auto modulo = clamp<0> >> [](auto w) { return w / 2; };
#endif

#ifdef REJECT_CARET  // reject: ESP-061: formulas have no such operator  // brief
constexpr auto caret = clamp<0> >> [](auto w) { return w ^ 2; };
#else
constexpr auto caret = clamp<0> >> [](auto w) { return w * 2; };
#endif

#ifdef REJECT_BITS  // reject: ESP-061: formulas have no such operator  // brief
constexpr auto bits = clamp<0> >> [](auto w) { return w & 1; };
#else
constexpr auto bits = clamp<0> >> [](auto w) { return w - 1; };
#endif

#ifdef REJECT_SHIFT  // reject: ESP-061: formulas have no such operator  // brief
constexpr auto shift = clamp<0> >> [](auto w) { return w << 1; };
#else
constexpr auto shift = clamp<0> >> [](auto w) { return w - 1; };
#endif

#ifdef REJECT_COMPLEMENT  // reject: ESP-061: formulas have no such operator  // brief
constexpr auto complement = clamp<0> >> [](auto w) { return ~w; };
#else
constexpr auto complement = clamp<0> >> [](auto w) { return -w; };
#endif

#ifdef REJECT_CONDITION_AS_FACTOR  // reject: ESP-062: . - . / < > take formulas and numbers  // brief
constexpr auto condition_as_factor = clamp<0> >> [](auto w) { return w * (w > 0); };
#else
constexpr auto condition_as_factor = clamp<0> >> [](auto w) { return w * (w - 0); };
#endif

#ifdef REJECT_CONDITION_FIRST  // reject: ESP-062: . - . / < > take formulas and numbers  // brief
constexpr auto condition_first = clamp<0> >> [](auto w) { return (w > 0) * w; };
#else
constexpr auto condition_first = clamp<0> >> [](auto w) { return (w - 0) * w; };
#endif

#ifdef REJECT_NUMBER_TIMES_CONDITION  // reject: ESP-062: . - . / < > take formulas and numbers
constexpr auto number_times_condition = clamp<0> >> [](auto w) { return 2 * (w > 0); };
#else
constexpr auto number_times_condition = clamp<0> >> [](auto w) { return 2 * (w - 0); };
#endif

#ifdef REJECT_CHAIN  // reject: ESP-062: . - . / < > take formulas and numbers  // brief
constexpr auto chain = clamp<0> >> [](auto w) { return esp::select(0 < w < 1, w, 0); };
#else
constexpr auto chain = clamp<0> >> [](auto w) { return esp::select(0 - w < 1, w, 0); };
#endif

#ifdef REJECT_REDUCTION_NOT_CALLED  // reject: ESP-062: . - . / < > take formulas and numbers  // brief
constexpr auto reduction_not_called = clamp<0> >> [](auto w) { return w - esp::mean; };
#else
constexpr auto reduction_not_called = clamp<0> >> [](auto w) { return w - esp::eps; };
#endif

#ifdef REJECT_REDUCTION_FIRST  // reject: ESP-062: . - . / < > take formulas and numbers
constexpr auto reduction_first = clamp<0> >> [](auto w) { return esp::mean - w; };
#else
constexpr auto reduction_first = clamp<0> >> [](auto w) { return esp::eps - w; };
#endif

#ifdef REJECT_POLICY_AS_VALUE  // reject: ESP-062: . - . / < > take formulas and numbers  // brief
constexpr auto policy_as_value = clamp<0> >> [](auto w) { return w - esp::identity; };
#else
constexpr auto policy_as_value = clamp<0> >> [](auto w) { return w - esp::eps; };
#endif

#ifdef REJECT_FORMULA_AS_CONDITION  // reject: ESP-062: && .. ! take conditions  // brief
constexpr auto formula_as_condition = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(c && w, 1, w);
};
#else
constexpr auto formula_as_condition = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(c && c, 1, w);
};
#endif

#ifdef REJECT_NOT_OF_A_FORMULA  // reject: ESP-062: && .. ! take conditions  // brief
constexpr auto not_of_a_formula = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(!w, 1, w);
};
#else
constexpr auto not_of_a_formula = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(!c, 1, w);
};
#endif

#ifdef REJECT_SELECT_ON_BOOL  // reject: ESP-062: select takes a condition  // brief
constexpr auto select_on_bool = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(true, w, 0);
};
#else
constexpr auto select_on_bool = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(c, w, 0);
};
#endif

#ifdef REJECT_SELECT_ON_FORMULA  // reject: ESP-062: select takes a condition  // brief
constexpr auto select_on_formula = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(w, w, 0);
};
#else
constexpr auto select_on_formula = clamp<0> >> [](auto w) {
  auto c = w > 0;
  return esp::select(c, w, 0);
};
#endif

#ifdef REJECT_MEAN_OF_A_CONDITION  // reject: ESP-065: a reduction takes a formula  // brief
constexpr auto mean_of_a_condition = clamp<0> >> [](auto w) { return w - esp::mean(w > 0); };
#else
constexpr auto mean_of_a_condition = clamp<0> >> [](auto w) { return w - esp::mean(w - 0); };
#endif

#ifdef REJECT_NUMBER_AS_REGION  // reject: ESP-065: a reduction takes a formula  // brief
constexpr auto number_as_region = clamp<0> >> [](auto w) { return w - esp::l2(w, 3); };
#else
constexpr auto number_as_region = clamp<0> >> [](auto w) { return w - esp::l2(w, esp::neighbors); };
#endif

#ifdef REJECT_NOT_A_CONSTANT  // reject: ESP-063: the formula of a policy is not known  // brief
constexpr auto not_a_constant = clamp<0> >> [](auto w) { return w * at_run_time(); };
#else
constexpr auto not_a_constant = clamp<0> >> [](auto w) { return w * when_compiled(); };
#endif
