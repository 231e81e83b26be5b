// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The laws themselves, on functions and data: nothing here is compiled once per prior.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <espalier/facts.hpp>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace laws {

using esp::index_t;
using esp::scope;

enum class after_nan { unsaid, stays, spreads };

/// What a test says of a prior beyond the facts that are derived from it.
struct claims {
  bool idempotent = false;  ///< constraining twice is constraining once, up to rounding
  bool exact = false;       ///< nothing rounds on the integer blocks
  after_nan nan = after_nan::unsaid;
};

/// What the compiler derived: facts per block, filter and whole weight, and the taps of a fixed value.
struct proved {
  std::array<esp::known_facts, 3> at{};
  std::vector<std::optional<double>> taps{};

  /// True if a fact asks for blocks where the formula is defined.
  [[nodiscard]] bool need_regular_blocks() const {
    return std::any_of(at.begin(), at.end(), [](const auto& k) { return k.sum || k.l2 || k.l2_bound; }) ||
           std::any_of(taps.begin(), taps.end(), [](const auto& v) { return v.has_value(); });
  }
};

/// A prior as functions over whole weights. `ideal` runs in double with eps = 0: what the facts speak of.
template <class T>
struct subject {
  esp::weight_shape shape{};
  scope reach = scope::block;
  std::vector<double> parameters{};
  void (*sweep)(const T*, T*, const T*) = nullptr;
  void (*spec)(const T*, T*, const T*) = nullptr;
  void (*ideal)(const double*, double*, const double*) = nullptr;
};

struct report {
  long blocks = 0;
  long facts = 0;    ///< comparisons of a derived fact with a result
  long normal = 0;   ///< parts drawn from the ordinary distribution
  long regular = 0;  ///< of these, where the formula is defined and eps does not matter
  long violations = 0;
  std::string first{};

  template <class... Parts>
  void violated(const Parts&... parts) {
    if (violations++ > 0) return;
    std::ostringstream text;
    text.precision(17);
    (text << ... << parts);
    first = text.str();
  }
};

inline bool agree(double a, double b, double allowed) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= allowed;
}

enum class kind { normal, tiny, huge, denormal, zero, negative, equal, one_hot, integer, with_nan, with_infinity };
inline constexpr int kinds = 11;

/// A stream of numbers that is the same everywhere (splitmix64).
class stream {
 public:
  explicit stream(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  index_t below(index_t n) { return static_cast<index_t>(next() % static_cast<std::uint64_t>(n)); }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-52 - 1; }
  /// Three uniforms: bell-shaped, deviation 1.
  double normal() { return uniform() + uniform() + uniform(); }

 private:
  std::uint64_t state_;
};

/// Fills one part: the blocks that the prior sees together. Integers are multiples of its size, so that means are too.
template <class T>
void fill(stream& numbers, kind k, T* part, index_t size) {
  constexpr bool narrow = sizeof(T) == 4;
  const double scale = k == kind::tiny ? (narrow ? 1e-25 : 1e-200) : k == kind::huge ? (narrow ? 1e30 : 1e300) : 1;
  const T same = static_cast<T>(numbers.below(2) == 0 ? numbers.normal() : static_cast<double>(numbers.below(9)) - 4);
  for (index_t i = 0; i < size; ++i) {
    T v = static_cast<T>(numbers.normal() * scale);
    if (k == kind::denormal) v = static_cast<T>(numbers.below(2001) - 1000) * std::numeric_limits<T>::denorm_min();
    if (k == kind::zero || k == kind::one_hot) v = numbers.below(2) == 0 ? T(0) : -T(0);
    if (k == kind::negative) v = -std::fabs(v) - T(0.01);
    if (k == kind::equal) v = same;
    if (k == kind::integer) v = static_cast<T>((numbers.below(17) - 8) * size);
    part[i] = v;
  }
  const index_t chosen = numbers.below(size);
  if (k == kind::one_hot) part[chosen] = same == 0 ? T(1) : same;
  if (k == kind::with_nan) part[chosen] = std::numeric_limits<T>::quiet_NaN();
  if (k == kind::with_infinity) {
    const T infinity = std::numeric_limits<T>::infinity();
    part[chosen] = numbers.below(2) == 0 ? infinity : -infinity;
    if (numbers.below(3) == 0) part[numbers.below(size)] = infinity;
  }
}

/// One drawn weight, what became of it, and what becomes of it when each element moves by half a unit in its last
/// place.
template <class T>
struct trial {
  std::vector<T> in, out, spec, again, moved[2];
  std::vector<double> ideal;
  std::vector<kind> kind_of;  // per element

  trial(const subject<T>& s, stream& numbers, bool only_normal) {
    const auto size = static_cast<std::size_t>(s.shape.size());
    for (auto* v : {&in, &out, &spec, &again, &moved[0], &moved[1]}) v->resize(size);
    ideal.resize(size);
    kind_of.resize(size);
    const index_t part = part_size(s, s.reach);
    for (index_t begin = 0; begin < s.shape.size(); begin += part) {
      const auto k = only_normal ? kind::normal : static_cast<kind>(numbers.below(kinds));
      fill(numbers, k, in.data() + begin, part);
      for (index_t i = begin; i < begin + part; ++i) kind_of[static_cast<std::size_t>(i)] = k;
    }
    std::vector<T> named;
    for (double p : s.parameters) named.push_back(static_cast<T>(p));
    s.sweep(in.data(), out.data(), named.data());
    s.spec(in.data(), spec.data(), named.data());
    again = out;
    s.sweep(again.data(), again.data(), named.data());  // in place
    for (auto& m : moved) {
      for (std::size_t i = 0; i < size; ++i) {
        m[i] = in[i] * (1 + static_cast<T>(numbers.below(17) - 8) * std::numeric_limits<T>::epsilon());
      }
      s.sweep(m.data(), m.data(), named.data());
    }
    const std::vector<double> wide(in.begin(), in.end());
    s.ideal(wide.data(), ideal.data(), s.parameters.data());
  }
  static index_t part_size(const subject<T>& s, scope reach) {
    return s.shape.kernel.volume() * (reach >= scope::filter ? s.shape.in : 1) *
           (reach >= scope::whole ? s.shape.out : 1);
  }
};

/// A part of a trial, and the sizes that tolerances are made of.
template <class T>
struct extract {
  const trial<T>& t;
  std::size_t begin, end;
  kind k;
  bool finite = true;    ///< the input
  bool ordinary = true;  ///< its magnitudes: squares neither overflow nor vanish
  double most = 0;       ///< largest |output|
  double total = 0;      ///< sum of |output|
  double unrest = 0;     ///< sum of how far outputs move with the last bit of the input
  double eps_effect = 0;
  bool defined = true;

  extract(const trial<T>& whole, index_t from, index_t size)
      : t(whole),
        begin(static_cast<std::size_t>(from)),
        end(static_cast<std::size_t>(from + size)),
        k(whole.kind_of[static_cast<std::size_t>(from)]) {
    double ideal_most = 0;
    double apart = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const double x = std::fabs(static_cast<double>(t.in[i]));
      const double y = std::fabs(static_cast<double>(t.out[i]));
      finite = finite && std::isfinite(x);
      ordinary = ordinary && (x == 0 || (x > 1e-70 && x < 1e70));
      if (std::isfinite(y)) most = std::max(most, y);
      total += y;
      for (const auto& m : t.moved) {
        if (m[i] == t.out[i] || (std::isnan(m[i]) && std::isnan(t.out[i]))) continue;
        const double by = std::fabs(static_cast<double>(m[i]) - static_cast<double>(t.out[i]));
        unrest += std::isnan(by) ? HUGE_VAL : by;
      }
      defined = defined && std::isfinite(t.ideal[i]) && std::isfinite(y);
      ideal_most = std::max(ideal_most, std::fabs(t.ideal[i]));
      apart = std::max(apart, std::fabs(t.ideal[i] - static_cast<double>(t.out[i])));
      eps_effect += std::fabs(t.ideal[i] - static_cast<double>(t.out[i]));
    }
    defined = defined && finite && ordinary && apart <= 1e-3 * ideal_most && allowed() <= 1e-2 * (total + 1e-30);
  }
  /// Rounding of the formula over the part, with a margin.
  [[nodiscard]] double allowed() const {
    constexpr double ulp = std::numeric_limits<T>::epsilon();
    return 64 * ulp * most + 8 * unrest + 64 * static_cast<double>(std::numeric_limits<T>::denorm_min());
  }
};

template <class T>
void sweep_is_the_evaluator(const extract<T>& part, const claims& claimed, report& r) {
  const double allowed = claimed.exact && part.k == kind::integer ? 0 : part.allowed();
  for (std::size_t i = part.begin; i < part.end; ++i) {
    if (agree(part.t.out[i], part.t.spec[i], allowed)) continue;
    if (!(part.unrest < HUGE_VAL) && part.finite) continue;  // at the edge of overflow contraction decides
    r.violated("sweep ", part.t.out[i], ", evaluator ", part.t.spec[i], ", weight ", part.t.in[i], ", kind ",
               static_cast<int>(part.k), ", element ", i - part.begin, ", allowed ", allowed);
  }
}

/// Bounds hold for every finite weight and every result that is a number.
template <class T>
void bounds_hold(const extract<T>& part, const esp::known_facts& known, report& r) {
  if (!part.finite) return;
  constexpr double ulp = std::numeric_limits<T>::epsilon();
  const double lo = static_cast<double>(static_cast<T>(known.range.lo));
  const double hi = static_cast<double>(static_cast<T>(known.range.hi));
  if (lo == -HUGE_VAL && hi == HUGE_VAL) return;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    const double y = part.t.out[i];
    ++r.facts;
    const bool below = y < lo && !(y >= lo - 64 * ulp * std::fabs(lo));
    const bool above = y > hi && !(y <= hi + 64 * ulp * std::fabs(hi));
    if (below || above) {
      r.violated("result ", y, " outside [", lo, ", ", hi, "], weight ", part.t.in[i], ", kind ",
                 static_cast<int>(part.k), ", element ", i - part.begin);
    }
  }
}

template <class T>
void sums_and_norms_hold(const extract<T>& part, const esp::known_facts& known, report& r) {
  double sum = 0;
  double squares = 0;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    sum += static_cast<double>(part.t.out[i]);
    squares += static_cast<double>(part.t.out[i]) * static_cast<double>(part.t.out[i]);
  }
  const double norm = std::sqrt(squares);
  const double allowed = part.allowed() + part.eps_effect + 64 * std::numeric_limits<T>::epsilon() * part.total;
  const auto demand = [&](bool held, const char* what, double found, double expected) {
    ++r.facts;
    if (!held) r.violated(what, " ", found, " instead of ", expected, ", kind ", static_cast<int>(part.k));
  };
  if (known.sum) demand(std::fabs(sum - *known.sum) <= allowed, "sum", sum, *known.sum);
  if (known.l2) demand(std::fabs(norm - *known.l2) <= allowed, "l2 norm", norm, *known.l2);
  if (known.l2_bound) demand(norm <= *known.l2_bound + allowed, "l2 norm above its bound:", norm, *known.l2_bound);
}

template <class T>
void fixed_taps_hold(const extract<T>& part, const proved& facts, report& r) {
  for (std::size_t i = part.begin; i < part.end; ++i) {
    const auto& v = facts.taps[i % facts.taps.size()];
    if (!v) continue;
    ++r.facts;
    const double off = std::fabs(static_cast<double>(part.t.out[i]) - *v);
    if (!(off <= part.allowed() + part.eps_effect)) {
      r.violated("tap ", i % facts.taps.size(), " is ", part.t.out[i], " instead of ", *v);
    }
  }
}

template <class T>
void twice_is_once(const extract<T>& part, const claims& claimed, report& r) {
  if (!claimed.idempotent || !part.finite || (!claimed.exact && !part.defined)) return;
  const bool exactly = claimed.exact && part.k == kind::integer;
  const double allowed = exactly ? 0 : (1 + part.total) * part.allowed() + part.eps_effect + 1e-11 * part.most;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    if (agree(part.t.out[i], part.t.again[i], allowed) || !std::isfinite(part.t.out[i])) continue;
    r.violated("twice ", part.t.again[i], ", once ", part.t.out[i], ", kind ", static_cast<int>(part.k));
  }
}

template <class T>
void nan_goes_where_it_should(const extract<T>& part, const claims& claimed, const proved& facts, report& r) {
  if (part.k != kind::with_nan || claimed.nan == after_nan::unsaid) return;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    const bool fixed = facts.taps[i % facts.taps.size()].has_value();
    const bool expected = !fixed && (claimed.nan == after_nan::spreads || std::isnan(part.t.in[i]));
    if (std::isnan(part.t.out[i]) != expected) {
      r.violated("a NaN block: element ", i - part.begin, " of weight ", part.t.in[i], " became ", part.t.out[i]);
    }
  }
}

/// All laws on at least 10,000 blocks.
template <class T>
report hold(const subject<T>& s, const proved& facts, const claims& claimed, std::uint64_t seed = 1) {
  report r;
  stream numbers(seed);
  while (r.blocks < 10000) {
    // Every fourth weight is ordinary throughout: a whole weight with one NaN says nothing about sums of the whole.
    const trial<T> t(s, numbers, r.blocks / s.shape.blocks() % 4 == 3);
    r.blocks += s.shape.blocks();
    const index_t size = trial<T>::part_size(s, s.reach);
    for (index_t begin = 0; begin < s.shape.size(); begin += size) {
      const extract<T> part(t, begin, size);
      sweep_is_the_evaluator(part, claimed, r);
      for (const auto& known : facts.at) bounds_hold(part, known, r);
      twice_is_once(part, claimed, r);
      nan_goes_where_it_should(part, claimed, facts, r);
      if (part.defined) fixed_taps_hold(part, facts, r);
      if (part.k == kind::normal) {
        ++r.normal;
        r.regular += part.defined ? 1 : 0;
      }
    }
    for (scope level : {scope::block, scope::filter, scope::whole}) {
      const auto& known = facts.at[level == scope::whole ? 2 : static_cast<std::size_t>(level) - 1];
      const index_t step = trial<T>::part_size(s, level);
      const index_t seen_together = std::max(step, size);
      for (index_t begin = 0; begin < s.shape.size(); begin += step) {
        const extract<T> part(t, begin, step);
        if (part.defined && extract<T>(t, begin / seen_together * seen_together, seen_together).defined) {
          sums_and_norms_hold(part, known, r);
        }
      }
    }
  }
  return r;
}

// Compiled once, in tests/laws.cpp.
extern template report hold(const subject<float>&, const proved&, const claims&, std::uint64_t);
extern template report hold(const subject<double>&, const proved&, const claims&, std::uint64_t);

}  // namespace laws
