// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the rules of optimisation share: the state they are given, and how an option out of range is refused.
#pragma once

#include <array>
#include <charconv>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <string>

namespace esp::inline ESPALIER_ABI {

/// State of one parameter, as a rule's `update` sees it.
template <class T>
struct optimizer_state {
  std::array<T*, 2> buffers{};  ///< as many as the rule's `states()`, each of the parameter's size
  index_t step = 1;             ///< number of this step of the parameter, from 1
  bool fresh = true;            ///< the buffers were never written: they are zero
};

/// The shortest decimal text that reads back as `x`, in any locale: `0.01`, `1e-08`.
[[nodiscard]] inline std::string number_text(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

namespace detail {

inline constexpr double largest_option = std::numeric_limits<double>::max();

/// Refuses `value` where `good` does not hold, and infinity.
inline void require_option(bool good, const char* id, const char* option, double value, const char* range) {
  if (good && value <= largest_option) return;
  throw error(id, std::string("the optimiser's ") + option + " is " + number_text(value) + "; it must be " + range);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
