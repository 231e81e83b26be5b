// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A vector of bounded length without an allocation, for constant evaluation.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Up to `N` elements; `overflow()` tells that one more was pushed. g++ 12 cannot evaluate nested `std::vector`s in
/// constant expressions (it reports a use after deallocation).
template <class T, std::size_t N>
class bounded_vector {
 public:
  static constexpr std::size_t capacity = N;

  constexpr bounded_vector() {}
  constexpr bounded_vector(const T& only) { push_back(only); }
  constexpr bounded_vector(const bounded_vector& other) { *this = other; }
  constexpr bounded_vector& operator=(const bounded_vector& other) {
    size_ = other.size_;
    overflow_ = other.overflow_;
    for (std::size_t i = 0; i < size_; ++i) elements_[i] = other.elements_[i];
    return *this;
  }

  constexpr void push_back(const T& element) {
    if (size_ == N) {
      overflow_ = true;
    } else {
      elements_[size_++] = element;
    }
  }
  /// Marks a vector that was made from one that overflowed.
  constexpr void mark_overflow() { overflow_ = true; }
  /// Removes element `i` by moving the last one into its place.
  constexpr void remove(std::size_t i) { elements_[i] = elements_[--size_]; }

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr bool overflow() const { return overflow_; }
  [[nodiscard]] constexpr const T* begin() const { return elements_; }
  [[nodiscard]] constexpr const T* end() const { return elements_ + size_; }
  [[nodiscard]] constexpr T* begin() { return elements_; }
  [[nodiscard]] constexpr T* end() { return elements_ + size_; }
  constexpr const T& operator[](std::size_t i) const { return elements_[i]; }
  constexpr T& operator[](std::size_t i) { return elements_[i]; }

  friend constexpr bool operator==(const bounded_vector& a, const bounded_vector& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.elements_[i] == b.elements_[i])) return false;
    }
    return true;
  }

 private:
  T elements_[N]{};
  std::size_t size_ = 0;
  bool overflow_ = false;
};

}  // namespace esp::inline ESPALIER_ABI::detail
