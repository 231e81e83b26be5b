// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// When it pays to add tied taps before they are multiplied: additions against products.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/tied/groups.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What a table of tied taps leaves to do for each output, or for each element that is read.
struct tied_work {
  index_t taps = 0;       ///< That are not zero: products without ties.
  index_t groups = 0;     ///< Products of an input and an output channel.
  index_t additions = 0;  ///< For each input channel, whatever the outputs.
  index_t passes = 0;     ///< Vectors of sums that are loaded and stored for them.
};

/// The work of a kernel whose taps are tied as `Taps` says. Mirrored it is the same.
template <extents Kernel, class Taps>
[[nodiscard]] constexpr tied_work tied_work_of() {
  constexpr auto plan = plan_sums(Taps::value, Kernel, tap_numbering::forwards);
  return {tied_groups_of(Taps::value, tap_numbering::forwards).taps(), plan.groups, plan.additions(),
          plan.terms + plan.arrays - 1};
}

/// Whether tied taps can be added first: without a stride, and with a list of groups that is not too long.
[[nodiscard]] constexpr bool tied_serves(const conv3d& config) {
  return config.stride == extents{1} && config.kernel_size.volume() <= kept_taps::most;
}

/// Multiply-adds of a position, counted for all channels, that take as long as the sums and what they leave.
///
/// A vector that is loaded and added, or stored, on its way through the caches takes as long as 3.5 multiply-adds. Time
/// of a call with all products, direct or by Winograd as `algorithm_for` says, to that with sums first (float, one
/// thread, 64^3 or 48^3, g++ 12, AVX-512; double is alike), forward and gradient of the weight; what pays is chosen:
///   cube 3^3, 4 groups     1 > 1 0.5, 0.9; 1 > 2 0.8, 1.2; 1 > 3 0.9, 1.4; 1 > 4 1.4, 2.5; 1 > 8 1.9, 1.6; 4 >
///   4 1.6, 1.5 against Winograd       8 > 8 1.7; 4 > 16 2.3; 16 > 16 1.2, 1.0; 32 > 32 1.3, 1.0; 16 > 4 1.1 cube 5^3,
///   10 groups    1 > 1 0.5, 0.9; 1 > 2 0.9, 1.4; 1 > 8 3.1, 2.9; 4 > 4 1.7, 1.8; 16 > 16 2.8, 2.7 mirrored along W, 18
///   1 > 8 1.4, 1.3; 16 > 16 against Winograd 0.7, 0.6 mirrored at a point    3^3, 14 groups: 1 > 8 1.1, 1.1; 4 > 4
///   0.8; 16 > 16 0.5; 5^3, 63: 1 > 8 1.0, 8 > 8 0.8
[[nodiscard]] constexpr index_t tied_cost(const tied_work& w, index_t in, index_t out) {
  return in * (7 * w.passes / 2 + w.groups * out);
}

}  // namespace esp::inline ESPALIER_ABI::detail
