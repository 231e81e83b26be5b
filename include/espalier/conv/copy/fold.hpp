// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The adjoint of a boundary: what a gradient has in the padding is added to the elements that were read there.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/row.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether the padding repeats elements of the input, so that its gradient is folded.
[[nodiscard]] constexpr bool folds_gradient(const conv3d& config) { return boundary_of(config) != boundary::zeros; }

/// The padding that repeats the input: of the other sides nothing is folded.
[[nodiscard]] constexpr pads folded_pads(const conv3d& config) {
  const boundaries edge = boundary_of(config);
  const auto axis = [](const axis_boundary& e, index_t& before, index_t& after) {
    if (e.before == boundary::zeros) before = 0;
    if (e.after == boundary::zeros) after = 0;
  };
  pads pad = pads_of(config);
  axis(edge.d, pad.before.d, pad.after.d);
  axis(edge.h, pad.before.h, pad.after.h);
  axis(edge.w, pad.before.w, pad.after.w);
  return pad;
}

/// The same convolution of an input that has `folded_pads` around it already; zeros are left to it.
[[nodiscard]] constexpr conv3d unpadded(conv3d config) {
  const pads all = pads_of(config), folded = folded_pads(config);
  const extents &b = all.before, &a = all.after, &fb = folded.before, &fa = folded.after;
  config.padding = {{b.d - fb.d, a.d - fa.d}, {b.h - fb.h, a.h - fa.h}, {b.w - fb.w, a.w - fa.w}};
  config.boundary = boundary::zeros;
  return config;
}

/// The shape of a tensor with its padding.
[[nodiscard]] constexpr dims5 padded_dims(dims5 shape, const pads& pad) {
  shape.d += pad.before.d + pad.after.d;
  shape.h += pad.before.h + pad.after.h;
  shape.w += pad.before.w + pad.after.w;
  return shape;
}

/// An axis with the padding around it: which elements are wanted, and where what is at hand begins.
struct folded_axis {
  index_t size;
  index_t before;
  index_t after;
  index_t first;  ///< Wanted: `[first, first + count)`.
  index_t count;
  index_t held;   ///< Position of the first that is at hand, which is padding where it is negative,
  index_t pitch;  ///< and how many are.

  /// Where the first that is wanted lies in what is at hand.
  [[nodiscard]] constexpr index_t own() const { return first - held; }

  /// Calls `visit(position, element)` for each padded position that reads an element which is wanted, in rising order:
  /// the position in what is at hand, the element in what is wanted.
  template <class Visit>
  void for_each_padded(const axis_boundary& edge, const Visit& visit) const {
    const auto ask = [&](index_t position) {
      const index_t element = element_at(edge, position, size);
      if (element >= first && element < first + count) visit(position - held, element - first);
    };
    for (index_t position = -before; position < 0; ++position) ask(position);
    for (index_t position = size; position < size + after; ++position) ask(position);
  }
};

/// `to[i] += from[i]`.
template <class T>
void add_row(T* to, const T* from, index_t count) {
  index_t i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) {
    simd::store_unaligned(to + i, simd::load_unaligned(to + i) + simd::load_unaligned(from + i));
  }
  for (; i < count; ++i) to[i] = to[i] + from[i];
}

/// One padded row to a row of the tensor: its elements first, then its padding from left to right.
template <class T>
void fold_row(const axis_boundary& edge, const folded_axis& w, const T* from, bool accumulate, T* to) {
  accumulate ? add_row(to, from + w.own(), w.count) : copy_row(to, from + w.own(), w.count, T(0));
  w.for_each_padded(edge, [&](index_t position, index_t element) { to[element] = to[element] + from[position]; });
}

/// Plane `id` of a channel from all that is folded onto it: the rows of the plane itself, then those of the padded
/// planes. padded (D, H, W with their padding), to (H, W): overwritten.
template <class T>
void fold_plane(const boundaries& edge, const folded_axis& d, const folded_axis& h, const folded_axis& w,
                const T* padded, index_t id, T* to) {
  const auto fold = [&](index_t source, bool accumulate) {
    const T* const rows = padded + source * h.pitch * w.pitch;
    for (index_t ih = 0; ih < h.count; ++ih) {
      fold_row(edge.w, w, rows + (h.own() + ih) * w.pitch, accumulate, to + ih * w.count);
    }
    h.for_each_padded(edge.h, [&](index_t position, index_t ih) {
      fold_row(edge.w, w, rows + position * w.pitch, true, to + ih * w.count);
    });
  };
  fold(d.own() + id, false);
  d.for_each_padded(edge.d, [&](index_t source, index_t element) {
    if (element == id) fold(source, true);
  });
}

/// `grad_x[i] = sum of padded[p] over the padded positions p that read element i`, for the elements of a window.
///
/// padded: the box `held` of the gradient with respect to the padded tensor, where all that reads the window lies; X:
/// shape of the tensor, grad_x (N, C, the window's sizes): overwritten. The order of every sum is that of the whole
/// tensor and depends on its shape alone. Cost: one pass over `padded`.
template <class T, Executor E>
void fold_window(const boundaries& edge, const pads& pad, const volume_window& held, const T* padded, const dims5& X,
                 const volume_window& window, T* grad_x, const E& executor) {
  const auto axis = [&](index_t extents::* a, index_t size) {
    return folded_axis{size, pad.before.*a, pad.after.*a, window.begin.*a, window.size.*a, held.begin.*a, held.size.*a};
  };
  const folded_axis d = axis(&extents::d, X.d), h = axis(&extents::h, X.h), w = axis(&extents::w, X.w);
  const index_t plane = h.count * w.count, channel = held.size.volume();
  executor.run(X.n * X.c * d.count, [=](index_t number, index_t) {
    fold_plane(edge, d, h, w, padded + number / d.count * channel, number % d.count, grad_x + number * plane);
  });
}

/// The same for all elements: padded of shape `padded_dims(X, pad)`, grad_x of shape X.
template <class T, Executor E>
void fold_padding(const boundaries& edge, const pads& pad, const T* padded, const dims5& X, T* grad_x,
                  const E& executor) {
  const dims5 P = padded_dims(X, pad);
  const extents &before = pad.before, first{-before.d, -before.h, -before.w};
  fold_window(edge, pad, {first, {P.d, P.h, P.w}}, padded, X, {{}, {X.d, X.h, X.w}}, grad_x, executor);
}

}  // namespace esp::inline ESPALIER_ABI::detail
