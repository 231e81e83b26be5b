// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/claims.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "drawn/tree.hpp"

namespace drawn {

using real = long double;
using range = enclosure<real>;

namespace {

constexpr double none = esp::detail::interval::infinity;
constexpr const char* scopes[] = {"block", "filter", "input channel", "whole weight"};

std::string text_of(real x) {
  char text[48];
  std::snprintf(text, sizeof text, "%.19Lg", x);
  return text;
}
std::string text_of(const range& r) {
  return std::string(1, '[').append(text_of(r.lo)).append(", ") + text_of(r.hi) + ']';
}

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

bool is_defined(const part& p) {
  return std::all_of(p.first, p.last, [](const range& x) { return !x.is_nan() && x.is_finite(); });
}
range size_of(const range* first, const range* last) {
  range sum = range::exactly(0);
  for (const range* x = first; x != last; ++x) sum = sum + magnitude(*x);
  return sum;
}

std::optional<std::string> contradicted_size(const esp::detail::known_l1& k, double limit, const part& p) {
  const range size = size_of(p.first, p.last);
  if (k.value && apart(size, claimed_value(*k.value))) {
    return "the l1 norm is " + text_of(*k.value) + p.where() + text_of(size);
  }
  for (const double most : {k.bound.value_or(esp::detail::interval::infinity), limit}) {
    if (!(size.lo > claimed_value(most).hi)) continue;
    return "the l1 norm is at most " + text_of(most) + p.where() + text_of(size);
  }
  if (!k.l2_bound) return std::nullopt;
  range squares = range::exactly(0);
  for (const range* x = p.first; x != p.last; ++x) squares = squares + squared(*x);
  if (root(squares).lo > claimed_value(*k.l2_bound).hi) {
    return "the l2 norm is still at most " + text_of(*k.l2_bound) + p.where() + text_of(root(squares));
  }
  return std::nullopt;
}

std::optional<std::string> contradicted(const esp::detail::known_facts& k, const part& p) {
  range sum = range::exactly(0), squares = sum;
  for (const range* x = p.first; x != p.last; ++x) {
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

std::string text_of(const esp::tap_index& t) {
  return std::to_string(t.d) + ", " + std::to_string(t.h) + ", " + std::to_string(t.w);
}
/// The sum of a block's taps times powers of their distances from the centre tap, and the sum of the terms' sizes.
struct moment {
  range sum = range::exactly(0);
  range size = range::exactly(0);
};
moment moment_of(const part& block, const esp::extents& k, const esp::tap_index& powers) {
  const auto power = [](esp::index_t x, esp::index_t n) {
    real result = 1;
    for (; n > 0; --n) result *= static_cast<real>(x);
    return result;
  };
  moment result;
  for (esp::index_t t = 0; t < k.volume(); ++t) {
    const esp::index_t d = t / (k.h * k.w), h = t / k.w % k.h, w = t % k.w;
    const real place = power(d - k.d / 2, powers.d) * power(h - k.h / 2, powers.h) * power(w - k.w / 2, powers.w);
    const range term = block.first[t] * range::exactly(place);
    result.sum = result.sum + term;
    result.size = result.size + magnitude(term);
  }
  return result;
}

/// A derivative is that of Taylor's polynomials below its order: u = d^i h^j w^k / (i! j! k!) has that of its own
/// powers alone, which is 1. Taps are meant to be what their decimals or quotients are, to four roundings.
std::optional<std::string> contradicted_derivative(const esp::fact& f, const part& block, const esp::extents& k) {
  const bool is_laplacian = f.kind == esp::detail::fact_kind::laplacian;
  const esp::tap_index own = is_laplacian ? esp::tap_index{0, 0, 2} : f.where;
  const esp::index_t below = own.d + own.h + own.w + static_cast<esp::index_t>(f.value);
  for (esp::index_t i = 0; i < below * below * below; ++i) {
    const esp::tap_index n{i / (below * below), i / below % below, i % below};
    if (n.d + n.h + n.w >= below) continue;
    const bool second = n.d + n.h + n.w == 2 && (n.d == 2 || n.h == 2 || n.w == 2);
    const bool has_taps = (n.d == 0 || k.d > 1) && (n.h == 0 || k.h > 1) && (n.w == 0 || k.w > 1);
    const bool is_own = is_laplacian ? second && has_taps : n == own;
    const real wanted = is_own ? std::tgamma(static_cast<real>(n.d + 1)) * std::tgamma(static_cast<real>(n.h + 1)) *
                                     std::tgamma(static_cast<real>(n.w + 1))
                               : 0;
    const moment m = moment_of(block, k, n);
    const real slack = 0x1p-51L * m.size.hi + 1e-12L * wanted;
    if (!apart(m.sum, {wanted - slack, wanted + slack})) continue;
    return "a derivative of order " + text_of(f.value) + " in the distance has the moment " + text_of(n) + " = " +
           text_of(wanted) + block.where() + text_of(m.sum);
  }
  return std::nullopt;
}

/// Two taps of one orbit that are not equal, or an orbit that does not sum to zero.
std::optional<std::string> contradicted_symmetry(const esp::fact& f, const esp::extents& kernel, const part& block) {
  const esp::detail::tap_groups orbits(*f.partition, kernel);
  const bool is_equal = f.kind == esp::detail::fact_kind::symmetric;
  for (esp::index_t t = 0; t < kernel.volume(); ++t) {
    range sum = range::exactly(0);
    for (esp::index_t s = 0; s < kernel.volume(); ++s) {
      if (orbits[s] != orbits[t]) continue;
      sum = sum + block.first[s];
      if (!is_equal || !apart(block.first[s], block.first[t])) continue;
      return std::string(f.partition->name) + " makes tap " + std::to_string(s) + " that of tap " + std::to_string(t) +
             block.where() + text_of(block.first[s]) + " and " + text_of(block.first[t]);
    }
    if (is_equal || !apart(sum, range::exactly(0))) continue;
    return std::string(f.partition->name) + " makes the orbit of tap " + std::to_string(t) + " sum to zero" +
           block.where() + text_of(sum);
  }
  return std::nullopt;
}

std::optional<std::string> contradicted_taps(const claims& c, const esp::extents& kernel, const part& block) {
  for (std::size_t t = 0; t < c.taps.size(); ++t) {
    if (!c.taps[t] || !apart(block.first[t], claimed_value(*c.taps[t]))) continue;
    return "tap " + std::to_string(t) + " is " + text_of(*c.taps[t]) + block.where() + text_of(block.first[t]);
  }
  for (const esp::detail::moment_claim& claim : c.moments) {
    const range sum = moment_of(block, kernel, claim.powers).sum;
    if (apart(sum, claimed_value(claim.value))) {
      return "the moment " + text_of(claim.powers) + " is " + text_of(claim.value) + block.where() + text_of(sum);
    }
  }
  for (const esp::fact& f : c.derivatives) {
    if (auto sentence = contradicted_derivative(f, block, kernel)) return sentence;
  }
  for (const esp::fact& f : c.symmetries) {
    if (auto sentence = contradicted_symmetry(f, kernel, block)) return sentence;
  }
  for (const esp::detail::region_info& region : c.supports) {
    for (esp::index_t t = 0; t < kernel.volume(); ++t) {
      const range& x = block.first[t];
      if (region.contains(esp::detail::tap_at(t, kernel), kernel) || (x.lo <= 0 && x.hi >= 0)) continue;
      return "tap " + std::to_string(t) + " is outside of the support" + block.where() + text_of(x);
    }
  }
  return std::nullopt;
}

/// The weight with all blocks of an input channel behind each other.
std::vector<range> channel_by_channel(const esp::weight_shape& s, const std::vector<range>& weight) {
  std::vector<range> result;
  result.reserve(weight.size());
  for (esp::index_t i = 0; i < s.in; ++i) {
    for (esp::index_t o = 0; o < s.out; ++o) {
      const range* const block = weight.data() + (o * s.in + i) * s.kernel.volume();
      result.insert(result.end(), block, block + s.kernel.volume());
    }
  }
  return result;
}

/// The convolution in this many groups against the bound that is claimed of its norm: what Schur's test gives for the
/// weight as it is, and the length of what one input voxel makes.
std::optional<std::string> contradicted_norm(double claimed, esp::index_t groups, const esp::weight_shape& s,
                                             const std::vector<range>& weight) {
  if (claimed == none) return std::nullopt;
  const esp::index_t taps = s.kernel.volume(), outputs = s.out / groups;
  real rows = 0, columns = 0, longest = 0;
  for (esp::index_t o = 0; o < s.out; ++o) {
    rows = std::max(rows, size_of(&weight[0] + o * s.in * taps, &weight[0] + (o + 1) * s.in * taps).lo);
  }
  for (esp::index_t g = 0; g < groups; ++g) {
    for (esp::index_t i = 0; i < s.in; ++i) {
      range column = range::exactly(0), squares = column;
      for (esp::index_t o = g * outputs; o < (g + 1) * outputs; ++o) {
        const range* const block = &weight[0] + (o * s.in + i) * taps;
        column = column + size_of(block, block + taps);
        for (esp::index_t t = 0; t < taps; ++t) squares = squares + squared(block[t]);
      }
      columns = std::max(columns, column.lo);
      longest = std::max(longest, root(squares).lo);
    }
  }
  const real norm = std::max(longest, root(range::exactly(rows) * range::exactly(columns)).lo);
  if (!(norm > claimed_value(claimed).hi)) return std::nullopt;
  return "the convolution in " + std::to_string(groups) + " groups has a norm of at most " + text_of(claimed) +
         ", but it is bounded by " + text_of(norm) + " only";
}

}  // namespace

bool claims::any() const {
  if (!moments.empty() || !derivatives.empty() || !symmetries.empty()) return true;
  for (const esp::detail::known_facts& k : at) {
    if (k.sum || k.l2 || k.l2_bound || k.range != esp::detail::interval{}) return true;
  }
  for (const esp::detail::known_l1& k : sizes) {
    if (k.value || k.bound || k.l2_bound) return true;
  }
  return std::any_of(taps.begin(), taps.end(), [](const auto& v) { return v.has_value(); });
}

void conclude(claims& c, const esp::detail::graph& g) {
  const esp::weight_shape& shape = g.shape;
  const double schur = g.has_level(esp::detail::scope::input) ? esp::detail::examine_schur(g) : none;
  c.limits = esp::detail::l1_limits(shape, c.at, c.sizes);
  c.lipschitz = std::min(schur, esp::detail::operator_bound(c.limits, shape));
  if (shape.out > 0) c.lipschitz_in_groups = std::min(schur, operator_bound(c.limits, shape, shape.out));
}

claims claims_of(const esp::detail::graph& g) {
  claims c;
  for (int s = 0; s < scope_count; ++s) {
    const auto reach = static_cast<esp::detail::scope>(s + 1);
    const bool is_whole = reach == esp::detail::scope::whole;
    c.at[static_cast<std::size_t>(s)] = is_whole ? esp::detail::examine_whole(g) : esp::detail::examine(g, reach);
    c.sizes[static_cast<std::size_t>(s)] = esp::detail::examine_l1(g, reach);
  }
  for (esp::index_t t = 0; t < g.shape.kernel.volume(); ++t) {
    c.taps.push_back(esp::detail::fixed_tap(g, esp::detail::tap_at(t, g.shape.kernel)));
  }
  for (const named_region& region : region_table()) {
    if (esp::detail::is_zero_outside(g, region.info)) c.supports.push_back(region.info);
  }
  // On an axis of one tap a moment is zero whatever the taps are.
  const esp::extents k = g.shape.kernel;
  for (const esp::fact& f : asked_moments) {
    const esp::tap_index& n = f.where;
    const bool trivial = (n.d > 0 && k.d == 1) || (n.h > 0 && k.h == 1) || (n.w > 0 && k.w == 1);
    const bool said = esp::detail::holds_by_moments(g, f);
    if (said && !(trivial && f.value == 0)) c.moments.push_back({n, f.value});
  }
  for (const esp::fact& f : asked_derivatives) {
    if (esp::detail::holds_by_moments(g, f)) c.derivatives.push_back(f);
  }
  for (const esp::fact& f : asked_symmetries) {
    const bool is_equal = f.kind == esp::detail::fact_kind::symmetric;
    const bool trivial = esp::detail::tap_groups(*f.partition, k).count == k.volume();
    if (is_equal ? !trivial && is_symmetric(g, *f.partition) : is_antisymmetric(g, *f.partition)) {
      c.symmetries.push_back(f);
    }
  }
  c.finite = esp::detail::stays_finite(g);
  conclude(c, g);
  return c;
}

claims bounds_alone(const claims& c) {
  claims bounds;
  for (const esp::fact& f : c.symmetries) {
    if (f.kind == esp::detail::fact_kind::symmetric) bounds.symmetries.push_back(f);
  }
  for (std::size_t s = 0; s < c.at.size(); ++s) {
    if (!c.at[s].sum && !c.at[s].l2_bound) bounds.at[s].range = c.at[s].range;
  }
  return bounds;
}

std::optional<std::string> contradicted(const claims& c, const esp::weight_shape& shape,
                                        const std::vector<range>& weight) {
  const std::vector<range> by_inputs = channel_by_channel(shape, weight);
  for (int s = 0; s < scope_count; ++s) {
    const esp::index_t counts[] = {shape.blocks(), shape.out, shape.in, 1};
    const double limits[] = {c.limits.block, c.limits.filter, c.limits.input, c.limits.whole};
    const range* const first = s == 2 ? by_inputs.data() : weight.data();
    const auto parts = static_cast<std::size_t>(counts[s]);
    const std::size_t size = weight.size() / parts;
    for (std::size_t k = 0; k < parts; ++k) {
      const part p{first + k * size, first + (k + 1) * size, k, s};
      if (!is_defined(p)) continue;
      const double limit = limits[s];
      if (auto sentence = contradicted(c.at[static_cast<std::size_t>(s)], p)) return sentence;
      if (auto sentence = contradicted_size(c.sizes[static_cast<std::size_t>(s)], limit, p)) return sentence;
      if (s > 0) continue;
      if (auto sentence = contradicted_taps(c, shape.kernel, p)) return sentence;
    }
  }
  if (!defined(weight)) return std::nullopt;
  if (auto sentence = contradicted_norm(c.lipschitz, 1, shape, weight)) return sentence;
  return contradicted_norm(c.lipschitz_in_groups, shape.out, shape, weight);
}

std::optional<std::string> not_finite(const claims& c, const std::vector<range>& weight) {
  if (!c.finite) return std::nullopt;
  for (const range& x : weight) {
    if (!x.is_nan() && x.lo < real{range::infinity} && x.hi > -real{range::infinity}) continue;
    return "every tap is finite, but one is " + text_of(x);
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
