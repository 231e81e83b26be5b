// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Volumes larger than memory: through layers block by block, from a source to a sink.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/stream/any_executor.hpp>
#include <espalier/stream/block_plan.hpp>
#include <espalier/stream/chain.hpp>
#include <espalier/stream/volume_ends.hpp>
#include <functional>
#include <stop_token>
#include <tuple>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// How far a stream is: blocks that are written, of all.
struct stream_progress {
  index_t done = 0;
  index_t blocks = 0;
};

/// Options of `stream`.
struct stream_options {
  /// Bytes that blocks may take: what is held of the source, of the layers' outputs, and scratch. The program itself,
  /// its layers and buffers of the system come on top.
  index_t memory = index_t{1} << 30;
  /// Who computes: `serial{}`, `threads{n}` or an executor of one's own.
  detail::held::any_executor executor = serial{};
  /// Told before the first block and after each. What it throws ends the stream.
  std::function<void(const stream_progress&)> progress{};
  /// Asked before each block.
  std::stop_token stop{};
};

namespace detail {

/// What `stream` takes for its layers: one, or a tuple of them or of references to them.
template <class Layer>
struct streamed {
  using element = typename Layer::element;
  static constexpr bool has_one_element = true;
  static std::tuple<const Layer&> references(const Layer& layer) { return {layer}; }
};
template <class First, class... Layers>
struct streamed<std::tuple<First, Layers...>> {
  using element = typename std::remove_cvref_t<First>::element;
  static constexpr bool has_one_element =
      (std::is_same_v<element, typename std::remove_cvref_t<Layers>::element> && ...);
  static auto references(const std::tuple<First, Layers...>& layers) {
    return std::apply([](const auto&... layer) { return std::tie(layer...); }, layers);
  }
};

/// Streams through a chain whose layers are known by reference.
template <class Source, class Sink, class... Layers>
stream_plan run_stream(Source& source, Sink& sink, const std::tuple<const Layers&...>& layers,
                       const stream_options& options) {
  using steps = chain<Layers...>;
  using element = typename steps::element;
  const dims5 input = source.shape(), sample{1, input.c, input.d, input.h, input.w};
  static_cast<void>(count_of(input));
  const index_t workers = options.executor.workers();
  const stream_plan plan = plan_blocks(steps::steps, input, options.memory, workers, index_t{sizeof(element)});
  const stream_rooms rooms = block_planner(steps::steps, sample, workers, index_t{sizeof(element)}).rooms(plan.block);
  steps run(layers, sample, rooms);
  kept_part<element> part(input.c, rooms.source);
  if constexpr (requires { sink.begin(plan.output); }) sink.begin(plan.output);

  index_t done = 0;
  const auto tell = [&] {
    if (options.progress) options.progress({done, plan.blocks});
  };
  const auto compute = [&](index_t n, const volume_window& block) {
    if (options.stop.stop_requested()) {
      throw error("ESP-261", {"the stream was asked to stop after ", done, " of ", plan.blocks,
                              " blocks; its sink was not finished, so that there is no result"});
    }
    const element* const x = part.move_to(
        n, run.reads(block),
        [&](index_t channel, const volume_window& window, element* to) { source.read(n, channel, window, to); });
    const element* const y = run.compute(x, block, options.executor);
    for (index_t c = 0; c < plan.output.c; ++c) sink.write(n, c, block, y + c * block.size.volume());
    ++done;
    tell();
  };
  tell();
  const block_grid grid(plan.output, plan.block);
  for (index_t n = 0; n < input.n; ++n) {
    // Along the depth last, so that a block finds the planes that it shares with the one before.
    for (index_t j = 0; j < grid.h.count(); ++j) {
      for (index_t k = 0; k < grid.w.count(); ++k) {
        for (index_t i = 0; i < grid.d.count(); ++i) compute(n, grid.window(i, j, k));
      }
    }
  }
  sink.finish();
  return plan;
}

}  // namespace detail

/// The output of layers one behind the other for a volume that need not fit in memory, block by block: the bits of
/// `last(...(first(whole)))`, but that a zero to which products underflowed may have the other sign.
///
/// `layers` is a layer or `std::tie(first, second, ...)`; all have one element type. The source is read with the halos
/// of the whole chain, planes that two blocks share once; the sink is given each voxel once and is finished at the end.
/// What blocks take is at most `options.memory`: `detail::block_planner` says how they are chosen. Returns how the
/// volume was cut.
///
/// Throws, before anything is read: what the layers throw for the source's shape (ESP-101 to ESP-104, ESP-204,
/// ESP-246), ESP-109, ESP-110, ESP-111, and ESP-260 where not even one voxel and its halo fit. Then whatever source,
/// sink and `progress` throw, and ESP-261 where `stop` was requested; the sink is not finished in these cases.
/// Cost: that of the layers, of halos that both neighbours compute in all layers but the first, and the sweeps of the
/// priors over the weights for each block. Example: examples/stream.cpp
template <class Source, class Sink, class Layers>
stream_plan stream(Source&& source, Sink&& sink, const Layers& layers, const stream_options& options = {}) {
  using streamed = detail::streamed<Layers>;
  using element = typename streamed::element;
  constexpr bool is_read = VolumeSource<Source, element>, is_written = VolumeSink<Sink, element>;
  static_assert(streamed::has_one_element,
                "ESP-262: the layers of a chain have different element types; give all of them float, or all double");
  static_assert(
      is_read,
      "ESP-263: the source has no shape() and read(sample, channel, window, T* to) for the element type of the "
      "layers; write both, or give npy_source<T>");
  static_assert(
      is_written,
      "ESP-263: the sink has no write(sample, channel, window, const T* from) and finish() for the element type "
      "of the layers; write both, or give npy_sink<T>");
  if constexpr (streamed::has_one_element && is_read && is_written) {
    return detail::run_stream(source, sink, streamed::references(layers), options);
  } else {
    return {};
  }
}

}  // namespace esp::inline ESPALIER_ABI
