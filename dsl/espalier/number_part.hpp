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
  input,   ///< One for each input channel of a group.
  block,   ///< One for each pair of an output channel and an input channel of its group.
};

namespace detail {

/// Where a formula sees such a number as constant. One for each input channel is one of each block: the engine walks a
/// weight filter by filter.
[[nodiscard]] constexpr scope scope_of(per part) {
  return part == per::weight ? scope::whole : part == per::filter ? scope::filter : scope::block;
}
[[nodiscard]] constexpr std::string_view name_of(per part) {
  return part == per::block    ? "per::block"
         : part == per::filter ? "per::filter"
         : part == per::input  ? "per::input"
                               : "per::weight";
}

/// What a graph knows of one of its names.
struct named_number {
  per part = per::weight;
  bool is_learned = false;
  int start = -1;  ///< The node that a learned number starts from, or none.
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
