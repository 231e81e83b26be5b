// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The numbers of a formula that no weight decides: constants, eps and the parameters of the whole weight, a register
/// each.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/node.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What formula `F` (dsl/espalier/lower.hpp) reads of them in element type `T`: all that a program carries of the
/// graph; the graph itself, 18 kB, stays with the compiler.
template <class F, class T>
class fixed_values {
  /// The node of a number, and where the number is: in `value`, or among the parameters.
  struct fixed_value {
    int id = 0;
    int parameter = -1;
    T value{};
  };
  static constexpr bool is_fixed(const node& n) {
    return (n.op == operation::parameter && n.level == scope::whole) || n.op == operation::constant ||
           n.op == operation::epsilon || n.op == operation::known_sum;
  }

 public:
  static constexpr std::size_t count = [] {
    std::size_t result = 0;
    for (int id = 0; id < F::value.size; ++id) result += is_fixed(F::value[id]) ? 1 : 0;
    return result;
  }();

  /// Fills the registers of these nodes; `whole` holds `lanes<T>` elements for each node of the graph.
  static void store(T* whole, const T* parameters) {
    for (const fixed_value& fixed : all) {
      const T value = fixed.parameter < 0 ? fixed.value : parameters[fixed.parameter];
      simd::store(whole + fixed.id * lanes<T>, simd::broadcast(value));
    }
  }

 private:
  static constexpr auto all = [] {
    std::array<fixed_value, count> result{};
    std::size_t next = 0;
    for (int id = 0; id < F::value.size; ++id) {
      const node& n = F::value[id];
      if (!is_fixed(n)) continue;
      const bool named = n.op == operation::parameter;
      const int at = named ? static_cast<int>(number_offset(F::value, static_cast<int>(n.name()))) : -1;
      result[next++] = {id, at, named ? T{} : static_cast<T>(n.value)};
    }
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
