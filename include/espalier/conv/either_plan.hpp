// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The plan of a call that one of two kernels computes: which of them, the shape of the call says.
#pragma once

#include <espalier/config.hpp>
#include <type_traits>
#include <variant>

namespace esp::inline ESPALIER_ABI::detail {

/// The plan of a call of `Usual`, or of `Rare`, which computes the same function and serves what `Usual` cannot.
///
/// Kernels have a `plan_type`. Where no call is `Rare`'s, which the configuration says, this is the plan of `Usual` and
/// no more: nothing is asked when the call runs, and no function of `Rare` is instantiated.
template <class Usual, class Rare, bool RareIsPossible>
struct either_plan {
  std::conditional_t<RareIsPossible, std::variant<typename Usual::plan_type, typename Rare::plan_type>,
                     typename Usual::plan_type>
      held;

  /// The plan that `make(kernel)` makes for the kernel of the call, a value of its type. @pre `rare` only where that is
  /// possible.
  template <class Make>
  [[nodiscard]] static constexpr either_plan of(bool rare, const Make& make) {
    if constexpr (RareIsPossible) {
      if (rare) return {make(Rare{})};
    }
    return {make(Usual{})};
  }

  /// Whether the call is one of `Rare`.
  [[nodiscard]] constexpr bool is_rare() const {
    if constexpr (RareIsPossible) return held.index() == 1;
    return false;
  }

  /// Calls `use(kernel, plan)` with the kernel that the call was planned for, a value of its type, and its plan.
  template <class Use>
  constexpr void visit(const Use& use) const {
    if constexpr (RareIsPossible) {
      if (const auto* const rare = std::get_if<1>(&held)) return use(Rare{}, *rare);
      use(Usual{}, *std::get_if<0>(&held));
    } else {
      use(Usual{}, held);
    }
  }
};

/// The kernels of a call of `backward`: of the gradients of the input and of the weight.
template <class Data, class Weights>
struct backward_kernels {
  using data = Data;
  using weights = Weights;

  struct plan_type {
    typename Data::plan_type data;
    typename Weights::plan_type weights;
  };
};

}  // namespace esp::inline ESPALIER_ABI::detail
