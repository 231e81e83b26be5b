// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Contiguous five-axis memory behind any xtensor expression, with its shape checked.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

inline constexpr std::size_t unknown_rank = static_cast<std::size_t>(-1);

template <class Shape>
inline constexpr std::size_t axes_of = unknown_rank;
template <class Size, std::size_t Axes>
inline constexpr std::size_t axes_of<std::array<Size, Axes>> = Axes;

/// Axes of an expression where its type tells; views tell it by their shape alone.
template <class E>
inline constexpr std::size_t static_rank =
    xt::get_rank<E>::value != unknown_rank ? xt::get_rank<E>::value : axes_of<typename E::shape_type>;

/// Rejects a tensor whose rank is known at compile time and is not five.
template <class E>
concept HasFiveAxes =
    (static_rank<std::remove_cvref_t<E>> == 5) || (static_rank<std::remove_cvref_t<E>> == unknown_rank);

/// Memory that can be read in place: it has the element type, an address and strides.
template <class E, class T>
concept HasMemory = requires(E& e) {
  { e.data() + e.data_offset() } -> std::convertible_to<const T*>;
  e.strides();
};

}  // namespace detail

/// Shape `(N, C, D, H, W)` of an expression. Throws ESP-100 for another rank, ESP-104 or ESP-103 for sizes out of
/// range.
template <TensorExpression E>
[[nodiscard]] dims5 dims_of(const E& e) {
  static_assert(detail::HasFiveAxes<E>,
                "ESP-015: a convolution takes five axes (N, C, D, H, W) and this tensor has another rank; add "
                "the missing axes, for example with xt::view(x, xt::newaxis(), ...)");
  if (e.dimension() != 5) {
    throw error("ESP-100",
                {"the tensor has ", e.dimension(), " axes but a convolution takes five, (N, C, D, H, W); reshape it"});
  }
  const auto& shape = e.shape();
  const auto at = [&](std::size_t axis) { return static_cast<index_t>(shape[axis]); };
  const dims5 dims{at(0), at(1), at(2), at(3), at(4)};
  static_cast<void>(detail::count_of(dims));
  return dims;
}

namespace detail {

/// True if the elements follow each other in the order of the axes. An axis of size one may have any stride.
template <class E>
[[nodiscard]] bool is_contiguous(const E& e) {
  index_t expected = 1;
  for (std::size_t axis = 5; axis-- > 0;) {
    const auto size = static_cast<index_t>(e.shape()[axis]);
    if (size > 1 && static_cast<index_t>(e.strides()[axis]) != expected) return false;
    expected *= size;
  }
  return true;
}

/// The elements of an expression as contiguous `T`: in place where they are that already, else a copy that lives as
/// long as the view. The expression must outlive the view.
template <class T>
class input_view {
 public:
  template <TensorExpression E>
  explicit input_view(const E& e) : dims_(dims_of(e)) {
    if constexpr (HasMemory<const E, T> && std::is_same_v<typename E::value_type, T>) {
      if (is_contiguous(e)) {
        data_ = e.data() + e.data_offset();
        return;
      }
    }
    copy_.resize(std::array<std::size_t, 5>{size(dims_.n), size(dims_.c), size(dims_.d), size(dims_.h), size(dims_.w)});
    T* to = copy_.data();
    const auto end = e.template cend<xt::layout_type::row_major>();
    for (auto from = e.template cbegin<xt::layout_type::row_major>(); from != end; ++from) {
      *to++ = static_cast<T>(*from);
    }
    data_ = copy_.data();
  }
  input_view(const input_view&) = delete;
  input_view& operator=(const input_view&) = delete;

  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] dims5 dims() const { return dims_; }

 private:
  static std::size_t size(index_t n) { return static_cast<std::size_t>(n); }

  dims5 dims_;
  tensor<T, 5> copy_{};  // empty where the expression is read in place
  const T* data_ = nullptr;
};

/// Where a caller wants an output of shape `dims` written: his own memory where it is contiguous, else a buffer that
/// `commit` copies into it. Throws ESP-107 for another shape, before anything is written.
template <class T, TensorExpression E>
class output_view {
 public:
  output_view(E& target, dims5 dims) : target_(target) {
    if (const dims5 found = dims_of(target); !(found == dims)) {
      throw error("ESP-107", {"the output tensor has shape ", detail::words_of(found), " but the result has ",
                              detail::words_of(dims), "; resize it before the call"});
    }
    if constexpr (HasMemory<E, T> && std::is_same_v<typename E::value_type, T>) {
      if (is_contiguous(target)) data_ = target.data() + target.data_offset();
    }
    if (data_ == nullptr) {
      copy_.resize(std::array<std::size_t, 5>{size(dims.n), size(dims.c), size(dims.d), size(dims.h), size(dims.w)});
      data_ = copy_.data();
    }
  }

  [[nodiscard]] T* data() const { return data_; }
  void commit() {
    if (data_ == copy_.data()) {
      // By address: the order of a container's own iterators is a setting of the including program.
      std::copy_n(copy_.data(), copy_.size(), target_.template begin<xt::layout_type::row_major>());
    }
  }

 private:
  static std::size_t size(index_t n) { return static_cast<std::size_t>(n); }

  E& target_;
  tensor<T, 5> copy_{};  // empty where the target is written in place
  T* data_ = nullptr;
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
