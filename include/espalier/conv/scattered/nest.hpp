// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Convolution by taps that lie far apart: no padded copy of the input, and no time for what falls into the padding.
///
/// The other kernels copy what a task reads with its padding, and the copy grows with the dilation: for 3^3 taps 10,000
/// voxels apart it has 1.2 G elements a channel, whatever the size of the data. Here each tap adds one block of the
/// input, the part that it meets, to a block of the output.
#pragma once

#include <cmath>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/finite.hpp>
#include <numeric>

namespace esp::inline ESPALIER_ABI::detail {

/// A tap along one axis: output `o` reads input `o stride + offset`, which is data for the outputs `[begin, end)`.
struct met_outputs {
  index_t offset;
  index_t begin;
  index_t end;

  constexpr met_outputs(index_t tap_offset, index_t stride, index_t in, index_t out)
      : offset(tap_offset),
        begin(tap_offset >= 0 ? 0 : (-tap_offset + stride - 1) / stride),
        end(tap_offset >= in ? 0 : (in - 1 - tap_offset) / stride + 1) {
    end = end < out ? end : out;
    begin = begin < end ? begin : end;
  }
  [[nodiscard]] constexpr bool contains(index_t o) const { return begin <= o && o < end; }
  [[nodiscard]] constexpr bool empty() const { return begin == end; }
};

/// The three directions of a convolution for taps that lie far apart. Plain weights, no scratch, and a fixed order of
/// every sum: taps in their order, results bitwise equal for any team. As elsewhere a weight or an incoming gradient
/// that is not finite makes NaN of what it meets in a padding of zeros. Taps that are not `Kept` are passed over, and
/// have no gradient. Cost: two operations per product with a voxel of data.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct scattered_taps {
  /// Elements of the padded copy of one channel, for a task of so many columns: about what the other kernels take.
  static constexpr double padded_copy(double columns) {
    constexpr extents K = Config.kernel_size, S = Config.stride, L = Config.dilation;
    const auto phases = [](index_t k, index_t s, index_t l) {
      const index_t cycle = s / std::gcd(s, l);
      return static_cast<double>(k < cycle ? k : cycle);
    };
    const auto reach = [](index_t k, index_t s, index_t l) {
      const index_t whole = (k - 1) * l / s;
      return static_cast<double>(whole);
    };
    return static_cast<double>(K.d) * phases(K.h, S.h, L.h) * phases(K.w, S.w, L.w) * (reach(K.h, S.h, L.h) + 1) *
           (reach(K.w, S.w, L.w) + columns);
  }
  /// Elements of the padded gradient of one channel of such an input, where a boundary has it folded.
  static constexpr double folded_copy(double d, double h, double w) {
    constexpr pads pad = folded_pads(Config);
    if (!folds_gradient(Config)) return 0;
    return (d + static_cast<double>(pad.before.d + pad.after.d)) *
           (h + static_cast<double>(pad.before.h + pad.after.h)) *
           (w + static_cast<double>(pad.before.w + pad.after.w));
  }
  /// Below 4 MiB of floats the copy is no trouble.
  static constexpr double least_copy = 0x1p20;
  /// Whether any input is served: else nothing of this kernel is instantiated. Of a padded gradient, as soon as it has
  /// eight times the voxels of 64^3.
  static constexpr bool possible = padded_copy(64) > least_copy || folded_copy(64, 64, 64) > 0x1p21;

  /// Whether the padded copy would be large, and mostly padding.
  static bool serves(const dims5& input, const dims5& output) {
    if constexpr (possible) {
      const double copy = padded_copy(static_cast<double>(output.w < 64 ? output.w : 64));
      return copy > least_copy && copy > 4 * static_cast<double>(plane(input) + plane(output));
    }
    return false;
  }

  /// The same for the gradients: whether the padded gradient of the input would be so, too. From eight times the data
  /// on the other kernels take longer for it than these loops.
  static bool serves_gradients(const dims5& input, const dims5& output) {
    if (!possible) return false;
    const double copy =
        folded_copy(static_cast<double>(input.d), static_cast<double>(input.h), static_cast<double>(input.w));
    return serves(input, output) || (copy > least_copy && copy > 8 * static_cast<double>(plane(input) + plane(output)));
  }

  /// y (N, OC, OD, OH, OW) from x (N, IC, ID, IH, IW), with so much padding before it, and weight (OC, ICG, KD, KH,
  /// KW).
  template <Epilogue<T> Finish, Executor E>
  static void forward(const T* x, dims5 input, dims5 output, extents before, const T* weight, const Finish& epilogue,
                      T* y, const E& executor) {
    const index_t size = plane(output), from_size = plane(input);
    executor.run(output.n * output.c, [=](index_t task, index_t) {
      const index_t n = task / output.c, oc = task % output.c;
      T* const to = y + task * size;
      for (index_t i = 0; i < size; ++i) to[i] = T(0);
      for (index_t ic = 0; ic < ICG; ++ic) {
        const T* const from = x + (n * input.c + oc / OCG * ICG + ic) * from_size;
        for (index_t t = 0; t < taps; ++t) {
          if (!Kept.has(t)) continue;
          const T w = weight[(oc * ICG + ic) * taps + t];
          const place at(t, input, output, before);
          const auto row = [=](index_t o, index_t i, index_t count) {
            for (index_t k = 0; k < count; ++k) to[o + k] += w * from[i + k * Config.stride.w];
          };
          if constexpr (folds_gradient(Config)) {
            at.for_each_row(
                row,
                [=](index_t o, index_t i, index_t count) {
                  for (index_t k = 0; k < count; ++k) to[o + k] += w * from[i];
                },
                [=](index_t o) { to[o] += w * T(0); });
          } else {
            if (!std::isfinite(w)) at.for_each_outside([=](index_t o) { to[o] += w * T(0); });
            at.for_each_row(row);
          }
        }
      }
      if (!epilogue.keeps()) finish_row(to, size, epilogue.of(oc));
    });
  }

  /// grad_x (N, IC, ID, IH, IW), overwritten: the transpose of the forward map, applied to grad_y.
  template <Executor E>
  static void backward_data(const T* grad_y, dims5 input, const T* weight, T* grad_x, const E& executor) {
    const dims5 output = output_dims(Config, input);
    const index_t size = plane(input), from_size = plane(output);
    executor.run(input.n * input.c, [=](index_t task, index_t) {
      const index_t n = task / input.c, c = task % input.c, group = c / ICG;
      T* const to = grad_x + task * size;
      for (index_t i = 0; i < size; ++i) to[i] = T(0);
      for (index_t oc = group * OCG; oc < (group + 1) * OCG; ++oc) {
        const T* const from = grad_y + (n * output.c + oc) * from_size;
        for (index_t t = 0; t < taps; ++t) {
          if (!Kept.has(t)) continue;
          const T w = weight[(oc * ICG + c % ICG) * taps + t];
          const auto row = [=](index_t o, index_t i, index_t count) {
            for (index_t k = 0; k < count; ++k) to[i + k * Config.stride.w] += w * from[o + k];
          };
          const place at(t, input, output);
          if constexpr (folds_gradient(Config)) {
            at.for_each_row(
                row,
                [=](index_t o, index_t i, index_t count) {
                  for (index_t k = 0; k < count; ++k) to[i] += w * from[o + k];
                },
                [](index_t) {});
          } else {
            at.for_each_row(row);
          }
        }
      }
    });
  }

  /// grad_weight (OC, ICG, KD, KH, KW), overwritten, or added to where `accumulate`. Padding as in `forward`.
  template <Executor E>
  static void backward_weights(const T* x, dims5 input, dims5 output, extents before, const T* grad_y, T* grad_weight,
                               bool accumulate, const E& executor) {
    const index_t size = plane(output), x_size = plane(input);
    executor.run(Config.out_channels * ICG, [=](index_t task, index_t) {
      const index_t oc = task / ICG, c = oc / OCG * ICG + task % ICG;
      T* const to = grad_weight + task * taps;
      for (index_t t = 0; t < taps; ++t) {
        if (!Kept.has(t)) {
          if (!accumulate) to[t] = T(0);
          continue;
        }
        const place at(t, input, output, before);
        T total = T(0);
        for (index_t n = 0; n < output.n; ++n) {
          const T *const from = x + (n * input.c + c) * x_size, *const grad = grad_y + (n * output.c + oc) * size;
          const auto row = [&](index_t o, index_t i, index_t count) {
            T product = T(0);
            for (index_t k = 0; k < count; ++k) product += from[i + k * Config.stride.w] * grad[o + k];
            total += product;
          };
          if constexpr (folds_gradient(Config)) {
            at.for_each_row(
                row,
                [&](index_t o, index_t i, index_t count) {
                  T product = T(0);
                  for (index_t k = 0; k < count; ++k) product += from[i] * grad[o + k];
                  total += product;
                },
                [&](index_t o) { total += grad[o] * T(0); });
          } else {
            at.for_each_row(row);
            if (!simd::all_finite(grad, size)) at.for_each_outside([&](index_t o) { total += grad[o] * T(0); });
          }
        }
        to[t] = accumulate ? to[t] + total : total;
      }
    });
  }

 private:
  static constexpr index_t groups = Config.groups < 1 ? 1 : Config.groups;
  static constexpr index_t ICG = Config.in_channels / groups, OCG = Config.out_channels / groups;
  static constexpr index_t taps = Config.kernel_size.volume();

  static constexpr index_t plane(dims5 s) { return s.d * s.h * s.w; }

  /// Where a tap meets data.
  class place {
   public:
    place(index_t tap, dims5 input, dims5 output, extents before = pads_of(Config).before)
        : place(tap_at(tap, Config.kernel_size), input, output, before) {}

    /// Calls `row(o, i, count)`: `count` outputs from `o` on, the first of which reads the input `i`.
    template <class Row>
    void for_each_row(const Row& row) const {
      if (d_.empty() || h_.empty() || w_.empty()) return;
      for (index_t od = d_.begin; od < d_.end; ++od) {
        for (index_t oh = h_.begin; oh < h_.end; ++oh) {
          const index_t id = od * Config.stride.d + d_.offset, ih = oh * Config.stride.h + h_.offset;
          row((od * output_.h + oh) * output_.w + w_.begin,
              (id * input_.h + ih) * input_.w + w_.begin * Config.stride.w + w_.offset, w_.end - w_.begin);
        }
      }
    }
    /// The same of a border that repeats the input; `beside(o, i, count)` for `count` outputs from `o` on that all read
    /// the input `i` in the padding, and `outside(o)` for each that reads a zero there.
    template <class Row, class Beside, class Outside>
    void for_each_row(const Row& row, const Beside& beside, const Outside& outside) const {
      for (index_t od = 0; od < output_.d; ++od) {
        for (index_t oh = 0; oh < output_.h; ++oh) {
          const index_t id = element_at(edge.d, od * Config.stride.d + d_.offset, input_.d);
          const index_t ih = element_at(edge.h, oh * Config.stride.h + h_.offset, input_.h);
          const index_t o = (od * output_.h + oh) * output_.w;
          if (id < 0 || ih < 0) {
            for (index_t ow = 0; ow < output_.w; ++ow) outside(o + ow);
            continue;
          }
          const index_t i = (id * input_.h + ih) * input_.w;
          pad(o, i, 0, w_.begin, edge.w.before, beside, outside);
          if (!w_.empty()) row(o + w_.begin, i + w_.begin * Config.stride.w + w_.offset, w_.end - w_.begin);
          pad(o, i, w_.end, output_.w, edge.w.after, beside, outside);
        }
      }
    }
    /// Calls `outside(o)` for each output whose tap lies in the padding.
    template <class Outside>
    void for_each_outside(const Outside& outside) const {
      index_t o = 0;
      for (index_t od = 0; od < output_.d; ++od) {
        for (index_t oh = 0; oh < output_.h; ++oh) {
          for (index_t ow = 0; ow < output_.w; ++ow, ++o) {
            if (!d_.contains(od) || !h_.contains(oh) || !w_.contains(ow)) outside(o);
          }
        }
      }
    }

   private:
    place(tap_index t, dims5 input, dims5 output, const extents& before)
        : input_(input),
          output_(output),
          d_(t.d * Config.dilation.d - before.d, Config.stride.d, input.d, output.d),
          h_(t.h * Config.dilation.h - before.h, Config.stride.h, input.h, output.h),
          w_(t.w * Config.dilation.w - before.w, Config.stride.w, input.w, output.w) {}

    // Outputs `[begin, end)` of a row, whose tap lies beside the input.
    template <class Beside, class Outside>
    void pad(index_t o, index_t i, index_t begin, index_t end, boundary side, const Beside& beside,
             const Outside& outside) const {
      if (side == boundary::replicate) {
        if (begin < end) beside(o + begin, i + element(begin), end - begin);
        return;
      }
      for (index_t ow = begin; ow < end; ++ow) {
        const index_t at = element(ow);
        at < 0 ? outside(o + ow) : beside(o + ow, i + at, 1);
      }
    }
    [[nodiscard]] index_t element(index_t ow) const {
      return element_at(edge.w, ow * Config.stride.w + w_.offset, input_.w);
    }

    static constexpr boundaries edge = boundary_of(Config);
    dims5 input_, output_;
    detail::met_outputs d_, h_, w_;
  };
};

}  // namespace esp::inline ESPALIER_ABI::detail
