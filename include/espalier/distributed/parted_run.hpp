// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One direction of a layer on a rank's part: the exchange of what it reads, and the interior meanwhile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/distributed/decomposition.hpp>
#include <espalier/distributed/halo.hpp>
#include <espalier/distributed/interior.hpp>
#include <espalier/shape.hpp>
#include <exception>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Computes a part of a result in boxes: those that read what the rank owns while the rest travels, the others behind.
///
/// It takes its memory when it is made: for each source the part with its halo, and a copy of what a box reads and
/// makes. Only the sources are read, and only the rank's part and what boxes read beyond it is held.
template <class T>
class parted_run {
 public:
  parted_run() = default;
  /// @param plan Of each of so many sources, @param result the part that is made, @param reads what a box of it reads.
  template <class Reads>
  parted_run(exchange_plan plan, const tensor_part& result, index_t channels, int sources, const Reads& reads)
      : plan_(std::move(plan)),
        result_(result),
        channels_(channels),
        cut_(cut_around_interior(result.window, plan_.own.window, reads)) {
    for (int i = 0; i < cut_.count; ++i) reads_[at(i)] = reads(cut_.boxes[at(i)]);
    index_t read = 0, made = 0;
    for (int i = 0; i < cut_.count; ++i) {
      read = std::max(read, reads_[at(i)].size.volume());
      if (cut_.count > 1) made = std::max(made, cut_.boxes[at(i)].size.volume());
    }
    box_room_ = result.samples * plan_.channels * read;
    if (needs_part()) part_ = aligned_buffer<T>(sources * plan_.wanted.voxels() * plan_.channels);
    box_ = aligned_buffer<T>(sources * box_room_);
    made_ = aligned_buffer<T>(result.samples * channels * made);
  }

  [[nodiscard]] const tensor_part& result() const { return result_; }

  /// The largest of `size(piece)`.
  template <class Size>
  [[nodiscard]] index_t largest(const Size& size) const {
    index_t most = 0;
    for (int i = 0; i < cut_.count; ++i) most = std::max<index_t>(most, size(cut_.boxes[at(i)]));
    return most;
  }

  /// Exchanges and computes: `compute(sources, read, piece, to)` makes a box from tensors of the window `read`. Where
  /// it throws, the exchange is ended first.
  template <class H, std::size_t Count, class Compute>
  void run(H& halo, const std::array<const T*, Count>& own, T* result, const Compute& compute) {
    const tensor_part kept = common(plan_.own, plan_.wanted);
    const index_t room = needs_part() ? plan_.wanted.voxels() * plan_.channels : 0;
    std::array<const T*, Count> parts{};
    std::exception_ptr failed;
    for (std::size_t i = 0; i < Count; ++i) {
      T* const part = part_.data() + static_cast<index_t>(i) * room;
      parts[i] = part;
      halo.exchange(plan_, own[i], part, [&] {
        if (needs_part()) copy_part(kept, plan_.channels, plan_.own, own[i], plan_.wanted, part);
        if (i + 1 < Count || !cut_.has_interior) return;
        try {
          run_box(0, own, plan_.own.window, result, compute);
        } catch (...) {
          failed = std::current_exception();
        }
      });
    }
    if (failed) std::rethrow_exception(failed);
    for (int i = cut_.has_interior ? 1 : 0; i < cut_.count; ++i) {
      run_box(i, parts, plan_.wanted.window, result, compute);
    }
  }

 private:
  // Not where the interior is all: it is read where it lies.
  [[nodiscard]] bool needs_part() const { return cut_.count > 1 || !cut_.has_interior; }
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

  template <std::size_t Count, class Compute>
  void run_box(int i, std::array<const T*, Count> sources, const volume_window& held, T* result,
               const Compute& compute) {
    const volume_window &piece = cut_.boxes[at(i)], &read = reads_[at(i)];
    const auto of = [this](const volume_window& window) {
      return tensor_part{result_.first_sample, result_.samples, window};
    };
    if (!(read == held)) {
      for (std::size_t k = 0; k < Count; ++k) {
        T* const copy = box_.data() + static_cast<index_t>(k) * box_room_;
        copy_part(of(read), plan_.channels, of(held), sources[k], of(read), copy);
        sources[k] = copy;
      }
    }
    if (cut_.count == 1) return compute(sources, read, piece, result);
    compute(sources, read, piece, made_.data());
    copy_part(of(piece), channels_, of(piece), made_.data(), result_, result);
  }

  exchange_plan plan_{};
  tensor_part result_{};
  index_t channels_ = 0, box_room_ = 0;
  cut_window cut_{};
  std::array<volume_window, 7> reads_{};
  aligned_buffer<T> part_{0}, box_{0}, made_{0};
};

}  // namespace esp::inline ESPALIER_ABI::detail
