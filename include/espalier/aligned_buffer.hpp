// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Memory for scratch: uninitialised, and aligned to a cache line.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <memory>
#include <new>
#include <span>

namespace esp::inline ESPALIER_ABI::detail {

/// Owns `size` elements of `T`, aligned to `alignment` bytes, with indeterminate values. Move only: what is moved from
/// is empty. Errors: std::bad_alloc.
template <class T>
class aligned_buffer {
 public:
  explicit aligned_buffer(index_t size)
      : memory_(
            static_cast<T*>(::operator new(static_cast<std::size_t>(size) * sizeof(T), std::align_val_t{alignment}))),
        size_(static_cast<std::size_t>(size)) {}

  [[nodiscard]] T* data() const { return memory_.get(); }
  [[nodiscard]] std::span<T> span() const { return {memory_.get(), memory_ ? size_ : 0}; }

 private:
  struct release {
    void operator()(T* p) const { ::operator delete(p, std::align_val_t{alignment}); }
  };
  std::unique_ptr<T, release> memory_;
  std::size_t size_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
