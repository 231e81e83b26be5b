// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Functions of a tap that a program writes for regions, tables and groups: of the tap's index, or of the index and the
/// kernel's extents.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// A function whose value for a tap is a constant.
template <auto F>
concept ConstantOfATap = requires {
  typename std::bool_constant<(static_cast<void>(F(tap_index{}, extents{3})), true)>;
} || requires { typename std::bool_constant<(static_cast<void>(F(tap_index{})), true)>; };

/// What `F` gives for a tap; the extents are told to a function that takes them.
///
/// A copy is called: clang gives the object of a template argument one name in all units that have such a lambda in
/// their unnamed namespace, and keeps it local, which no linker joins.
template <auto F>
[[nodiscard]] constexpr auto value_for(tap_index t, extents kernel) {
  constexpr auto function = F;
  if constexpr (requires { function(t, kernel); }) {
    return function(t, kernel);
  } else {
    return function(t);
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
