// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// When a value of a formula is known while a weight is walked.
#pragma once

#include <espalier/config.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A point of time in pass `pass` over the weight: the end of every part of scope `phase`, of each block, of each
/// filter, of the whole. `scope::tap` is the start of the pass, where a value of each tap always becomes known.
struct moment {
  int pass = 0;
  scope phase = scope::tap;

  friend constexpr bool operator==(const moment&, const moment&) = default;
  friend constexpr bool operator<(const moment& a, const moment& b) {
    return a.pass < b.pass || (a.pass == b.pass && a.phase < b.phase);
  }
};

/// The first start of a pass that is not before `t`.
[[nodiscard]] constexpr moment next_pass(const moment& t) {
  return t.phase == scope::tap ? t : moment{.pass = t.pass + 1};
}

}  // namespace esp::inline ESPALIER_ABI::detail
