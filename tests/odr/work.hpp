// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What both halves of the program do, compiled once for each instruction set.
#pragma once

#include <espalier/executor.hpp>
#include <espalier/shape.hpp>

namespace {

/// A number that depends on library code which is not inlined away.
inline double work() {
  double sum = 0;
  esp::threads{2}.run(27, [&](esp::index_t task, esp::index_t worker) {
    if (worker == 0) sum += static_cast<double>(esp::tap_at(task, esp::extents{3}).d + 1);
  });
  return sum;
}

}  // namespace
