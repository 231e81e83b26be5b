// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Weights whose elements can be told apart, and memory that a packing may not leave.
#pragma once

#include <espalier/shape.hpp>
#include <vector>

#include "support/catch.hpp"

namespace drawn {

using esp::index_t;

/// 1, 2, 3, ...
template <class T>
std::vector<T> counted(index_t size) {
  std::vector<T> numbers(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<T>(i + 1);
  return numbers;
}

/// Packs into memory with a guard behind it.
template <class T, class Pack>
std::vector<T> packed_by(std::size_t size, const Pack& pack) {
  std::vector<T> packed(size + 1, T(-1));
  pack(packed.data());
  REQUIRE(packed.back() == T(-1));
  packed.pop_back();
  return packed;
}

}  // namespace drawn
