// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The projection onto the sphere: a given l2 norm.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// What `sphere` makes of a block of zeros, from which every point of the sphere is as near as any other.
///
/// `uniform`: the point whose taps are all r / sqrt(taps). `keep`: it stays zero, which is not on the sphere.
/// `not_a_number`: 0 / 0, which shows wherever results are looked at.
enum class zero_block : unsigned char { uniform, keep, not_a_number };

namespace detail {

template <auto Choice>
concept ChoiceForAZeroBlock = std::is_same_v<std::remove_const_t<decltype(Choice)>, zero_block>;

[[nodiscard]] constexpr std::string_view name_of(zero_block choice) {
  return choice == zero_block::uniform ? "uniform" : choice == zero_block::keep ? "keep" : "not_a_number";
}

}  // namespace detail

/// w * (r / sqrt(sum(w * w))): the nearest block whose l2 norm is r. A block of zeros has none; `OfZeros` says what it
/// becomes.
///
/// `normalize<l2, r>` without its eps: the norm is r to rounding however small the block is. Establishes l2_is<r> and
/// bounds<-r, r>; with `keep` l2_at_most<r> in its place. Euclidean projection, idempotent up to rounding. The gradient
/// is that of the formula, none at a block of zeros. Two passes. Errors: ESP-228 for r <= 0 or infinite, at run time
/// for a parameter; ESP-230 for another choice.
template <auto Size = 1, auto OfZeros = zero_block::uniform>
struct sphere_t : policy<sphere_t<Size, OfZeros>> {
  static_assert(detail::SizeOfASet<Size>,
                "ESP-228: simplex<s>, l1_ball<c>, l2_ball<c> and sphere<r> take a finite number above zero or a named "
                "parameter; write for example sphere<1>");
  static_assert(detail::ChoiceForAZeroBlock<OfZeros>,
                "ESP-230: the second argument of sphere<r, zeros> says what a block of zeros becomes: "
                "esp::zero_block::uniform, keep or not_a_number");

  static constexpr text name() {
    text t("sphere<");
    t << argument_text(Size);
    if constexpr (detail::ChoiceForAZeroBlock<OfZeros>) {
      if (OfZeros != zero_block::uniform) t << ", " << detail::name_of(OfZeros);
    }
    return t << ">";
  }
  static constexpr auto map(auto w) {
    constexpr auto size = checked<detail::size_of_a_set{}>(Size);
    const auto norm = l2(w);
    const auto scaled = w * (size / norm);
    if constexpr (!detail::ChoiceForAZeroBlock<OfZeros>) {
      return w;  // refused
    } else if constexpr (OfZeros == zero_block::uniform) {
      return select(norm <= 0, size / sqrt(sum(detail::as_expression(1))), scaled);
    } else if constexpr (OfZeros == zero_block::keep) {
      return select(norm <= 0, w, scaled);
    } else {
      return scaled;
    }
  }
};
template <auto Size = 1, auto OfZeros = zero_block::uniform>
inline constexpr auto sphere = sphere_t<Size, OfZeros>{};

}  // namespace esp::inline ESPALIER_ABI
