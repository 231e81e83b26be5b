// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a number that a layer carries belongs to: `per::filter`; and what a graph knows of its name.
#pragma once

#include <espalier/config.hpp>
#include <espalier/scope.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// How many numbers a name stands for: `learned<"gain", per::filter>`, `param<"c", per::block>`.
enum class per : unsigned char {
  weight,  ///< One for the whole weight.
  filter,  ///< One for each output channel.
  block,   ///< One for each pair of an output channel and an input channel of its group.
};

namespace detail {

[[nodiscard]] constexpr scope scope_of(per part) {
  return part == per::block ? scope::block : part == per::filter ? scope::filter : scope::whole;
}
[[nodiscard]] constexpr std::string_view name_of(per part) {
  return part == per::block ? "per::block" : part == per::filter ? "per::filter" : "per::weight";
}

/// What a graph knows of one of its names.
struct named_number {
  scope level = scope::whole;
  bool is_learned = false;
  int start = -1;  ///< The node that a learned number starts from, or none.
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
