// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose reductions run over the group of each tap.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/groups.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// `Inner` with every reduction over the group of the tap in partition `G` instead of the whole block.
template <class G, class Inner>
struct grouped_t : policy<grouped_t<G, Inner>> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return called(detail::policy_name<Inner>()); }
  template <weight_shape Shape>
  static constexpr text name_on() {
    return called(detail::explained_name<Inner, Shape>());
  }
  static constexpr int lower(detail::graph& g, const detail::binding& b) {
    detail::binding inner = b;
    inner.groups = g.partition_of(detail::describe_partition<G>());
    return detail::lower<Inner>(g, inner);
  }

 private:
  static constexpr text called(const text& inner) {
    return text("grouped<") << detail::describe_partition<G>().name << ">(" << inner << ")";
  }
};

namespace detail {

/// The partition that `grouped` is given: itself, or that of a function.
template <auto Groups>
struct partition_argument {
  static_assert(explain_groups<Groups>::value || true);
  using type = groups_t<Groups>;
};
template <auto Groups>
requires Partition<std::remove_const_t<decltype(Groups)>>
struct partition_argument<Groups> {
  using type = std::remove_const_t<decltype(Groups)>;
};

}  // namespace detail

namespace detail::held {

/// `grouped<planes<axis::depth>>(normalize<l2>)`; takes one policy, a pipeline or a lambda.
///
/// A partition, or a function as `groups<f>` takes it. Inside `per_filter`, `per_input` and `whole_weight` a group is
/// that of all their blocks. Passes: those of the policy; taps are read block by block across a register, which costs a
/// transposition. Errors: ESP-020 to ESP-024, ESP-218, ESP-220, ESP-221. Example: docs/language.md
template <auto Groups>
struct in_groups {
  template <class P>
  constexpr auto operator()(P) const {
    return grouped_t<typename partition_argument<Groups>::type, required_policy<P>>{};
  }
};

}  // namespace detail::held

template <auto Groups>
inline constexpr detail::held::in_groups<Groups> grouped{};

}  // namespace esp::inline ESPALIER_ABI
