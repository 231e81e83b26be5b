// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A sum of blocks in an order that their number fixes, wherever and whenever each of them is computed.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// The sum of numbered blocks of `size` elements as a balanced tree over their numbers: blocks 0 and 1, 2 and 3, then
/// these pairs, and so on. The bits are those of the tree: neither the order in which blocks are added nor who adds
/// which decides them, so that any division of the blocks among processes gives the same. For gradients of a weight
/// over windows of an output: a block for each window.
///
/// Each process adds its blocks to a sum of its own; what it holds, a few partial sums, goes to another by `merge`, or
/// as parts that `each_part` shows and `add_part` takes. Memory: a block for each part; of blocks that come in order,
/// at most the logarithm of their number to the base 2, and one. Cost: an addition of each block but one.
/// Example: docs/edges.md
template <class T>
class ordered_sum {
 public:
  /// Of `blocks` blocks. Throws ESP-257 for fewer than one, or a negative size.
  ordered_sum(index_t blocks, index_t size) : blocks_(blocks), size_(size) {
    if (blocks < 1 || size < 0) {
      throw error("ESP-257", {"a sum of ", blocks, " blocks of ", size,
                              " elements is none; a sum has at least one block, and sizes are at least 0"});
    }
    while ((index_t{1} << height_) < blocks && height_ < 62) ++height_;
  }

  /// Adds the block of this number. Throws ESP-258 for one that is not there or was added before, ESP-259 for another
  /// number of elements; the sum is then unchanged.
  void add(index_t block, std::span<const T> values) { add_part(0, block, values); }

  /// Adds a part that another sum of the same blocks showed. Throws as `add`.
  void add_part(index_t level, index_t number, std::span<const T> values) {
    if (level < 0 || level > height_ || number < 0 || number > (blocks_ - 1) >> level || holds(level, number)) {
      throw error("ESP-258", {"part ", number, " of level ", level, " of a sum of ", blocks_,
                              " blocks is not there, or was added before; add each of the blocks once, from 0 on"});
    }
    if (static_cast<index_t>(values.size()) != size_) {
      throw error("ESP-259", {"a block has ", values.size(), " elements in a sum of blocks of ", size_,
                              "; pass blocks of the size that the sum was made for"});
    }
    std::vector<T> part(values.begin(), values.end());
    for (; level < height_; ++level, number /= 2) {
      if ((number ^ 1) > (blocks_ - 1) >> level) continue;  // The last one of an odd number goes up as it is.
      const auto other = parts_.find({level, number ^ 1});
      if (other == parts_.end()) break;
      const bool first = number % 2 == 0;
      for (std::size_t i = 0; i < part.size(); ++i) {
        part[i] = first ? part[i] + other->second[i] : other->second[i] + part[i];
      }
      parts_.erase(other);
    }
    parts_.emplace(std::pair{level, number}, std::move(part));
  }

  /// Adds what another sum of the same blocks holds. Throws as `add`; the sum is then unchanged.
  void merge(const ordered_sum& other) {
    ordered_sum both = *this;
    other.each_part(
        [&both](index_t level, index_t number, std::span<const T> values) { both.add_part(level, number, values); });
    parts_.swap(both.parts_);
  }

  /// Calls `body(level, number, values)` for each partial sum that is held: of the blocks from `number << level` on.
  template <class Body>
  void each_part(const Body& body) const {
    for (const auto& [at, values] : parts_) body(at.first, at.second, std::span<const T>(values));
  }

  /// Whether every block was added.
  [[nodiscard]] bool complete() const { return parts_.contains({height_, 0}); }

  /// The sum of all blocks. Throws ESP-258 while one is missing.
  [[nodiscard]] std::span<const T> total() const {
    if (!complete()) {
      throw error("ESP-258", {"the sum of ", blocks_,
                              " blocks was asked for before each of them was added; ask "
                              "complete(), or merge what the others hold"});
    }
    return parts_.begin()->second;
  }

 private:
  /// Whether a part, or some of it, or more than it, is in a partial sum.
  [[nodiscard]] bool holds(index_t level, index_t number) const {
    for (const auto& [at, values] : parts_) {
      const auto& [l, n] = at;
      if (l >= level ? number >> (l - level) == n : n >> (level - l) == number) return true;
    }
    return false;
  }

  index_t blocks_, size_, height_ = 0;
  std::map<std::pair<index_t, index_t>, std::vector<T>> parts_{};
};

}  // namespace esp::inline ESPALIER_ABI
