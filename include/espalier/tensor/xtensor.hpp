// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The only include of xtensor: its headers moved into folders with version 0.26, their contents stayed.
#pragma once

#include <type_traits>
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xexpression.hpp>
#else
#include <xtensor/xexpression.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <cstddef>
#include <espalier/config.hpp>

// Since version 19 clang lets a template template parameter ignore default arguments, as C++17 says; two partial
// specialisations of xtensor before 0.26 then fit the shape of an xarray, and the class cannot be used. Whole
// specialisations go before both.
#if defined(__clang__) && __clang_major__ >= 19 && XTENSOR_VERSION_MAJOR == 0 && XTENSOR_VERSION_MINOR < 26
namespace xt {
template <>
struct rebind_container<std::ptrdiff_t, svector<std::size_t>> {
  using type = svector<std::ptrdiff_t>;
};
template <>
struct rebind_container<std::size_t, svector<std::size_t>> {
  using type = svector<std::size_t>;
};
template <>
struct rebind_container<std::ptrdiff_t, svector<std::ptrdiff_t>> {
  using type = svector<std::ptrdiff_t>;
};
template <>
struct rebind_container<std::size_t, svector<std::ptrdiff_t>> {
  using type = svector<std::size_t>;
};
}  // namespace xt
#endif

namespace esp::inline ESPALIER_ABI {

/// A contiguous tensor of rank `Rank`, the last axis fastest: what a layer stores and returns.
template <class T, std::size_t Rank>
using tensor = xt::xtensor<T, Rank, xt::layout_type::row_major>;

/// Any xtensor expression: a container, a view, an adaptor of foreign memory, or arithmetic on them.
template <class E>
concept TensorExpression = xt::is_xexpression<std::remove_cvref_t<E>>::value;

}  // namespace esp::inline ESPALIER_ABI
