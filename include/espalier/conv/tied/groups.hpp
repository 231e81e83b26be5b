// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The groups of a table of taps: taps of one group hold one number, or that negated, in every kernel block.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/known_tap.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Which way taps are numbered. The gradient of the input is a correlation with the kernel mirrored: its tap i is the
/// weight's tap `taps - 1 - i`.
enum class tap_numbering : bool { forwards, mirrored };

/// The groups of `Count` taps, in the order of their first taps, and the group and sign of every tap. All taps are
/// numbered as the correlation numbers them.
///
/// Every tap of a group is its first tap or that negated, whatever the table referred to: what is packed of a group is
/// the number of the tap that the correlation meets first. Taps that are zero belong to none, free taps are alone, and
/// constants of one magnitude are a group.
template <index_t Count>
struct tied_groups {
  std::array<index_t, static_cast<std::size_t>(Count)> group{};  ///< Of each tap; -1 where it is zero.
  std::array<bool, static_cast<std::size_t>(Count)> negated{};   ///< Whether a tap is the first of its group negated.
  std::array<index_t, static_cast<std::size_t>(Count)> first{};  ///< Of each group: its first tap,
  std::array<index_t, static_cast<std::size_t>(Count)> size{};   ///< and its taps.
  index_t count = 0;                                             ///< Groups.

  /// Taps that are not zero.
  [[nodiscard]] constexpr index_t taps() const {
    index_t result = 0;
    for (index_t g = 0; g < count; ++g) result += size[static_cast<std::size_t>(g)];
    return result;
  }
};

/// Whether two taps of a table are one number but for a sign, and whether that is there: 1, -1, or 0 where they differ.
[[nodiscard]] constexpr int relative_sign(const known_tap& a, index_t a_number, const known_tap& b, index_t b_number) {
  if (a_number == b_number) return 1;
  if (a.kind == tap_kind::constant && b.kind == tap_kind::constant) {
    return a.value == b.value ? 1 : (a.value == -b.value ? -1 : 0);
  }
  if (a.kind != tap_kind::tied || b.kind != tap_kind::tied || a.first != b.first) return 0;
  return a.negated == b.negated ? 1 : -1;
}

/// The groups of a table, `known_tap` by tap of the weight.
template <std::size_t Count>
[[nodiscard]] constexpr tied_groups<static_cast<index_t>(Count)> tied_groups_of(
    const std::array<known_tap, Count>& table, tap_numbering order) {
  constexpr index_t taps = static_cast<index_t>(Count);
  const auto in_weight = [&](index_t tap) { return order == tap_numbering::mirrored ? taps - 1 - tap : tap; };
  tied_groups<taps> result;
  for (index_t tap = 0; tap < taps; ++tap) {
    const known_tap& own = table[static_cast<std::size_t>(in_weight(tap))];
    index_t& group = result.group[static_cast<std::size_t>(tap)];
    group = -1;
    if (own.kind == tap_kind::zero || (own.kind == tap_kind::constant && own.value == 0)) continue;
    // Free taps are equal to none: the common case of many of them asks nothing.
    for (index_t g = 0; own.kind != tap_kind::free && group < 0 && g < result.count; ++g) {
      const index_t first = in_weight(result.first[static_cast<std::size_t>(g)]);
      const int sign = relative_sign(table[static_cast<std::size_t>(first)], first, own, in_weight(tap));
      if (sign == 0) continue;
      group = g;
      result.negated[static_cast<std::size_t>(tap)] = sign < 0;
    }
    if (group < 0) {
      group = result.count;
      result.first[static_cast<std::size_t>(result.count++)] = tap;
    }
    ++result.size[static_cast<std::size_t>(group)];
  }
  return result;
}

/// The taps of the weight that are packed: the first of each group, as the correlation meets them.
template <index_t Count>
[[nodiscard]] constexpr kept_taps packed_taps(const tied_groups<Count>& groups, tap_numbering order) {
  static_assert(Count <= kept_taps::most, "kernels of more taps are computed whole");
  kept_taps result;
  for (index_t tap = 0; tap < Count; ++tap) {
    const index_t group = groups.group[static_cast<std::size_t>(tap)];
    if (group >= 0 && groups.first[static_cast<std::size_t>(group)] == tap) continue;
    result.drop(order == tap_numbering::mirrored ? Count - 1 - tap : tap);
  }
  return result;
}

}  // namespace esp::inline ESPALIER_ABI::detail
