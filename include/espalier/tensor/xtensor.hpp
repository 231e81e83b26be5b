// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The only include of xtensor: its headers moved into folders with version 0.26, their contents stayed.
#pragma once

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xexpression.hpp>
#else
#include <xtensor/xexpression.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

/// A contiguous tensor of rank `Rank`, the last axis fastest: what a layer stores and returns.
template <class T, std::size_t Rank>
using tensor = xt::xtensor<T, Rank, xt::layout_type::row_major>;

/// Any xtensor expression: a container, a view, an adaptor of foreign memory, or arithmetic on them.
template <class E>
concept TensorExpression = xt::is_xexpression<std::remove_cvref_t<E>>::value;

}  // namespace esp::inline ESPALIER_ABI
