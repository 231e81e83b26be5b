// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How an operation is written.
#pragma once

#include <espalier/config.hpp>
#include <espalier/operation.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// The sign between two operands, in front of one, or the name in front of brackets.
[[nodiscard]] constexpr std::string_view notation(operation op) {
  switch (op) {
    case operation::add:
      return " + ";
    case operation::subtract:
      return " - ";
    case operation::divide:
      return " / ";
    case operation::less:
      return " < ";
    case operation::less_equal:
      return " <= ";
    case operation::conjunction:
      return " && ";
    case operation::disjunction:
      return " || ";
    case operation::negate:
      return "-";
    case operation::negation:
      return "!";
    case operation::sqrt:
      return "sqrt";
    case operation::exp:
      return "exp";
    case operation::log:
      return "log";
    case operation::tanh:
      return "tanh";
    case operation::sigmoid:
      return "sigmoid";
    case operation::softplus:
      return "softplus";
    case operation::select:
      return "select";
    case operation::min:
    case operation::smallest:
      return "min";
    case operation::max:
    case operation::largest:
      return "max";
    default:
      return "sum";
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
