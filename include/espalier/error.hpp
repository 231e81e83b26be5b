// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The library's exception type.
#pragma once

#include <concepts>
#include <cstddef>
#include <espalier/config.hpp>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#if defined(__GNUC__) && !defined(__cpp_exceptions)
#error "espalier reports errors by exceptions: compile without -fno-exceptions (espalier/dsl.hpp alone needs none)"
#include "stop: see the error above"
#endif

namespace esp {

inline namespace ESPALIER_ABI {
namespace detail {

/// `"ESP-101: sentence"`. With the tag, so that each instruction set has its own.
inline std::string numbered(const char* id, const std::string& sentence) {
  std::string text(id);
  text += ": ";
  text += sentence;
  return text;
}

/// Words or a whole number: what sentences are made of.
class sentence_part {
 public:
  constexpr sentence_part(const char* words) : words_(words) {}
  constexpr sentence_part(std::string_view words) : words_(words) {}
  template <std::integral N>
  constexpr sentence_part(N number)
      : size_(number < 0 ? 0 - static_cast<unsigned long long>(number) : static_cast<unsigned long long>(number)),
        negative_(number < 0),
        is_number_(true) {}

  /// Writes the part at `to` and returns its end, at `end` at the latest.
  constexpr char* write(char* to, const char* end) const {
    char digits[21]{};  // the longest number has 20, and one of 19 a sign
    std::string_view text = words_;
    if (is_number_) {
      std::size_t first = sizeof digits;
      auto rest = size_;
      do digits[--first] = static_cast<char>('0' + rest % 10);
      while ((rest /= 10) != 0);
      if (negative_) digits[--first] = '-';
      text = {digits + first, sizeof digits - first};
    }
    for (std::size_t i = 0; i < text.size() && to != end; ++i) *to++ = text[i];
    return to;
  }

 private:
  std::string_view words_{};
  unsigned long long size_ = 0;
  bool negative_ = false;
  bool is_number_ = false;
};

/// Text in an array: a string's functions would be compiled in every unit that refuses something, which took a tenth of
/// the time of a layer.
class sentence_text {
 public:
  /// Four times the longest sentence of the library that quotes nothing of unknown length; a longer one is cut.
  static constexpr std::size_t capacity = 1024;

  constexpr sentence_text(std::initializer_list<sentence_part> parts) { append(parts); }
  constexpr sentence_text(const char* id, std::initializer_list<sentence_part> parts) {
    append({id, ": "});
    append(parts);
  }
  /// What fits of the parts, behind those that are there.
  ESPALIER_COLD constexpr void append(std::initializer_list<sentence_part> parts) {
    char* to = characters_ + size_;
    for (const sentence_part& part : parts) to = part.write(to, characters_ + capacity);
    size_ = static_cast<std::size_t>(to - characters_);
  }

  [[nodiscard]] constexpr const char* data() const { return characters_; }
  constexpr operator sentence_part() const { return std::string_view(characters_, size_); }
  [[nodiscard]] constexpr std::string_view view() const { return {characters_, size_}; }

 private:
  char characters_[capacity + 1]{};
  std::size_t size_ = 0;
};

}  // namespace detail
}  // namespace ESPALIER_ABI

/// Thrown for input that only run time can see: shapes, files, thread counts.
///
/// `id()` is the stable number of the error (`"ESP-101"`), listed in docs/errors.md with a wrong and a right program.
/// `what()` is one sentence: the id, what is wrong with the values found, what to do instead.
/// Every check runs before anything is written, so the arguments of a call that throws are unchanged.
/// One type whatever a translation unit is compiled for: thrown by one that has AVX2, it is caught by one that has not,
/// and across shared libraries. Its own code is inlined where it is used.
class ESPALIER_VISIBLE error : public std::runtime_error {
 public:
  ESPALIER_ALWAYS_INLINE error(const char* id, const std::string& sentence)
      : std::runtime_error(detail::numbered(id, sentence)), id_(id) {}
  /// Of words and whole numbers: `{"ESP-101", {"the input has ", 3, " channels"}}`, of at most a thousand characters.
  ESPALIER_ALWAYS_INLINE error(const char* id, std::initializer_list<detail::sentence_part> sentence)
      : std::runtime_error(detail::sentence_text(id, sentence).data()), id_(id) {}

  [[nodiscard]] ESPALIER_ALWAYS_INLINE const char* id() const noexcept { return id_; }

 private:
  const char* id_;
};

}  // namespace esp
