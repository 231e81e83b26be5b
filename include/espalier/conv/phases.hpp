// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A convolution's axes seen from its input: which taps reach an input position, and from which output.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// One axis of the transposed convolution, position by position of the forward's input.
///
/// Position `i = element * stride + residue - before` is read by tap `t` of output `element - shift(t)` where `residue`
/// is `t dilation % stride`, and by no other tap. So each residue is a convolution of stride 1 over the outputs with
/// taps of its own. A residue that some tap has is a phase, numbered by the first tap that has it; the other positions
/// are read by nobody. `element` counts from `first()`. `before` may be negative where the axis is a part of another:
/// then output 0 reads behind its first positions.
struct transposed_axis {
  stride_axis strided;

  [[nodiscard]] constexpr index_t phases() const { return strided.slot_count; }
  [[nodiscard]] constexpr index_t residue(index_t phase) const { return phase * strided.dilation % strided.stride; }
  /// Taps of one phase: `phase`, `phase + cycle`, ...
  [[nodiscard]] constexpr index_t taps(index_t phase) const {
    return (strided.kernel - phase + strided.cycle - 1) / strided.cycle;
  }
  [[nodiscard]] constexpr index_t tap(index_t phase, index_t number) const { return phase + number * strided.cycle; }
  /// Taps of all phases below `phase`.
  [[nodiscard]] constexpr index_t taps_before(index_t phase) const {
    index_t count = 0;
    for (index_t p = 0; p < phase; ++p) count += taps(p);
    return count;
  }
  /// Whether some tap reads a position, if there were outputs everywhere.
  [[nodiscard]] constexpr bool reads(index_t position_number) const {
    for (index_t p = 0; p < phases(); ++p) {
      if (residue(p) == position_number + strided.before - own_element(position_number) * strided.stride) return true;
    }
    return false;
  }

  /// Element that holds position 0, and the number of elements that hold positions `0 .. size-1`.
  [[nodiscard]] constexpr index_t first() const { return own_element(0); }
  [[nodiscard]] constexpr index_t elements(index_t size) const {
    return size < 1 ? 0 : own_element(size - 1) - first() + 1;
  }
  /// Position of an element, counted from `first()`; outside the axis for some residues of the first and last element.
  [[nodiscard]] constexpr index_t position(index_t element, index_t residue_number) const {
    return (first() + element) * strided.stride + residue_number - strided.before;
  }

  /// Outputs before its own that an element reads.
  [[nodiscard]] constexpr index_t reach() const { return strided.shift(strided.kernel - 1); }
  /// The axis as rows in scratch: element `e` and tap `t` read `e + lag(t)`.
  [[nodiscard]] constexpr stride_axis rows() const { return {reach() + 1, 1, 1, reach() - first()}; }
  [[nodiscard]] constexpr index_t lag(index_t tap_number) const { return reach() - strided.shift(tap_number); }

 private:
  /// The element that holds a position, counted from output 0.
  [[nodiscard]] constexpr index_t own_element(index_t position_number) const {
    const index_t at = position_number + strided.before;
    return at >= 0 ? at / strided.stride : -((strided.stride - 1 - at) / strided.stride);
  }
};

/// The three axes of a transposed convolution and the phases they form: `(pd, ph, pw)`, pw fastest.
struct transposed_axes {
  transposed_axis d;
  transposed_axis h;
  transposed_axis w;

  explicit constexpr transposed_axes(const conv3d& config) : transposed_axes(config, pads_of(config).before) {}
  /// With so much padding before what the forward reads.
  constexpr transposed_axes(const conv3d& config, const extents& before) {
    const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
    d.strided = {K.d, S.d, L.d, before.d};
    h.strided = {K.h, S.h, L.h, before.h};
    w.strided = {K.w, S.w, L.w, before.w};
  }

  [[nodiscard]] constexpr index_t taps(tap_index phase) const {
    return d.taps(phase.d) * h.taps(phase.h) * w.taps(phase.w);
  }
  /// Taps of all phases before this one.
  [[nodiscard]] constexpr index_t taps_before(tap_index phase) const {
    return d.taps_before(phase.d) * h.strided.kernel * w.strided.kernel +
           d.taps(phase.d) * (h.taps_before(phase.h) * w.strided.kernel + h.taps(phase.h) * w.taps_before(phase.w));
  }
  /// Tap `number` of a phase, kw fastest.
  [[nodiscard]] constexpr tap_index tap(tap_index phase, index_t number) const {
    const tap_index t = tap_at(number, {d.taps(phase.d), h.taps(phase.h), w.taps(phase.w)});
    return {d.tap(phase.d, t.d), h.tap(phase.h, t.h), w.tap(phase.w, t.w)};
  }

  /// Neighbouring elements along D read neighbouring output planes; else every tap's plane is a copy of its own.
  [[nodiscard]] constexpr bool sliding() const { return d.strided.dilation <= d.strided.stride; }
  [[nodiscard]] constexpr index_t planes() const { return sliding() ? d.reach() + 1 : d.strided.kernel; }
  [[nodiscard]] constexpr index_t plane_of(index_t kd) const { return sliding() ? d.lag(kd) : kd; }
  /// Output plane that plane `p` in scratch holds for the element `element` along D.
  [[nodiscard]] constexpr index_t source_plane(index_t element, index_t p) const {
    return d.first() + element + (sliding() ? p - d.reach() : -d.strided.shift(p));
  }

  /// Shape of the elements that hold an input of this shape.
  [[nodiscard]] constexpr dims5 elements(dims5 input) const {
    return {input.n, input.c, d.elements(input.d), h.elements(input.h), w.elements(input.w)};
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
