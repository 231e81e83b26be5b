// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/claims.hpp"

#include <cmath>
#include <cstdio>

namespace drawn {

using real = long double;
using range = enclosure<real>;

namespace {

constexpr const char* scopes[] = {"block", "filter", "whole weight"};

std::string text_of(real x) {
  char text[48];
  std::snprintf(text, sizeof text, "%.19Lg", x);
  return text;
}
std::string text_of(const range& r) { return "[" + text_of(r.lo) + ", " + text_of(r.hi) + "]"; }

/// A claimed number is a double that the proof rounded a few times: 1/3 + 1/3 + 1/3. Zero is meant as zero.
range claimed_value(double v) {
  const real slack = std::fabs(static_cast<real>(v)) * 1e-12L;
  return {v - slack, v + slack};
}
bool apart(const range& a, const range& b) { return a.hi < b.lo || b.hi < a.lo; }

/// The taps that one statement is about: those of a block, of a filter, or all.
struct part {
  const range* first;
  const range* last;
  std::size_t number;
  int scope;

  [[nodiscard]] std::string where() const {
    return std::string(" of ") + scopes[scope] + " " + std::to_string(number) + ", but it is ";
  }
};

std::optional<std::string> contradicted(const esp::detail::known_facts& k, const part& p) {
  range sum = range::exactly(0), squares = sum;
  for (const range* x = p.first; x != p.last; ++x) {
    if (x->is_nan() || !x->is_finite()) return std::nullopt;
    sum = sum + *x;
    squares = squares + squared(*x);
  }
  const range norm = root(squares);
  if (k.sum && apart(sum, claimed_value(*k.sum))) {
    return "the sum is " + text_of(*k.sum) + p.where() + text_of(sum);
  }
  if (k.l2 && apart(norm, claimed_value(*k.l2))) {
    return "the l2 norm is " + text_of(*k.l2) + p.where() + text_of(norm);
  }
  if (k.l2_bound && norm.lo > claimed_value(*k.l2_bound).hi) {
    return "the l2 norm is at most " + text_of(*k.l2_bound) + p.where() + text_of(norm);
  }
  for (const range* x = p.first; x != p.last; ++x) {
    const bool below = std::isfinite(k.range.lo) && x->hi < claimed_value(k.range.lo).lo;
    const bool above = std::isfinite(k.range.hi) && x->lo > claimed_value(k.range.hi).hi;
    const bool outside =
        k.range.lo == esp::detail::interval::infinity || k.range.hi == -esp::detail::interval::infinity;
    if (!below && !above && !outside) continue;
    return "every tap is in [" + text_of(k.range.lo) + ", " + text_of(k.range.hi) + "], said" + p.where() +
           text_of(*x) + " at tap " + std::to_string(x - p.first);
  }
  return std::nullopt;
}

std::optional<std::string> contradicted_taps(const claims& c, const part& block) {
  for (const range* x = block.first; x != block.last; ++x) {
    if (x->is_nan() || !x->is_finite()) return std::nullopt;
  }
  for (std::size_t t = 0; t < c.taps.size(); ++t) {
    if (!c.taps[t] || !apart(block.first[t], claimed_value(*c.taps[t]))) continue;
    return "tap " + std::to_string(t) + " is " + text_of(*c.taps[t]) + block.where() + text_of(block.first[t]);
  }
  return std::nullopt;
}

}  // namespace

bool claims::any() const {
  for (const esp::detail::known_facts& k : at) {
    if (k.sum || k.l2 || k.l2_bound || k.range != esp::detail::interval{}) return true;
  }
  for (const auto& v : taps) {
    if (v) return true;
  }
  return false;
}

claims claims_of(const esp::detail::graph& g) {
  claims c;
  for (int s = 0; s < 3; ++s) {
    c.at[static_cast<std::size_t>(s)] = esp::detail::examine(g, static_cast<esp::detail::scope>(s + 1));
  }
  for (esp::index_t t = 0; t < g.shape.kernel.volume(); ++t) {
    c.taps.push_back(esp::detail::fixed_tap(g, esp::detail::tap_at(t, g.shape.kernel)));
  }
  return c;
}

claims bounds_alone(const claims& c) {
  claims bounds;
  for (std::size_t s = 0; s < c.at.size(); ++s) {
    if (!c.at[s].sum && !c.at[s].l2_bound) bounds.at[s].range = c.at[s].range;
  }
  return bounds;
}

std::optional<std::string> contradicted(const claims& c, const esp::weight_shape& shape,
                                        const std::vector<range>& weight) {
  for (int s = 0; s < 3; ++s) {
    const std::size_t parts = static_cast<std::size_t>(s == 0 ? shape.blocks() : s == 1 ? shape.out : 1);
    const std::size_t size = weight.size() / parts;
    for (std::size_t k = 0; k < parts; ++k) {
      const part p{weight.data() + k * size, weight.data() + (k + 1) * size, k, s};
      if (auto sentence = contradicted(c.at[static_cast<std::size_t>(s)], p)) return sentence;
      if (s > 0) continue;
      if (auto sentence = contradicted_taps(c, p)) return sentence;
    }
  }
  return std::nullopt;
}

bool defined(const std::vector<range>& weight) {
  for (const range& x : weight) {
    if (x.is_nan() || !x.is_finite()) return false;
  }
  return true;
}

}  // namespace drawn
