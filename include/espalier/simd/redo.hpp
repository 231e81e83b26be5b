// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a sweep does where an intermediate result left the range of its type: compiled once, not once a formula.
#pragma once

#include <espalier/config.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/wide_evaluation.hpp>

namespace esp::inline ESPALIER_ABI {

/// Where the scalars of a tile are: a register of lanes for each node, of `depth` blocks with `slots` nodes each, of
/// their filters, of the whole weight.
template <class T>
struct scalar_homes {
  const T* blocks;
  const T* filters;
  const T* whole;
  index_t depth;
  index_t slots;

  [[nodiscard]] T at(scope level, int id, index_t block, index_t lane) const {
    const T* const home = level == scope::block    ? blocks + block * slots * lanes<T>
                          : level == scope::filter ? filters
                                                   : whole;
    return home[id * lanes<T> + lane];
  }
};

/// Adds to `verdict` what the watched scalars of the column in `lane` say.
template <class T>
[[gnu::noinline]] void look_at_scalars(const watched_scalar* scalars, int count, const scalar_homes<T>& homes,
                                       index_t lane, range_verdict& verdict) {
  for (int i = 0; i < count; ++i) {
    const watched_scalar& s = scalars[i];
    for (index_t b = 0; b < (s.level == scope::block ? homes.depth : 1); ++b) {
      s.look(verdict, homes.at(s.level, s.id, b, lane), homes.at(s.level_a, s.a, b, lane),
             homes.at(s.level_b, s.b, b, lane));
    }
  }
}

/// Writes a column of `blocks` blocks, computed on wide numbers; `known` has what is known of the whole weight, where a formula
/// reduces so far, else it is null.
template <class T>
[[gnu::noinline]] void write_wide(const wide_program& program, const T* parameters, wide_evaluation<T>* known,
                                  const T* in, const T* incoming, index_t blocks, T* out, index_t stride) {
  if (known != nullptr) {
    known->write_column(in, incoming, blocks, out, stride);
  } else {
    wide_evaluation<T>(program, parameters).write_column(in, incoming, blocks, out, stride);
  }
}

}  // namespace esp::inline ESPALIER_ABI
