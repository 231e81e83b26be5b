// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loops of a convolution with a separable kernel that is the same in every block: input channels are summed once,
/// then lines of taps along H, D and W, and what comes out is every output channel of the group.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/separable/cut.hpp>
#include <espalier/conv/separable/lane_pass.hpp>
#include <espalier/conv/separable/row_pass.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The nest of a kernel whose lines are the types `Kernel::d`, `h` and `w`, with `before_w` elements of padding before
/// a row as a rule.
///
/// Along H first, from the rows of x where they lie, so that the input of a plane is read as one run; what that leaves
/// waits for the pass along D. That along W is the last, on rows in the first cache that have their padding beside
/// them, and gives its sums to the store. Taps, padding and outputs are those of the correlation, whose taps are the
/// lines'.
template <class Kernel, class T>
struct separable_nest {
  using along_d = row_pass<typename Kernel::d, T>;
  using along_h = row_pass<typename Kernel::h, T>;
  /// Padding before a row begins so far into a register that the row itself begins with one.
  static constexpr index_t phase = ((-Kernel::before_w) % lanes<T> + lanes<T>) % lanes<T>;
  using along_w = lane_pass<typename Kernel::w, phase, T>;
  static constexpr separable_tile tile{along_d::rows, along_h::rows, along_w::in_scratch};

  using cut_type = separable_blocking;
  static cut_type cut(const correlation& p, index_t workers) { return separable_blocks_for<T>(p, tile, workers); }

  /// x (N, groups IC, ID, IH, IW), y (N, groups OC, OD, OH, OW), scratch: `elements` for each worker, from a cache line
  /// on.
  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const separable_blocking& b, const T* x, const Finish& epilogue, T* y,
                  T* scratch, const E& executor) {
    executor.run(b.tasks, [&](index_t number, index_t worker) {
      task<Finish>(p, b, x, epilogue, y, scratch + worker * b.elements, number).run();
    });
  }

 private:
  template <class Finish>
  class task {
   public:
    task(const correlation& p, const separable_blocking& b, const T* x, const Finish& epilogue, T* y, T* scratch,
         index_t number)
        : p_(p), b_(b), epilogue_(epilogue), y_(y), scratch_(scratch) {
      digits left(number);
      w_ = left.take(p.outputs.w, b.ow);
      h_ = left.take(p.outputs.h, b.oh);
      d_ = left.take(p.outputs.d, b.od);
      g_ = left.take(p.groups);
      n_ = left.last();
      x_ = x + (n_ * p.groups + g_) * p.in * volume();
      // Columns of the input that are read, and how many of padding lie before them.
      const bool zeros = p.boundary.w == axis_boundary();
      const index_t start = w_.first - p.before.w, span = w_.count + p.taps.w - 1;
      if (b.whole_rows) {
        columns_ = p.X.w;
        padding_ = -start;
        return;
      }
      column_ = clamp_index(start, 0, zeros ? p.X.w : p.X.w - 1);
      columns_ = clamp_index(start + span, column_ + (zeros ? 0 : 1), p.X.w) - column_;
      padding_ = columns_ == 0 ? 0 : column_ - start;
    }

    void run() {
      fill_zero(scratch_, b_.pitch);
      fill_zero(scratch_ + b_.rows, b_.sums - b_.rows);
      const index_t plane = p_.outputs.h * p_.outputs.w;
      T* const y = y_ + (n_ * p_.groups + g_) * p_.out * p_.outputs.d * plane + h_.first * p_.outputs.w + w_.first;
      for (index_t od = 0; od < d_.count; od += tile.d) {
        sum_planes(od);
        const index_t layers = rest(od, tile.d, d_.count);
        for (index_t oh = 0; oh < h_.count; ++oh) {
          sum_rows();
          store_rows(y + (d_.first + od) * plane + oh * p_.outputs.w, layers);
        }
      }
      if (streams()) simd::finish_stream();
    }

   private:
    [[nodiscard]] index_t volume() const { return p_.X.d * p_.X.h * p_.X.w; }
    [[nodiscard]] bool streams() const { return stores_past_caches<T>(p_.size()); }

    // The planes that a tile at output plane `od` reads, summed along H: but for the first tile most of them are there.
    void sum_planes(index_t od) {
      const index_t last = rest(od, tile.d, d_.count) + p_.taps.d - 1;
      for (index_t i = 0; i < along_d::reads; ++i) {
        const index_t position = d_.first + od + i - p_.before.d;
        const index_t id = i < last ? element_at(p_.boundary.d, position, p_.X.d) : -1;
        T* const to = scratch_ + b_.ring + (od + i) % along_d::reads * b_.oh * b_.pitch;
        rows_[static_cast<std::size_t>(i)] = id < 0 ? scratch_ : to;
        step_[static_cast<std::size_t>(i)] = id < 0 ? 0 : b_.pitch;
        const bool summed = od > 0 && i < p_.taps.d - 1;
        if (id >= 0 && columns_ > 0 && !summed) sum_plane(x_ + id * p_.X.h * p_.X.w + column_, to);
      }
    }

    void sum_plane(const T* plane, T* to) {
      const index_t start = h_.first - p_.before.h, needed = h_.count + p_.taps.h - 1;
      const T* rows = plane;
      index_t pitch = p_.X.w;
      // Sums of channels stand at the position that reads them, in the padding too.
      const bool summed = p_.in > 1;
      if (summed) {
        for (index_t r = 0; r < needed; ++r) {
          const index_t ih = element_at(p_.boundary.h, start + r, p_.X.h);
          if (ih >= 0) add_channels(plane + ih * p_.X.w, scratch_ + b_.summed + r * b_.pitch);
        }
        pitch = b_.pitch;
        rows = scratch_ + b_.summed - start * pitch;
      }
      for (index_t oh = 0; oh < h_.count; oh += tile.h) {
        T* const sums = to + oh * b_.pitch;
        const index_t first = start + oh;
        if (first >= 0 && first + along_h::reads <= p_.X.h && oh + along_h::reads <= needed) {
          along_h::run(even_rows<T>{rows + first * pitch, pitch}, columns_, sums, b_.pitch);
          continue;
        }
        std::array<const T*, static_cast<std::size_t>(along_h::reads)> from;
        for (index_t i = 0; i < along_h::reads; ++i) {
          const index_t ih = oh + i < needed ? element_at(p_.boundary.h, first + i, p_.X.h) : -1;
          from[static_cast<std::size_t>(i)] = ih < 0 ? scratch_ : rows + (summed ? first + i : ih) * pitch;
        }
        along_h::run(from.data(), columns_, sums, b_.pitch);
      }
    }

    // A row of all input channels of the group.
    void add_channels(const T* from, T* to) const {
      for (index_t j = 0; j < columns_; j += lanes<T>) {
        const lane_range<T> inside(0, columns_ - j);
        batch<T> sum = simd::load_range(from + j, inside);
        for (index_t ic = 1; ic < p_.in; ++ic) sum = sum + simd::load_range(from + ic * volume() + j, inside);
        simd::store_unaligned(to + j, sum);
      }
    }

    // The next row of a tile of planes, summed along D, with its padding.
    void sum_rows() {
      T* const to = scratch_ + b_.rows + b_.lead + phase + padding_;
      along_d::run(rows_.data(), ceil_div(columns_, lanes<T>) * lanes<T>, to, b_.wide);
      for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] += step_[i];
      if (p_.boundary.w == axis_boundary()) return;
      const index_t after = w_.count + p_.taps.w - 1 - padding_;
      for (index_t r = 0; r < tile.d; ++r) {
        T* const row = to + r * b_.wide;
        for (index_t j = -padding_; j < 0; ++j) repeat(row, j);
        for (index_t j = columns_; j < after; ++j) repeat(row, j);
      }
    }
    // Where only padding is read, `columns_` holds the end of the row that stands for all of it.
    void repeat(T* row, index_t j) const {
      const index_t iw = element_at(p_.boundary.w, column_ + j, p_.X.w) - column_;
      row[j] = iw + column_ < 0 ? T(0) : row[clamp_index(iw, 0, columns_ - 1)];
    }

    // Sums along W of so many planes' rows, to all output channels. y: that of the first, in its first plane.
    void store_rows(T* y, index_t layers) {
      const index_t plane = p_.outputs.h * p_.outputs.w, width = w_.count;
      const T* const rows = scratch_ + b_.rows + b_.lead;
      if (p_.out == 1) {
        const auto finish = epilogue_.of(g_).in_registers();
        if (streams())
          return along_w::run(rows, b_.wide, layers, width, scratch_ + b_.sums, streamed(y, plane, finish));
        return along_w::run(rows, b_.wide, layers, width, scratch_ + b_.sums, stored(y, plane, finish));
      }
      T* const finished = scratch_ + b_.finished;
      along_w::run(rows, b_.wide, layers, width, scratch_ + b_.sums,
                   stored(finished, b_.wide, no_epilogue<T>.of(0).in_registers()));
      for (index_t oc = 0; oc < p_.out; ++oc, y += p_.outputs.d * plane) {
        const auto finish = epilogue_.of(g_ * p_.out + oc);
        for (index_t r = 0; r < layers; ++r) {
          const T* const from = finished + r * b_.wide;
          streams() ? stream_row(y + r * plane, from, width, finish) : store_row(y + r * plane, from, width, finish);
        }
      }
    }

    // What takes sums along W: rows of `to`.
    template <class Share>
    static auto stored(T* to, index_t pitch, const Share& finish) {
      return [=](index_t r, index_t i, const batch<T>& sum, index_t count = lanes<T>) {
        T* const at = to + r * pitch + i;
        if (count == lanes<T>) return simd::store_unaligned(at, finish(sum, at));
        const lane_range<T> range(0, count);
        simd::store_range(at, finish(sum, at, range), range);
      };
    }
    template <class Share>
    static auto streamed(T* to, index_t pitch, const Share& finish) {
      return [=](index_t r, index_t i, const batch<T>& sum, index_t count = lanes<T>) {
        store_finished(to + r * pitch + i, finish, sum, count, true);
      };
    }

    const correlation& p_;
    const separable_blocking& b_;
    const Finish& epilogue_;
    const T* x_ = nullptr;
    T* y_;
    T* scratch_;
    axis_block d_, h_, w_;
    index_t n_ = 0, g_ = 0;
    index_t column_ = 0, columns_ = 0, padding_ = 0;
    // Of the planes of a tile along D: the next row, and elements to the one after it, none where zeros stand.
    std::array<const T*, static_cast<std::size_t>(along_d::reads)> rows_{};
    std::array<index_t, static_cast<std::size_t>(along_d::reads)> step_{};
  };
};

}  // namespace esp::inline ESPALIER_ABI::detail
