// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A causal layer on frames that come in chunks, with the bits of the whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_tensors.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/windowed_convolution.hpp>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// A layer whose depth is time, fed a few frames at a time: what the chunks give, one behind the other, is what the
/// layer gives for all frames at once, bit by bit.
///
/// `esp::causal_stream stream(conv)` refers to the layer, which it must not outlive; each chunk is computed with the
/// weight that the layer has then. It keeps the frames that outputs to come read: (kernel - 1) * dilation at most. Any
/// stride, padding before the first frame (`esp::padding::causal(esp::axis::depth)`, or less) and boundary there;
/// `reflect` and `symmetric` need a first chunk as long as they repeat. Rejected when: ESP-254 where the layer reads
/// frames to come; ESP-255 where its kernel rounds by where a frame lies among its neighbours.
/// Example: examples/frames.cpp
template <class Layer>
class causal_stream;

template <conv3d Config, auto Prior, class T>
class causal_stream<constrained_conv3d<Config, Prior, T>> {
  using layer_type = constrained_conv3d<Config, Prior, T>;
  using windowed = windowed_convolution<Config, Prior, T>;
  using whole = typename windowed::whole;
  using plans = detail::convolution_plans<whole::config, typename whole::formula_type, typename whole::element>;
  static constexpr conv3d config = whole::config;
  static constexpr pads pad = detail::pads_of(config);
  static_assert(
      pad.after.d == 0 && detail::boundary_of(config).d.before != boundary::circular,
      "ESP-254: a stream gives a frame when it has come, and this layer reads frames to come; write .padding = "
      "esp::padding::causal(esp::axis::depth), and no boundary::circular along depth");
  static_assert(plans::forward_kernel::window_grid.d == 1 && !plans::far_apart::possible,
                "ESP-255: the kernels of this layer compute frames together, as Winograd's do, so that a frame to come "
                "decides how one is rounded; write .algorithm = esp::algorithm::direct");

 public:
  using element = typename whole::element;

  explicit causal_stream(const layer_type& computes) : layer_(&computes) {}
  explicit causal_stream(const layer_type&&) = delete;

  /// The output's frames that are complete with this chunk of the input, (N, in_channels, any number, H, W), as a new
  /// tensor: as many as the chunk has without a stride, and none where there are none.
  ///
  /// The first chunk says N, H and W. Throws ESP-256 where another has other sizes, and as the layer's forward for the
  /// frames that came so far; the stream is then unchanged. Cost: the layer's forward for the frames that are returned,
  /// with the sweep of its prior, and a copy of the chunk and of the frames that are kept.
  template <TensorExpression X, Executor E = serial>
  [[nodiscard]] tensor<element, 5> push(const X& chunk, const E& executor = {}) {
    const detail::input_view<element> frames(chunk);
    layer_->require_shapes();
    dims5 input = frames.dims();
    require_same(input);
    dims5 none = least_output(input);
    none.d = 0;
    input.d += seen_;
    const index_t outputs = outputs_of(input.d);
    tensor<element, 5> y = outputs > given_ ? computed(frames.data(), input, outputs, executor)
                                            : detail::held::stored_tensors<element>::empty(none);
    keep(frames.data(), input, outputs);
    return y;
  }

  /// Forgets all frames: the next chunk is the first.
  void reset() {
    kept_.clear();
    shape_ = {};
    seen_ = given_ = 0;
    started_ = false;
  }

  /// How many frames are kept.
  [[nodiscard]] index_t kept() const { return shape_.d; }

 private:
  static constexpr index_t reach = (config.kernel_size.d - 1) * config.dilation.d, stride = config.stride.d;
  using buffer = detail::aligned_buffer<element>;

  static constexpr index_t outputs_of(index_t frames) {
    return detail::output_extent(frames, pad.before.d, config.kernel_size.d, stride, config.dilation.d);
  }

  // The output of the smallest input that has one: its H and W. Throws for a wrong one.
  static dims5 least_output(dims5 input) {
    input.d = std::max(reach, pad.before.d) + 1;
    return output_dims(config, input);
  }

  void require_same(const dims5& found) const {
    const dims5& s = shape_;
    if (!started_ || (found.n == s.n && found.c == s.c && found.h == s.h && found.w == s.w)) return;
    throw error("ESP-256", {"a chunk of shape ", detail::words_of(found), " came behind frames of shape ",
                            detail::words_of({s.n, s.c, 1, s.h, s.w}),
                            "; pass chunks of one size along H and W, or call reset() before the first of another"});
  }

  // Copies frames `[window.begin.d, + window.size.d)` of those that are kept and of the chunk behind them.
  void gather(const element* chunk, const dims5& input, const volume_window& window, element* to) const {
    const index_t frame = input.h * input.w, first = seen_ - shape_.d, behind = input.d - seen_;
    const extents &at = window.begin, &size = window.size;
    for (index_t channel = 0; channel < input.n * input.c; ++channel) {
      for (index_t d = at.d; d < at.d + size.d; ++d) {
        const element* const from = d < seen_ ? kept_.data() + (channel * shape_.d + d - first) * frame
                                              : chunk + (channel * behind + d - seen_) * frame;
        for (index_t h = at.h; h < at.h + size.h; ++h, to += size.w) {
          std::copy_n(from + h * input.w + at.w, size.w, to);
        }
      }
    }
  }

  template <Executor E>
  tensor<element, 5> computed(const element* chunk, const dims5& input, index_t outputs, const E& executor) const {
    dims5 output = output_dims(config, input);
    const volume_window window{{given_, 0, 0}, {outputs - given_, output.h, output.w}};
    const volume_window read = windowed::reads(input, window);
    const buffer part(detail::resized(input, read.size).size());
    gather(chunk, input, read, part.data());
    output.d = outputs - given_;
    tensor<element, 5> y = detail::held::stored_tensors<element>::empty(output);
    const buffer scratch(windowed::scratch_size(input, window, executor.workers()));
    const element* bias = nullptr;
    if constexpr (config.bias) bias = layer_->bias().data();
    windowed::forward(part.data(), read, input, window, layer_->weight().data(), bias, y.data(), scratch.span(),
                      executor, layer_->named_parameters());
    return y;
  }

  // Keeps what outputs from `outputs` on read. Numbers count from a frame behind which no output reads the padding, so
  // that they stay in range however many frames come.
  void keep(const element* chunk, const dims5& input, index_t outputs) {
    const index_t first = std::clamp<index_t>(outputs * stride - pad.before.d, 0, input.d);
    const volume_window frames{{first, 0, 0}, {input.d - first, input.h, input.w}};
    dims5 shape = input;
    shape.d = frames.size.d;
    std::vector<element> next(static_cast<std::size_t>(shape.size()));
    gather(chunk, input, frames, next.data());
    kept_.swap(next);
    shape_ = shape;
    started_ = true;
    constexpr index_t least = reach + pad.before.d + stride + 1;
    const index_t steps = input.d > least ? (input.d - least) / stride : 0;
    seen_ = input.d - steps * stride;
    given_ = outputs - steps;
  }

  const layer_type* layer_;
  std::vector<element> kept_{};
  dims5 shape_{};
  index_t seen_ = 0, given_ = 0;
  bool started_ = false;
};

template <conv3d Config, auto Prior, class T>
causal_stream(const constrained_conv3d<Config, Prior, T>&) -> causal_stream<constrained_conv3d<Config, Prior, T>>;

}  // namespace esp::inline ESPALIER_ABI
