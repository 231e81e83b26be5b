// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn problems for the direct forward: small integers, so that any order of summation is exact, against the loops of
/// support/reference.hpp with tolerance 0.
#pragma once

#include <cmath>
#include <cstring>
#include <espalier/conv/forward.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "conv/drawn_share.hpp"
#include "conv/drawn_taps.hpp"
#include "conv/replicated.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

namespace drawn {

using esp::index_t;

/// A buffer between two guard zones of NaN: reading one spoils a result, writing one is seen by `intact`.
template <class T>
class guarded {
 public:
  explicit guarded(index_t count, T fill = std::numeric_limits<T>::quiet_NaN())
      : values_(static_cast<std::size_t>(count + 2 * zone), std::numeric_limits<T>::quiet_NaN()), count_(count) {
    for (index_t i = 0; i < count; ++i) data()[i] = fill;
  }
  T* data() { return values_.data() + zone; }
  const T* data() const { return values_.data() + zone; }
  index_t size() const { return count_; }
  bool intact() const {
    for (std::size_t i = 0; i < static_cast<std::size_t>(zone); ++i) {
      if (values_[i] == values_[i] || values_[values_.size() - 1 - i] == values_[values_.size() - 1 - i]) return false;
    }
    return true;
  }

 private:
  static constexpr index_t zone = 67;  // Odd, so that the data starts at no multiple of a register.
  std::vector<T> values_;
  index_t count_;
};

template <class T>
void draw_integers(guarded<T>& to, std::mt19937& engine) {
  for (index_t i = 0; i < to.size(); ++i) to.data()[i] = static_cast<T>(static_cast<int>(engine() % 9) - 4);
}

template <class T>
void draw_reals(guarded<T>& to, std::mt19937& engine) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (index_t i = 0; i < to.size(); ++i) to.data()[i] = uniform(engine);
}

/// The same configuration with a ReLU behind its sums.
constexpr esp::conv3d rectified(esp::conv3d config) {
  config.activation = esp::activation::relu;
  return config;
}

/// One configuration of the fast kernel behind function pointers, so that the test's own code is compiled once a type.
template <class T>
struct kernel {
  esp::conv3d config;
  index_t packed_size;
  void (*pack)(const T*, T*);
  index_t (*scratch_size)(esp::dims5, index_t);
  /// Team 0 is `esp::serial`.
  void (*run)(const T*, esp::dims5, const T*, const T*, T*, T*, index_t);
  /// For drawn integers, as part of the largest magnitude their sums can have: 0 where every step is exact.
  double tolerance = 0;
  /// The other taps of the drawn weight are zeros.
  esp::kept_taps kept = {};
};

/// The tolerance of an algorithm that rounds: 64 units in the last place.
template <class T>
constexpr double rounded = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());

/// The largest magnitude of a sum of `count` products of drawn integers, and a bias.
constexpr double largest_sum(index_t count) { return 16 * static_cast<double>(count) + 4; }

template <esp::conv3d Config, class T, esp::kept_taps Kept = esp::kept_taps{}>
kernel<T> kernel_for() {
  using forward = esp::direct_forward<Config, T, Kept>;
  return {Config,
          forward::packed_size(),
          &forward::pack,
          &forward::scratch_size,
          [](const T* x, esp::dims5 input, const T* packed, const T* bias, T* y, T* scratch, index_t team) {
            if (team == 0) return forward::run(x, input, packed, bias, y, scratch, esp::serial{});
            forward::run(x, input, packed, bias, y, scratch, esp::threads{team});
          },
          0,
          Kept};
}

/// Everything one call needs, with data drawn.
template <class T>
struct problem {
  kernel<T> fast;
  esp::conv_problem shape;
  guarded<T> x, weight, bias, packed;

  problem(const kernel<T>& k, esp::dims5 input, std::mt19937& engine, bool integers)
      : fast(k),
        shape(k.config, input),
        x(input.size()),
        weight(shape.weight().size()),
        bias(k.config.out_channels),
        packed(k.packed_size) {
    for (guarded<T>* part : {&x, &weight, &bias}) integers ? draw_integers(*part, engine) : draw_reals(*part, engine);
    clear_dropped(k.kept, k.config.kernel_size.volume(), weight.size(), weight.data());
    fast.pack(weight.data(), packed.data());
  }

  /// The fast kernel's output, from a NaN-filled buffer and NaN-filled scratch.
  guarded<T> forward(index_t team, bool with_bias) const {
    guarded<T> y(shape.output.size());
    guarded<T> scratch(fast.scratch_size(shape.input, team));
    fast.run(x.data(), shape.input, packed.data(), with_bias ? bias.data() : nullptr, y.data(), scratch.data(), team);
    REQUIRE((x.intact() && y.intact() && scratch.intact() && packed.intact()));
    return y;
  }

  guarded<T> reference(bool with_bias) const {
    guarded<T> y(shape.output.size());
    reference::forward(shape, x.data(), weight.data(), with_bias ? bias.data() : nullptr, y.data());
    return y;
  }
};

template <class T>
void compare(const kernel<T>& fast, esp::dims5 input, unsigned seed, bool with_bias) {
  std::mt19937 engine(seed);
  const problem<T> p(fast, input, engine, true);
  const auto y = p.forward(static_cast<index_t>(seed % 4), with_bias);
  const auto expected = p.reference(with_bias);
  const esp::conv3d& c = fast.config;
  const double most = fast.tolerance * largest_sum(c.in_channels / c.groups * c.kernel_size.volume());
  index_t wrong = 0;
  for (index_t i = 0; i < y.size(); ++i) {
    wrong += std::fabs(static_cast<double>(y.data()[i] - expected.data()[i])) <= most ? 0 : 1;
  }
  INFO("seed " << seed << ", input " << esp::to_string(input) << ", OC " << c.out_channels << ", groups " << c.groups
               << ", kernel " << c.kernel_size.d << "x" << c.kernel_size.h << "x" << c.kernel_size.w << ", bias "
               << with_bias << ", " << sizeof(T) * 8 << " bits");
  REQUIRE(wrong == 0);
}

template <esp::conv3d Config, class T>
void compare(esp::dims5 input, unsigned seed, bool with_bias) {
  compare(kernel_for<Config, T>(), input, seed, with_bias);
}

/// The smallest size from `size` up for which the kernel fits.
inline index_t fitting(index_t size, const esp::axis_boundary& edge, const esp::axis_padding& pad, index_t kernel,
                       index_t stride, index_t dilation) {
  size = repeatable(size, edge, pad.before, pad.after);
  while (esp::output_extent(size, pad.before + pad.after, kernel, stride, dilation) < 1) ++size;
  return size;
}

/// `count` problems of one configuration, or the build's share of them: W runs over 1 to 40, D and H over 1 to 5, N over
/// 0 to 2.
template <class T>
index_t problems(const kernel<T>& fast, unsigned seed, index_t count) {
  const esp::pads pad = esp::pads_of(fast.config);
  const esp::boundaries& edge = fast.config.boundary;
  const esp::extents &k = fast.config.kernel_size, &s = fast.config.stride, &l = fast.config.dilation;
  std::mt19937 engine(seed);
  for (index_t i = 0; i < count; i += stride_of_problems) {
    const index_t d = 1 + static_cast<index_t>(engine() % 5), h = 1 + static_cast<index_t>(engine() % 5);
    const esp::dims5 input{i % 11 == 0 ? 0 : 1 + i % 2, fast.config.in_channels,
                           fitting(d, edge.d, {pad.before.d, pad.after.d}, k.d, s.d, l.d),
                           fitting(h, edge.h, {pad.before.h, pad.after.h}, k.h, s.h, l.h),
                           fitting(1 + i % 40, edge.w, {pad.before.w, pad.after.w}, k.w, s.w, l.w)};
    compare(fast, input, static_cast<unsigned>(engine()), i % 3 != 0);
  }
  return count;
}

/// 45 problems in each configuration and both types: every width from 1 to 40 where the kernel fits.
template <esp::conv3d... Configs>
index_t families(unsigned seed) {
  return in_both_types<Configs...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return problems(kernel_for<Config, T>(), own, count);
  });
}

// support/drawn.cpp compiles them once, optimised.
extern template void compare(const kernel<float>&, esp::dims5, unsigned, bool);
extern template void compare(const kernel<double>&, esp::dims5, unsigned, bool);
extern template index_t problems(const kernel<float>&, unsigned, index_t);
extern template index_t problems(const kernel<double>&, unsigned, index_t);

}  // namespace drawn
