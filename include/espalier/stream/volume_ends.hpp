// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where a streamed volume comes from and where it goes: two functions each.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// A volume that is read in parts.
///
/// `shape()` is that of the whole, `(N, C, D, H, W)`. `read(sample, channel, window, to)` writes the voxels of a window
/// of one channel of one sample to `to`, W fastest, without gaps. It may throw, which ends the stream. Calls come one
/// after the other from the thread that streams. Example: examples/stream.cpp
template <class S, class T>
concept VolumeSource = requires(S& source, index_t sample, index_t channel, const volume_window& window, T* to) {
  { source.shape() } -> std::convertible_to<dims5>;
  source.read(sample, channel, window, to);
};

/// A volume that is written in parts.
///
/// `write(sample, channel, window, from)` takes the voxels of a window, as above; every voxel comes once. `finish()` is
/// called after the last one, and only then is the result whole: a stream that ends early does not call it. A sink that
/// has `begin(shape)` is told the shape of the whole before the first voxel. Each may throw. Example:
/// examples/stream.cpp
template <class S, class T>
concept VolumeSink = requires(S& sink, index_t sample, index_t channel, const volume_window& window, const T* from) {
  sink.write(sample, channel, window, from);
  sink.finish();
};

}  // namespace esp::inline ESPALIER_ABI
