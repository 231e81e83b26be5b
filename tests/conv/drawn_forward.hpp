// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Drawn problems for the direct forward: small integers, so that any order of summation is exact, against the loops of
/// conv/reference.hpp with tolerance 0.
#pragma once

#include <cstring>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/reference.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

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

/// Everything one call needs, with data drawn.
template <esp::conv3d Config, class T>
struct problem {
  using kernel = esp::direct_forward<Config, T>;
  esp::conv_problem shape;
  guarded<T> x, weight, bias, packed;

  problem(esp::dims5 input, std::mt19937& engine, bool integers)
      : shape(Config, input),
        x(input.size()),
        weight(shape.weight().size()),
        bias(Config.out_channels),
        packed(kernel::packed_size()) {
    for (guarded<T>* part : {&x, &weight, &bias}) integers ? draw_integers(*part, engine) : draw_reals(*part, engine);
    kernel::pack(weight.data(), packed.data());
  }

  /// The fast kernel's output, from a NaN-filled buffer and NaN-filled scratch.
  template <class E>
  guarded<T> forward(const E& executor, bool with_bias) const {
    guarded<T> y(shape.output.size());
    guarded<T> scratch(kernel::scratch_size(shape.input, executor.workers()));
    kernel::run(x.data(), shape.input, packed.data(), with_bias ? bias.data() : nullptr, y.data(), scratch.data(),
                executor);
    REQUIRE((x.intact() && y.intact() && scratch.intact() && packed.intact()));
    return y;
  }
};

template <esp::conv3d Config, class T>
void compare(esp::dims5 input, unsigned seed, bool with_bias) {
  std::mt19937 engine(seed);
  const problem<Config, T> p(input, engine, true);
  const auto y = p.forward(esp::threads{static_cast<index_t>(1 + seed % 3)}, with_bias);
  guarded<T> expected(y.size());
  esp::reference_forward(p.shape, p.x.data(), p.weight.data(), with_bias ? p.bias.data() : nullptr, expected.data());
  index_t wrong = 0;
  for (index_t i = 0; i < y.size(); ++i) wrong += y.data()[i] == expected.data()[i] ? 0 : 1;
  INFO("seed " << seed << ", input " << esp::to_string(input) << ", OC " << Config.out_channels << ", groups "
               << Config.groups << ", kernel " << Config.kernel_size.d << "x" << Config.kernel_size.h << "x"
               << Config.kernel_size.w << ", bias " << with_bias << ", " << sizeof(T) * 8 << " bits");
  REQUIRE(wrong == 0);
}

/// The smallest size from `size` up for which the kernel fits.
inline index_t fitting(index_t size, index_t pads, index_t kernel, index_t stride, index_t dilation) {
  while (esp::output_extent(size, pads, kernel, stride, dilation) < 1) ++size;
  return size;
}

/// `count` problems of one configuration: W runs over 1 to 40, D and H over 1 to `most`, N over 0 to 2.
template <esp::conv3d Config, class T>
index_t problems(unsigned seed, index_t count, index_t most = 5) {
  const esp::pads pad = esp::pads_of(Config);
  const esp::extents &k = Config.kernel_size, &s = Config.stride, &l = Config.dilation;
  std::mt19937 engine(seed);
  for (index_t i = 0; i < count; ++i) {
    const auto side = [&] { return 1 + static_cast<index_t>(engine() % static_cast<unsigned>(most)); };
    const esp::dims5 input{i % 11 == 0 ? 0 : 1 + i % 2, Config.in_channels,
                           fitting(side(), pad.before.d + pad.after.d, k.d, s.d, l.d),
                           fitting(side(), pad.before.h + pad.after.h, k.h, s.h, l.h),
                           fitting(1 + i % 40, pad.before.w + pad.after.w, k.w, s.w, l.w)};
    compare<Config, T>(input, static_cast<unsigned>(engine()), i % 3 != 0);
  }
  return count;
}

/// 42 problems in each configuration and both types: every width from 1 to 40 where the kernel fits.
template <esp::conv3d... Configs>
index_t families(unsigned seed) {
  index_t total = 0;
  ((total += problems<Configs, float>(++seed, 42), total += problems<Configs, double>(++seed, 42)), ...);
  return total;
}

}  // namespace drawn
