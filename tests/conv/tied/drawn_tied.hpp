// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn tables of tied taps, and drawn problems for the kernels that use them: small integers, so that any order of
/// summation is exact, against the loops of support/reference.hpp on the full kernel, with tolerance 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/folded_backward_data.hpp>
#include <espalier/conv/tied/entries.hpp>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "conv/drawn_backward.hpp"
#include "conv/replicated.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

namespace drawn {

/// A table of drawn taps: each is zero, constant, free, or tied to one of a few groups, with a sign.
template <esp::extents Kernel, unsigned Seed>
struct random_table {
  static constexpr auto value = [] {
    std::array<esp::known_tap, static_cast<std::size_t>(Kernel.volume())> table{};
    std::uint64_t state = Seed * 2654435761U + 12345;
    const auto draw = [&](std::uint64_t below) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return static_cast<index_t>((state >> 33) % below);
    };
    const std::uint64_t groups = 1 + static_cast<std::uint64_t>(draw(5));
    std::array<index_t, 6> first{-1, -1, -1, -1, -1, -1};
    std::array<bool, 6> sign{};
    for (std::size_t t = 0; t < table.size(); ++t) {
      const index_t kind = draw(10);
      if (kind == 0) table[t].kind = esp::tap_kind::zero;
      if (kind == 1) table[t] = {esp::tap_kind::constant, static_cast<double>(draw(5) - 2), -1, false};
      if (kind < 3) continue;
      const auto g = static_cast<std::size_t>(draw(groups));
      const bool negated = draw(3) == 0;
      if (first[g] < 0) {
        first[g] = static_cast<index_t>(t);
        sign[g] = negated;
      }
      table[t] = {esp::tap_kind::tied, 0, first[g], negated != sign[g]};
    }
    return table;
  }();
};

/// The distance of a tap from the middle of an axis, or with a sign.
constexpr index_t from_middle(index_t k, index_t size) {
  return 2 * k < size - 1 ? size - 1 - 2 * k : 2 * k - size + 1;
}

/// The orbits of the taps of a cube under its symmetries.
template <index_t K>
struct cube_orbits {
  static constexpr auto value = [] {
    std::array<esp::known_tap, static_cast<std::size_t>(K * K * K)> table{};
    std::array<index_t, static_cast<std::size_t>(K * K * K)> first{};
    for (index_t& f : first) f = -1;
    for (index_t t = 0; t < K * K * K; ++t) {
      const esp::tap_index at = esp::tap_at(t, esp::extents{K});
      std::array<index_t, 3> d{from_middle(at.d, K), from_middle(at.h, K), from_middle(at.w, K)};
      if (d[0] > d[1]) std::swap(d[0], d[1]);
      if (d[1] > d[2]) std::swap(d[1], d[2]);
      if (d[0] > d[1]) std::swap(d[0], d[1]);
      index_t& f = first[static_cast<std::size_t>((d[0] * K + d[1]) * K + d[2])];
      if (f < 0) f = t;
      table[static_cast<std::size_t>(t)] = {esp::tap_kind::tied, 0, f, false};
    }
    return table;
  }();
};

/// Taps of opposite places are one number, or of opposite sign; along the axes that are asked for.
template <esp::extents Kernel, bool D, bool H, bool W, bool Negated>
struct mirrored_taps {
  static constexpr auto value = [] {
    std::array<esp::known_tap, static_cast<std::size_t>(Kernel.volume())> table{};
    for (index_t t = 0; t < Kernel.volume(); ++t) {
      const esp::tap_index at = esp::tap_at(t, Kernel);
      const index_t d = D ? Kernel.d - 1 - at.d : at.d, h = H ? Kernel.h - 1 - at.h : at.h,
                    w = W ? Kernel.w - 1 - at.w : at.w;
      const index_t other = (d * Kernel.h + h) * Kernel.w + w;
      esp::known_tap& own = table[static_cast<std::size_t>(t)];
      if (other == t && Negated) own.kind = esp::tap_kind::zero;
      if (other != t) own = {esp::tap_kind::tied, 0, other < t ? other : t, Negated && other < t};
    }
    return table;
  }();
};

/// What is known at run time of a kernel of tied taps, so that the test's own code is compiled once a type.
template <class T>
struct tied_kernels {
  esp::conv3d config;
  const esp::known_tap* table;
  index_t packed_size, transposed_size;
  void (*pack)(const T*, T*);
  void (*pack_transposed)(const T*, T*);
  index_t (*scratch_size)(esp::dims5, index_t, esp::direction);
  /// Team 0 is `esp::serial`.
  void (*forward)(const T* x, esp::dims5, const T* packed, const T* bias, T* y, T* scratch, index_t team);
  void (*backward_data)(const T* grad_y, esp::dims5, const T* packed, T* grad_x, T* scratch, index_t team);
  void (*backward_weights)(const T* x, esp::dims5, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                           index_t team);
};

template <class Use>
void with_team(index_t team, const Use& use) {
  if (team == 0) return use(esp::serial{});
  use(esp::threads{team});
}

/// The gradient of the input, folded where the boundary repeats it.
template <esp::conv3d Config, class Taps, class T>
struct tied_data {
  using type = esp::tied_backward_data<Config, T, Taps>;
};
template <esp::conv3d Config, class Taps, class T>
requires(esp::folds_gradient(Config))
struct tied_data<Config, Taps, T> {
  using type = esp::folded_backward_data<Config, esp::tied_backward_data<esp::unpadded(Config), T, Taps>, T>;
};

template <esp::conv3d Config, class Taps, class T>
tied_kernels<T> tied_kernels_for() {
  using forward = esp::tied_forward<Config, T, Taps>;
  using data = typename tied_data<Config, Taps, T>::type;
  using weights = esp::tied_backward_weights<Config, T, Taps>;
  return {Config,
          Taps::value.data(),
          forward::packed_size(),
          data::packed_size(),
          [](const T* weight, T* packed) { forward::pack(weight, packed); },
          [](const T* weight, T* packed) { data::pack(weight, packed); },
          [](esp::dims5 input, index_t team, esp::direction what) {
            if (what == esp::direction::forward) return forward::scratch_size(input, team);
            return what == esp::direction::backward_data ? data::scratch_size(input, team)
                                                         : weights::scratch_size(input, team);
          },
          [](const T* x, esp::dims5 input, const T* packed, const T* bias, T* y, T* scratch, index_t team) {
            with_team(team, [&](const auto& e) { forward::run(x, input, packed, bias, y, scratch, e); });
          },
          [](const T* grad_y, esp::dims5 input, const T* packed, T* grad_x, T* scratch, index_t team) {
            with_team(team, [&](const auto& e) { data::run(grad_y, input, packed, grad_x, scratch, e); });
          },
          [](const T* x, esp::dims5 input, const T* grad_y, T* grad_w, bool accumulate, T* scratch, index_t team) {
            with_team(team, [&](const auto& e) { weights::run(x, input, grad_y, grad_w, accumulate, scratch, e); });
          }};
}

/// One call of each direction.
template <class T>
struct tied_problem {
  tied_kernels<T> kernels;
  esp::conv_problem shape;
  index_t taps;
  fenced<T> x, grad_y, weight, bias;
  std::vector<index_t> first, last;  ///< Of each tap of the weight: the tap of its group that is read, or -1.
  std::vector<T> sign;               ///< Of a tap against the first of its group.

  tied_problem(const tied_kernels<T>& k, esp::dims5 input, std::mt19937& engine, bool integers)
      : kernels(k),
        shape(k.config, input),
        taps(k.config.kernel_size.volume()),
        x(draw<T>(input.size(), engine, integers)),
        grad_y(draw<T>(shape.output.size(), engine, integers)),
        weight(draw<T>(shape.weight().size(), engine, integers)),
        bias(draw<T>(k.config.out_channels, engine, integers)) {
    group_taps();
    for (index_t i = 0; i < weight.size(); ++i) {
      const esp::known_tap& tap = k.table[i % taps];
      T& w = weight.data()[i];
      if (tap.kind == esp::tap_kind::zero) w = T(0);
      if (tap.kind == esp::tap_kind::constant) w = static_cast<T>(tap.value);
      if (tap.kind == esp::tap_kind::tied) w = (tap.negated ? T(-1) : T(1)) * weight.data()[i - i % taps + tap.first];
    }
  }

  /// The weight where taps that no kernel may read are NaN.
  fenced<T> only(const std::vector<index_t>& read) const {
    fenced<T> result = weight;
    for (index_t i = 0; i < result.size(); ++i) {
      if (read[static_cast<std::size_t>(i % taps)] != i % taps) result.data()[i] = std::numeric_limits<T>::quiet_NaN();
    }
    return result;
  }

  fenced<T> forward(index_t team, bool with_bias) const {
    fenced<T> y(shape.output.size()), packed(kernels.packed_size);
    fenced<T> scratch(kernels.scratch_size(shape.input, team, esp::direction::forward));
    kernels.pack(only(first).data(), packed.data());
    kernels.forward(x.data(), shape.input, packed.data(), with_bias ? bias.data() : nullptr, y.data(), scratch.data(),
                    team);
    REQUIRE((y.intact() && scratch.intact() && packed.intact()));
    return y;
  }
  fenced<T> backward_data(index_t team) const {
    fenced<T> grad_x(shape.input.size()), packed(kernels.transposed_size);
    fenced<T> scratch(kernels.scratch_size(shape.input, team, esp::direction::backward_data));
    kernels.pack_transposed(only(last).data(), packed.data());
    kernels.backward_data(grad_y.data(), shape.input, packed.data(), grad_x.data(), scratch.data(), team);
    REQUIRE((grad_x.intact() && scratch.intact() && packed.intact()));
    return grad_x;
  }
  fenced<T> backward_weights(index_t team, bool accumulate) const {
    fenced<T> grad_w(weight.size());
    for (index_t i = 0; i < grad_w.size(); ++i) grad_w.data()[i] = accumulate ? T(i % 7) : T(1) / T(0);
    fenced<T> scratch(kernels.scratch_size(shape.input, team, esp::direction::backward_weights));
    kernels.backward_weights(x.data(), shape.input, grad_y.data(), grad_w.data(), accumulate, scratch.data(), team);
    REQUIRE((grad_w.intact() && scratch.intact()));
    return grad_w;
  }

  /// The reference's gradient of the weight, summed over each group.
  fenced<T> expected_weights(bool accumulate) const {
    fenced<T> all(weight.size()), result(weight.size());
    reference::backward_weights(shape, x.data(), grad_y.data(), all.data(), nullptr);
    for (index_t i = 0; i < result.size(); ++i) result.data()[i] = accumulate ? T(i % 7) : T(0);
    for (index_t i = 0; i < result.size(); ++i) {
      const auto t = static_cast<std::size_t>(i % taps);
      if (first[t] >= 0) result.data()[i - i % taps + first[t]] += sign[t] * all.data()[i];
    }
    return result;
  }

 private:
  void group_taps() {
    const auto all = static_cast<std::size_t>(taps);
    first.assign(all, -1);
    last.assign(all, -1);
    sign.assign(all, T(1));
    for (index_t t = 0; t < taps; ++t) {
      for (index_t other = 0; other < taps; ++other) {
        const int s = related(t, other);
        if (s == 0) continue;
        if (first[static_cast<std::size_t>(t)] < 0) {
          first[static_cast<std::size_t>(t)] = other;
          sign[static_cast<std::size_t>(t)] = T(s);
        }
        last[static_cast<std::size_t>(t)] = other;
      }
    }
  }
  // By values alone: 1 or -1 where two taps are the same number or its negative.
  int related(index_t a, index_t b) const {
    const esp::known_tap &s = kernels.table[a], &t = kernels.table[b];
    const bool zero = s.kind == esp::tap_kind::zero || (s.kind == esp::tap_kind::constant && s.value == 0);
    if (zero || s.kind != t.kind) return 0;
    if (a == b) return 1;
    if (s.kind == esp::tap_kind::constant) return s.value == t.value ? 1 : (s.value == -t.value ? -1 : 0);
    if (s.kind != esp::tap_kind::tied || s.first != t.first) return 0;
    return s.negated == t.negated ? 1 : -1;
  }
};

template <class T>
void expect_equal(const fenced<T>& a, const fenced<T>& b, const char* what) {
  index_t wrong = 0;
  for (index_t i = 0; i < a.size(); ++i) wrong += a.data()[i] == b.data()[i] ? 0 : 1;
  INFO(what << ": " << wrong << " of " << a.size());
  REQUIRE((a.size() == b.size() && wrong == 0));
}

/// All three directions of one drawn problem.
template <class T>
void compare_tied(const tied_kernels<T>& k, esp::dims5 input, unsigned seed) {
  std::mt19937 engine(seed);
  const tied_problem<T> p(k, input, engine, true);
  const auto team = static_cast<index_t>(seed % 4);
  const bool flag = seed % 3 == 0;
  INFO("seed " << seed << ", input " << esp::to_string(input) << ", OC " << k.config.out_channels << ", "
               << sizeof(T) * 8 << " bits");
  fenced<T> y(p.shape.output.size()), grad_x(input.size());
  reference::forward(p.shape, p.x.data(), p.weight.data(), flag ? p.bias.data() : nullptr, y.data());
  expect_equal(p.forward(team, flag), y, "forward");
  reference::backward_data(p.shape, p.grad_y.data(), p.weight.data(), grad_x.data());
  expect_equal(p.backward_data(team), grad_x, "gradient of the input");
  expect_equal(p.backward_weights(team, flag), p.expected_weights(flag), "gradient of the weight");
}

/// `count` problems: W runs over 1 to 40, D and H over 1 to 5, N over 0 to 2.
template <class T>
index_t tied_problems(const tied_kernels<T>& k, unsigned seed, index_t count) {
  const esp::pads pad = esp::pads_of(k.config);
  const esp::extents &K = k.config.kernel_size, &L = k.config.dilation;
  std::mt19937 engine(seed);
  const esp::boundaries& edge = k.config.boundary;
  for (index_t i = 0; i < count; ++i) {
    const index_t d = 1 + static_cast<index_t>(engine() % 5), h = 1 + static_cast<index_t>(engine() % 5);
    const esp::dims5 input{i % 11 == 0 ? 0 : 1 + i % 2, k.config.in_channels,
                           fitted(d, edge.d, {pad.before.d, pad.after.d}, K.d, 1, L.d),
                           fitted(h, edge.h, {pad.before.h, pad.after.h}, K.h, 1, L.h),
                           fitted(1 + (i * 7 + seed) % 40, edge.w, {pad.before.w, pad.after.w}, K.w, 1, L.w)};
    compare_tied(k, input, static_cast<unsigned>(engine()));
  }
  return count;
}

/// 12 problems of a configuration and a table, in both types.
template <esp::conv3d Config, class Taps>
index_t tied_family(unsigned seed) {
  return tied_problems(tied_kernels_for<Config, Taps, float>(), seed, 12) +
         tied_problems(tied_kernels_for<Config, Taps, double>(), seed + 1, 12);
}

}  // namespace drawn
