// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Policies for claims that a test plants, and whether the attack reports them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "drawn/judge.hpp"
#include "drawn/lowered.hpp"
#include "drawn/named_policies.hpp"
#include "support/catch.hpp"

namespace drawn {

inline constexpr esp::weight_shape small{.out = 2, .in = 2, .kernel = {1, 1, 3}};

/// A policy of one lambda, its phrases in their order; the last is the result.
inline policy formula(std::vector<phrase> phrases, const esp::weight_shape& shape = small) {
  step s;
  s.formula.result = static_cast<int>(phrases.size()) - 1;
  s.formula.phrases = std::move(phrases);
  return {.shape = shape, .steps = {s}};
}
inline const phrase w{};
inline phrase number(double v) { return {.what = word::number, .value = v}; }
inline phrase of(word what, int a, int b = -1, int c = -1) { return {.what = what, .a = a, .b = b, .c = c}; }

inline policy identity() { return formula({w}); }
inline policy centred() { return formula({w, of(word::mean, 0), of(word::subtract, 0, 1)}); }
inline policy shares() { return formula({w, of(word::abs, 0), of(word::sum, 1), of(word::divide, 1, 2)}); }

inline policy inside(form what, policy p) {
  step s;
  s.what = what;
  s.inner = p.steps;
  p.steps = {s};
  return p;
}
/// One of the library's own.
inline policy known(const std::string& source, const esp::weight_shape& shape = small) {
  policy p{.shape = shape, .steps = {}};
  for (const step& s : named_policies(shape.kernel)) {
    if (s.name == source) p.steps = {s};
  }
  REQUIRE(p.steps.size() == 1);
  return p;
}
inline phrase table(const std::string& source) {
  int i = 0;
  while (table_list()[static_cast<std::size_t>(i)].source != source) ++i;
  return {.what = word::table, .value = static_cast<double>(i)};
}
inline bool reported(const policy& p, const claims& c) {
  counts total;
  return judge(p, lowered(p), c).attack({}, 1, 2000, total).has_value();
}

}  // namespace drawn
