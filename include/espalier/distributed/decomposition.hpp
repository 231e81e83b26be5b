// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a tensor is split over ranks: along the batch and the three axes of the volume.
#pragma once

#include <algorithm>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI {

/// A part of a tensor (N, C, D, H, W): some samples, a box of voxels of each, all channels.
struct tensor_part {
  index_t first_sample = 0;
  index_t samples = 0;
  volume_window window{};

  /// Voxels of one channel, of all its samples; 0 for a part of nothing.
  [[nodiscard]] constexpr index_t voxels() const { return samples * window.size.volume(); }
  /// The shape of a tensor that holds the part.
  [[nodiscard]] constexpr dims5 shape(index_t channels) const {
    return {samples, channels, window.size.d, window.size.h, window.size.w};
  }

  friend constexpr bool operator==(const tensor_part&, const tensor_part&) = default;
};

namespace detail {

/// Positions along one axis.
struct axis_part {
  index_t begin, size;

  friend constexpr bool operator==(const axis_part&, const axis_part&) = default;
};

/// The `number`th of `parts` parts of an axis: the first `size % parts` have one position more than the others.
[[nodiscard]] constexpr axis_part even_part(index_t size, index_t parts, index_t number) {
  const index_t each = size / parts, more = size % parts;
  return {each * number + std::min(number, more), each + (number < more ? 1 : 0)};
}

[[nodiscard]] constexpr axis_part common(const axis_part& a, const axis_part& b) {
  const index_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(std::min(a.begin + a.size, b.begin + b.size) - begin, index_t{0})};
}

/// What two parts of one tensor have in common: a part of no voxels where that is nothing.
[[nodiscard]] constexpr tensor_part common(const tensor_part& a, const tensor_part& b) {
  const extents &A = a.window.begin, &B = b.window.begin, &P = a.window.size, &Q = b.window.size;
  const axis_part n = common(axis_part{a.first_sample, a.samples}, axis_part{b.first_sample, b.samples});
  const axis_part d = common(axis_part{A.d, P.d}, axis_part{B.d, Q.d});
  const axis_part h = common(axis_part{A.h, P.h}, axis_part{B.h, Q.h});
  const axis_part w = common(axis_part{A.w, P.w}, axis_part{B.w, Q.w});
  return {n.begin, n.size, {{d.begin, h.begin, w.begin}, {d.size, h.size, w.size}}};
}

}  // namespace detail

/// Ranks along the batch, the depth, the height and the width: `{.d = 4}` are four slabs, `{.n = 2, .h = 2, .w = 2}`
/// eight ranks of which four share a sample.
///
/// Along an axis the parts are as even as they can be, larger ones first; input and output are each split so. Ranks are
/// counted with the width fastest, as MPI counts those of a Cartesian communicator. Example: docs/mpi.md
struct decomposition {
  index_t n = 1;
  index_t d = 1;
  index_t h = 1;
  index_t w = 1;

  /// All ranks. Throws ESP-280 for a number below 1, or a product beyond the 2^31 ranks that MPI can count.
  [[nodiscard]] constexpr index_t ranks() const {
    index_t room = std::numeric_limits<int>::max();
    for (const index_t parts : {n, d, h, w}) room = parts < 1 ? 0 : room / parts;
    if (room < 1) {
      throw error("ESP-280", {"the decomposition into ", n, " x ", d, " x ", h, " x ", w,
                              " ranks along N, D, H and W has none or too many; give at least one along each"});
    }
    return n * d * h * w;
  }

  /// What `rank` owns of a tensor of this shape. Constant time. Throws ESP-280 as `ranks`, and for an axis with fewer
  /// positions than ranks; ESP-281 for a rank that is not one of them.
  [[nodiscard]] constexpr tensor_part part_of(index_t rank, const dims5& shape) const {
    if (const index_t all = ranks(); rank < 0 || rank >= all) {
      throw error("ESP-281",
                  {"rank ", rank, " is none of the ", all, " ranks of the decomposition, which count from 0"});
    }
    const auto axis = [](const char* name, index_t size, index_t parts, index_t number) {
      if (size < parts) {
        throw error("ESP-280",
                    {"a tensor with ", size, size == 1 ? " position" : " positions", " along ", name, " is split over ",
                     parts, " ranks there; each must have one, so use fewer along ", name});
      }
      return detail::even_part(size, parts, number);
    };
    const detail::axis_part of_n = axis("N", shape.n, n, rank / w / h / d),
                            of_d = axis("D", shape.d, d, rank / w / h % d);
    const detail::axis_part of_h = axis("H", shape.h, h, rank / w % h), of_w = axis("W", shape.w, w, rank % w);
    return {of_n.begin, of_n.size, {{of_d.begin, of_h.begin, of_w.begin}, {of_d.size, of_h.size, of_w.size}}};
  }

  friend constexpr bool operator==(const decomposition&, const decomposition&) = default;
};

}  // namespace esp::inline ESPALIER_ABI
