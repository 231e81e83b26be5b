// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn problems for the two gradients of a convolution: small integers, so that any order of summation is exact,
/// against the loops of support/reference.hpp with tolerance 0, and the adjoint identities, exact too.
#pragma once

#include <cmath>
#include <cstring>
#include <espalier/executor.hpp>
#include <limits>
#include <random>
#include <vector>

#include "conv/drawn_share.hpp"
#include "conv/replicated.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

namespace drawn {

using esp::index_t;

/// A buffer between two guard zones of NaN: reading one spoils a result, writing one is seen by `intact`.
template <class T>
class fenced {
 public:
  explicit fenced(index_t count)
      : values_(static_cast<std::size_t>(count + 2 * zone), std::numeric_limits<T>::quiet_NaN()), count_(count) {}
  T* data() { return values_.data() + zone; }
  const T* data() const { return values_.data() + zone; }
  index_t size() const { return count_; }
  bool intact() const {
    for (std::size_t i = 0; i < static_cast<std::size_t>(zone); ++i) {
      if (values_[i] == values_[i] || values_[values_.size() - 1 - i] == values_[values_.size() - 1 - i]) return false;
    }
    return true;
  }
  bool same_bits(const fenced& other) const {
    return count_ == other.count_ &&
           std::memcmp(data(), other.data(), static_cast<std::size_t>(count_) * sizeof(T)) == 0;
  }

 private:
  static constexpr index_t zone = 67;  // Odd, so that the data starts at no multiple of a register.
  std::vector<T> values_;
  index_t count_;
};

/// Integers from -4 to 4, or reals between -1 and 1.
template <class T>
fenced<T> draw(index_t count, std::mt19937& engine, bool integers) {
  fenced<T> to(count);
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (index_t i = 0; i < count; ++i) {
    to.data()[i] = integers ? static_cast<T>(static_cast<int>(engine() % 9) - 4) : uniform(engine);
  }
  return to;
}

/// Scalar product in exact integers.
template <class T>
std::int64_t inner(const fenced<T>& a, const fenced<T>& b) {
  std::int64_t sum = 0;
  for (index_t i = 0; i < a.size(); ++i) {
    sum += static_cast<std::int64_t>(a.data()[i]) * static_cast<std::int64_t>(b.data()[i]);
  }
  return sum;
}

/// The same in double.
template <class T>
double real_inner(const fenced<T>& a, const fenced<T>& b) {
  double sum = 0;
  for (index_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a.data()[i]) * static_cast<double>(b.data()[i]);
  return sum;
}

/// No element is further than `most` from the expected one; a NaN is.
template <class T>
void require_near(const fenced<T>& found, const fenced<T>& expected, double most) {
  REQUIRE(found.intact());
  REQUIRE(found.size() == expected.size());
  index_t wrong = 0;
  for (index_t i = 0; i < found.size(); ++i) {
    wrong += std::fabs(static_cast<double>(found.data()[i] - expected.data()[i])) <= most ? 0 : 1;
  }
  REQUIRE(wrong == 0);
}

template <class T>
void require_equal(const fenced<T>& found, const fenced<T>& expected) {
  REQUIRE(found.intact());
  REQUIRE(found.size() == expected.size());
  index_t wrong = 0;
  for (index_t i = 0; i < found.size(); ++i) wrong += found.data()[i] == expected.data()[i] ? 0 : 1;
  REQUIRE(wrong == 0);
}

/// Data of one problem. The weight is both the forward's weight and, for its adjoint, the direction in weight space.
template <class T>
struct gradient_problem {
  esp::conv_problem shape;
  fenced<T> x, weight, grad_y;

  gradient_problem(const esp::conv3d& config, esp::dims5 input, std::mt19937& engine, bool integers)
      : shape(config, input),
        x(draw<T>(input.size(), engine, integers)),
        weight(draw<T>(shape.weight().size(), engine, integers)),
        grad_y(draw<T>(shape.output.size(), engine, integers)) {}

  fenced<T> forward() const {
    fenced<T> y(shape.output.size());
    reference::forward(shape, x.data(), weight.data(), nullptr, y.data());
    return y;
  }
};

/// The smallest size from `size` up for which the kernel fits.
inline index_t fitted(index_t size, const esp::axis_boundary& edge, const esp::axis_padding& pad, index_t kernel,
                      index_t stride, index_t dilation) {
  size = repeatable(size, edge, pad.before, pad.after);
  while (esp::output_extent(size, pad.before + pad.after, kernel, stride, dilation) < 1) ++size;
  return size;
}

/// Calls `check(problem, seed)` for `count` problems, or the build's share of them: W runs over 1 to 40, D and H over 1 to 5, N over 0 to 2.
template <class T, class Check>
index_t draw_problems(const esp::conv3d& config, unsigned seed, index_t count, Check check) {
  const esp::pads pad = esp::pads_of(config);
  const esp::boundaries& edge = config.boundary;
  const esp::extents &k = config.kernel_size, &s = config.stride, &l = config.dilation;
  std::mt19937 engine(seed);
  for (index_t i = 0; i < count; i += stride_of_problems) {
    const index_t d = 1 + static_cast<index_t>(engine() % 5), h = 1 + static_cast<index_t>(engine() % 5);
    const esp::dims5 input{i % 11 == 0 ? 0 : 1 + i % 2, config.in_channels,
                           fitted(d, edge.d, {pad.before.d, pad.after.d}, k.d, s.d, l.d),
                           fitted(h, edge.h, {pad.before.h, pad.after.h}, k.h, s.h, l.h),
                           fitted(1 + i % 40, edge.w, {pad.before.w, pad.after.w}, k.w, s.w, l.w)};
    INFO("input " << esp::to_string(input) << ", IC " << config.in_channels << ", OC " << config.out_channels
                  << ", groups " << config.groups << ", kernel " << k.d << "x" << k.h << "x" << k.w << ", stride "
                  << s.d << "," << s.h << "," << s.w << ", dilation " << l.d << "," << l.h << "," << l.w << ", "
                  << sizeof(T) * 8 << " bits, problem " << i << " of seed " << seed);
    gradient_problem<T> problem(config, input, engine, true);
    check(problem, static_cast<index_t>(engine() % 4));
  }
  return count;
}

}  // namespace drawn
