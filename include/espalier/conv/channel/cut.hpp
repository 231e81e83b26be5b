// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a direct convolution with lanes along output channels is cut: into tiles, and into tasks.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Taps whose offsets, in scratch and in the input, a call of `channel_nest` holds: 8 KiB.
inline constexpr index_t channel_taps = offset_table / 2;

/// What the nest of channel tiles is compiled for.
struct channel_form {
  index_t vectors = 1;   ///< Registers of a block of output channels.
  index_t run_taps = 1;  ///< Taps along W whose weights are held in registers at once: all of them, or 1.
  index_t step = 1;      ///< Elements between two positions of a row: stride 2 is read as it lies, others taken apart.

  friend constexpr bool operator==(const channel_form&, const channel_form&) = default;
};

/// The form that computes the fewest channels that are not there. With one register of channels a broadcast of the
/// input serves one product, unless the taps along W share it; half of the registers at most hold weights.
[[nodiscard]] constexpr channel_form channel_form_for(index_t out, const extents& taps, const extents& stride,
                                                      const extents& dilation, index_t lane_count,
                                                      index_t registers = vector_registers) {
  channel_form best;
  index_t computed = 0;
  for (const index_t vectors : {2, 3, 1}) {
    const index_t width = vectors * lane_count, whole = ceil_div(out, width) * width;
    if (computed > 0 && whole >= computed) continue;
    computed = whole;
    best.vectors = vectors;
  }
  best.step = stride.w == 2 ? 2 : 1;
  if (best.vectors == 1 && dilation.w == 1 && stride.w <= 2 && taps.w <= registers / 2 - 1) best.run_taps = taps.w;
  return best;
}

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

  explicit constexpr channel_sizes(index_t vectors, index_t run_taps = 1, index_t registers = operand_registers) {
    // Where elements are shared g++ needs one register more.
    most = (registers - (run_taps > 1 ? 2 : 1) - vectors * run_taps) / vectors;
    // Seven steps of 4; 30, which would fit 32 registers with one of channels, is no such number.
    if (most > 28) most = 28;
    step = ceil_div(most, 7);
    if (step > 2) most -= most % step;
    least = ceil_div(8, vectors);
  }
  [[nodiscard]] constexpr index_t count() const { return ceil_div(most, step); }
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
          const index_t b = size(j), m = ceil_div(left, b), smallest = m > 0 ? b : a;
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
    return clamp_index(hot_budget / clamp_index(channel_weights, 1, hot_budget), 1, ic);
  }
  /// The axes of a problem's planes in scratch.
  [[nodiscard]] constexpr plane_layout axes_of(const correlation& p) const {
    plane_layout axes;
    axes.h = {p.taps.h, p.stride.h, p.dilation.h, p.before.h};
    axes.w = expanded             ? stride_axis{1, p.stride.w, 1, p.before.w}
             : step == p.stride.w ? stride_axis{p.taps.w, 1, p.dilation.w, p.before.w}
                                  : stride_axis{p.taps.w, p.stride.w, p.dilation.w, p.before.w};
    axes.boundary = p.boundary;
    return axes;
  }
};

/// Planes of `oh` by `ow` outputs as channel tiles read them in scratch.
struct channel_planes {
  const correlation& p;
  const channel_blocking& b;

  [[nodiscard]] constexpr index_t row_elements(index_t ow) const {
    return b.plane.w.span(b.expanded ? ow : (ow - 1) * b.step + 1);
  }
  [[nodiscard]] constexpr index_t size(index_t oh, index_t ow) const {
    const index_t copies = b.expanded ? p.taps.w : b.plane.w.slot_count;
    return copies * b.plane.h.slot_count * b.plane.h.span(oh) * row_elements(ow);
  }
  [[nodiscard]] constexpr index_t count(index_t od) const {
    return od == 1 ? p.taps.d : (od - 1) * p.stride.d + (p.taps.d - 1) * p.dilation.d + 1;
  }
  /// Whether they fit with `channels` input channels.
  template <class T>
  [[nodiscard]] constexpr bool fit(index_t channels, index_t od, index_t oh, index_t ow) const {
    return channels * count(od) * size(oh, ow) <= elements_in<T>(channel_budget::input);
  }
};

/// Outputs of a task along H, W and D; `hot`: input channels that are in scratch at least.
template <class T>
constexpr void cut_outputs(const correlation& p, const channel_sizes& sizes, index_t hot, index_t workers,
                           channel_blocking& b) {
  // 48^2 positions: with two registers of channels 288 KiB of sums.
  constexpr index_t most_positions = 2304;
  const extents& Y = p.outputs;
  const channel_planes planes{p, b};
  // Rows of at most 512 positions, of whole tiles: what two neighbours copy twice is one part in a hundred.
  b.ow = Y.w <= 512 ? Y.w : ceil_div(even_block(Y.w, 512), sizes.most) * sizes.most;
  b.oh = clamp_index(most_positions / b.ow, 1, Y.h);
  while (b.oh > 1 && !planes.fit<T>(hot, 1, b.oh, b.ow)) b.oh = ceil_div(b.oh, 2);
  while (workers > 1 && b.oh > 4 && p.X.n * p.groups * Y.d * ceil_div(Y.h, b.oh) < 2 * workers) {
    b.oh = ceil_div(b.oh, 2);
  }
  b.oh = even_block(Y.h, b.oh);
  while (b.oh == 1 && !b.expanded && b.ow > 2 * sizes.most && !planes.fit<T>(hot, 1, 1, b.ow)) {
    b.ow = ceil_div(ceil_div(b.ow, 2), sizes.most) * sizes.most;
  }
  if (b.oh < Y.h || b.ow < Y.w) return;
  b.od = joined_block(Y.d, Y.d, p.X.n * p.groups, tasks_wanted(workers), [&](index_t od) {
    return od * b.oh * b.ow <= most_positions && planes.fit<T>(hot, od, b.oh, b.ow);
  });
}

/// Output channels of a task: where sums wait for more input channels, all blocks of a task have a place.
template <class T>
constexpr index_t blocks_together(const correlation& p, const channel_blocking& b, index_t blocks, index_t others,
                                  index_t workers) {
  index_t together = clamp_index(elements_in<T>(channel_budget::sums) / b.block_sums, 1, blocks);
  while (workers > 1 && together > 1 &&
         others * ceil_div(p.outputs.d, b.od) * ceil_div(blocks, together) < 2 * workers) {
    together = ceil_div(together, 2);
  }
  return even_block(blocks, together);
}

/// Cuts a problem for a team of `workers`. `position_step`: elements between two positions of a row in scratch, the
/// stride along W or 1. @pre there are outputs.
template <class T>
[[nodiscard]] constexpr channel_blocking channel_blocks_for(const correlation& p, index_t vectors,
                                                            index_t position_step, index_t run_taps, index_t workers) {
  const channel_sizes sizes(vectors, run_taps);
  const index_t width = vectors * lanes<T>, blocks = ceil_div(p.out, width);
  const extents& Y = p.outputs;
  channel_blocking b;
  b.step = position_step;
  // Rows shorter than a tile waste it.
  b.expanded = Y.h > 1 && Y.w < 8 && Y.w < sizes.most && position_step == 1 && run_taps == 1;
  b.plane = b.axes_of(p);
  b.hot_budget = elements_in<T>(channel_budget::weights);
  const index_t hot = clamp_index(b.hot_budget / (clamp_index(p.tap_count(), 1, channel_taps) * width), 1, p.in);
  cut_outputs<T>(p, sizes, hot, workers, b);
  const index_t others = p.X.n * p.groups * ceil_div(Y.h, b.oh) * ceil_div(Y.w, b.ow);

  const channel_planes planes{p, b};
  b.plane.rows = b.plane.h.span(b.oh);
  b.plane.pitch = planes.row_elements(b.ow);
  b.plane_size = planes.size(b.oh, b.ow);
  b.planes = planes.count(b.od);
  const index_t input = elements_in<T>(channel_budget::input);
  b.ic = clamp_index(input / (b.planes * b.plane_size), hot, p.in);
  if (b.ic < p.in) b.ic = b.ic / hot * hot;
  b.runs = b.expanded ? 1 : b.oh;
  // The last block of a long row may be cut worse.
  b.run_positions = sizes.cut(b.expanded ? b.oh * b.ow : b.ow).positions() + sizes.most;
  b.block_sums = whole_lines<T>(b.od * b.runs * b.run_positions * width);
  const index_t together = blocks_together<T>(p, b, blocks, others, workers);
  b.oc = together * width;
  // A tile reads on behind the last row.
  b.input_elements = whole_lines<T>(b.ic * b.planes * b.plane_size + sizes.most * position_step);
  b.kept = b.input_elements + (b.one_pass(p.in) ? 1 : together) * b.block_sums;
  b.elements = b.kept + (p.paired ? whole_lines<T>(b.oc * b.od * b.oh * b.ow) : 0);
  b.tasks = others * ceil_div(Y.d, b.od) * ceil_div(p.out, b.oc);
  return b;
}

/// The cut of a call: that of the hull of its problems, whose rows are joined where every problem's can be.
struct channel_call_cut {
  correlation hull;
  bool flat = false;
  channel_blocking b;
  index_t tasks = 0;

  [[nodiscard]] index_t worker_elements() const { return b.elements; }
};

/// Cuts a call of a list of problems (correlation.hpp); without outputs there is no task.
template <class T, class Problems>
[[nodiscard]] channel_call_cut channel_cut_of(const Problems& problems, const channel_form& form, index_t workers) {
  channel_call_cut c;
  c.hull = problems.hull();
  if (c.hull.outputs.volume() == 0) return c;
  const index_t rows = c.hull.X.h;
  c.flat = flattened(c.hull).X.h < rows;
  for (index_t i = 0; i < problems.count() && c.flat; ++i) c.flat = flattened(problems[i]).X.h < rows;
  if (c.flat) c.hull = flattened(c.hull);
  c.b = channel_blocks_for<T>(c.hull, form.vectors, form.step, form.run_taps, workers);
  c.tasks = c.b.tasks;
  return c;
}

}  // namespace esp::inline ESPALIER_ABI::detail
