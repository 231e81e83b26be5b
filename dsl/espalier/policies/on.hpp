// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy confined to a region of the block.
#pragma once

#include <espalier/config.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/region.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// Applies `P` to the taps of region `R`, its reductions over these taps only; the other taps stay as they are.
template <class R, class P>
struct on_t : policy<on_t<R, P>> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return text("on<") << describe_region<R>().name << ">(" << policy_name<P>() << ")"; }
  static constexpr int lower(graph& g, const binding& b) {
    const region_set bit = g.bit_of(describe_region<R>());
    binding inner = b;
    inner.active |= bit;
    const int changed = esp::lower<P>(g, inner);
    return g.select(g.inside(bit), changed, b.weight);
  }
};

template <class R>
concept NamesARegion = Region<R>;

/// `on<neighbors>(normalize<sum>)`; takes one policy, a pipeline or a lambda.
///
/// Establishes what `P` establishes, for the taps of the region. Passes: those of `P`.
/// Errors: ESP-020 to ESP-024 for the policy, ESP-039 for what is no region; the layer refuses a region without taps
/// (ESP-041) and a centre in an even kernel (ESP-040). Example: examples/fixed_center.cpp
template <auto R>
struct on_region {
  static_assert(NamesARegion<std::remove_const_t<decltype(R)>>,
                "ESP-039: on<...> takes a region: center_tap, neighbors, tap<d, h, w> or mask<[](esp::tap_index t) { "
                "return ...; }>");

  template <class P>
  consteval auto operator()(P) const {
    static_assert(explain_policy<P>::value);
    return on_t<std::remove_const_t<decltype(R)>, to_policy_t<P>>{};
  }
};
template <auto R>
inline constexpr on_region<R> on{};

}  // namespace esp::inline ESPALIER_ABI
