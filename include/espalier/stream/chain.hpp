// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Layers one behind the other, block by block: what each reads, and their buffers.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/layer.hpp>
#include <espalier/shape.hpp>
#include <espalier/stream/any_executor.hpp>
#include <espalier/stream/block_plan.hpp>
#include <espalier/windowed_convolution.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

template <conv3d Config, auto Prior, class T>
windowed_convolution<Config, Prior, T> windows_of(const constrained_conv3d<Config, Prior, T>&);

/// What computes windows of a layer.
template <class Layer>
using windows_of_t = decltype(windows_of(std::declval<const Layer&>()));

/// A layer for a plan of blocks.
template <class Layer>
[[nodiscard]] constexpr stream_step step_of() {
  using windowed = windows_of_t<Layer>;
  constexpr weight_shape weights = windowed::whole::weights;
  return {[](const dims5& input) { return output_dims(windowed::whole::config, input); },
          [](const dims5& input, const volume_window& window) { return windowed::reads(input, window); },
          [](const dims5& input, const volume_window& window, index_t workers) {
            return windowed::scratch_size(input, window, workers);
          },
          weights.size()};
}

/// Computes blocks of a chain's output from blocks of its input, of one sample each.
///
/// Between two layers there is the part of a tensor that the second one reads for the block; the last one's output is
/// the block. Halos of the layers but the first are computed anew for each block.
template <class... Layers>
class chain {
 public:
  static constexpr std::size_t count = sizeof...(Layers);
  using element = std::tuple_element_t<0, std::tuple<typename Layers::element...>>;
  static constexpr std::array<stream_step, count> steps{step_of<Layers>()...};

  /// `rooms` are those of the largest block; `input` is the shape of one sample. Throws ESP-109, ESP-110.
  chain(const std::tuple<const Layers&...>& layers, const dims5& input, const stream_rooms& rooms)
      : layers_(layers),
        input_(input),
        outputs_{aligned_buffer<element>(rooms.outputs[0]), aligned_buffer<element>(rooms.outputs[1])},
        scratch_(rooms.scratch) {
    std::apply([](const auto&... layer) { (require_ready(layer), ...); }, layers_);
  }

  /// The part of the source that a block reads.
  [[nodiscard]] volume_window reads(const volume_window& block) const {
    return walk_back(steps, input_, block, [](std::size_t, const dims5&, const volume_window&) {});
  }

  /// The block, (channels, its sizes), from what it reads of the source.
  [[nodiscard]] const element* compute(const element* part, const volume_window& block,
                                       const held::any_executor& executor) {
    std::array<dims5, count> inputs{};
    std::array<volume_window, count + 1> windows{};
    windows[0] = walk_back(steps, input_, block, [&](std::size_t i, const dims5& before, const volume_window& window) {
      inputs[i] = before;
      windows[i + 1] = window;
    });
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((part = run<I>(part, windows[I], inputs[I], windows[I + 1], executor)), ...);
    }(std::make_index_sequence<count>{});
    return part;
  }

 private:
  template <class Layer>
  static void require_ready(const Layer& layer) {
    layer.require_shapes();
    if constexpr (Layer::config.enforce == enforcement::forward) layer.named_parameters().require_all();
  }
  template <std::size_t I>
  const element* run(const element* x, const volume_window& read, const dims5& input, const volume_window& window,
                     const held::any_executor& executor) {
    const auto& layer = std::get<I>(layers_);
    using windowed = windows_of_t<std::remove_cvref_t<decltype(layer)>>;
    element* const y = room(outputs_[I % 2], windowed::whole::weights.out * window.size.volume());
    const index_t size = windowed::scratch_size(input, window, executor.workers());
    element* const scratch = room(scratch_, size);
    const element* bias = nullptr;
    if constexpr (windowed::whole::config.bias) bias = layer.bias().data();
    windowed::forward(x, read, input, window, layer.weight().data(), bias, y, {scratch, static_cast<std::size_t>(size)},
                      executor, layer.named_parameters());
    return y;
  }
  /// The plan's samples stand for all blocks; should one need more, it gets it.
  static element* room(aligned_buffer<element>& buffer, index_t size) {
    if (static_cast<index_t>(buffer.span().size()) < size) buffer = aligned_buffer<element>(size);
    return buffer.data();
  }

  std::tuple<const Layers&...> layers_;
  dims5 input_;
  std::array<aligned_buffer<element>, 2> outputs_;
  aligned_buffer<element> scratch_;
};

/// A window of all channels of a volume, of which what the next window shares is kept.
template <class T>
class kept_part {
 public:
  kept_part(index_t channels, index_t room) : channels_(channels), buffer_(room) {}

  /// The window's voxels, channel after channel. `read(channel, window, to)` is asked for planes that were not there.
  /// Nothing is kept from one `sample` to another.
  template <class Read>
  [[nodiscard]] const T* move_to(index_t sample, const volume_window& next, const Read& read) {
    const index_t plane = next.size.h * next.size.w, size = next.size.d;
    const index_t needed = channels_ * size * plane;
    const bool fits = needed <= static_cast<index_t>(buffer_.span().size());
    const index_t kept = fits && sample == sample_ ? shared(next) : 0;
    sample_ = -1;  // until every voxel is there
    if (!fits) buffer_ = aligned_buffer<T>(needed);
    if (kept > 0) move_planes(next, kept, plane);
    volume_window rest = next;
    rest.begin.d += kept;
    rest.size.d -= kept;
    for (index_t c = 0; rest.size.d > 0 && c < channels_; ++c) {
      read(c, rest, buffer_.data() + (c * size + kept) * plane);
    }
    sample_ = sample;
    window_ = next;
    return buffer_.data();
  }

 private:
  /// Planes at the beginning of `next` that are here.
  [[nodiscard]] index_t shared(const volume_window& next) const {
    const bool aligned = next.begin.h == window_.begin.h && next.begin.w == window_.begin.w &&
                         next.size.h == window_.size.h && next.size.w == window_.size.w;
    const index_t end = window_.begin.d + window_.size.d, next_end = next.begin.d + next.size.d;
    if (!aligned || next.begin.d < window_.begin.d || next.begin.d >= end) return 0;
    return (next_end < end ? next_end : end) - next.begin.d;
  }
  /// Moves the last planes of each channel to its beginning in the new window. Where that is deeper, the places of
  /// later channels lie behind the old ones: these are moved from the last one on, the others from the first.
  void move_planes(const volume_window& next, index_t kept, index_t plane) {
    const index_t first = next.begin.d - window_.begin.d;
    const auto from = [&](index_t c) { return (c * window_.size.d + first) * plane; };
    const auto to = [&](index_t c) { return c * next.size.d * plane; };
    const auto move = [&](index_t c) {
      std::memmove(buffer_.data() + to(c), buffer_.data() + from(c),
                   static_cast<std::size_t>(kept * plane) * sizeof(T));
    };
    index_t c = 0;
    for (; c < channels_ && to(c) <= from(c); ++c) move(c);
    for (index_t last = channels_; last-- > c;) move(last);
  }

  index_t channels_;
  aligned_buffer<T> buffer_;
  index_t sample_ = -1;
  volume_window window_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
