// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What one writes instead of a layer of one input channel: loops over the taps that are known not to be zero.
///
/// A row of the output at a time. Where all rows lie in the volume that the taps read, the compiler sees the sum of up
/// to thirty-two taps in one expression, and at the ends of the row those of them that lie in it; the rows along the
/// faces of the volume add tap by tap. Seven taps take as long as a loop over the interior alone. Of more than 128 taps
/// the compiler sees those that read one row.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/conv/conv3d.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <utility>
#include <vector>

namespace bench {

/// `Row` as in structures.hpp: one input channel, stride 1, an output of the input's size.
template <class Row, class T>
class fixed_taps {
  using index_t = esp::index_t;
  static constexpr esp::conv3d config = Row::config;
  static constexpr esp::extents K = config.kernel_size, L = config.dilation;
  static constexpr index_t OC = config.out_channels, taps = K.volume();
  /// Voxels at an end of a row that some tap cannot read all of.
  static constexpr index_t margin = K.w / 2 * L.w;
  static_assert(config.in_channels == 1 && config.groups == 1);

  static constexpr esp::tap_index tap_of(index_t t) { return {t / (K.h * K.w), t / K.w % K.h, t % K.w}; }
  static constexpr bool reads(index_t o, index_t t) { return Row::reads(o, tap_of(t), K); }
  static constexpr index_t count_of(index_t o) {
    index_t count = 0;
    for (index_t t = 0; t < taps; ++t) count += reads(o, t) ? 1 : 0;
    return count;
  }
  /// The taps of an output channel, in row-major order.
  template <index_t O>
  static constexpr auto list = [] {
    std::array<index_t, static_cast<std::size_t>(count_of(O))> out{};
    std::size_t count = 0;
    for (index_t t = 0; t < taps; ++t) {
      if (reads(O, t)) out[count++] = t;
    }
    return out;
  }();
  /// Whether all output channels read the same taps: then they share the loops.
  static constexpr bool alike = [] {
    for (index_t o = 1; o < OC; ++o) {
      for (index_t t = 0; t < taps; ++t) {
        if (reads(o, t) != reads(0, t)) return false;
      }
    }
    return true;
  }();

  /// Rows and voxels from the middle of the kernel to a tap; of the transposed convolution, the other way.
  template <bool Mirrored>
  static constexpr esp::tap_index away(index_t t) {
    const index_t sign = Mirrored ? -1 : 1;
    const esp::tap_index at = tap_of(t);
    return {sign * (at.d - K.d / 2) * L.d, sign * (at.h - K.h / 2) * L.h, sign * (at.w - K.w / 2) * L.w};
  }

  /// A row of a volume, and where it lies in it.
  struct place {
    const T* row;
    index_t d, h;
    esp::dims5 X;

    place(const T* volume, const esp::dims5& shape, index_t depth, index_t height)
        : row(volume + (depth * shape.h + height) * shape.w), d(depth), h(height), X(shape) {}
    [[nodiscard]] bool has(index_t by_d, index_t by_h) const {
      return d + by_d >= 0 && d + by_d < X.d && h + by_h >= 0 && h + by_h < X.h;
    }
    [[nodiscard]] bool is_inside() const {
      constexpr index_t far_d = K.d / 2 * L.d, far_h = K.h / 2 * L.h;
      return has(-far_d, -far_h) && has(far_d, far_h);
    }
  };

  /// The taps number `From` to `From + sizeof...(I)` of channel `O`, added to a row of the output or beginning it.
  template <index_t O, index_t From, bool Mirrored, bool Begins, class Taps>
  struct group;
  template <index_t O, index_t From, bool Mirrored, bool Begins, std::size_t... I>
  struct group<O, From, Mirrored, Begins, std::index_sequence<I...>> {
    static constexpr index_t tap(std::size_t i) { return list<O>[static_cast<std::size_t>(From) + i]; }
    static constexpr esp::tap_index by(std::size_t i) { return away<Mirrored>(tap(i)); }

    /// `plane` and `line` are voxels from one row to that below it. @pre the row `is_inside`, W >= 2 * margin
    static void run(const T* __restrict row, index_t plane, index_t line, const T* __restrict weight, index_t W,
                    T* __restrict out) {
#pragma omp simd
      for (index_t w = margin; w < W - margin; ++w) {
        T sum = Begins ? T(0) : out[w];
        ((sum += weight[tap(I)] * row[w + by(I).d * plane + by(I).h * line + by(I).w]), ...);
        out[w] = sum;
      }
      ends(row, plane, line, weight, W, out, std::make_index_sequence<static_cast<std::size_t>(margin)>{});
    }

   private:
    template <std::size_t... E>
    static void ends(const T* row, index_t plane, index_t line, const T* weight, index_t W, T* out,
                     std::index_sequence<E...>) {
      (end<static_cast<index_t>(E), 1>(row + E, plane, line, weight, out + E), ...);
      (end<static_cast<index_t>(E), -1>(row + W - 1 - E, plane, line, weight, out + W - 1 - E), ...);
    }
    /// `Away` voxels from an end of the row; `Inwards` is the direction of the others.
    template <index_t Away, index_t Inwards>
    static void end(const T* row, index_t plane, index_t line, const T* weight, T* out) {
      T sum = Begins ? T(0) : *out;
      const auto add = [&](auto i) {
        constexpr esp::tap_index b = by(i());
        if constexpr (Away + Inwards * b.w >= 0) sum += weight[tap(i())] * row[b.d * plane + b.h * line + b.w];
      };
      (add(std::integral_constant<std::size_t, I>{}), ...);
      *out = sum;
    }
  };

  template <index_t O, bool Mirrored, bool Begins, index_t From = 0>
  static void add_inside(const place& at, const T* weight, T* out) {
    constexpr auto size = static_cast<index_t>(list<O>.size());
    constexpr index_t count = size - From < 32 ? size - From : 32;
    using taps_here = std::make_index_sequence<static_cast<std::size_t>(count)>;
    group<O, From, Mirrored, Begins, taps_here>::run(at.row, at.X.h * at.X.w, at.X.w, weight, at.X.w, out);
    if constexpr (From + count < size) add_inside<O, Mirrored, false, From + count>(at, weight, out);
  }

  /// One tap, where it lies in the volume.
  template <bool Mirrored>
  static void add_tap(const place& at, index_t t, const T* weight, T* __restrict out) {
    const esp::tap_index by = away<Mirrored>(t);
    if (!at.has(by.d, by.h)) return;
    const index_t W = at.X.w, low = std::max<index_t>(0, -by.w), high = std::min(W, W - by.w);
    const T* const row = at.row + (by.d * at.X.h + by.h) * W + by.w;
    const T factor = weight[t];
#pragma omp simd
    for (index_t w = low; w < high; ++w) out[w] += factor * row[w];
  }

  /// All taps that read a row, of which `t` is the first.
  template <bool Mirrored, std::size_t... KW>
  static void add_kernel_row(const place& at, index_t t, const T* __restrict weight, T* __restrict out,
                             std::index_sequence<KW...>) {
    const esp::tap_index by = away<Mirrored>(t);
    if (!at.has(by.d, by.h)) return;
    const index_t W = at.X.w, low = std::min(margin, W), high = std::max(low, W - margin);
    const T* __restrict row = at.row + (by.d * at.X.h + by.h) * W;
#pragma omp simd
    for (index_t w = low; w < high; ++w) {
      T sum = out[w];
      ((sum += weight[t + static_cast<index_t>(KW)] * row[w + away<Mirrored>(static_cast<index_t>(KW)).w]), ...);
      out[w] = sum;
    }
    const auto checked = [&](index_t w, index_t kw) {
      const index_t from = w + away<Mirrored>(kw).w;
      if (from >= 0 && from < W) out[w] += weight[t + kw] * row[from];
    };
    for (index_t w = 0; w < W; w = w + 1 == low ? high : w + 1) {
      for (index_t kw = 0; kw < K.w; ++kw) checked(w, kw);
    }
  }

  static bool reads_row(index_t o, index_t t) {
    for (index_t kw = 0; kw < K.w; ++kw) {
      if (!reads(o, t + kw)) return false;
    }
    return true;
  }

  /// Many taps by the rows that they read; of few, all where the rows lie in the volume, else one by one.
  template <index_t O, bool Mirrored, bool Begins>
  static void add_channel(const place& at, const T* weight, T* out) {
    const index_t W = at.X.w;
    constexpr index_t count = count_of(O);
    if constexpr (count <= 128) {
      if (at.is_inside() && W >= 2 * margin) return add_inside<O, Mirrored, Begins>(at, weight, out);
    }
    if (Begins) std::fill_n(out, W, T(0));
    for (index_t t = 0; t < taps; t += K.w) {
      if (count > 128 && reads_row(O, t)) {
        add_kernel_row<Mirrored>(at, t, weight, out, std::make_index_sequence<static_cast<std::size_t>(K.w)>{});
        continue;
      }
      for (index_t kw = 0; kw < K.w; ++kw) {
        if (reads(O, t + kw)) add_tap<Mirrored>(at, t + kw, weight, out);
      }
    }
  }

  /// use(O) with the channel whose taps those of `o` are, as a constant.
  template <class Use, std::size_t... O>
  static void with_channel(index_t o, const Use& use, std::index_sequence<O...>) {
    ((o == static_cast<index_t>(O) ? use(std::integral_constant<index_t, static_cast<index_t>(O)>{}) : void()), ...);
  }
  template <class Use>
  static void with_channel(index_t o, const Use& use) {
    if constexpr (alike) {
      use(std::integral_constant<index_t, 0>{});
    } else {
      with_channel(o, use, std::make_index_sequence<static_cast<std::size_t>(OC)>{});
    }
  }

 public:
  static void forward(const T* x, const esp::dims5& X, const T* weight, T* y, int threads) {
#pragma omp parallel for collapse(3) num_threads(threads)
    for (index_t n = 0; n < X.n; ++n)
      for (index_t o = 0; o < OC; ++o)
        for (index_t d = 0; d < X.d; ++d)
          with_channel(o, [&](auto channel) {
            for (index_t h = 0; h < X.h; ++h) {
              const place at(x + n * X.d * X.h * X.w, X, d, h);
              T* const out = y + (((n * OC + o) * X.d + d) * X.h + h) * X.w;
              add_channel<channel(), false, true>(at, weight + o * taps, out);
            }
          });
  }

  static void backward_data(const T* grad_y, const esp::dims5& X, const T* weight, T* grad_x, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
    for (index_t n = 0; n < X.n; ++n)
      for (index_t d = 0; d < X.d; ++d)
        for (index_t h = 0; h < X.h; ++h) {
          T* const out = grad_x + ((n * X.d + d) * X.h + h) * X.w;
          for (index_t o = 0; o < OC; ++o)
            with_channel(o, [&](auto channel) {
              const place at(grad_y + (n * OC + o) * X.d * X.h * X.w, X, d, h);
              if (o == 0) {
                add_channel<channel(), true, true>(at, weight, out);
              } else {
                add_channel<channel(), true, false>(at, weight + o * taps, out);
              }
            });
        }
  }

  /// Zero at taps that are not read.
  static void backward_weights(const T* x, const esp::dims5& X, const T* grad_y, T* grad_weight, int threads) {
    std::vector<double> total(static_cast<std::size_t>(OC * taps));
    double* const sums = total.data();
#pragma omp parallel for collapse(2) num_threads(threads) reduction(+ : sums[ : OC * taps])
    for (index_t n = 0; n < X.n; ++n)
      for (index_t d = 0; d < X.d; ++d)
        for (index_t h = 0; h < X.h; ++h) {
          const place at(x + n * X.d * X.h * X.w, X, d, h);
          for (index_t o = 0; o < OC; ++o) {
            const T* const g = grad_y + (((n * OC + o) * X.d + d) * X.h + h) * X.w;
            for (index_t t = 0; t < taps; ++t) {
              const esp::tap_index by = away<false>(t);
              if (!reads(o, t) || !at.has(by.d, by.h)) continue;
              sums[o * taps + t] += product(g, at.row + (by.d * X.h + by.h) * X.w + by.w, by.w, X.w);
            }
          }
        }
    std::copy(total.begin(), total.end(), grad_weight);
  }

 private:
  static double product(const T* g, const T* row, index_t by, index_t W) {
    const index_t low = std::max<index_t>(0, -by), high = std::min(W, W - by);
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (index_t w = low; w < high; ++w) sum += g[w] * row[w];
    return static_cast<double>(sum);
  }
};

}  // namespace bench
