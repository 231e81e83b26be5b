// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What ranks say to each other: who needs what of whom, and what a program that brings it there has to provide.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// A part of a tensor that goes to another rank, or comes from one.
struct transfer {
  index_t rank;
  tensor_part part;
};

/// What one rank sends of its part of a tensor and what it receives, so that all have the parts that they want.
///
/// All transfers are boxes, at most one to and one from each other rank, in the order of the ranks.
struct exchange_plan {
  index_t channels = 0;
  tensor_part own{};     ///< What the rank has: a contiguous tensor of this part.
  tensor_part wanted{};  ///< What it wants: another one. What it has of it already is not among the transfers.
  std::vector<transfer> sends{};
  std::vector<transfer> receives{};

  /// Elements that the rank sends.
  [[nodiscard]] index_t sent() const { return count(sends); }
  [[nodiscard]] index_t received() const { return count(receives); }

 private:
  [[nodiscard]] index_t count(const std::vector<transfer>& transfers) const {
    index_t voxels = 0;
    for (const transfer& each : transfers) voxels += each.part.voxels();
    return voxels * channels;
  }
};

/// The plan of `rank` for a tensor of this shape, where `wanted(r)` says which part of it each rank r wants; a part of
/// no voxels is none. Cost: a call of `wanted` for each rank. Throws as `decomposition::part_of` and `wanted`.
template <class Wanted>
[[nodiscard]] exchange_plan plan_exchange(const dims5& shape, const decomposition& split, index_t rank,
                                          const Wanted& wanted) {
  exchange_plan plan{shape.c, split.part_of(rank, shape), wanted(rank)};
  const index_t ranks = split.ranks();
  for (index_t other = 0; other < ranks; ++other) {
    if (other == rank) continue;
    const tensor_part sent = detail::common(plan.own, wanted(other));
    const tensor_part received = detail::common(split.part_of(other, shape), plan.wanted);
    if (sent.voxels() > 0) plan.sends.push_back({other, sent});
    if (received.voxels() > 0) plan.receives.push_back({other, received});
  }
  return plan;
}

/// Copies `part` out of a tensor that holds `from` into one that holds `to`, where both hold it: nothing else is
/// touched. Both are contiguous, with so many channels.
template <class T>
void copy_part(const tensor_part& part, index_t channels, const tensor_part& from, const T* x, const tensor_part& to,
               T* y) {
  const extents &at = part.window.begin, &size = part.window.size;
  const auto row_of = [&](const tensor_part& of, index_t n, index_t c, index_t d, index_t h) {
    const extents &begin = of.window.begin, &all = of.window.size;
    const index_t plane = ((part.first_sample - of.first_sample + n) * channels + c) * all.d + at.d - begin.d + d;
    return (plane * all.h + at.h - begin.h + h) * all.w + at.w - begin.w;
  };
  for (index_t n = 0; n < part.samples; ++n)
    for (index_t c = 0; c < channels; ++c)
      for (index_t d = 0; d < size.d; ++d)
        for (index_t h = 0; h < size.h; ++h) {
          std::copy_n(x + row_of(from, n, c, d, h), size.w, y + row_of(to, n, c, d, h));
        }
}

/// How `combine` makes one number of those of all ranks: their sum, or the largest.
enum class combination : unsigned char { total, largest };

/// Who carries tensors between ranks: `mpi_halo`, or the exchange that a program has already.
///
/// `rank()` is this rank's number. All ranks call the other two in the same order. `exchange(plan, own, part,
/// meanwhile)` sends what the plan says of `own`, a tensor of `plan.own`, fills what it receives into `part`, one of
/// `plan.wanted`, and calls `meanwhile()`, which throws nothing and communicates nothing, once: best between starting
/// and waiting; elements of `part` that are not received stay. `combine(values, how)` replaces each number by the sum
/// or the largest of those of all ranks at that place: they are whole numbers, so that the order does not matter.
/// Example: docs/mpi.md
template <class H, class T>
concept Halo = requires(H& halo, const exchange_plan& plan, const T* own, T* part, void (*meanwhile)(),
                        std::span<std::int64_t> values) {
  { halo.rank() } -> std::convertible_to<index_t>;
  halo.exchange(plan, own, part, meanwhile);
  halo.combine(values, combination::largest);
};

}  // namespace esp::inline ESPALIER_ABI
