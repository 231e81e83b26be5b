// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The learned numbers of a prior on the engine's side: what they start from, and their gradients.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/learned_gradient.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/shape.hpp>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// A sink of a formula that has one value for each number of a name: takes it from the first block that reads the
/// number. Only blocks know a gradient per input channel, so there it is their sum, filter by filter.
template <class T>
struct part_values {
  static constexpr bool scatters = false;

  plain_columns<T> columns_of_weight;  ///< Written nowhere.
  weight_shape shape;
  per part;  ///< What each number is one for.
  T* to;
  bool adds;

  using place = typename plain_columns<T>::place;
  [[nodiscard]] constexpr index_t tiles() const { return columns_of_weight.tiles(); }
  [[nodiscard]] constexpr place start() const { return columns_of_weight.start(); }
  [[nodiscard]] constexpr place after(place column) const { return columns_of_weight.after(column); }
  [[nodiscard]] tile_columns<T> columns(place column, const T* weight, index_t rows) const {
    return columns_of_weight.columns(column, weight, rows);
  }
  /// @pre whole columns: the first row of each block is here
  void take(place column, index_t, index_t rows, const T* tile) const {
    const index_t taps = shape.kernel.volume(), depth = rows / taps;
    const index_t filled = std::min(lanes<T>, columns_of_weight.count - column);
    for (index_t lane = 0; lane < filled; ++lane) {
      for (index_t b = 0; b < depth; ++b) {
        const index_t block = (column + lane) * depth + b, number = number_of_block(part, block, shape.in);
        if (part != per::input && block != first_block_of(part, number, shape.in)) continue;
        const T value = tile[b * taps * lanes<T> + lane];
        to[number] = adds ? to[number] + value : value;
      }
    }
  }
};

/// Calls `body` with the number of each learned name of formula `F` as a constant.
template <class F, class Body>
constexpr void for_learned(const Body& body) {
  if constexpr (number_table<F>::learned > 0) {
    const auto call = [&](auto name) {
      if constexpr (number_table<F>::info[static_cast<std::size_t>(name)].is_learned) body(name);
    };
    [&]<int... I>(std::integer_sequence<int, I...>) {
      (call(std::integral_constant<int, I>{}), ...);
    }(std::make_integer_sequence<int, number_table<F>::count>{});
  }
}

/// The learned numbers of formula `F`, name by name; nothing is instantiated of a formula that has none.
template <class F, class T>
struct learned_numbers {
  using table = number_table<F>;
  static constexpr int names = table::learned;
  static constexpr index_t count = table::total - table::learned_begin;

  template <int Name>
  using gradient_sweep = sweep<learned_gradient_formula<typename F::policy_type, Name, F::value.shape, F::eps>, T>;
  template <int Name>
  using start_sweep = sweep<learned_start_formula<typename F::policy_type, Name, F::value.shape, F::eps>, T>;
  static constexpr bool has_start(int name) { return table::info[static_cast<std::size_t>(name)].start >= 0; }

  /// Elements of scratch for `start`, and for `add_gradients`.
  static constexpr index_t start_scratch_size = [] {
    index_t most = 0;
    for_learned<F>([&](auto name) {
      if constexpr (has_start(name)) most = std::max(most, index_t{start_sweep<name>::scratch_size});
    });
    return most;
  }();
  static constexpr index_t gradient_scratch_size = [] {
    index_t most = 0;
    for_learned<F>([&](auto name) { most = std::max(most, index_t{gradient_sweep<name>::scratch_size}); });
    return most;
  }();

  /// Gives the numbers that have a `starts_at` its value for this weight; `numbers` as `number_offset` says.
  static void start(const T* weight, T* numbers, T* scratch) {
    for_learned<F>([&](auto name) {
      if constexpr (has_start(name)) {
        using sweep_type = start_sweep<name>;
        sweep_type::run_into(weight, sink_of_name<sweep_type>(name, numbers + table::offset_of(name), false), numbers,
                             scratch);
      }
    });
  }

  /// Adds the gradients of all learned numbers to `gradients`, which begins with the first of them; `incoming` is the
  /// gradient of the constrained weight.
  static void add_gradients(const T* weight, const T* numbers, T* gradients, T* scratch, const T* incoming) {
    for_learned<F>([&](auto name) {
      using sweep_type = gradient_sweep<name>;
      T* const to = gradients + (table::offset_of(name) - table::learned_begin);
      sweep_type::run_into(weight, sink_of_name<sweep_type>(name, to, true), numbers, scratch, incoming);
    });
  }

 private:
  template <class Sweep>
  static part_values<T> sink_of_name(int name, T* to, bool adds) {
    constexpr index_t length = F::value.shape.size() / Sweep::columns;
    return {
        {nullptr, Sweep::columns, length}, F::value.shape, table::info[static_cast<std::size_t>(name)].part, to, adds};
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
