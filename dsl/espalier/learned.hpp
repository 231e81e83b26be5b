// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Numbers of a formula that are learned beside the weight: `learned<"gain", per::filter>`.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/number_part.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

/// A learned number that a fresh layer starts from the value of `X`.
template <fixed_string Name, per Part, class X>
struct started_t : expression_tag {
  using expression_tag::operator=;
  X x;
  constexpr explicit started_t(X start) : x(start) {}
};

}  // namespace detail::held

/// A number that the layer stores and an optimiser updates, one for each part of the weight that `Part` names.
template <fixed_string Name, per Part = per::weight>
struct learned_t : expression_tag {
  using expression_tag::operator=;
  static constexpr auto name = Name;
  static constexpr text written() {
    text t("learned<\"");
    t << Name.view() << "\"";
    if (Part != per::weight) t << ", " << detail::name_of(Part);
    return t << ">";
  }

  /// The same number, and where it starts in a fresh layer: a formula of the fresh weight, or a plain number.
  /// `learned<"gain", per::filter>.starts_at(l2(w))`. Rejected when: ESP-225 the formula has a value for each tap or
  /// block, and the number is one for more.
  template <Operand X>
  [[nodiscard]] constexpr auto starts_at(X x) const {
    return detail::held::started_t<Name, Part, detail::as_expression_t<X>>{detail::as_expression(x)};
  }
};

/// `learned<"gain", per::filter>`: a learned number as a formula. Its gradient is derived as the weight's is, summed
/// over the taps that read it; an optimiser treats it as it treats a bias. Without `starts_at` a program sets it
/// before the first call: `conv.set<"gain">(1)`. Cost: a load per part of the weight, and one sweep more for its
/// gradient. Errors: ESP-222 to ESP-226. Example: docs/language.md
template <fixed_string Name, per Part = per::weight>
inline constexpr learned_t<Name, Part> learned{};

}  // namespace esp::inline ESPALIER_ABI
