// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels of a convolution whose taps end in whole planes of zeros, by those of the smaller one that is left.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/kernel_crop.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The taps of a box against those of the kernel around it.
template <extents Kernel, extents First, extents Box>
struct box_taps {
  static constexpr index_t taps = Kernel.volume(), kept = Box.volume();
  /// Whether they follow each other in the kernel, from tap `begin` on.
  static constexpr bool adjacent = Box.h == Kernel.h && Box.w == Kernel.w;
  static constexpr index_t begin = (First.d * Kernel.h + First.h) * Kernel.w + First.w;

  /// Calls `use(tap of the kernel, tap of the box, count)` for each stretch of taps that follow each other in both.
  template <class Use>
  static constexpr void each_stretch(const Use& use) {
    // As long as possible: whole rows of a plane are one, and so are whole planes.
    constexpr index_t planes = adjacent ? 1 : Box.d, rows = Box.w == Kernel.w ? 1 : Box.h;
    constexpr index_t count = kept / (planes * rows);
    for (index_t d = 0; d < planes; ++d) {
      for (index_t h = 0; h < rows; ++h) use(begin + (d * Kernel.h + h) * Kernel.w, (d * rows + h) * count, count);
    }
  }
};

/// A sink of the whole kernel's rows that hands those of a box to `Sink`, which is one of the box's rows. @pre of
/// `take`: whole blocks. Sinks of whole filters get their blocks one after the other.
///
/// Rows of a box as wide and as high as the kernel lie beside each other; others are moved together first, of 512 taps
/// at most, which is 32 KiB.
template <class Box, class Sink, class T>
struct cropped_columns {
  static constexpr bool scatters = Sink::scatters;
  using place = typename Sink::place;

  Sink sink;

  [[nodiscard]] constexpr index_t tiles() const { return sink.tiles(); }
  [[nodiscard]] constexpr place start() const { return sink.start(); }
  [[nodiscard]] constexpr place after(const place& at) const { return sink.after(at); }
  [[nodiscard]] tile_columns<T> columns(const place& at, const T* weight, index_t rows) const {
    return sink.columns(at, weight, rows);
  }
  [[nodiscard]] constexpr cropped_columns part(const weight_part& p, T* to) const { return {sink.part(p, to)}; }

  void take(const place& at, index_t row0, index_t rows, const T* tile) const {
    constexpr index_t taps = Box::taps, kept = Box::kept;
    for (index_t block = row0 / taps; block < (row0 + rows) / taps; ++block, tile += taps * lanes<T>) {
      if constexpr (Box::adjacent) {
        sink.take(at, block * kept, kept, tile + Box::begin * lanes<T>);
      } else {
        alignas(alignment) T moved[static_cast<std::size_t>(kept * lanes<T>)];
        Box::each_stretch([&](index_t from, index_t to, index_t count) {
          std::copy_n(tile + from * lanes<T>, count * lanes<T>, moved + to * lanes<T>);
        });
        sink.take(at, block * kept, kept, moved);
      }
    }
  }
};

/// `Kernel`, an entry of `Crop.config`, as an entry of `Config` for the forward or for the gradient of the input: it
/// reads a weight (OC, ICG, KD, KH, KW) of the whole kernel, of which it packs the box. All else is `Kernel`'s: what it
/// computes, in which order, and its scratch. A tap outside the box is never read, so what stands there spreads
/// nothing.
///
/// A kernel without a sink packs from memory: then there is room for the box of every block behind the packed weight.
/// @pre the taps outside the box are zero in every block of the weight, `Crop` is `crop_of(Config, ...)`.
template <conv3d Config, kernel_crop Crop, class Kernel, class T>
struct cropped_kernel : Kernel {
  static constexpr conv3d config = Config;
  using plan_type = typename Kernel::plan_type;

  /// Elements of the packed weight, as `run` and `pack` need them.
  static constexpr index_t packed_size() {
    return has_sink ? Kernel::packed_size() : whole_lines<T>(Kernel::packed_size()) + blocks * box_type::kept;
  }

  static void pack(const T* weight, T* packed) {
    if constexpr (has_sink) {
      pack_tiles(weight, Kernel::block_sink(packed));
    } else {
      T* const box = packed + whole_lines<T>(Kernel::packed_size());
      for (index_t block = 0; block < blocks; ++block) {
        box_type::each_stretch([&](index_t from, index_t to, index_t count) {
          std::copy_n(weight + block * box_type::taps + from, count, box + block * box_type::kept + to);
        });
      }
      Kernel::pack(box, packed);
    }
  }

  static constexpr auto block_sink(T* packed)
  requires requires { Kernel::block_sink(packed); }
  {
    return columns_into<decltype(Kernel::block_sink(packed))>{Kernel::block_sink(packed)};
  }
  static constexpr auto filter_sink(T* packed)
  requires requires { Kernel::filter_sink(packed); }
  {
    return columns_into<decltype(Kernel::filter_sink(packed))>{Kernel::filter_sink(packed)};
  }

  /// Plans a call. @pre `output` is `output_dims(config, input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return Kernel::plan(input, output, workers);
  }
  /// Plans a call for a window of the output, from the part of the input that the box reads. @pre as `Kernel`.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    return Kernel::plan(input, window, workers);
  }
  /// Plans a call for a window of the input, from the part of grad_y that the box reads. @pre as `Kernel`.
  static plan_type plan(const dims5& input, const gradient_part& part, index_t workers) {
    return Kernel::plan(input, part, workers);
  }
  /// Operands as in `Kernel`, with a plan of this kernel.
  template <class... Operands>
  static void run(const plan_type& p, const Operands&... operands) {
    Kernel::run(p, operands...);
  }

 private:
  static constexpr bool has_sink = requires(T* packed) { Kernel::block_sink(packed); };
  static constexpr index_t blocks = weight_shape_of(Config).blocks();
  using box_type = box_taps<Config.kernel_size, Crop.first, Crop.config.kernel_size>;
  template <class Sink>
  using columns_into = cropped_columns<box_type, Sink, T>;

  template <class Sink>
  static void pack_tiles(const T* weight, const Sink& sink) {
    constexpr index_t taps = box_type::taps, kept = box_type::kept;
    alignas(alignment) T tile[static_cast<std::size_t>(kept * lanes<T>)];
    typename Sink::place at = sink.start(), next{};
    for (index_t left = sink.tiles(); left > 0; --left, at = next) {
      const tile_columns<T> columns = sink.columns(at, weight, taps);
      next = sink.after(at);
      if (left > 1) foresee_columns(weight, sink, next, taps);
      box_type::each_stretch([&](index_t from, index_t to, index_t count) {
        load_columns(columns.begin, from, count, tile + to * lanes<T>);
      });
      clear_missing(columns.missing, kept, tile);
      sink.take(at, 0, kept, tile);
    }
  }
};

/// The same for the gradient of the weight: `Kernel` computes that of the box, which then goes to its places in that of
/// the whole kernel; elsewhere it is zero, or stays where it is added to. The scratch grows by the gradient of the box.
template <conv3d Config, kernel_crop Crop, class Kernel, class T>
struct cropped_gradient {
  static constexpr conv3d config = Config;
  using plan_type = typename Kernel::plan_type;

  /// Plans a call. @pre `output` is `output_dims(config, input)`.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    plan_type p = Kernel::plan(input, output, workers);
    p.scratch += room;
    return p;
  }
  /// Plans a call of `run_window`, from the part of the input that the box reads. @pre as `Kernel`.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    plan_type p = Kernel::plan(input, window, workers);
    p.scratch += room;
    return p;
  }

  /// Operands as in `Kernel`, with a plan of this kernel; grad_w (OC, ICG, KD, KH, KW) is of the whole kernel.
  template <Executor E>
  static void run(const plan_type& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                  const E& executor) {
    Kernel::run(p, x, grad_y, scratch, false, scratch + room, executor);
    move_box(scratch, accumulate, grad_w, executor);
  }
  template <Executor E>
  static void run_window(const plan_type& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                         const E& executor) {
    Kernel::run_window(p, x, grad_y, scratch, false, scratch + room, executor);
    move_box(scratch, accumulate, grad_w, executor);
  }

 private:
  static constexpr index_t blocks = weight_shape_of(Config).blocks();
  using box_type = box_taps<Config.kernel_size, Crop.first, Crop.config.kernel_size>;
  static constexpr index_t room = whole_lines<T>(blocks * box_type::kept);

  template <Executor E>
  static void move_box(const T* box, bool accumulate, T* grad_w, const E& executor) {
    constexpr index_t each = blocks / Config.out_channels;
    const auto move = [=](index_t oc, index_t) {
      for (index_t block = oc * each; block < (oc + 1) * each; ++block) move_block(box, block, accumulate, grad_w);
    };
    // A team for what takes longer than to wake it: 128 KiB of floats.
    if constexpr (blocks * box_type::taps >= index_t{1} << 15) {
      executor.run(Config.out_channels, move);
    } else {
      for (index_t oc = 0; oc < Config.out_channels; ++oc) move(oc, 0);
    }
  }

  static void move_block(const T* box, index_t block, bool accumulate, T* grad_w) {
    const T* const from = box + block * box_type::kept;
    T* const to = grad_w + block * box_type::taps;
    if (!accumulate) std::fill_n(to, box_type::taps, T(0));
    box_type::each_stretch([&](index_t whole, index_t part, index_t count) {
      for (index_t i = 0; i < count; ++i) to[whole + i] = accumulate ? to[whole + i] + from[part + i] : from[part + i];
    });
  }
};

/// What computes a direction of `Config` by `Kernel`, an entry of `Crop.config`: itself where nothing was cut.
template <conv3d Config, kernel_crop Crop, direction What, class Kernel, class T>
struct cropped {
  using type = std::conditional_t<
      Crop.config.kernel_size == Config.kernel_size, Kernel,
      std::conditional_t<What == direction::backward_weights, cropped_gradient<Config, Crop, Kernel, T>,
                         cropped_kernel<Config, Crop, Kernel, T>>>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
