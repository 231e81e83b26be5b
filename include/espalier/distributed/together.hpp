// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Work that all ranks do or none: where one throws, all throw the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <espalier/config.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What ranks must have in common, as hashes.
struct common_ground {
  std::int64_t layer = 0;   ///< Its type: configuration, prior, element.
  std::int64_t call = 0;    ///< Direction, shape of the input, decomposition.
  std::int64_t weight = 0;  ///< Weight, bias and numbers of the prior.
};

/// FNV-1a over words of eight bytes, the last one filled up: for operands that differ by accident.
class hash {
 public:
  hash& add(const void* bytes, std::size_t size) {
    const char* from = static_cast<const char*>(bytes);
    for (std::size_t i = 0; i < size; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, from + i, std::min<std::size_t>(8, size - i));
      value_ = (value_ ^ word) * 0x100000001b3ULL;
      value_ ^= value_ >> 29;  // high bits reach the low ones too
    }
    return *this;
  }
  hash& add(std::int64_t number) { return add(&number, sizeof number); }
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(value_); }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

/// Throws on all ranks what `first`, the lowest rank that failed, has to say.
template <class H>
[[noreturn]] void throw_together(H& halo, index_t first, std::string_view said) {
  constexpr std::size_t words = sentence_text::capacity / 8;
  std::array<std::int64_t, words> text{};
  if (halo.rank() == first) std::memcpy(text.data(), said.data(), std::min(said.size(), words * 8 - 1));
  halo.combine(std::span<std::int64_t>(text), combination::total);
  char characters[words * 8];
  std::memcpy(characters, text.data(), sizeof characters);
  throw error("ESP-283", "rank " + std::to_string(first) + " failed, and so do all: " + characters);
}

/// Does `work`, which returns a `common_ground`, on all ranks. Throws ESP-283 on all where one throws, ESP-282 on all
/// where they have not all in common. Cost: one `combine` of seven numbers.
template <class H, class Work>
void agree(H& halo, const Work& work) {
  constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
  std::int64_t failed = none;
  std::string said;
  common_ground own;
  try {
    own = work();
  } catch (const std::exception& e) {
    failed = -static_cast<std::int64_t>(halo.rank());
    said = e.what();
  } catch (...) {
    failed = -static_cast<std::int64_t>(halo.rank());
    said = "an exception of a type that is not derived from std::exception";
  }
  // All equal where the largest is the smallest: ~x falls where x rises.
  std::array<std::int64_t, 7> all{failed, own.layer, ~own.layer, own.call, ~own.call, own.weight, ~own.weight};
  halo.combine(std::span<std::int64_t>(all), combination::largest);
  if (all[0] != none) throw_together(halo, static_cast<index_t>(-all[0]), said);
  const char* differ = all[1] != ~all[2]   ? "layers of different types"
                       : all[3] != ~all[4] ? "different calls, shapes of the input or decompositions"
                       : all[5] != ~all[6] ? "different weights, biases or numbers of the prior"
                                           : nullptr;
  if (differ != nullptr) {
    throw error("ESP-282", {"the ranks have ", differ,
                            "; build, load and train the layer on all of them alike, with equal seeds, and make the "
                            "same calls with the shape of the whole input"});
  }
}

}  // namespace detail

/// Does `work()` on all ranks: where it throws on one, all throw ESP-283 with the words of the lowest one that did.
///
/// For a program's own work between the calls of a layer, such as reading a file, so that no rank waits for one that
/// has given up: `esp::together(halo, [&] { volume = read_part(); })`. All ranks call it in the same order. Cost: one
/// `combine` of seven numbers.
template <class H, class Work>
void together(H& halo, const Work& work) {
  detail::agree(halo, [&] {
    work();
    return detail::common_ground{};
  });
}

}  // namespace esp::inline ESPALIER_ABI
