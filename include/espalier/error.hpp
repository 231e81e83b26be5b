// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The library's exception type.
#pragma once

#include <espalier/config.hpp>
#include <stdexcept>
#include <string>

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

  [[nodiscard]] ESPALIER_ALWAYS_INLINE const char* id() const noexcept { return id_; }

 private:
  const char* id_;
};

}  // namespace esp
