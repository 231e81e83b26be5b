// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Draws one formula, as a lambda or as a policy of the vocabulary.
#pragma once

#include <espalier/shape.hpp>

#include "drawn/random.hpp"
#include "drawn/tree.hpp"

namespace drawn {

class formula_drawer {
 public:
  formula_drawer(random_source& random, esp::extents kernel) : random_(random), kernel_(kernel) {}

  /// Anything; `depth` bounds how far it nests.
  body formula(int depth);
  /// A policy of the vocabulary, with the formula that docs/language.md gives for it.
  step named();
  /// A region that holds taps.
  int region();
  /// A partition of the kernel.
  int partition();

 private:
  // One node each; the operands of an operator are never two plain numbers, which C++ would compute itself.
  int add_phrase(const phrase& p);
  int number(double v) { return add_phrase({.what = word::number, .value = v}); }
  int tap() { return add_phrase({}); }
  int table() {
    return add_phrase(
        {.what = word::table, .value = static_cast<double>(random_.below(static_cast<int>(table_list().size())))});
  }
  int two(word what, int a, int b);
  int one(word what, int a);
  int reduced(word what, int a, int over = everywhere);
  bool is_number(int i) const { return body_.phrases[static_cast<std::size_t>(i)].what == word::number; }
  int expression(int i) { return is_number(i) ? tap() : i; }

  double any_number();
  int any_name();
  int any(int depth);
  int arithmetic(int depth);
  int elementwise(int depth);
  word any_function() {
    return random_.one_of({word::exp, word::exp, word::log, word::tanh, word::sigmoid, word::softplus});
  }
  int any_condition(int depth);
  int joined(int condition);
  int any_scalar(int depth);
  int norm(int x);
  int maybe_region() { return random_.chance(15) ? region() : everywhere; }
  int guarded(int x);
  int pattern(int depth);
  int nearly(int x);
  int may_be_nan(int x);
  int hidden_nan(int x);
  int cancelling(int x);
  int capped(int x);
  int centred(int x);

  random_source& random_;
  esp::extents kernel_;
  body body_;
  bool groups_ = true;  ///< reductions may run over groups of taps
};

}  // namespace drawn
