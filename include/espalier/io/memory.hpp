// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Memory for the values of a file: had, or refused with a sentence.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/resource.h>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// What the process may have in all, as a clause of a sentence; empty where the system names no limit.
[[nodiscard]] inline std::string memory_limit_text() {
#if defined(__unix__) || defined(__APPLE__)
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    return "; this process may have " + std::to_string(limit.rlim_cur) + " bytes in all (ulimit -v)";
  }
#endif
  return "";
}

/// `count` values of `T`, zero. Throws `id` with what is needed and what may be had where the memory is not given.
/// @pre 0 <= count, and count * sizeof(T) was compared with `max_bytes`
template <class T>
[[nodiscard]] std::vector<T> values_for(index_t count, const char* id, std::string_view path, index_t max_bytes) {
  const auto refuse = [&] {
    refuse_file(id, path,
                "needs " + std::to_string(count * static_cast<index_t>(sizeof(T))) +
                    " bytes of memory for its values, which the system does not give (max_bytes allows " +
                    std::to_string(max_bytes) + memory_limit_text() + "); free memory, or read it in parts");
  };
  std::vector<T> values;
  try {
    values.resize(static_cast<std::size_t>(count));
  } catch (const std::bad_alloc&) {
    refuse();
  } catch (const std::length_error&) {
    refuse();
  }
  return values;
}

}  // namespace esp::inline ESPALIER_ABI::detail
