// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a direct convolution with lanes along output channels is cut: into tiles, and into tasks.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation_problem.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

/// Tiles of two sizes that cover a run of positions.
struct channel_cut {
  index_t size[2] = {0, 0};
  index_t count[2] = {0, 0};

  [[nodiscard]] constexpr index_t positions() const { return size[0] * count[0] + size[1] * count[1]; }
};

/// The sizes of a tile for `vectors` registers of channels: at most seven, evenly spaced up to what fits the registers.
struct channel_sizes {
  index_t most = 1;
  index_t step = 1;
  index_t least = 1;  ///< Positions that a smaller tile costs as well: each sum waits 4 cycles, two begin in each.

  explicit constexpr channel_sizes(index_t vectors, index_t columns = 1,
                                   index_t registers = vector_registers - (has_fma ? 0 : 1)) {
    // Where elements are shared g++ needs one register more.
    most = (registers - (columns > 1 ? 2 : 1) - vectors * columns) / vectors;
    if (most > 28) most = 28;
    step = (most + 6) / 7;
    if (step > 2) most -= most % step;
    least = (8 + vectors - 1) / vectors;
  }
  [[nodiscard]] constexpr index_t count() const { return (most + step - 1) / step; }
  [[nodiscard]] constexpr index_t size(index_t number) const { return most - number * step; }

  /// The tiles for a run of `width` positions that take the least time.
  [[nodiscard]] constexpr channel_cut cut(index_t width) const {
    channel_cut best;
    index_t best_cost = -1;
    for (index_t i = 0; i < count(); ++i) {
      const index_t a = size(i);
      for (index_t n = width / a; n >= 0 && n + 4 > width / a; --n) {
        const index_t left = width - n * a;
        for (index_t j = left > 0 ? i : count() - 1; j < count(); ++j) {
          const index_t b = size(j), m = (left + b - 1) / b, smallest = m > 0 ? b : a;
          // A tile itself costs about as much as a quarter of a position; small ones load more for a product.
          const index_t cost = 32 * (4 * (n * price(a) + m * price(b)) + n + m) + most - smallest;
          if (best_cost >= 0 && cost >= best_cost) continue;
          best_cost = cost;
          best = {{a, b}, {n, m}};
        }
      }
    }
    return best;
  }

 private:
  [[nodiscard]] constexpr index_t price(index_t positions) const { return positions > least ? positions : least; }
};

/// The cut of one call. A task is one block of (n, group, output channels, od, oh, ow).
///
/// Blocks are chosen for locality and balance alone: the order in which an output is summed does not depend on them.
struct channel_blocking {
  plane_layout plane;
  bool expanded = false;   ///< Planes hold one copy for each tap along W, whose rows follow each other without a gap.
  index_t step = 1;        ///< Elements between two positions of a row: the stride along W, or 1.
  index_t plane_size = 0;  ///< Elements of a plane in scratch.
  index_t planes = 1;      ///< Planes in scratch for a channel.
  index_t oc = 1, od = 1, oh = 1, ow = 1;  ///< Outputs of a task.
  index_t ic = 1;                          ///< Input channels in scratch at a time.
  index_t runs = 1;                        ///< Runs of positions of an output plane of a task.
  index_t run_positions = 1;               ///< Positions that the sums of a run have room for.
  index_t block_sums = 0;                  ///< Elements of the sums of one block of output channels.
  index_t input_elements = 0;
  index_t kept = 0;      ///< Before the results of the first of two paired problems, which wait for the other's.
  index_t elements = 0;  ///< Scratch of one worker.
  index_t tasks = 0;

  index_t hot_budget = 1;  ///< Elements of weight that stay in the first cache.

  /// Whether all `channels` fit at once: sums never wait in memory.
  [[nodiscard]] constexpr bool one_pass(index_t channels) const { return ic >= channels; }
  /// Input channels whose weights, `channel_weights` elements each, stay in the first cache.
  [[nodiscard]] constexpr index_t hot(index_t channel_weights) const {
    return detail::clamp_index(hot_budget / channel_weights, 1, ic);
  }
  /// The axes of a problem's planes in scratch.
  [[nodiscard]] constexpr plane_layout axes_of(const channel_problem& p) const {
    plane_layout axes;
    axes.h = {p.taps.h, p.stride.h, p.dilation.h, p.before.h};
    axes.w = expanded             ? stride_axis{1, p.stride.w, 1, p.before.w}
             : step == p.stride.w ? stride_axis{p.taps.w, 1, p.dilation.w, p.before.w}
                                  : stride_axis{p.taps.w, p.stride.w, p.dilation.w, p.before.w};
    return axes;
  }
};

/// Cuts a problem for a team of `workers`. `position_step`: elements between two positions of a row in scratch, the
/// stride along W or 1. @pre there are outputs.
template <class T>
[[nodiscard]] constexpr channel_blocking channel_blocks_for(const channel_problem& p, index_t vectors,
                                                            index_t position_step, index_t columns_together,
                                                            index_t workers) {
  using detail::ceil_div, detail::clamp_index;
  constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
  constexpr index_t input_budget = index_t{256} * 1024 / static_cast<index_t>(sizeof(T));
  constexpr index_t sum_budget = index_t{512} * 1024 / static_cast<index_t>(sizeof(T));
  constexpr index_t hot_budget = index_t{20} * 1024 / static_cast<index_t>(sizeof(T));
  constexpr index_t most_positions = 2304;
  const channel_sizes sizes(vectors, columns_together);
  const index_t width = vectors * lanes<T>, taps = p.taps.volume();
  const extents &Y = p.outputs, &S = p.stride, &L = p.dilation;
  channel_blocking b;
  b.step = position_step;
  // Rows shorter than a tile waste it.
  b.expanded = Y.h > 1 && Y.w < 8 && Y.w < sizes.most && position_step == 1 && columns_together == 1;
  b.plane = b.axes_of(p);
  const auto columns = [&](index_t ow) { return b.plane.w.span(b.expanded ? ow : (ow - 1) * position_step + 1); };
  const auto plane = [&](index_t oh, index_t ow) {
    return (b.expanded ? p.taps.w : b.plane.w.slot_count) * b.plane.h.slot_count * b.plane.h.span(oh) * columns(ow);
  };
  const auto planes = [&](index_t od) { return od == 1 ? p.taps.d : (od - 1) * S.d + (p.taps.d - 1) * L.d + 1; };

  b.hot_budget = hot_budget;
  const index_t hot = clamp_index(hot_budget / (taps * width), 1, p.IC);
  b.ow = Y.w <= 512 ? Y.w : ceil_div(ceil_div(Y.w, ceil_div(Y.w, 512)), sizes.most) * sizes.most;
  b.oh = clamp_index(most_positions / b.ow, 1, Y.h);
  while (b.oh > 1 && hot * planes(1) * plane(b.oh, b.ow) > input_budget) b.oh = ceil_div(b.oh, 2);
  while (workers > 1 && b.oh > 4 && p.X.n * p.groups * Y.d * ceil_div(Y.h, b.oh) < 2 * workers) {
    b.oh = ceil_div(b.oh, 2);
  }
  b.oh = ceil_div(Y.h, ceil_div(Y.h, b.oh));
  while (b.oh == 1 && !b.expanded && b.ow > 2 * sizes.most && hot * planes(1) * plane(1, b.ow) > input_budget) {
    b.ow = ceil_div(ceil_div(b.ow, 2), sizes.most) * sizes.most;
  }
  const index_t others = p.X.n * p.groups * ceil_div(Y.h, b.oh) * ceil_div(Y.w, b.ow);
  if (b.oh == Y.h && b.ow == Y.w) {
    const index_t wanted = workers > 1 ? 4 * workers : 1;
    while (b.od < Y.d && (b.od + 1) * b.oh * b.ow <= most_positions && others * ceil_div(Y.d, b.od + 1) >= wanted &&
           hot * planes(b.od + 1) * plane(b.oh, b.ow) <= input_budget) {
      ++b.od;
    }
    b.od = ceil_div(Y.d, ceil_div(Y.d, b.od));
  }
  b.plane.rows = b.plane.h.span(b.oh);
  b.plane.pitch = columns(b.ow);
  b.plane_size = plane(b.oh, b.ow);
  b.planes = planes(b.od);
  b.ic = clamp_index(input_budget / (b.planes * b.plane_size), hot, p.IC);
  if (b.ic < p.IC) b.ic = b.ic / hot * hot;
  b.runs = b.expanded ? 1 : b.oh;
  // The last block of a long row may be cut worse.
  b.run_positions = sizes.cut(b.expanded ? b.oh * b.ow : b.ow).positions() + sizes.most;
  b.block_sums = ceil_div(b.od * b.runs * b.run_positions * width, line) * line;
  // Where sums wait for more input channels, all blocks of a task have a place.
  const index_t blocks = ceil_div(p.OC, width);
  index_t together = clamp_index(sum_budget / b.block_sums, 1, blocks);
  while (workers > 1 && together > 1 && others * ceil_div(Y.d, b.od) * ceil_div(blocks, together) < 2 * workers) {
    together = ceil_div(together, 2);
  }
  together = ceil_div(blocks, ceil_div(blocks, together));
  b.oc = together * width;
  // A tile reads on behind the last row.
  b.input_elements = ceil_div(b.ic * b.planes * b.plane_size + sizes.most * position_step, line) * line;
  b.kept = b.input_elements + (b.one_pass(p.IC) ? 1 : together) * b.block_sums;
  b.elements = b.kept + (p.paired ? ceil_div(b.oc * b.od * b.oh * b.ow, line) * line : 0);
  b.tasks = others * ceil_div(Y.d, b.od) * ceil_div(p.OC, b.oc);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI
