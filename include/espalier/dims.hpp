// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Shape of a tensor: its elements, counted with a check, and its text.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <string>
#include <utility>

namespace esp::inline ESPALIER_ABI {

/// Shape `(N, C, D, H, W)` of a contiguous tensor, W fastest.
struct dims5 {
  index_t n = 0;
  index_t c = 0;
  index_t d = 0;
  index_t h = 0;
  index_t w = 0;

  /// Elements. @pre `count_of` accepted the shape.
  [[nodiscard]] constexpr index_t size() const { return n * c * d * h * w; }

  friend constexpr bool operator==(const dims5&, const dims5&) = default;
};

namespace detail {

/// The shape for a sentence.
[[nodiscard]] ESPALIER_COLD inline sentence_text words_of(const dims5& shape) {
  return {"(", shape.n, ", ", shape.c, ", ", shape.d, ", ", shape.h, ", ", shape.w, ")"};
}

}  // namespace detail

/// The shape as text: `(2, 4, 16, 32, 32)`.
[[nodiscard]] inline std::string to_string(const dims5& shape) { return detail::words_of(shape).data(); }

/// A shape from integers of any types: `make_dims(x.shape()[0], x.shape()[1], depth, height, width)`. (`dims5{...}`
/// takes no unsigned variables: braces do not narrow.) For a tensor: `dims_of(x)`, tensor/view.hpp.
///
/// Throws ESP-103 for a number beyond `index_t`; negative ones are refused where the shape is used.
template <std::integral N, std::integral C, std::integral D, std::integral H, std::integral W>
[[nodiscard]] constexpr dims5 make_dims(N n, C c, D d, H h, W w) {
  const auto counted = [](auto size) {
    if (!std::in_range<index_t>(size)) {
      throw error("ESP-103", {"a tensor of ", size,
                              " voxels on an axis has more bytes than a 64-bit size can count; process it in parts"});
    }
    return static_cast<index_t>(size);
  };
  return {counted(n), counted(c), counted(d), counted(h), counted(w)};
}

namespace detail {

/// Elements of a tensor whose bytes, as doubles, can be counted by a signed 64-bit number.
///
/// Throws ESP-104 for a negative size and ESP-103 where the product does not fit; a size of zero is no excuse for the
/// others: `(0, 2^40, 2^40, 1, 1)` is refused.
[[nodiscard]] constexpr index_t count_of(dims5 shape) {
  index_t room = std::numeric_limits<index_t>::max() / static_cast<index_t>(sizeof(double));
  for (const index_t size : {shape.n, shape.c, shape.d, shape.h, shape.w}) {
    if (size < 0) {
      throw error("ESP-104", {"the shape ", detail::words_of(shape), " has a negative size; pass sizes of at least 0"});
    }
    room /= size < 1 ? 1 : size;
  }
  if (room < 1) {
    throw error("ESP-103", {"a tensor of shape ", detail::words_of(shape),
                            " has more bytes than a 64-bit size can count; process it in parts"});
  }
  return shape.size();
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
