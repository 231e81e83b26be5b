// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels that a symmetry leaves as they are, or turns into their negatives.
#pragma once

#include <espalier/axis.hpp>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/groups.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// As a policy: each tap becomes the mean of its orbit. As a fact: taps of one orbit are equal.
template <Symmetry S>
struct symmetric_t : policy<symmetric_t<S>> {
  static constexpr text name() { return text("symmetric<") << S::name << ">"; }
  static constexpr auto map(auto w) { return mean(w, S{}); }
  static constexpr detail::partition_info partition = detail::describe_partition<S>();
  static constexpr fact stated{.kind = detail::fact_kind::symmetric, .partition = &partition};
};

/// As a policy: each tap loses the mean of itself and the one across the middle of the axis, so that the two are each
/// other's negatives. As a fact: they are.
template <axis A>
struct antisymmetric_t : policy<antisymmetric_t<A>> {
  static constexpr text name() {
    return text("antisymmetric<") << (A == axis::depth ? "depth" : A == axis::height ? "height" : "width") << ">";
  }
  static constexpr auto map(auto w) { return w - mean(w, mirror<A>); }
  static constexpr detail::partition_info partition = detail::describe_partition<mirror_t<A>>();
  static constexpr fact stated{.kind = detail::fact_kind::antisymmetric, .partition = &partition};
};

namespace detail {

/// The symmetry that `symmetric` is given; what is none is refused.
template <auto S>
struct symmetry_argument {
  static_assert(Symmetry<std::remove_const_t<decltype(S)>>,
                "ESP-239: symmetric<...> takes mirror<axes...>, point_reflection or cube_group; write for example "
                "symmetric<mirror<axis::width>>");
  using type = point_reflection_t;
};
template <auto S>
requires Symmetry<std::remove_const_t<decltype(S)>>
struct symmetry_argument<S> {
  using type = std::remove_const_t<decltype(S)>;
};

}  // namespace detail

/// `symmetric<cube_group>`: the nearest kernel that the symmetry leaves as it is; and the fact that a kernel is one.
///
/// `S` is `mirror<axes...>`, `point_reflection` or `cube_group`. Formula: mean(w, S). Establishes itself. Passes: 2.
/// Proved of any formula whose values are equal in each orbit because all that they are made of are: sums over blocks
/// and orbits, tables and regions that the symmetry keeps, and functions of these. Errors: ESP-218 for `cube_group` on
/// a kernel whose extents differ, ESP-239 for what is no symmetry. A projection. Example: docs/language.md
template <auto S>
inline constexpr auto symmetric = symmetric_t<typename detail::symmetry_argument<S>::type>{};

/// `antisymmetric<axis::width>`: the nearest kernel whose left half is the negative of its right half, with zeros in
/// the middle; and the fact that a kernel is one. Formula: w - mean(w, mirror<A>). Establishes itself. Passes: 2. A
/// projection.
template <axis A>
inline constexpr antisymmetric_t<A> antisymmetric{};

}  // namespace esp::inline ESPALIER_ABI
