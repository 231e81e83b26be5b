// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A number with a fraction as a part of a sentence.
#pragma once

#include <charconv>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// The shortest decimal text that reads back as a number, in any locale: `0.01`, `1e-08`; `0.8` for a float too.
class decimal_text {
 public:
  template <class T>
  ESPALIER_COLD explicit decimal_text(T x, std::string_view nan = "nan") {
    if (x != x) {
      size_ = nan.copy(characters_, sizeof characters_);
    } else {
      size_ =
          static_cast<std::size_t>(std::to_chars(characters_, characters_ + sizeof characters_, x).ptr - characters_);
    }
  }
  [[nodiscard]] std::string_view view() const { return {characters_, size_}; }
  operator sentence_part() const { return view(); }

 private:
  char characters_[32];  // the longest double has 24
  std::size_t size_ = 0;
};

}  // namespace esp::inline ESPALIER_ABI::detail
