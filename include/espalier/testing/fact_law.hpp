// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Facts against the weights that a prior made: what is proved of it, and what a program says of it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/facts.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/l1_facts.hpp>
#include <espalier/moments.hpp>
#include <espalier/proved_facts.hpp>
#include <espalier/region.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/testing/law_report.hpp>
#include <espalier/testing/law_trial.hpp>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// A statement, and whether the library proved it.
struct said_fact {
  fact f{};
  bool proved = false;

  /// `sum = 1, which is proved, does not hold`.
  [[nodiscard]] std::string sentence() const {
    return std::string(fact_text(f).view()) + (proved ? ", which is proved, does not hold" : " does not hold");
  }
};

/// What is proved of a formula, apart from its taps: of blocks, filters, input channels and the whole weight.
struct proved_numbers {
  std::array<known_facts, 4> at{};
  std::array<known_l1, 4> sizes{};
  double lipschitz = interval::infinity;
  bool finite = false;
};

/// The same as statements, with the symmetries of the formula, which has to outlive them, and the value of each tap
/// where that is fixed.
[[nodiscard]] inline std::vector<said_fact> statements(const proved_numbers& numbers, const graph& g) {
  std::vector<said_fact> list;
  const auto say = [&list](const fact& f) { list.push_back({f, true}); };
  for (std::size_t i = 0; i < 4; ++i) {
    const scope reach = static_cast<scope>(i + 1);
    const known_facts& k = numbers.at[i];
    const known_l1& sizes = numbers.sizes[i];
    if (k.range != interval{}) {
      say({.kind = fact_kind::interval, .value = k.range.lo, .upper = k.range.hi, .reach = reach});
    }
    if (k.sum) say({.kind = fact_kind::total, .value = *k.sum, .reach = reach});
    if (k.l2) say({.kind = fact_kind::norm, .value = *k.l2, .reach = reach});
    if (k.l2_bound) say({.kind = fact_kind::norm_at_most, .value = *k.l2_bound, .reach = reach});
    if (sizes.value) say({.kind = fact_kind::l1_norm, .value = *sizes.value, .reach = reach});
    if (sizes.bound) say({.kind = fact_kind::l1_norm_at_most, .value = *sizes.bound, .reach = reach});
    if (sizes.l2_bound) say({.kind = fact_kind::norm_at_most, .value = *sizes.l2_bound, .reach = reach});
  }
  if (numbers.finite) say({.kind = fact_kind::finite});
  if (numbers.lipschitz < interval::infinity) say({.kind = fact_kind::lipschitz, .value = numbers.lipschitz});
  fact_list symmetries;
  list_symmetries(symmetries, g);
  for (const fact& f : symmetries) say(f);
  const algebra proof(g);
  for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
    const std::optional<double> value = proof.constant_at(g.output, t);
    if (value) say({.kind = fact_kind::fixed_tap, .value = *value, .where = tap_at(t, g.shape.kernel)});
  }
  return list;
}

/// How much the convolution with this weight, of stride 1, lengthens some input: the largest found at the frequencies 0
/// and 1/2 of each axis, where it is a matrix of numbers. Its norm is at least that.
template <class T>
[[nodiscard]] double norm_at_real_frequencies(const T* weight, const weight_shape& s, index_t groups) {
  const index_t outputs = s.out / groups, taps = s.kernel.volume();
  double largest = 0;
  std::vector<double> matrix(static_cast<std::size_t>(s.blocks())), x, y;
  for (index_t frequency = 0; frequency < 8; ++frequency) {
    for (index_t block = 0; block < s.blocks(); ++block) {
      double sum = 0;
      for (index_t t = 0; t < taps; ++t) {
        const tap_index at = tap_at(t, s.kernel);
        const index_t turns = at.d * (frequency / 4) + at.h * (frequency / 2 % 2) + at.w * (frequency % 2);
        sum += (turns % 2 == 0 ? 1 : -1) * static_cast<double>(weight[block * taps + t]);
      }
      matrix[static_cast<std::size_t>(block)] = sum;
    }
    for (index_t g = 0; g < groups; ++g) {
      const double* const m = matrix.data() + g * outputs * s.in;
      x.assign(static_cast<std::size_t>(s.in), 1.0);
      for (std::size_t i = 1; i < x.size(); ++i) x[i] += 0.1 / static_cast<double>(i);  // off the symmetric ones
      for (int step = 0; step < 8; ++step) {
        y.assign(static_cast<std::size_t>(outputs), 0.0);
        double before = 0, after = 0;
        for (const double v : x) before += v * v;
        for (index_t o = 0; o < outputs; ++o) {
          for (index_t i = 0; i < s.in; ++i)
            y[static_cast<std::size_t>(o)] += m[o * s.in + i] * x[static_cast<std::size_t>(i)];
          after += y[static_cast<std::size_t>(o)] * y[static_cast<std::size_t>(o)];
        }
        if (!(before > 0) || !(after > 0)) break;
        largest = std::max(largest, std::sqrt(after / before));
        x.assign(x.size(), 0.0);
        for (index_t i = 0; i < s.in; ++i) {
          for (index_t o = 0; o < outputs; ++o)
            x[static_cast<std::size_t>(i)] += m[o * s.in + i] * y[static_cast<std::size_t>(o)];
        }
      }
    }
  }
  return largest;
}

/// Facts against one part of a trial, which has the scope that the fact speaks of.
template <class T>
class fact_judge {
 public:
  fact_judge(const law_part<T>& part, const weight_shape& shape, index_t groups)
      : part_(part), shape_(shape), groups_(groups) {
    for (std::size_t n = 0; n < part.size; ++n) {
      const std::size_t i = part.at(n);
      const double y = static_cast<double>(part.t.out[i]);
      sum_ += y;
      size_ += std::fabs(y);
      norm_ += y * y;
    }
    norm_ = std::sqrt(norm_);
  }

  /// Whether a statement of this kind says something of the part: bounds of every finite weight, all else of those
  /// where the formula is defined on all that the prior sees together.
  [[nodiscard]] static bool speaks_of(const fact& f, const law_part<T>& part, const law_part<T>& seen) {
    if (f.kind == fact_kind::interval) return part.finite;
    if (f.kind == fact_kind::finite) return seen.finite && seen.everyday;
    return part.defined && seen.defined;
  }

  /// What is the case instead, where the fact does not hold.
  [[nodiscard]] std::optional<std::string> contradiction(const fact& f) const {
    const double allowed = part_.allowed_of_sum();
    switch (f.kind) {
      case fact_kind::interval:
        return outside(f);
      case fact_kind::total:
        return apart("the sum is ", sum_, f.value, allowed);
      case fact_kind::l1_norm:
        return apart("the absolute values sum to ", size_, f.value, allowed);
      case fact_kind::norm:
        return apart("the norm is ", norm_, f.value, allowed);
      case fact_kind::l1_norm_at_most:
        return apart("the absolute values sum to ", std::max(size_, f.value), f.value, allowed);
      case fact_kind::norm_at_most:
        return apart("the norm is ", std::max(norm_, f.value), f.value, allowed);
      case fact_kind::fixed_tap:
      case fact_kind::support:
        return tap_off(f);
      case fact_kind::finite:
        return infinite();
      case fact_kind::lipschitz: {
        const double least = norm_at_real_frequencies(part_.t.out.data(), shape_, groups_);
        const double margin = allowed * static_cast<double>(shape_.blocks());
        return apart("the convolution lengthens some inputs by ", std::max(least, f.value), f.value, margin);
      }
      case fact_kind::symmetric:
      case fact_kind::antisymmetric:
        return asymmetry(f);
      case fact_kind::moment:
        return moment_off({.powers = f.where, .value = f.value});
      case fact_kind::derivative:
      case fact_kind::laplacian:
        for (const moment_claim& claim : claims_of_derivative(f, shape_.kernel)) {
          if (auto found = moment_off(claim)) return found;
        }
        return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  static std::optional<std::string> apart(const char* words, double found, double said, double allowed) {
    if (std::fabs(found - said) <= allowed + 1e-12 * std::fabs(said)) return std::nullopt;
    return worded(words, found, ", which rounding does not explain");
  }
  [[nodiscard]] std::optional<std::string> outside(const fact& f) const {
    constexpr double ulp = std::numeric_limits<T>::epsilon();
    const double lo = static_cast<double>(static_cast<T>(f.value));
    const double hi = static_cast<double>(static_cast<T>(f.upper));
    for (std::size_t n = 0; n < part_.size; ++n) {
      const std::size_t i = part_.at(n);
      const double y = part_.t.out[i];
      const bool below = y < lo && !(y >= lo - 64 * ulp * std::fabs(lo));
      const bool above = y > hi && !(y <= hi + 64 * ulp * std::fabs(hi));
      if (below || above) return worded("tap ", n, " is ", y);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> tap_off(const fact& f) const {
    const extents k = shape_.kernel;
    const tap_index where = f.center ? tap_index{k.d / 2, k.h / 2, k.w / 2} : f.where;
    const auto taps = static_cast<std::size_t>(k.volume());
    for (std::size_t n = 0; n < part_.size; ++n) {
      const std::size_t i = part_.at(n);
      const tap_index at = tap_at(static_cast<index_t>(i % taps), k);
      const bool concerned = f.kind == fact_kind::support ? !f.region->contains(at, k) : at == where;
      const double y = part_.t.out[i];
      const double said = f.kind == fact_kind::support ? 0 : f.value;
      if (!concerned || std::fabs(y - said) <= part_.allowed() + part_.eps_effect) continue;
      return worded("tap ", n, " is ", y);
    }
    return std::nullopt;
  }
  /// Taps of one orbit that differ, or do not cancel.
  [[nodiscard]] std::optional<std::string> asymmetry(const fact& f) const {
    const extents k = shape_.kernel;
    const index_t taps = k.volume();
    const auto orbit = [&](index_t t) { return f.partition->group(tap_at(t, k), k); };
    for (index_t n = 0; n < static_cast<index_t>(part_.size); ++n) {
      const index_t block = n / taps * taps;
      double sum = 0;
      for (index_t other = 0; other < taps; ++other) {
        if (orbit(other) != orbit(n - block)) continue;
        const double y = value(block + other);
        sum += y;
        if (f.kind == fact_kind::symmetric && std::fabs(y - value(n)) > part_.allowed()) {
          return worded("tap ", n, " is ", value(n), " and tap ", block + other, " of its orbit ", y);
        }
      }
      if (f.kind == fact_kind::antisymmetric && std::fabs(sum) > part_.allowed_of_sum()) {
        return worded("the orbit of tap ", n, " sums to ", sum);
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] double value(index_t n) const {
    return static_cast<double>(part_.t.out[part_.at(static_cast<std::size_t>(n))]);
  }
  [[nodiscard]] std::optional<std::string> moment_off(const moment_claim& claim) const {
    const extents k = shape_.kernel;
    const auto taps = static_cast<std::size_t>(k.volume());
    double moment = 0, largest = 1;
    for (std::size_t n = 0; n < part_.size; ++n) {
      const std::size_t i = part_.at(n);
      const tap_index at = tap_at(static_cast<index_t>(i % taps), k);
      const tap_index from_centre{at.d - k.d / 2, at.h - k.h / 2, at.w - k.w / 2};
      const double factor = std::pow(static_cast<double>(from_centre.d), static_cast<double>(claim.powers.d)) *
                            std::pow(static_cast<double>(from_centre.h), static_cast<double>(claim.powers.h)) *
                            std::pow(static_cast<double>(from_centre.w), static_cast<double>(claim.powers.w));
      moment += factor * static_cast<double>(part_.t.out[i]);
      largest = std::max(largest, std::fabs(factor));
    }
    const std::string words = worded("the moment ", claim.powers.d, ", ", claim.powers.h, ", ", claim.powers.w, " is ");
    return apart(words.c_str(), moment, claim.value, largest * part_.allowed_of_sum());
  }
  [[nodiscard]] std::optional<std::string> infinite() const {
    for (std::size_t n = 0; n < part_.size; ++n) {
      const std::size_t i = part_.at(n);
      if (!std::isfinite(part_.t.out[i])) return worded("tap ", n, " is ", part_.t.out[i]);
    }
    return std::nullopt;
  }

  const law_part<T>& part_;
  weight_shape shape_;
  index_t groups_;
  double sum_ = 0, size_ = 0, norm_ = 0;
};

}  // namespace esp::inline ESPALIER_ABI::detail
