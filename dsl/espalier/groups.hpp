// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Partitions of a kernel block into groups of taps: planes, lines, shells, orbits of a symmetry, or any function.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <espalier/axis.hpp>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_function.hpp>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI {

/// A partition of a block, known at compile time: an empty type with `static group(tap_index, extents) -> index_t`.
/// Taps of one number are one group.
template <class P>
concept Partition = std::is_empty_v<P> && requires(tap_index t, extents kernel) {
  { P::group(t, kernel) } -> std::same_as<index_t>;
};

namespace detail {

template <auto F>
concept WholeNumberOfATap = requires(tap_index t, extents kernel) {
  requires std::is_integral_v<decltype(F(t, kernel))>;
} || requires(tap_index t) { requires std::is_integral_v<decltype(F(t))>; };

/// A tap's distance from the middle along an axis, in halves of a tap.
[[nodiscard]] constexpr index_t halves_from_middle(tap_index t, extents k, axis a) {
  const index_t from = 2 * along(t, a) - (along(k, a) - 1);
  return from < 0 ? -from : from;
}
[[nodiscard]] constexpr index_t row_major(tap_index t, extents k) { return (t.d * k.h + t.h) * k.w + t.w; }

/// Refuses what is no function from taps to whole numbers.
template <auto F>
struct explain_groups {
  static constexpr bool value = WholeNumberOfATap<F> && ConstantOfATap<F>;
  static_assert(
      WholeNumberOfATap<F> && ConstantOfATap<F>,
      "ESP-220: groups<f> takes a constexpr function that gives a whole number for a tap's index, the same for "
      "the taps of a group; write for example groups<[](esp::tap_index t) { return t.d; }>, or name a partition: "
      "planes<axis::depth>");
};

}  // namespace detail

/// The groups that a function tells apart: `groups<[](esp::tap_index t) { return (t.d + t.h) % 2; }>`.
///
/// `F` is a constexpr function of the tap's index, or of the index and the kernel's extents, to a whole number, and
/// captures nothing. Rejected when: ESP-220 for what is no such function; ESP-221 on a kernel of more than 512 taps.
template <auto F>
struct groups_t {
  static constexpr const char* name = "groups";
  static constexpr index_t group(tap_index t, extents k) {
    if constexpr (!detail::WholeNumberOfATap<F> || !detail::ConstantOfATap<F>) {
      return 0;
    } else {
      return static_cast<index_t>(detail::value_for<F>(t, k));
    }
  }
};
template <auto F, bool = detail::explain_groups<F>::value>
inline constexpr groups_t<F> groups{};

/// Each plane across an axis is a group: of `planes<axis::depth>`, the taps of one depth.
template <axis A>
struct planes_t {
  static constexpr const char* name = A == axis::depth    ? "planes<depth>"
                                      : A == axis::height ? "planes<height>"
                                                          : "planes<width>";
  static constexpr index_t group(tap_index t, extents) { return detail::along(t, A); }
};
template <axis A>
inline constexpr planes_t<A> planes{};

/// Each line along an axis is a group: of `lines<axis::depth>`, the taps of one height and width.
template <axis A>
struct lines_t {
  static constexpr const char* name = A == axis::depth    ? "lines<depth>"
                                      : A == axis::height ? "lines<height>"
                                                          : "lines<width>";
  static constexpr index_t group(tap_index t, extents k) {
    (A == axis::depth ? t.d : A == axis::height ? t.h : t.w) = 0;
    return detail::row_major(t, k);
  }
};
template <axis A>
inline constexpr lines_t<A> lines{};

/// Each tap is a group of its own: with `per_filter`, the same tap of all input channels.
struct single_taps_t {
  static constexpr const char* name = "single_taps";
  static constexpr index_t group(tap_index t, extents k) { return detail::row_major(t, k); }
};
inline constexpr single_taps_t single_taps{};

/// The taps at one distance from the middle are a group.
struct shells_t {
  static constexpr const char* name = "shells";
  static constexpr index_t group(tap_index t, extents k) {
    index_t squares = 0;
    for (axis a : {axis::depth, axis::height, axis::width}) {
      squares += detail::halves_from_middle(t, k, a) * detail::halves_from_middle(t, k, a);
    }
    return squares;
  }
};
inline constexpr shells_t shells{};

/// A partition into the orbits of a group of symmetries of the block.
template <class S>
concept Symmetry = Partition<S> && requires { requires S::is_symmetry; };

/// The mirrors across the middle of some axes, each by itself: `mirror<axis::width>` makes left and right one.
template <axis... A>
requires(sizeof...(A) > 0)
struct mirror_t {
  static constexpr bool is_symmetry = true;
  static constexpr const char* name = "mirror";
  static constexpr index_t group(tap_index t, extents k) {
    const auto folded = [&](index_t i, axis a) {
      const index_t other = detail::along(k, a) - 1 - i;
      return ((A == a) || ...) && other < i ? other : i;
    };
    return detail::row_major({folded(t.d, axis::depth), folded(t.h, axis::height), folded(t.w, axis::width)}, k);
  }
};
template <axis... A>
inline constexpr mirror_t<A...> mirror{};

/// The reflection of a block in its middle: tap t and the one on the other side.
struct point_reflection_t {
  static constexpr bool is_symmetry = true;
  static constexpr const char* name = "point_reflection";
  static constexpr index_t group(tap_index t, extents k) {
    const index_t own = detail::row_major(t, k), other = k.volume() - 1 - own;
    return own < other ? own : other;
  }
};
inline constexpr point_reflection_t point_reflection{};

/// The 48 rotations and reflections of a cube. Rejected when: ESP-218 on a kernel whose extents differ.
struct cube_group_t {
  static constexpr bool is_symmetry = true;
  static constexpr bool needs_cube = true;
  static constexpr const char* name = "cube_group";
  static constexpr index_t group(tap_index t, extents k) {
    index_t apart[] = {detail::halves_from_middle(t, k, axis::depth), detail::halves_from_middle(t, k, axis::height),
                       detail::halves_from_middle(t, k, axis::width)};
    const auto order = [&](int i, int j) {
      if (apart[i] < apart[j]) std::swap(apart[i], apart[j]);
    };
    order(0, 1), order(1, 2), order(0, 1);
    return (apart[0] * k.d + apart[1]) * k.d + apart[2];
  }
};
inline constexpr cube_group_t cube_group{};

namespace detail {

/// A partition as lowered formulas hold it.
struct partition_info {
  index_t (*group)(tap_index, extents) = nullptr;
  const char* name = "";
  bool needs_cube = false;
  bool is_symmetry = false;
};

template <Partition P>
[[nodiscard]] constexpr partition_info describe_partition() {
  partition_info info{&P::group, "groups", false};
  if constexpr (requires { P::name; }) info.name = P::name;
  if constexpr (requires { P::needs_cube; }) info.needs_cube = P::needs_cube;
  if constexpr (requires { P::is_symmetry; }) info.is_symmetry = P::is_symmetry;
  return info;
}

/// The groups of a partition on one kernel, numbered from 0 in the order of their first taps.
struct tap_groups {
  /// Taps of a kernel with groups: an array of their numbers is kept.
  static constexpr index_t most_taps = 512;

  std::array<short, static_cast<std::size_t>(most_taps)> of{};
  std::array<short, static_cast<std::size_t>(most_taps)> sizes{};  ///< taps of each group
  int count = 0;

  constexpr tap_groups() = default;
  constexpr tap_groups(const partition_info& p, extents kernel) {
    std::array<index_t, static_cast<std::size_t>(most_taps)> number{};
    int last = 0;
    for (index_t t = 0; t < kernel.volume(); ++t) {
      const index_t own = p.group(tap_at(t, kernel), kernel);
      // A neighbour is often of the group before, or of the one after that.
      int found = last;
      for (int tried = 0; tried < count && number[static_cast<std::size_t>(found)] != own; ++tried) {
        found = found + 1 < count ? found + 1 : 0;
      }
      if (count == 0 || number[static_cast<std::size_t>(found)] != own) {
        found = count;
        number[static_cast<std::size_t>(count++)] = own;
      }
      of[static_cast<std::size_t>(t)] = static_cast<short>(found);
      ++sizes[static_cast<std::size_t>(found)];
      last = found;
    }
  }
  [[nodiscard]] constexpr int operator[](index_t tap) const { return of[static_cast<std::size_t>(tap)]; }
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
