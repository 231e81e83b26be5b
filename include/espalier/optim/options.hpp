// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the rules of optimisation share: the state they are given, and how an option out of range is refused.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/decimal_text.hpp>
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
  bool is_bias = false;         ///< the parameter is a bias, which `decay_bias = false` keeps from decay
};

namespace detail {

/// The shortest decimal text that reads back as `x`, in any locale: `0.01`, `1e-08`.
[[nodiscard]] inline std::string number_text(double x) { return std::string(decimal_text(x).view()); }

inline constexpr double largest_option = std::numeric_limits<double>::max();

/// Refuses `value` where `good` does not hold, and infinity.
inline void require_option(bool good, const char* id, const char* option, double value, const char* range) {
  if (good && value <= largest_option) return;
  throw error(id, {"the optimiser's ", option, " is ", decimal_text(value), "; it must be ", range});
}

/// Refuses `value` where `good` does not hold of it in the element type `T` of a layer, or where it is infinite there.
template <class T>
void require_option_in(bool good, const char* id, const char* option, double value, const char* range) {
  constexpr double largest = static_cast<double>(std::numeric_limits<T>::max());
  if (good && value >= -largest && value <= largest) return;
  const double there = static_cast<double>(static_cast<T>(value));
  throw error(id, {"the optimiser's ", option, " is ", decimal_text(value), ", in a layer of ",
                   sizeof(T) == 4 ? "float " : "double ", decimal_text(there), "; it must be ", range});
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
