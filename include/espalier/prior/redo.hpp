// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a sweep does where an intermediate result left the range of its type: compiled once, not once a formula.
#pragma once

#include <espalier/config.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/wide_evaluation.hpp>
#include <espalier/wide_program.hpp>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// Whether the elements that are not zero have magnitudes from `low` to `high`.
template <class T>
[[nodiscard]] bool all_within(const T* from, index_t count, T low, T high) {
  bool within = true;
  index_t i = 0;
  if (count >= lanes<T>) {
    const batch<T> least = broadcast(low), most = broadcast(high), zero = broadcast(T(0));
    batch_mask<T> out = zero < zero;
    for (; i + lanes<T> <= count; i += lanes<T>) {
      const batch<T> size = abs<T>(load_unaligned(from + i));
      out = out | !(size <= most) | ((size < least) & (zero < size));
    }
    within = !any<T>(out);
  }
  for (; i < count; ++i) {
    const T size = safe_range<T>::magnitude(from[i]);
    within = within && size <= high && (size >= low || size == 0);
  }
  return within;
}

}  // namespace simd

/// Whether a formula of so much reach takes all columns of a tile as they are: `first` is of `input_products`.
template <class T, class Columns>
[[nodiscard]] bool columns_within(const Columns& columns, index_t length, int reach, int first) {
  const T low = least_within<T>(reach, first), high = power_of_two<T>(reach);
  for (index_t lane = 0; lane < lanes<T>; ++lane) {
    if (!simd::all_within(columns[lane], length, low, high)) return false;
  }
  return true;
}

/// Where the scalars of a tile are: a register of lanes for each node, of `depth` blocks with `nodes` nodes each, of
/// their filters, of the input channels, of the whole weight.
template <class T>
struct scalar_homes {
  const T* blocks;
  const T* filters;
  const T* inputs;
  const T* whole;
  index_t depth;
  index_t nodes;

  [[nodiscard]] T at(scope level, int id, index_t block, index_t lane) const {
    const T* const home = level == scope::block    ? blocks + block * nodes * lanes<T>
                          : level == scope::filter ? filters
                          : level == scope::input  ? inputs + block * nodes * lanes<T>
                                                   : whole;
    return home[id * lanes<T> + lane];
  }
};

/// Adds to `verdict` what the watched scalars of the column in `lane` say.
template <class T>
ESPALIER_COLD void look_at_scalars(const watched_scalar* scalars, int count, const scalar_homes<T>& homes, index_t lane,
                                   range_verdict& verdict) {
  for (int i = 0; i < count; ++i) {
    const watched_scalar& s = scalars[i];
    for (index_t b = 0; b < (s.level == scope::block || s.level == scope::input ? homes.depth : 1); ++b) {
      s.look(verdict, homes.at(s.level, s.id, b, lane), homes.at(s.level_a, s.a, b, lane),
             homes.at(s.level_b, s.b, b, lane));
    }
  }
}

/// Writes a column of `blocks` blocks, from number `first` of the weight on, computed on wide numbers; `known` has what
/// is known of the whole weight, where a formula reduces so far, else it is null.
template <class T>
ESPALIER_COLD void write_wide(const wide_program& program, const T* parameters, wide_evaluation<T>* known, const T* in,
                              const T* incoming, index_t first, index_t blocks, T* out, index_t stride) {
  if (known != nullptr) {
    known->write_column(in, incoming, first, blocks, out, stride);
  } else {
    wide_evaluation<T>(program, parameters).write_column(in, incoming, first, blocks, out, stride);
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
