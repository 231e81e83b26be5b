// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that sets every tap to one value.
#pragma once

#include <espalier/config.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policy.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What `assign` asks of a value that is set at run time.
struct value_of_assign : is_finite_t {
  static constexpr std::string_view id = "ESP-032";
  static constexpr std::string_view of = "the value of assign<v>";
};

}  // namespace detail

/// v; used with a region: `on<center_tap>(assign<-1>)`.
///
/// Establishes tap_is<..., v> for the taps it is used on. Idempotent; one pass. Errors: ESP-032 for a value that is not
/// finite, at run time for a parameter. Example: examples/fixed_center.cpp
template <auto Value>
struct assign_t : policy<assign_t<Value>> {
  static_assert(detail::FiniteArgument<Value>,
                "ESP-032: assign<v> takes a finite number or a named parameter; write for example assign<-1>");

  static constexpr text name() { return text("assign<") << argument_text(Value) << ">"; }
  static constexpr auto map(auto) { return checked<detail::value_of_assign{}>(Value); }
};
template <auto Value>
inline constexpr auto assign = assign_t<Value>{};

}  // namespace esp::inline ESPALIER_ABI
