// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The normal form of what kernels compute: a correlation. The forward convolution is one, the gradient of the input
/// one or, with strides, one for each phase.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/phases.hpp>
#include <espalier/conv/tap_list.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A correlation, and where its outputs go. In the gradient of the input what is read is the forward's output: `in` and
/// `out` are of the correlation.
struct correlation {
  index_t groups = 1;
  index_t in = 1;   ///< Channels of a group that are read, and summed over.
  index_t out = 1;  ///< Channels of a group that are computed.
  extents taps;
  extents stride{1};
  extents dilation{1};
  extents before;          ///< Padding before what is read; a negative number crops it.
  bool backwards = false;  ///< Tap i of an axis reads what tap `taps - 1 - i` would.
  bool paired = false;     ///< Correlations 2 i and 2 i + 1 of a list fill the same rows of the result, in turns.
  dims5 X;                 ///< Shape of what is read.
  extents outputs;         ///< Outputs along each axis.
  extents step;            ///< Elements between two outputs along each axis.
  index_t first = 0;       ///< Element of the first output of channel 0.
  index_t channel = 0;     ///< Elements between two output channels.
  /// What stands in the padding.
  boundaries boundary{};
  /// The taps that are computed, in the order of the packed weight.
  tap_list listed;

  /// Elements of the result: of all correlations of a list together.
  [[nodiscard]] constexpr index_t size() const { return X.n * groups * out * channel; }
  /// Taps that are computed.
  [[nodiscard]] constexpr index_t tap_count() const { return listed.all() ? taps.volume() : listed.count; }
  /// Runs of them along W, and one at least.
  [[nodiscard]] constexpr index_t tap_rows() const {
    if (listed.all()) return taps.d * taps.h;
    index_t rows = 1;
    for (index_t i = 1; i < listed.count; ++i) {
      rows += listed.numbers[i] / taps.w != listed.numbers[i - 1] / taps.w ? 1 : 0;
    }
    return rows;
  }
  /// Where in the box of taps lies what the tap `number` of those reads.
  [[nodiscard]] constexpr tap_index tap(index_t number) const {
    const index_t t = listed.all() ? number : listed.numbers[number];
    return tap_at(backwards ? taps.volume() - 1 - t : t, taps);
  }
  /// The same of the number after that of `k`, where all taps are computed: without a division.
  [[nodiscard]] constexpr tap_index tap_after(tap_index k) const {
    const auto turn = [this](index_t& axis, index_t size) {
      axis += backwards ? -1 : 1;
      if (axis >= 0 && axis < size) return false;
      axis = backwards ? size - 1 : 0;
      return true;
    };
    if (turn(k.w, taps.w) && turn(k.h, taps.h)) turn(k.d, taps.d);
    return k;
  }
};

/// A correlation whose planes are read and written without a gap or a border, as one of long rows.
[[nodiscard]] constexpr correlation flattened(correlation p) {
  const bool one_tap = p.taps.h == 1 && p.taps.w == 1 && p.stride.h == 1 && p.stride.w == 1;
  const bool whole = p.before.h == 0 && p.before.w == 0 && p.outputs.h == p.X.h && p.outputs.w == p.X.w;
  if (!one_tap || !whole || p.step.h != p.outputs.w * p.step.w) return p;
  p.X.w *= p.X.h;
  p.X.h = 1;
  p.outputs.w *= p.outputs.h;
  p.outputs.h = 1;
  p.step.h = p.outputs.w * p.step.w;
  return p;
}

/// What the forward and the gradient of the input have in common: a result in whole volumes.
constexpr correlation whole_volumes(const conv3d& config, const dims5& read, const dims5& result) {
  correlation c;
  c.groups = config.groups;
  c.taps = config.kernel_size;
  c.dilation = config.dilation;
  c.X = read;
  c.outputs = {result.d, result.h, result.w};
  c.step = {result.h * result.w, result.w, 1};
  c.channel = result.d * result.h * result.w;
  return c;
}

/// The forward convolution.
[[nodiscard]] constexpr correlation forward_of(const conv3d& config, const dims5& input, const dims5& output) {
  correlation c = whole_volumes(config, input, output);
  c.in = config.in_channels / config.groups;
  c.out = config.out_channels / config.groups;
  c.stride = config.stride;
  c.before = pads_of(config).before;
  c.boundary = boundary_of(config);
  return c;
}

/// The forward convolution of a part of its output: from the part of an input of shape `input` that it reads (`X`) to a
/// result that holds the window alone. @pre as `part_read`.
[[nodiscard]] constexpr correlation forward_of(const conv3d& config, const dims5& input, const volume_window& output) {
  const input_part read = part_read(config, input, output);
  const dims5 whole{input.n, config.out_channels, 0, 0, 0};
  correlation c = forward_of(config, resized(input, read.window.size), resized(whole, output.size));
  c.before = read.before;
  return c;
}

/// The gradient of the input without strides, of a convolution on zeros: grad_y, `(K - 1) L - P` zeros before it, with
/// the transposed weight, whose taps are packed in reverse order. `before` is P: of a part, as `gradient_part` says.
/// @pre stride 1.
[[nodiscard]] constexpr correlation input_gradient_of(const conv3d& config, const dims5& input, const dims5& output,
                                                      const extents& before) {
  const extents &K = config.kernel_size, &L = config.dilation;
  correlation c = whole_volumes(config, output, input);
  c.in = config.out_channels / config.groups;
  c.out = config.in_channels / config.groups;
  c.before = {(K.d - 1) * L.d - before.d, (K.h - 1) * L.h - before.h, (K.w - 1) * L.w - before.w};
  return c;
}
[[nodiscard]] constexpr correlation input_gradient_of(const conv3d& config, const dims5& input, const dims5& output) {
  return input_gradient_of(config, input, output, pads_of(config).before);
}

/// The forward convolution as a list of correlations: one.
struct forward_problems {
  correlation only;

  [[nodiscard]] static constexpr index_t count() { return 1; }
  [[nodiscard]] correlation operator[](index_t) const { return only; }
  /// As large as each problem along every axis.
  [[nodiscard]] correlation hull() const { return only; }
};

/// The gradient of the input: a correlation for each phase, in the order of the packed weight.
struct backward_problems {
  const conv3d& config;
  dims5 input;   ///< Shape of the forward's input: what is computed.
  dims5 output;  ///< Shape of the forward's output: what is read.
  transposed_axes axes;
  tap_list listed;  ///< Of the only phase. @pre all, but without a stride.

  backward_problems(const conv3d& c, dims5 x, dims5 y, tap_list taps = {})
      : backward_problems(c, x, y, pads_of(c).before, taps) {}
  /// Of a part, with so much padding before it: as `gradient_part` says.
  backward_problems(const conv3d& c, dims5 x, dims5 y, const extents& before, tap_list taps = {})
      : config(c), input(x), output(y), axes(c, before), listed(taps) {}

  [[nodiscard]] index_t count() const { return axes.d.phases() * axes.h.phases() * axes.w.phases(); }
  /// Whether some position belongs to no phase: its gradient is zero.
  [[nodiscard]] bool skips() const { return count() < config.stride.volume(); }

  [[nodiscard]] correlation operator[](index_t number) const {
    const tap_index phase = tap_at(number, {axes.d.phases(), axes.h.phases(), axes.w.phases()});
    const axis along_d(axes.d, phase.d, input.d), along_h(axes.h, phase.h, input.h), along_w(axes.w, phase.w, input.w);
    correlation p = common();
    p.taps = {along_d.taps, along_h.taps, along_w.taps};
    p.before = {along_d.before, along_h.before, along_w.before};
    p.outputs = {along_d.outputs, along_h.outputs, along_w.outputs};
    p.first = (along_d.first * input.h + along_h.first) * input.w + along_w.first;
    return p;
  }
  /// As large as each problem along every axis.
  [[nodiscard]] correlation hull() const {
    correlation p = (*this)[0];
    for (index_t i = 1; i < count(); ++i) {
      const extents outputs = (*this)[i].outputs;
      if (p.outputs.d < outputs.d) p.outputs.d = outputs.d;
      if (p.outputs.h < outputs.h) p.outputs.h = outputs.h;
      if (p.outputs.w < outputs.w) p.outputs.w = outputs.w;
    }
    return p;
  }

 private:
  // Element e of a phase is position `e stride + residue - before`; from the first such position inside on, its tap i
  // reads the forward's output `e - shift(tap i)`.
  struct axis {
    index_t taps, before, outputs, first;

    axis(const transposed_axis& a, index_t phase, index_t size) : taps(a.taps(phase)) {
      const stride_axis& f = a.strided;
      const index_t residue = a.residue(phase), short_of = f.before - residue;
      const index_t element = short_of <= 0 ? short_of / f.stride : (short_of + f.stride - 1) / f.stride;
      first = element * f.stride - short_of;
      outputs = size <= first ? 0 : (size - first + f.stride - 1) / f.stride;
      before = f.shift(phase + (taps - 1) * f.cycle) - element;
    }
  };

  [[nodiscard]] correlation common() const {
    const extents &S = config.stride, &L = config.dilation;
    correlation p;
    p.groups = config.groups;
    p.in = config.out_channels / config.groups;
    p.out = config.in_channels / config.groups;
    p.dilation = {axes.d.strided.cycle * L.d / S.d, axes.h.strided.cycle * L.h / S.h, axes.w.strided.cycle * L.w / S.w};
    p.backwards = true;
    p.paired = S.w == 2 && axes.w.phases() == 2;
    p.X = output;
    p.step = {S.d * input.h * input.w, S.h * input.w, S.w};
    p.channel = input.d * input.h * input.w;
    p.listed = listed;
    return p;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
