// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The random bits behind initial values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The numbers of `std::mt19937_64`, which the standard fixes for every platform (Matsumoto and Nishimura's Mersenne
/// twister of 64 bits). Our own code, because the standard engine's functions carry no instruction set in their names:
/// a unit without AVX may be linked to those that another unit compiled with it. Example: `random_bits bits(42);`
class random_bits {
 public:
  explicit constexpr random_bits(std::uint64_t seed) {
    state_[0] = seed;
    for (std::size_t i = 1; i < length; ++i) {
      state_[i] = 6364136223846793005U * (state_[i - 1] ^ state_[i - 1] >> 62) + i;
    }
  }

  /// The next 64 bits.
  [[nodiscard]] constexpr std::uint64_t operator()() {
    if (next_ == length) refill();
    std::uint64_t x = state_[next_++];
    x ^= x >> 29 & 0x5555555555555555U;
    x ^= x << 17 & 0x71d67fffeda60000U;
    x ^= x << 37 & 0xfff7eee000000000U;
    return x ^ x >> 43;
  }

 private:
  static constexpr std::size_t length = 312, distance = 156;

  constexpr void refill() {
    constexpr std::uint64_t low = 0x7fffffffU;  // 31 bits
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t after = i + 1 == length ? 0 : i + 1;
      const std::uint64_t joined = (state_[i] & ~low) | (state_[after] & low);
      const std::uint64_t distant = state_[i < length - distance ? i + distance : i + distance - length];
      state_[i] = distant ^ joined >> 1 ^ (joined & 1 ? 0xb5026f5aa96619e9U : 0);
    }
    next_ = 0;
  }

  std::array<std::uint64_t, length> state_{};
  std::size_t next_ = length;
};

}  // namespace esp::inline ESPALIER_ABI::detail
