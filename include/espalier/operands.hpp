// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a call asks of its operands before it touches one of them: where they lie, and what shape they have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <initializer_list>

namespace esp::inline ESPALIER_ABI::detail {

/// Where an operand lies.
struct memory_range {
  const void* begin = nullptr;
  index_t bytes = 0;
};
template <class T>
[[nodiscard]] memory_range elements(const T* begin, index_t count) {
  return {begin, count * static_cast<index_t>(sizeof(T))};
}

[[nodiscard]] inline bool overlap(const memory_range& a, const memory_range& b) {
  const auto first = reinterpret_cast<std::uintptr_t>(a.begin), second = reinterpret_cast<std::uintptr_t>(b.begin);
  return a.bytes > 0 && b.bytes > 0 && first < second + static_cast<std::uintptr_t>(b.bytes) &&
         second < first + static_cast<std::uintptr_t>(a.bytes);
}

/// Throws ESP-108 where the output of a forward overlaps its input.
inline void require_output_apart(const memory_range& output, const memory_range& input) {
  if (overlap(output, input)) {
    throw error("ESP-108", {"the output overlaps the input; a convolution reads its input after it wrote parts of the "
                            "output, so write to other memory"});
  }
}

/// The operands of a backward, of which the first `written` are written: throws ESP-108 where one of these overlaps
/// another operand.
template <std::size_t N>
void require_apart(const std::array<memory_range, N>& operands, std::size_t written) {
  for (std::size_t i = 0; i < written; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      if (overlap(operands[i], operands[j])) {
        throw error("ESP-108",
                    {"a gradient overlaps another operand of backward; a gradient is written while the others are "
                     "still read, so write to other memory"});
      }
    }
  }
}

/// Throws ESP-202 where a tensor that stands for the output has another shape.
inline void require_output_shape(const dims5& found, const dims5& output) {
  if (!(found == output)) {
    throw error("ESP-202", {"the output y has shape ", detail::words_of(found), " but forward returns ",
                            detail::words_of(output), "; pass what forward returned for this input"});
  }
}
/// Throws ESP-114 where a gradient of the output has another shape than the output.
inline void require_gradient_shape(const dims5& found, const dims5& output) {
  if (!(found == output)) {
    throw error("ESP-114", {"the gradient of the output has shape ", detail::words_of(found), " but the output has ",
                            detail::words_of(output), "; pass the gradient with respect to what forward returned"});
  }
}

/// ESP-106, to be thrown.
[[nodiscard]] ESPALIER_COLD inline error null_pointer(const char* which) {
  return {"ESP-106", {"a null pointer was passed for ", which, "; pass the address of contiguous data"}};
}

/// Throws ESP-105 for scratch of fewer elements than `needed`, with the call that tells how many: `ask`.
inline void require_scratch(std::size_t found, index_t needed, const char* ask) {
  if (static_cast<index_t>(found) < needed) {
    throw error("ESP-105", {"the scratch has ", found, " elements but ", needed, " are needed; ask ", ask});
  }
}

/// Throws ESP-180 where no element may lie: a processor or a compiler may rely on it, and the scratch is rounded up by
/// elements.
template <class T>
void require_elements(std::initializer_list<const T*> operands) {
  std::uintptr_t places = 0;
  for (const T* const operand : operands) places |= reinterpret_cast<std::uintptr_t>(operand);
  if (places % alignof(T) != 0) {
    throw error("ESP-180", {"an operand or the scratch does not begin at a multiple of ", alignof(T),
                            " bytes, where an element lies; pass memory that was allocated as elements"});
  }
}

/// What a backward is given: where each operand lies, and its elements, none of one that is not there or not wanted.
template <class T>
struct backward_operands {
  struct operand {
    const T* begin;
    index_t count;
  };
  operand grad_weight, grad_bias, grad_x, grad_learned, x, weight, grad_y, y;
};

/// Throws ESP-106 for a null pointer, ESP-180, and ESP-108 where a gradient overlaps another operand.
template <class T>
ESPALIER_NO_INLINE void require_backward_operands(const backward_operands<T>& o, const T* scratch) {
  const std::array all{o.grad_weight, o.grad_bias, o.grad_x, o.grad_learned, o.x, o.weight, o.grad_y, o.y};
  std::array<memory_range, 8> ranges{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].begin == nullptr && all[i].count > 0) {
      throw null_pointer(o.grad_learned.count > 0 ? "x, weight, y, grad_y, grad_weight, grad_bias or grad_learned"
                         : o.y.count > 0          ? "x, weight, y, grad_y, grad_weight or grad_bias"
                                                  : "x, weight, grad_y, grad_weight or grad_bias");
    }
    ranges[i] = elements(all[i].begin, all[i].count);
  }
  require_elements<T>({o.x.begin, o.weight.begin, o.y.begin, o.grad_y.begin, o.grad_x.begin, o.grad_weight.begin,
                       o.grad_bias.begin, o.grad_learned.begin, scratch});
  require_apart(ranges, 4);
}

/// The first element from `p` on that lies at a multiple of `alignment`.
template <class T>
[[nodiscard]] T* aligned(T* p) {
  const auto address = reinterpret_cast<std::uintptr_t>(p);
  return p + (alignment - address % alignment) % alignment / sizeof(T);
}

}  // namespace esp::inline ESPALIER_ABI::detail
