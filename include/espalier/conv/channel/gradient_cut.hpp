// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the gradient of a weight is cut into tasks where lanes run along channels, and the layout of their scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/channel/tap_runs.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/dims.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// How a group's channels are dealt to registers where lanes run along output channels.
///
/// x lies in panels of `panel` input channels, position by position, so the taps of one kernel row at one position are
/// consecutive: `run` elements, of which a tile broadcasts `broadcasts` at a time. Where dilation keeps the taps apart
/// each has a run of its own. grad_y lies in panels of `vectors` registers of output channels.
struct outer_tile {
  index_t broadcasts = 1;
  index_t vectors = 1;
  index_t panel = 1;
  index_t runs = 1;  ///< Runs of a whole kernel row: 1, or KW where W is dilated.
  index_t run = 1;
  index_t cost = 0;  ///< Estimated quarter cycles for one position of a group, all kept taps and channels.

  friend constexpr bool operator==(const outer_tile&, const outer_tile&) = default;

  /// Elements of so many taps as the tiles cover them: what is beyond these is computed and dropped.
  [[nodiscard]] constexpr index_t covered(index_t taps) const {
    return ceil_div(taps * panel, broadcasts) * broadcasts;
  }
  /// The same of a whole run.
  [[nodiscard]] constexpr index_t covered() const { return ceil_div(run, broadcasts) * broadcasts; }
};

/// Sums of one panel of output channels by one panel of input channels, in registers' elements.
constexpr index_t panel_sums(const conv3d& config, const outer_tile& t, index_t lane_count,
                             const kept_taps& kept = {}) {
  return run_lengths(config, kept).tiles(t.panel, t.broadcasts) * t.broadcasts * t.vectors * lane_count;
}

/// The tile that needs the fewest cycles for `config` with `lane_count` lanes. On 32 registers 12 x 2 for most channel
/// numbers and kernels of 3, on 16 registers 6 x 2.
[[nodiscard]] constexpr outer_tile outer_tile_for(const conv3d& config, index_t lane_count,
                                                  index_t registers = operand_registers, const kept_taps& kept = {}) {
  const extents& K = config.kernel_size;
  const run_lengths lengths(config, kept);
  const index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
  const bool joined = joins_taps(config);
  outer_tile best{};
  best.cost = -1;
  const index_t oc_vectors = ceil_div(OCG, lane_count);
  for (index_t vectors = 1; vectors <= 6 && vectors <= oc_vectors; ++vectors) {
    // One cache line of floats: neither smaller than a register, where its end would be filled with zeros.
    for (index_t panel = 1; panel <= 16 && panel <= ceil_div(ICG, lane_count) * lane_count; ++panel) {
      // The copy writes whole registers, each over the rest of the one before: not where a position takes several.
      if (panel > lane_count && panel % lane_count != 0) continue;
      const index_t run = joined ? K.w * panel : panel, runs = joined ? 1 : K.w;
      for (index_t broadcasts = 1; broadcasts <= run; ++broadcasts) {
        // Accumulators, the vectors of grad_y, and one broadcast.
        if (broadcasts * vectors + vectors + 1 > registers) break;
        const index_t step = 1 + step_cost({broadcasts * vectors, broadcasts + vectors});
        const index_t cost =
            step * lengths.tiles(panel, broadcasts) * ceil_div(ICG, panel) * ceil_div(oc_vectors, vectors);
        // On a tie the wider panel and the longer tile, but no more vectors: they take room in the first cache.
        if (best.cost < 0 || cost < best.cost || (cost == best.cost && vectors == best.vectors)) {
          best = {broadcasts, vectors, panel, runs, run, cost};
        }
      }
    }
  }
  return best;
}

/// One axis of a block of outputs against the input rows (or planes) it holds: output `o`, tap `k` reads row
/// `o step + k tap`, which is row `first + (o step + k tap) unit` of the input.
struct outer_axis {
  index_t step = 1;
  index_t tap = 1;
  index_t unit = 1;  ///< Input rows between two that are held: the dilation, where only the taps of one output are.
  index_t held = 1;

  constexpr outer_axis() = default;
  constexpr outer_axis(index_t outputs, index_t kernel, index_t stride, index_t dilation)
      : step(outputs > 1 ? stride : 1),
        tap(outputs > 1 ? dilation : 1),
        unit(outputs > 1 ? 1 : dilation),
        held((outputs - 1) * step + (kernel - 1) * tap + 1) {}
};

/// The cut of one call. A job is a block of output channels by a block of input channels of one group; a share is a run
/// of units that every job sums by itself, and a unit one block of (n, od, oh, ow), copied at once. A strip is the part
/// of a unit whose rows stay in the first cache while all taps pass by. A task is one job of one share.
///
/// Nothing here depends on the number of workers: the order of every sum is that of the shape.
struct outer_blocking {
  outer_tile tile;
  index_t ICG = 1;
  index_t OCG = 1;
  index_t width = 1;  ///< Output channels of a panel.
  index_t oc = 1;     ///< Output channels of a job: whole panels.
  index_t ic = 1;     ///< Input channels of a job: whole panels.
  index_t od = 1;     ///< Output planes, rows, columns of a unit.
  index_t oh = 1;
  index_t ow = 1;
  index_t strip_d = 1;  ///< Output planes and rows of a strip.
  index_t strip_h = 1;
  outer_axis d;
  outer_axis h;
  index_t pitch = 1;  ///< Positions of a row of x.
  index_t jobs = 1;
  index_t units = 0;
  index_t shares = 1;
  index_t sum_panel = 0;  ///< Sums of one panel of output channels by one panel of input channels.
  index_t x_elements = 0;
  index_t y_elements = 0;
  index_t sum_elements = 0;

  [[nodiscard]] constexpr index_t x_row() const { return pitch * tile.panel; }
  [[nodiscard]] constexpr index_t x_plane() const { return h.held * x_row(); }
  [[nodiscard]] constexpr index_t x_panel() const { return d.held * x_plane(); }
  [[nodiscard]] constexpr index_t y_row() const { return ow * width; }
  [[nodiscard]] constexpr index_t y_plane() const { return oh * y_row(); }
  [[nodiscard]] constexpr index_t y_panel() const { return od * y_plane(); }
  [[nodiscard]] constexpr index_t worker_elements() const { return x_elements + y_elements + sum_elements; }
};

/// Positions that `ow` outputs read of a row of x.
constexpr index_t row_positions(const conv3d& config, index_t ow) {
  return (ow - 1) * config.stride.w + (config.kernel_size.w - 1) * config.dilation.w + 1;
}

/// Whether a unit of so many outputs fits with the channels of a job.
template <class T>
constexpr bool unit_fits(const conv3d& config, const outer_blocking& b, index_t od, index_t oh, index_t ow) {
  using budget = channel_gradient_budget;
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const index_t rows = outer_axis(od, K.d, S.d, L.d).held * outer_axis(oh, K.h, S.h, L.h).held;
  return rows * row_positions(config, ow) * b.ic <= elements_in<T>(budget::x) &&
         od * oh * ow * b.oc <= elements_in<T>(budget::y);
}

/// Channels of a job and columns of a unit: as many as fit, in even blocks of whole panels.
template <class T>
constexpr void cut_job(const conv3d& config, const dims5& output, index_t taps, outer_blocking& b) {
  const index_t panel = b.tile.panel;
  const auto halve = [](index_t& block, index_t size, index_t unit) { block = even_block(size, block / 2, unit); };
  b.oc = ceil_div(b.OCG, b.width) * b.width;
  b.ic = ceil_div(b.ICG, panel) * panel;
  while (b.oc / b.width * (b.ic / panel) * b.sum_panel > elements_in<T>(channel_gradient_budget::sums) &&
         b.oc + b.ic > b.width + panel) {
    b.oc > b.width && (b.oc >= b.ic || b.ic == panel) ? halve(b.oc, b.OCG, b.width) : halve(b.ic, b.ICG, panel);
  }
  // Both ends are round numbers, not measured: a row of 1024 has paid for its ends, one of 64 rather gives up channels.
  b.ow = clamp_index(output.w, 1, 1024);
  while (!unit_fits<T>(config, b, 1, 1, b.ow)) {
    if (b.ow > 64) {
      b.ow = ceil_div(b.ow, 2);
    } else if (b.ic > panel) {
      halve(b.ic, b.ICG, panel);
    } else if (b.oc > b.width) {
      halve(b.oc, b.OCG, b.width);
    } else {
      break;
    }
  }
  b.jobs = config.groups * ceil_div(b.OCG, b.oc) * ceil_div(b.ICG, b.ic);
  b.shares = gradient_shares(config, output, b.jobs, taps);
}

/// Planes and rows of a unit: of the boxes that fit and leave a unit for every share, the one whose input has the
/// fewest elements for each output, since every one is copied once a unit.
template <class T>
constexpr void cut_unit(const conv3d& config, const dims5& output, outer_blocking& b) {
  using budget = channel_gradient_budget;
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const index_t others = output.n * ceil_div(output.w, b.ow), pitch = row_positions(config, b.ow);
  const auto units = [&](index_t od, index_t oh) { return others * ceil_div(output.d, od) * ceil_div(output.h, oh); };
  double best = -1;
  // 16 planes copy a kernel of 3 planes 1.125 times.
  for (index_t d = 1; d <= 16 && d <= output.d; ++d) {
    const index_t od = even_block(output.d, d), held = outer_axis(od, K.d, S.d, L.d).held;
    const index_t by_y = elements_in<T>(budget::y) / (od * b.ow * b.oc);
    const index_t by_x = (elements_in<T>(budget::x) / (held * pitch * b.ic) - (K.h - 1) * L.h - 1) / S.h + 1;
    index_t oh = even_block(output.h, by_x < by_y ? by_x : by_y);
    while (oh > 1 && units(od, oh) < b.shares) oh = ceil_div(oh, 2);
    if (od > 1 && !(unit_fits<T>(config, b, od, oh, b.ow) && units(od, oh) >= b.shares)) break;
    const double rows = static_cast<double>(held * outer_axis(oh, K.h, S.h, L.h).held);
    const double copied = rows / static_cast<double>(od * oh);
    if (best < 0 || copied < best) {
      best = copied;
      b.od = od;
      b.oh = oh;
    }
  }
  b.units = units(b.od, b.oh);
  b.shares = clamp_index(b.shares, 1, b.units < 1 ? 1 : b.units);
}

/// The layout of the scratch of a task, and the strips of a unit.
template <class T>
constexpr void lay_out(const conv3d& config, outer_blocking& b) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  b.d = outer_axis(b.od, K.d, S.d, L.d);
  b.h = outer_axis(b.oh, K.h, S.h, L.h);
  b.pitch = row_positions(config, b.ow);
  const index_t strip = elements_in<T>(channel_gradient_budget::strip) / (b.width * b.ow);
  const index_t rows = clamp_index(strip, 1, b.od * b.oh);
  b.strip_h = even_block(b.oh, rows);
  b.strip_d = even_block(b.od, rows / b.oh);
  // A tile reads past its run, and the copy writes past the last position: less than a tile and a register.
  b.x_elements = whole_lines<T>(b.ic / b.tile.panel * b.x_panel() + b.tile.broadcasts + lanes<T>);
  b.y_elements = whole_lines<T>(b.oc / b.width * b.y_panel());
  b.sum_elements = whole_lines<T>(b.oc / b.width * (b.ic / b.tile.panel) * b.sum_panel);
}

/// Cuts the gradient of the weight. @pre `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr outer_blocking outer_blocks_for(const conv3d& config, const dims5& output,
                                                        const kept_taps& kept = {}) {
  outer_blocking b;
  b.tile = outer_tile_for(config, lanes<T>, operand_registers, kept);
  b.ICG = config.in_channels / config.groups;
  b.OCG = config.out_channels / config.groups;
  b.width = b.tile.vectors * lanes<T>;
  b.sum_panel = panel_sums(config, b.tile, lanes<T>, kept);
  cut_job<T>(config, output, kept.count(config.kernel_size), b);
  cut_unit<T>(config, output, b);
  lay_out<T>(config, b);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
