// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A drawn weight, what a prior makes of it, and the sizes that tolerances are made of.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/testing/hostile_kernels.hpp>
#include <espalier/testing/law_report.hpp>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// A prior as functions over whole weights: nothing that is done with it is compiled once for each prior. `ideal` runs
/// in double with eps = 0: what the facts speak of.
template <class T>
struct law_subject {
  weight_shape shape{};
  scope reach = scope::block;
  std::vector<double> parameters{};
  void (*sweep)(const T*, T*, const T*) = nullptr;
  void (*spec)(const T*, T*, const T*) = nullptr;
  void (*ideal)(const double*, double*, const double*) = nullptr;
};

/// Elements that lie between two parts of a scope, which are all of it but for input channels: their blocks lie apart.
[[nodiscard]] inline index_t part_size(const weight_shape& shape, scope reach) {
  const index_t taps = shape.kernel.volume();
  return reach == scope::filter ? taps * shape.in : reach == scope::whole ? shape.size() : taps;
}
/// What a prior that reaches so far sees together: with sums over input channels and over filters, everything.
[[nodiscard]] inline index_t seen_together(const weight_shape& shape, scope reach) {
  return part_size(shape, reach == scope::input ? scope::whole : reach);
}

/// One drawn weight, what became of it, and what becomes of it when each element moves in its last places.
template <class T>
struct law_trial {
  std::uint64_t seed;
  std::vector<T> in, out, spec, again, moved[2];
  std::vector<double> ideal;
  std::vector<testing::kernel_kind> kind_of;  // of each element

  law_trial(const law_subject<T>& s, std::uint64_t drawn_from) : seed(drawn_from) {
    testing::hostile_kernels numbers(seed);
    const auto size = static_cast<std::size_t>(s.shape.size());
    for (auto* v : {&in, &out, &spec, &again, &moved[0], &moved[1]}) v->resize(size);
    ideal.resize(size);
    kind_of.resize(size);
    // A quarter is ordinary throughout: a whole weight with one NaN says nothing about sums of the whole.
    const bool only_ordinary = numbers.below(4) == 0;
    const auto part = static_cast<std::size_t>(seen_together(s.shape, s.reach));
    for (std::size_t begin = 0; begin < size; begin += part) {
      const std::span taps(in.data() + begin, part);
      testing::kernel_kind kind = testing::kernel_kind::ordinary;
      if (only_ordinary) {
        numbers.fill(kind, taps);
      } else {
        kind = numbers.fill(taps);
      }
      std::fill_n(kind_of.begin() + static_cast<std::ptrdiff_t>(begin), part, kind);
    }
    std::vector<T> named;
    for (const double p : s.parameters) named.push_back(static_cast<T>(p));
    s.sweep(in.data(), out.data(), named.data());
    s.spec(in.data(), spec.data(), named.data());
    again = out;
    s.sweep(again.data(), again.data(), named.data());  // in place
    for (auto& m : moved) {
      for (std::size_t i = 0; i < size; ++i) {
        m[i] = in[i] *
               (1 + static_cast<T>(static_cast<double>(numbers.below(17)) - 8) * std::numeric_limits<T>::epsilon());
      }
      s.sweep(m.data(), m.data(), named.data());
    }
    const std::vector<double> wide(in.begin(), in.end());
    s.ideal(wide.data(), ideal.data(), s.parameters.data());
  }
};

/// A part of a trial: so many elements from one on, or, of an input channel, runs of them apart.
template <class T>
struct law_part {
  const law_trial<T>& t;
  std::size_t begin, size, run, stride;
  testing::kernel_kind kind;
  bool finite = true;    ///< the input
  bool everyday = true;  ///< its magnitudes: no product of a few leaves the range
  double most = 0;       ///< largest |output|
  double total = 0;      ///< sum of |output|
  double unrest = 0;     ///< sum of how far outputs move with the last bits of the input
  double eps_effect = 0;
  bool defined = true;  ///< the formula is, and neither eps nor rounding decides the result

  law_part(const law_trial<T>& whole, index_t from, index_t count) : law_part(whole, from, count, count, count) {}
  law_part(const law_trial<T>& whole, index_t from, index_t count, index_t in_a_run, index_t apart_by)
      : t(whole),
        begin(static_cast<std::size_t>(from)),
        size(static_cast<std::size_t>(count)),
        run(static_cast<std::size_t>(in_a_run)),
        stride(static_cast<std::size_t>(apart_by)),
        kind(whole.kind_of[static_cast<std::size_t>(from)]) {
    double ideal_most = 0;
    double apart = 0;
    bool moderate = true;  // squares neither overflow nor vanish
    for (std::size_t k = 0; k < size; ++k) {
      const std::size_t i = at(k);
      const double x = std::fabs(static_cast<double>(t.in[i]));
      const double y = std::fabs(static_cast<double>(t.out[i]));
      finite = finite && std::isfinite(x);
      moderate = moderate && (x == 0 || (x > 1e-70 && x < 1e70));
      everyday = everyday && (x == 0 || (x > 1e-4 && x <= 4));
      if (std::isfinite(y)) most = std::max(most, y);
      total += y;
      for (const auto& m : t.moved) {
        if (m[i] == t.out[i] || (std::isnan(m[i]) && std::isnan(t.out[i]))) continue;
        const double by = std::fabs(static_cast<double>(m[i]) - static_cast<double>(t.out[i]));
        unrest += std::isnan(by) ? HUGE_VAL : by;
      }
      const double off = std::fabs(t.ideal[i] - static_cast<double>(t.out[i]));
      defined = defined && std::isfinite(t.ideal[i]) && std::isfinite(y);
      ideal_most = std::max(ideal_most, std::fabs(t.ideal[i]));
      apart = std::max(apart, off);
      eps_effect += off;
    }
    defined = defined && finite && moderate && apart <= 1e-3 * ideal_most && allowed() <= 1e-2 * (total + 1e-30);
  }

  /// The place of its element `k` in the weight.
  [[nodiscard]] std::size_t at(std::size_t k) const { return begin + k / run * stride + k % run; }
  /// Rounding of the formula over the part, with a margin.
  [[nodiscard]] double allowed() const {
    constexpr double ulp = std::numeric_limits<T>::epsilon();
    return 64 * ulp * most + 8 * unrest + 64 * static_cast<double>(std::numeric_limits<T>::denorm_min());
  }
  /// Of a sum over it.
  [[nodiscard]] double allowed_of_sum() const {
    return allowed() + eps_effect + 64 * static_cast<double>(std::numeric_limits<T>::epsilon()) * total;
  }
  [[nodiscard]] law_place place() const {
    law_place p{.seed = t.seed,
                .type = std::is_same_v<T, float> ? "float" : "double",
                .kind = std::string(testing::kernel_kind_names[static_cast<std::size_t>(kind)])};
    for (std::size_t k = 0; k < size; ++k) p.kernel.push_back(static_cast<double>(t.in[at(k)]));
    return p;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
