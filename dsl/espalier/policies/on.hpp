// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy confined to a region of the block.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/region.hpp>
#include <espalier/region_text.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// Applies `P` to the taps of region `R`, its reductions over these taps only; the other taps stay as they are.
template <class R, class P>
struct on_t : policy<on_t<R, P>> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() {
    return text("on<") << detail::describe_region<R>().name << ">(" << detail::policy_name<P>() << ")";
  }
  template <weight_shape Shape>
  static constexpr text name_on() {
    text t("on<");
    constexpr detail::region_info region = detail::describe_region<R>();
    detail::print_region(t, region, Shape.kernel);
    return t << ">(" << detail::explained_name<P, Shape>() << ")";
  }
  static constexpr int lower(detail::graph& g, const detail::binding& b) {
    const detail::region_set bit = g.bit_of(detail::describe_region<R>());
    detail::binding inner = b;
    inner.active |= bit;
    const int changed = detail::lower<P>(g, inner);
    return g.select(g.inside(bit), changed, b.weight);
  }
};

namespace detail {

template <class R>
concept NamesARegion = Region<R>;

template <class R>
struct explain_region {
  static_assert(NamesARegion<R>,
                "ESP-039: on<...> takes a region: center_tap, neighbors, tap<d, h, w> or mask<[](esp::tap_index t) { "
                "return ...; }>");
  static constexpr bool value = NamesARegion<R>;
};
template <class R, bool IsRegion = explain_region<R>::value>
using required_region = std::conditional_t<IsRegion, R, held::everywhere_t>;

}  // namespace detail

namespace detail::held {

/// `on<neighbors>(normalize<sum>)`; takes one policy, a pipeline or a lambda.
///
/// Establishes what `P` establishes, for the taps of the region. Passes: those of `P`.
/// Errors: ESP-020 to ESP-024 for the policy, ESP-039 for what is no region; the layer refuses a region without taps
/// (ESP-041) and a centre in an even kernel (ESP-040). Example: examples/fixed_center.cpp
template <auto R>
struct on_region {
  template <class P>
  constexpr auto operator()(P) const {
    return on_t<required_region<std::remove_const_t<decltype(R)>>, required_policy<P>>{};
  }
};

}  // namespace detail::held

template <auto R>
inline constexpr detail::held::on_region<R> on{};

}  // namespace esp::inline ESPALIER_ABI
