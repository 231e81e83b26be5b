// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One compiled policy, as the program that judges it sees it.
#pragma once

#include <cstdint>
#include <espalier/graph.hpp>
#include <vector>

#include "drawn/claims.hpp"

namespace drawn {

/// Runs one weight: `in`, `out`, the numbers of the names as `number_offset` says.
template <class T>
using run_function = void (*)(const T*, T*, const T*);

struct entry {
  std::uint64_t number = 0;  ///< of the policy under the seed
  const esp::detail::graph* graph = nullptr;
  claims proved{};
  claims any_shape{};   ///< what `establishes` says of filters and weights without knowing how many channels there are
  bool answers = true;  ///< `holds` says yes to each proved value and no to its neighbours
  run_function<double> evaluate_double = nullptr;
  run_function<float> evaluate_float = nullptr;
  run_function<double> sweep_double = nullptr;  ///< of some policies; null for the others
  run_function<float> sweep_float = nullptr;
};

/// Written by drawn_write: the seed, and every compiled policy.
extern const std::uint64_t compiled_seed;
std::vector<entry> all_entries();

}  // namespace drawn
