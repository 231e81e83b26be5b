// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The scratch of a team, and how many tasks keep it busy.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Scratch areas of a team: one for each worker.
constexpr index_t team_size(index_t workers) { return workers > 1 ? workers : 1; }

/// Elements of scratch of a team whose workers take `each`, with room to start at a cache line wherever the caller's
/// buffer starts.
template <class T>
constexpr index_t team_elements(index_t each, index_t workers) {
  return team_size(workers) * each + line_elements<T>;
}

/// The first element of a buffer that begins a cache line. @pre the buffer begins where an element may lie.
template <class T>
T* line_start(T* buffer) {
  const auto address = reinterpret_cast<std::uintptr_t>(buffer);
  return buffer + (alignment - address % alignment) % alignment / sizeof(T);
}

/// Tasks that shares of a team are made of: four for each worker, so that a share that is one task too large is a
/// quarter; one where nothing is shared.
constexpr index_t tasks_wanted(index_t workers) { return workers > 1 ? 4 * workers : 1; }

/// Blocks along an axis of `size` that neighbours join, since they share the copy of their input: the longest block, at
/// most `most`, that `fits`, and of which `others` times as many as the axis has are still `wanted` tasks. Even blocks.
template <class Fits>
constexpr index_t joined_block(index_t size, index_t most, index_t others, index_t wanted, const Fits& fits) {
  index_t block = 1;
  while (block < most && block < size && others * ceil_div(size, block + 1) >= wanted && fits(block + 1)) ++block;
  return even_block(size, block);
}

}  // namespace esp::inline ESPALIER_ABI::detail
