// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The blocks of a volume that is computed in parts: as large as the memory allows, halos of a whole chain included.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <limits>
#include <span>

namespace esp::inline ESPALIER_ABI {

/// How a volume was cut: what `stream` returns.
struct stream_plan {
  dims5 input;         ///< Of the source.
  dims5 output;        ///< Of the sink.
  extents block;       ///< Voxels of the output in a block; the last ones along an axis may have fewer.
  index_t blocks = 0;  ///< In all, those of every sample.
  index_t bytes = 0;   ///< Of the input, the output and the scratch of the largest block: at most `memory`.

  friend constexpr bool operator==(const stream_plan&, const stream_plan&) = default;
};

namespace detail {

/// A layer as a plan sees it: shapes, windows and scratch, and the multiply-adds of a voxel of its output.
struct stream_step {
  dims5 (*output)(const dims5& input) = nullptr;
  volume_window (*reads)(const dims5& input, const volume_window& output) = nullptr;
  index_t (*scratch)(const dims5& input, const volume_window& output, index_t workers) = nullptr;
  index_t work = 1;
};

/// Elements that are held at once: the source's part, which stays from block to block, and the layers' outputs, of
/// which two are in use at a time.
struct stream_rooms {
  index_t source = 0;
  index_t outputs[2] = {0, 0};
  index_t scratch = 0;

  /// At most 2^62: each is the size of a tensor whose bytes, as doubles, 63 bits count.
  [[nodiscard]] constexpr index_t held() const { return source + outputs[0] + outputs[1]; }
};

/// The shape behind the first layers of a chain.
[[nodiscard]] constexpr dims5 shape_behind(std::span<const stream_step> steps, dims5 shape) {
  for (const stream_step& step : steps) shape = step.output(shape);
  return shape;
}

/// Walks a window of a chain's output back to the source: `visit(i, input, window)` sees layer i with the shape of its
/// whole input and the window that it computes. Returns what is read of the source.
template <class Visit>
constexpr volume_window walk_back(std::span<const stream_step> steps, const dims5& input, volume_window window,
                                  const Visit& visit) {
  for (std::size_t i = steps.size(); i-- > 0;) {
    const dims5 before = shape_behind(steps.first(i), input);
    visit(i, before, window);
    window = steps[i].reads(before, window);
  }
  return window;
}

/// Positions of an axis in blocks of `step`.
struct cut_axis {
  index_t size;
  index_t step;

  [[nodiscard]] constexpr index_t count() const { return ceil_div(size, step); }
  [[nodiscard]] constexpr index_t begin(index_t block) const { return block * step; }
  [[nodiscard]] constexpr index_t length(index_t block) const {
    return size - begin(block) < step ? size - begin(block) : step;
  }
  /// Blocks that stand for all: five at the beginning, since tiles of at most four voxels make every pattern of widths
  /// recur after four blocks, and two at the end.
  [[nodiscard]] constexpr index_t samples() const { return count() < 7 ? count() : 7; }
  [[nodiscard]] constexpr index_t sample(index_t i) const { return i < 5 ? i : count() - samples() + i; }
};

/// An output in blocks of these sizes.
struct block_grid {
  cut_axis d, h, w;

  constexpr block_grid(const dims5& output, const extents& block)
      : d{output.d, block.d}, h{output.h, block.h}, w{output.w, block.w} {}
  [[nodiscard]] constexpr index_t count() const { return d.count() * h.count() * w.count(); }
  [[nodiscard]] constexpr volume_window window(index_t i, index_t j, index_t k) const {
    return {{d.begin(i), h.begin(j), w.begin(k)}, {d.length(i), h.length(j), w.length(k)}};
  }
  /// Calls `body(window)` for blocks that stand for all.
  template <class Body>
  constexpr void each_sample(const Body& body) const {
    for (index_t i = 0; i < d.samples(); ++i) {
      for (index_t j = 0; j < h.samples(); ++j) {
        for (index_t k = 0; k < w.samples(); ++k) body(window(d.sample(i), h.sample(j), w.sample(k)));
      }
    }
  }
};

/// What a chain, a volume and a team ask of memory, for any size of block.
class block_planner {
 public:
  /// Shapes are checked by the layers' own rules, which throw. `input` is of one sample.
  constexpr block_planner(std::span<const stream_step> steps, const dims5& input, index_t workers, index_t element)
      : steps_(steps), input_(input), output_(shape_behind(steps, input)), workers_(workers), element_(element) {}

  [[nodiscard]] constexpr const dims5& output() const { return output_; }

  /// The rooms of the largest block. Scratch is not asked for where the rest is beyond `most` elements already: a
  /// kernel cannot count the scratch of every volume that fits no memory.
  [[nodiscard]] constexpr stream_rooms rooms(const extents& block,
                                             index_t most = std::numeric_limits<index_t>::max()) const {
    stream_rooms all;
    block_grid(output_, block).each_sample([&](const volume_window& window) {
      const volume_window read = walk_back(steps_, input_, window, [&](std::size_t i, const dims5& before, auto& w) {
        grow(all.outputs[i % 2], steps_[i].output(before).c * w.size.volume());
      });
      grow(all.source, input_.c * read.size.volume());
      if (all.held() > most) return;
      walk_back(steps_, input_, window, [&](std::size_t i, const dims5& before, auto& w) {
        grow(all.scratch, steps_[i].scratch(before, w, workers_));
      });
    });
    return all;
  }
  [[nodiscard]] constexpr bool fits(const extents& block, index_t memory) const {
    const stream_rooms all = rooms(block, memory / element_);
    return all.held() <= memory / element_ && all.scratch <= memory / element_ - all.held();
  }
  [[nodiscard]] constexpr index_t bytes(const extents& block) const {
    const stream_rooms all = rooms(block, std::numeric_limits<index_t>::max() / 32);
    constexpr index_t most = std::numeric_limits<index_t>::max();
    const index_t elements = all.held() > most - all.scratch ? most : all.held() + all.scratch;
    return elements > most / element_ ? most : elements * element_;
  }

  /// How often each voxel of the chain is computed on average, of an output in such blocks: halos of the layers but the
  /// first are computed by both neighbours. Counted in tiles of four voxels along each axis, which is what kernels
  /// compute at once: a block of one plane costs four.
  [[nodiscard]] constexpr double work(const extents& block) const {
    const block_grid grid(output_, block);
    const auto tiles = [](index_t count) { return static_cast<double>(ceil_div(count, index_t{4})); };
    const auto tiled = [&](const extents& size) { return tiles(size.d) * tiles(size.h) * tiles(size.w); };
    double done = 0, needed = 0;
    // A block in the middle has its halos on both sides.
    const volume_window middle = grid.window(grid.d.count() / 2, grid.h.count() / 2, grid.w.count() / 2);
    walk_back(steps_, input_, middle, [&](std::size_t i, const dims5& before, const volume_window& w) {
      const dims5 whole = steps_[i].output(before);
      done += static_cast<double>(steps_[i].work) * tiled(w.size);
      needed += static_cast<double>(steps_[i].work) * tiled({whole.d, whole.h, whole.w});
    });
    const auto share = [](const cut_axis& axis, index_t length) {
      return static_cast<double>(axis.size) / static_cast<double>(length);
    };
    return done / needed * share(grid.d, middle.size.d) * share(grid.h, middle.size.h) * share(grid.w, middle.size.w);
  }

  /// The best block that fits: whole planes where these are computed at most a tenth more often than the volume at once
  /// would be, else what is computed least often, with rows cut only where no whole row fits. Null where none fits.
  [[nodiscard]] constexpr extents best(index_t memory) const {
    extents found{0, 0, 0};
    double least = 0;
    for (index_t w = output_.w; found.d == 0; w = halved(w)) {
      for (index_t h = output_.h;; h = halved(h)) {
        if (fits({1, h, w}, memory)) {
          const extents block{thickest(h, w, memory), h, w};
          const double cost = work(block);
          if (found.d == 0 || cost < least) found = block, least = cost;
          if (cost <= 1.1) return block;
        }
        if (h == 1) break;
      }
      if (w == 1) break;
    }
    return found;
  }

  /// Thinner blocks than `block` in less memory, where these are computed at most a fiftieth more often: what is still
  /// in the caches need not be fetched. One layer of 3^3 taps on 256^3 voxels took 1.8 ns a voxel in 16 MiB, 3.1 in 64
  /// MiB, 6.5 in one block.
  [[nodiscard]] constexpr extents least_held(const extents& block, index_t memory) const {
    const double most = 1.02 * work(block);
    for (index_t less = workers_ * (index_t{16} << 20); less < memory; less *= 2) {
      if (!fits({1, block.h, block.w}, less)) continue;
      const extents found{thickest(block.h, block.w, less), block.h, block.w};
      if (work(found) <= most) return found;
    }
    return block;
  }

 private:
  static constexpr void grow(index_t& room, index_t needed) { room = room < needed ? needed : room; }
  /// Half, in whole tiles of four voxels from four on.
  static constexpr index_t halved(index_t size) {
    const index_t half = ceil_div(size, index_t{2}), whole = ceil_div(half, index_t{4}) * 4;
    return half >= 4 && whole < size ? whole : half;
  }
  /// The largest depth that fits, as equal blocks of whole tiles. @pre one plane fits
  [[nodiscard]] constexpr index_t thickest(index_t h, index_t w, index_t memory) const {
    index_t good = 1, beyond = output_.d + 1;
    while (beyond - good > 1) {
      const index_t d = good + (beyond - good) / 2;
      (fits({d, h, w}, memory) ? good : beyond) = d;
    }
    if (good == output_.d) return good;
    // A thinner block may lie worse in tiles of four, and need a little more.
    for (index_t d = even_block(output_.d, good, good < 4 ? 1 : 4); d > 1; --d) {
      if (fits({d, h, w}, memory)) return d;
    }
    return 1;
  }

  std::span<const stream_step> steps_;
  dims5 input_;
  dims5 output_;
  index_t workers_;
  index_t element_;
};

/// The blocks of a chain's output for an input of shape `input`: as large as `memory` bytes allow, for a team of
/// `workers` and elements of `element` bytes.
///
/// Throws what the layers throw for an input that does not fit, and ESP-260, with both numbers, where not even a block
/// of one voxel fits. Cost: some thousand blocks are walked back through the chain,
/// milliseconds.
[[nodiscard]] constexpr stream_plan plan_blocks(std::span<const stream_step> steps, const dims5& input, index_t memory,
                                                index_t workers, index_t element) {
  const dims5 sample{1, input.c, input.d, input.h, input.w};
  const block_planner planner(steps, sample, workers, element);
  dims5 output = planner.output();
  output.n = input.n;
  extents block = planner.best(memory);
  if (block.d == 0) {
    const index_t needed = planner.bytes({1, 1, 1});
    throw error("ESP-260", {"the smallest block of the volume takes ", needed,
                            " bytes with the halos of the chain, but .memory allows ", memory,
                            "; allow at least that, or use fewer threads, each of which has scratch"});
  }
  block = planner.least_held(block, memory);
  return {input, output, block, input.n * block_grid(output, block).count(), planner.bytes(block)};
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
