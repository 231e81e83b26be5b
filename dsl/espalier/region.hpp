// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Regions of a kernel block: the centre tap, its neighbours, or a mask given as a predicate of the tap's index.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_function.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// A set of taps, known at compile time: an empty type with `static contains(tap_index, extents) -> bool`.
template <class R>
concept Region = std::is_empty_v<R> && requires(tap_index t, extents kernel) {
  { R::contains(t, kernel) } -> std::same_as<bool>;
};

/// The tap in the middle of the block. Needs an odd kernel on every axis (ESP-040).
struct center_tap_t {
  static constexpr const char* name = "center_tap";
  static constexpr bool needs_center = true;
  static constexpr bool contains(tap_index t, extents k) { return t == tap_index{k.d / 2, k.h / 2, k.w / 2}; }
};
inline constexpr center_tap_t center_tap{};

/// Every tap but the one in the middle. Needs an odd kernel on every axis (ESP-040).
struct neighbors_t {
  static constexpr const char* name = "neighbors";
  static constexpr bool needs_center = true;
  static constexpr bool contains(tap_index t, extents k) { return !center_tap_t::contains(t, k); }
};
inline constexpr neighbors_t neighbors{};

namespace detail {

template <auto Predicate>
concept PredicateOfATap = requires(tap_index t, extents kernel) {
  { Predicate(t, kernel) } -> std::same_as<bool>;
} || requires(tap_index t) {
  { Predicate(t) } -> std::same_as<bool>;
};

}  // namespace detail

/// The taps for which a predicate holds: `mask<[](esp::tap_index t) { return t.d == 1; }>`.
///
/// The predicate takes the tap's index, or the index and the kernel's extents, and captures nothing.
/// Rejected when: ESP-038 for what is no such predicate; a mask that holds for no tap of the layer's kernel (ESP-041).
template <auto Predicate>
struct mask_t {
  static_assert(detail::PredicateOfATap<Predicate>,
                "ESP-038: mask<...> takes a predicate of a tap's index; write for example mask<[](esp::tap_index t) { "
                "return t.d == 0; }>");
  static constexpr const char* name = "mask";
  static constexpr bool needs_center = false;
  static constexpr bool contains(tap_index t, extents k) { return detail::value_for<Predicate>(t, k); }
};
template <auto Predicate>
inline constexpr auto mask = mask_t<Predicate>{};

/// One tap, by its index: `on<tap<0, 1, 1>>(assign<0>)`. Refused where the kernel is too small for it (ESP-041).
template <index_t D, index_t H, index_t W>
struct single_tap_t {
  static constexpr const char* name = "tap";
  static constexpr bool needs_center = false;
  static constexpr bool contains(tap_index t, extents) { return t == tap_index{D, H, W}; }
};
template <index_t D, index_t H, index_t W>
inline constexpr single_tap_t<D, H, W> tap{};

namespace detail {

/// A region as lowered formulas hold it: how to ask whether a tap belongs, and how to print it.
struct region_info {
  bool (*contains)(tap_index, extents) = nullptr;
  const char* name = "";
  bool needs_center = false;
};

template <Region R>
[[nodiscard]] constexpr region_info describe_region() {
  region_info info{&R::contains, "region", false};
  if constexpr (requires { R::name; }) info.name = R::name;
  if constexpr (requires { R::needs_center; }) info.needs_center = R::needs_center;
  return info;
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
