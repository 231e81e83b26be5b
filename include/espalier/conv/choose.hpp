// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which family of kernels computes a direction of a configuration, and in which form: the one place that decides, with
/// what was measured. The rest is asked for: an algorithm by the configuration, a direct kernel by its entry.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/channel/cut.hpp>
#include <espalier/conv/channel/gradient_cut.hpp>
#include <espalier/conv/choose_algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/flat/gradient_cut.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/plane/gradient_cut.hpp>
#include <espalier/conv/tile/row_products.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <espalier/conv/tile/tap_columns.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/gradient_cut.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

/// A family of kernels: a folder of conv/.
enum class kernel_family {
  plane,      ///< Lanes along W over all rows of a plane: several output channels share a vector of input.
  flat,       ///< Lanes along D, H and W as one axis: kernels of extent 1.
  row,        ///< Lanes along W within rows: several output rows of one channel share a vector of input.
  channel,    ///< Lanes along output channels: several output positions share a vector of weights.
  winograd,   ///< Fewer products on transformed tiles.
  tied,       ///< Lanes as in `plane`: taps that hold one number are added before they are multiplied.
  separable,  ///< Lanes along W, a pass along each axis: kernels of known numbers that are a product of three lines.
  merged,     ///< Lanes along W within rows: channels that become one are summed once for each tap, then moved.
};

namespace detail {

/// What a choice depends on beside the configuration.
struct machine {
  index_t lanes = 1;    ///< Elements of a register.
  index_t element = 4;  ///< Bytes of an element.
  index_t registers = vector_registers;
  bool fused = has_fma;

  /// Without a fused multiply-add one register holds the product on its way to the sum.
  [[nodiscard]] constexpr index_t operands() const { return registers - (fused ? 0 : 1); }
};

/// The machine that is compiled for.
template <class T>
inline constexpr machine this_machine{lanes<T>, static_cast<index_t>(sizeof(T))};

}  // namespace detail

/// What computes one direction: a family, and the form that its nest is compiled for. A structural type.
struct choice {
  kernel_family family = kernel_family::plane;
  /// Sums in registers. Rows by registers of positions (row); channels by registers of positions (plane, flat,
  /// winograd); for the gradient of the weight rows by columns of scalar products, or broadcasts by registers of
  /// channels (channel, winograd).
  detail::register_tile tile;
  detail::channel_form channels;  ///< What channel tiles are compiled for, but for the gradient of the weight.
  detail::axis_tiles axes;        ///< Winograd's.
  index_t dropped = 0;            ///< Taps that cost no product: zeros in every block, or tied to another one.
  index_t added = 0;              ///< Additions that spare products, for each element that is read.
  extents lines{};  ///< Taps of the lines of a separable kernel; none where a known weight has no gradient.

  friend constexpr bool operator==(const choice&, const choice&) = default;
};

namespace detail {

/// A correlation as the tables ask about it.
struct asked_correlation {
  index_t in;   ///< Channels of a group that are summed over.
  index_t out;  ///< Channels of a group that are computed.
  extents taps, stride, dilation;
  pads pad;
};

constexpr bool is_flat(const asked_correlation& c) {
  return c.taps == extents{1} && c.stride == extents{1} && c.pad == pads{};
}

/// The direct family for a correlation.
///
/// A vector of input that straddles cache lines costs as much as two multiply-adds. With many output channels it serves
/// them all; with few, rows must share it. Measured on AVX-512, plane's time over row's: depthwise 2.3 (3^3) to 4.6
/// (9^3), 2 > 2 channels 1.4 to 1.6, 1 > 3 1.4, 3 > 3 1.1 to 1.5; but 6 > 6 0.8, 1 > 4 0.7, 64 > 3 0.97. Rows are
/// shared where H has neither stride nor dilation; above 9 taps their weights leave no registers.
///
/// A kernel of extent 1 with neither stride nor padding is `flat`. Measured on AVX-512, 64^3 positions, plane's time
/// over flat's: 32 > 3 channels 4.2, 3 > 32 4.5, 16 > 16 3.3, 32 > 32 2.2, depthwise 2.2; 64 > 64 on 32^3 1.6.
///
/// Where output channels fill registers, lanes along them need neither the positions between two rows nor a stride's
/// phases taken apart. plane's time over channel's (float, AVX-512; then AVX2; double is alike): 3^3 stride 2 1.5, 1.3;
/// 2^3 stride 2 2.0, 1.6; 4^3 voxels 3.0, 2.2; (7,1,1) 1.6, 1.1; dilation 4 1.25, 1.2; 5^3 1.1, 1.1; 4 > 32 1.1, 1.05;
/// 64 > 64 1.1, 1.07; but 4 > 8 0.56, and on 16 registers, of which one channel register leaves too few sums for its
/// broadcasts, 0.95.
constexpr kernel_family direct_family(const asked_correlation& c, const machine& m) {
  if (is_flat(c)) return kernel_family::flat;
  constexpr index_t most_out = 3, most_in = 32, most_taps = 9;
  const bool shares_rows = c.taps.h >= 2 && c.taps.h <= most_taps && c.stride.h == 1 && c.dilation.h == 1;
  if (shares_rows && c.out <= most_out && c.in <= most_in && c.taps.d * c.taps.w <= offset_table) {
    return kernel_family::row;
  }
  const index_t vectors = channel_form_for(c.out, c.taps, c.stride, c.dilation, m.lanes, m.registers).vectors;
  const index_t width = vectors * m.lanes, whole = ceil_div(c.out, width) * width;
  // At most one lane in eight computes a channel that is not there.
  const bool filled = m.lanes > 1 && 8 * c.out >= 7 * whole && (vectors > 1 || m.registers > 16);
  return filled && c.taps.volume() <= channel_taps ? kernel_family::channel : kernel_family::plane;
}

/// The tile of a family for so many output channels.
constexpr register_tile direct_tile(kernel_family f, index_t out, const extents& taps, const machine& m) {
  if (f == kernel_family::row) {
    const row_tile_shape rows = row_tile_for(taps.h, m.operands());
    return {rows.rows, rows.vectors};
  }
  return f == kernel_family::channel ? register_tile{} : tile_for(out, m.operands());
}

/// Whether channels that become one are read once, for all `count` taps of a list.
///
/// Then a tap costs the sum of all channels a store and an addition in the second cache, where plane has a load for
/// each channel, and a copy of it. Measured on AVX-512, float, the gradient of the input with a dilation of 2, plane's
/// time over merged's on 16^3, 32^3 and 64^3: 7 taps, 1 > 3 channels 0.9, 1.1, 1.7, 1 > 4 1.1, 1.4, 2.1, 1 >
/// 8 2.2, 4.3, 5.1; 63 taps, 1 > 3 0.5, 0.6, 0.9, 1 > 8 1.1, 1.6, 2.3. Without a dilation row's: 7 taps, 1 >
/// 4 1.0, 1.3, 3.3, 1 > 32 4.7, 6.8, 7.7; 63 taps, 1 > 8 0.5, 0.6, 1.1. A kernel that reaches beyond 16 planes or rows
/// leaves the ring few rows.
constexpr bool merges(const asked_correlation& c, const boundaries& around, index_t count, bool by_rows) {
  constexpr index_t few_taps = 16, most_reach = 16;
  if (by_rows && count > few_taps) return false;
  const auto in_reach = [](index_t taps, index_t dilation) { return (taps - 1) * dilation <= most_reach; };
  return c.out == 1 && count > 0 && c.in >= (count <= few_taps ? 4 : 8) && c.stride == extents{1} &&
         around == boundaries() && in_reach(c.taps.d, c.dilation.d) && in_reach(c.taps.h, c.dilation.h);
}

/// What computes `kept` of the taps of a kernel, where `dense` is what would compute all of them.
///
/// A list has no runs of taps along W: with one register of channels each product has a broadcast of its own, and
/// plane's vectors of input serve several channels. Times on AVX-512, float, plane's over channel's: 7 of 27 taps, 16 >
/// 16 channels 0.68, 32 > 32 1.17, 64 > 64 1.14; 63 of 125, 32 > 32 1.16; 171 of 343, 1 > 64 1.19. Rows are shared by
/// all taps of a column, and plane needs 2.3 times as long for all.
/// Row tiles are compiled for a list of not too many columns.
constexpr choice choose_list(choice dense, const asked_correlation& c, const boundaries& around, const kept_taps& kept,
                             const machine& m) {
  const index_t out = c.out;
  const extents& taps = c.taps;
  const index_t count = kept.count(taps);
  if (count == taps.volume() || dense.family == kernel_family::flat) return dense;
  const bool rows = dense.family == kernel_family::row, listed = rows && count > 0 && unrolls(taps, kept);
  if (rows && !listed && 2 * count > taps.volume()) return dense;
  dense.dropped = taps.volume() - count;
  if (merges(c, around, count, listed)) {
    return {kernel_family::merged, tile_for(count, m.operands()), {}, {}, dense.dropped};
  }
  if (listed) return dense;
  if (dense.family == kernel_family::channel && dense.channels.vectors > 1) return dense;
  return {kernel_family::plane, tile_for(out, m.operands()), {}, {}, dense.dropped};
}

constexpr choice choose_forward(const conv3d& config, const machine& m, const kept_taps& kept) {
  const index_t in = config.in_channels / config.groups, out = config.out_channels / config.groups;
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const asked_correlation asked{in, out, K, S, L, pads_of(config)};
  choice c;
  c.family = direct_family(asked, m);
  c.tile = direct_tile(c.family, out, K, m);
  if (c.family == kernel_family::channel) c.channels = channel_form_for(out, K, S, L, m.lanes, m.registers);
  return choose_list(c, asked, boundary_of(config), kept, m);
}

/// With strides the sums of a phase are a convolution of its own, of stride 1 and fewer taps than the kernel, which row
/// tiles do not know. Where one register of channels is computed with a stride along W, the turns that its phases take
/// cost channel tiles more than their sums save (16 channels of 2^3 stride 2, AVX-512: 0.95 of plane's speed; 32
/// channels of 3^3 stride 2: 1.25).
constexpr choice choose_backward_data(const conv3d& config, const machine& m, const kept_taps& kept) {
  const index_t in = config.out_channels / config.groups, out = config.in_channels / config.groups;
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const channel_form form = channel_form_for(out, S == extents{1} ? K : extents{1}, 1, L, m.lanes, m.registers);
  const asked_correlation asked{in, out, K, S, L, pads_of(config)};
  choice c;
  c.family = direct_family(asked, m);
  const bool slow = (c.family == kernel_family::row && S != extents{1}) ||
                    (c.family == kernel_family::channel && S.w > 1 && form.vectors == 1);
  if (slow) c.family = kernel_family::plane;
  c.tile = direct_tile(c.family, out, K, m);
  if (c.family == kernel_family::channel) c.channels = form;
  return S == extents{1} ? choose_list(c, asked, boundaries(), kept, m) : c;
}

/// Whether scalar products of whole channels are the way to the gradient of a weight of extent 1: one tile has all
/// output or all input channels of a group, so that every other channel is read once, where it lies.
///
/// Measured on AVX-512, ms against those of lanes along W over copied rows: 32 > 3 channels on 64^3 0.88 and 3.6, 3 >
/// 32 0.98 and 2.8, depthwise 1.09 and 2.7. With more channels, copied a block at a time into tiles like these, 16 > 16
/// took 2.09 and lanes along channels 1.94; read in place again by every tile 2.3, and 32 > 32 three times as long:
/// channels a power of two apart share sets of the cache.
constexpr bool flat_gradient_pays(index_t in, index_t out, const register_tile& tile) {
  return out <= tile.rows || in <= tile.vectors;
}

/// Whether lanes along channels take fewer cycles than lanes along W, and a panel's sums fit their budget.
constexpr bool channel_gradient_pays(const conv3d& config, const outer_tile& channels, const gradient_table& table,
                                     const machine& m) {
  if (panel_sums(config, channels, m.lanes) * m.element > channel_gradient_budget::panel) return false;
  const index_t tiles = ceil_div(table.OCG * table.row_taps, table.tile.rows) *
                        ceil_div(table.ICG * table.column_taps, table.tile.vectors);
  // Lanes along W lose a third more to the ends of rows, to the sums of lanes and to loads that straddle cache lines.
  return 3 * channels.cost * m.lanes <= 4 * tiles * (tap_cost(table.tile) + 2);
}

/// Lanes along channels or along W over a list of taps: rows of the latter are read where they lie, so that it has no
/// copies to pay. Measured on AVX-512 with the 7 taps of a star, 48^3 positions, ms with lanes along W and along
/// channels: 1 > 16 channels 0.34 and 1.26, 8 > 8 1.2 and 1.6, 4 > 16 1.46 and 1.40, 16 > 16 4.4 and 2.5; 32 > 32 with
/// 63 taps of 5^3 140 and 59.
constexpr choice choose_list_gradient(const conv3d& config, const machine& m, const kept_taps& kept) {
  const index_t in = config.in_channels / config.groups, out = config.out_channels / config.groups;
  const extents& K = config.kernel_size;
  const index_t count = kept.count(K);
  choice c;
  c.tile = row_products_tile_for(out, count, m.operands());
  c.dropped = K.volume() - count;
  if (count == 0) return c;
  const outer_tile channels = outer_tile_for(config, m.lanes, m.operands(), kept);
  const index_t rows = ceil_div(out, c.tile.rows) * ceil_div(count, c.tile.vectors) * in * row_products_cost(c.tile);
  const bool fits = panel_sums(config, channels, m.lanes, kept) * m.element <= channel_gradient_budget::panel;
  if (fits && 3 * channels.cost * m.lanes <= 4 * rows) {
    c.family = kernel_family::channel;
    c.tile = {channels.broadcasts, channels.vectors};
  }
  return c;
}

constexpr choice choose_backward_weights(const conv3d& config, const machine& m, const kept_taps& kept) {
  const index_t in = config.in_channels / config.groups, out = config.out_channels / config.groups;
  const extents& K = config.kernel_size;
  if (kept.count(K) < K.volume()) return choose_list_gradient(config, m, kept);
  const register_tile flat = flat_gradient_tile(config, m.operands());
  if (is_flat({in, out, K, config.stride, config.dilation, pads_of(config)}) && flat_gradient_pays(in, out, flat)) {
    return {kernel_family::flat, flat, {}, {}};
  }
  const gradient_table table(config, m.operands());
  const outer_tile channels = outer_tile_for(config, m.lanes, m.operands());
  if (channel_gradient_pays(config, channels, table, m)) {
    return {kernel_family::channel, {channels.broadcasts, channels.vectors}, {}, {}};
  }
  return {kernel_family::plane, table.tile, {}, {}};
}

/// What computes a direction of a configuration on a machine. A gradient of the input that is folded is first computed
/// of the padded input, by what that has. @pre the configuration is valid.
[[nodiscard]] constexpr choice choose(const conv3d& config, direction what, const machine& m,
                                      const kept_taps& kept = {}) {
  if (what == direction::backward_data && folds_gradient(config)) return choose(unpadded(config), what, m, kept);
  const algorithm a = algorithm_for(config, what, kept);
  if (is_winograd(a)) {
    const index_t out = config.out_channels / config.groups;
    const bool weights = what == direction::backward_weights;
    const register_tile tile = weights ? winograd_gradient_tile(out, m.lanes, m.operands()) : tile_for(8, m.operands());
    return {kernel_family::winograd, tile, {}, axis_tiles_for(config.kernel_size, a)};
  }
  return what == direction::forward         ? choose_forward(config, m, kept)
         : what == direction::backward_data ? choose_backward_data(config, m, kept)
                                            : choose_backward_weights(config, m, kept);
}

/// The same among the direct kernels, whatever algorithm the configuration asks for.
[[nodiscard]] constexpr choice choose_direct(conv3d config, direction what, const machine& m,
                                             const kept_taps& kept = {}) {
  config.algorithm = algorithm::direct;
  return choose(config, what, m, kept);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
