// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of the weight's gradient with lanes along channels: a sum of outer products over positions.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI {

/// How a group's channels are dealt to registers where lanes run along output channels.
///
/// x lies in panels of `panel` input channels, position by position, so the taps of one kernel row at one position are
/// consecutive: `run` elements, of which a tile broadcasts `broadcasts` at a time. Where dilation keeps the taps apart
/// each has a run of its own. grad_y lies in panels of `vectors` registers of output channels.
struct outer_tile {
  index_t broadcasts = 1;
  index_t vectors = 1;
  index_t panel = 1;
  index_t runs = 1;  ///< Runs of a kernel row: 1, or KW where W is dilated.
  index_t run = 1;
  index_t cost = 0;  ///< Estimated quarter cycles for one position of a group, all taps and channels.

  friend constexpr bool operator==(const outer_tile&, const outer_tile&) = default;

  /// Elements of a run as the tiles cover it: what is beyond `run` is computed and dropped.
  [[nodiscard]] constexpr index_t covered() const { return (run + broadcasts - 1) / broadcasts * broadcasts; }
};

/// The tile that needs the fewest cycles for `config` with `lane_count` lanes. On 32 registers 12 x 2 for most channel
/// numbers and kernels of 3, on 16 registers 6 x 2.
[[nodiscard]] constexpr outer_tile outer_tile_for(const conv3d& config, index_t lane_count,
                                                  index_t registers = vector_registers - (has_fma ? 0 : 1)) {
  const auto ceil_div = [](index_t a, index_t b) { return (a + b - 1) / b; };
  const extents& K = config.kernel_size;
  const index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
  const bool joined = K.w == 1 || config.dilation.w == 1;
  outer_tile best{};
  best.cost = -1;
  const index_t oc_vectors = ceil_div(OCG, lane_count);
  for (index_t vectors = 1; vectors <= 6 && vectors <= oc_vectors; ++vectors) {
    // One cache line of floats: neither smaller than a register, where its end would be filled with zeros.
    for (index_t panel = 1; panel <= 16 && panel <= ceil_div(ICG, lane_count) * lane_count; ++panel) {
      // The copy writes whole registers, each over the rest of the one before: not where a position takes several.
      if (panel > lane_count && panel % lane_count != 0) continue;
      const index_t run = joined ? K.w * panel : panel, runs = joined ? 1 : K.w;
      for (index_t broadcasts = 1; broadcasts <= run; ++broadcasts) {
        // Accumulators, the vectors of grad_y, and one broadcast.
        if (broadcasts * vectors + vectors + 1 > registers) break;
        const index_t multiply_adds = 2 * broadcasts * vectors, loads = 2 * (broadcasts + vectors);
        constexpr index_t latency = 4 * 4;
        const index_t busiest = multiply_adds > loads ? multiply_adds : loads;
        const index_t step = 1 + (busiest > latency ? busiest : latency);
        const index_t cost =
            step * ceil_div(run, broadcasts) * runs * ceil_div(ICG, panel) * ceil_div(oc_vectors, vectors) * K.d * K.h;
        // On a tie the wider panel and the longer tile, but no more vectors: they take room in the first cache.
        if (best.cost < 0 || cost < best.cost || (cost == best.cost && vectors == best.vectors)) {
          best = {broadcasts, vectors, panel, runs, run, cost};
        }
      }
    }
  }
  return best;
}

/// Accumulates `Broadcasts` by `Vectors` registers of outer products over a box of positions.
///
/// `sums[b][v] (+)= sum over p in count of x[p . x_step + b] * y[p . y_step + v]` with `v` over `Vectors * lanes`
/// elements; added where `accumulate`. The sum of one call starts from zero, so a long sum is one of short sums.
/// Registers: the accumulators, `Vectors` for y, one for the broadcast.
template <index_t Broadcasts, index_t Vectors, class T>
struct outer_product {
  static constexpr index_t width = Vectors * lanes<T>;

  static void run(const T* x, const extents& x_step,  // elements between positions along each axis
                  const T* y, const extents& y_step,  // aligned; consecutive positions along W follow each other
                  const extents& count,               // positions
                  T* sums,                            // (Broadcasts, width), aligned
                  bool accumulate) {
    step(std::make_index_sequence<static_cast<std::size_t>(Broadcasts * Vectors)>{},
         std::make_index_sequence<static_cast<std::size_t>(Broadcasts)>{},
         std::make_index_sequence<static_cast<std::size_t>(Vectors)>{}, x, x_step, y, y_step, count, sums, accumulate);
  }

 private:
  template <std::size_t... V>
  ESPALIER_ALWAYS_INLINE static void multiply(std::index_sequence<V...>, batch<T>* acc, const batch<T>* operand,
                                              T value) {
    const batch<T> other = simd::broadcast(value);
    ((acc[V] = simd::fma(operand[V], other, acc[V])), ...);
  }

  template <std::size_t... V>
  ESPALIER_ALWAYS_INLINE static void add(std::index_sequence<V...>, const batch<T>* acc, T* sums, bool accumulate) {
    if (accumulate) {
      (simd::store(sums + static_cast<index_t>(V) * lanes<T>,
                   simd::load(sums + static_cast<index_t>(V) * lanes<T>) + acc[V]),
       ...);
    } else {
      (simd::store(sums + static_cast<index_t>(V) * lanes<T>, acc[V]), ...);
    }
  }

  template <std::size_t... A, std::size_t... B, std::size_t... V>
  static void step(std::index_sequence<A...>, std::index_sequence<B...>, std::index_sequence<V...> vectors,
                   const T* ESPALIER_RESTRICT x, const extents& x_step, const T* ESPALIER_RESTRICT y,
                   const extents& y_step, const extents& count, T* ESPALIER_RESTRICT sums, bool accumulate) {
    batch<T> acc[sizeof...(A)];
    ((acc[A] = simd::broadcast(T(0))), ...);
    for (index_t d = 0; d < count.d; ++d) {
      for (index_t h = 0; h < count.h; ++h) {
        const T* from = x + d * x_step.d + h * x_step.h;
        const T* row = y + d * y_step.d + h * y_step.h;
        const T* const end = row + count.w * width;
        for (; row != end; row += width, from += x_step.w) {
          const batch<T> operand[] = {simd::load(row + static_cast<index_t>(V) * lanes<T>)...};
          (multiply(vectors, acc + B * sizeof...(V), operand, from[B]), ...);
        }
      }
    }
    (add(vectors, acc + B * sizeof...(V), sums + static_cast<index_t>(B) * width, accumulate), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI
