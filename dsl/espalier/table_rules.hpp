// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The rules that the tables of a formula must meet on its kernel, each a named concept with its own sentence.
#pragma once

#include <espalier/config.hpp>
#include <espalier/tap_sets.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Rejects a table with a number that is infinite or NaN.
template <class F>
concept TablesAreFinite = F::value.fault != formula_fault::not_finite;

/// Rejects a stencil on a kernel without room for it.
template <class F>
concept KernelHasRoomForStencils = F::value.fault != formula_fault::does_not_fit;

/// Rejects linear equations of which one follows from the others or contradicts them.
template <class F>
concept EquationsAreIndependent = F::value.fault != formula_fault::dependent;

/// Rejects the symmetries of a cube on another kernel.
template <class F>
concept KernelIsACube = F::value.fault != formula_fault::not_a_cube;
/// Rejects groups of more taps than are told apart.
template <class F>
concept KernelHasFewTaps = F::value.fault != formula_fault::too_many_taps;

/// Rejects policies that speak of whole blocks where reductions run over groups of taps.
template <class F>
concept GroupsHoldNoPolicyOfBlocks = F::value.fault != formula_fault::of_whole_blocks;

/// Checks the tables and groups of formula `F`; `value` says whether to go on.
template <class F>
struct usable_tables {
  static_assert(TablesAreFinite<F>,
                "ESP-214: a table at<f> of the prior has a value that is infinite or NaN on this kernel; make f finite "
                "at every tap, for example 1.0 / (1 + t.d) for 1.0 / t.d");
  static_assert(
      KernelHasRoomForStencils<F>,
      "ESP-216: the kernel has no room for a stencil of the prior: derivative<axes, order>, laplacian<order> and "
      "sobel<axis> need an odd number of taps along every axis, 3 where they differentiate and more for orders above "
      "2; "
      "enlarge the kernel or lower the order");
  static_assert(
      EquationsAreIndependent<F>,
      "ESP-217: an equation of affine<...> or moments<...> depends on the others on this kernel: its row is a "
      "sum of multiples of theirs, or zero, as a moment along an axis of one tap is; leave it out");
  static_assert(
      KernelIsACube<F>,
      "ESP-218: the prior speaks of the rotations of a cube, cube_group, and the kernel's extents differ; make "
      "them equal, or write mirror<axis::depth, axis::height, axis::width>");
  static_assert(KernelHasFewTaps<F>,
                "ESP-221: groups of taps are told apart in kernels of up to 512 taps; make the kernel smaller");
  static_assert(
      GroupsHoldNoPolicyOfBlocks<F>,
      "ESP-238: affine, moments and cap_lipschitz speak of whole blocks and stand in no grouped<...>(...); put "
      "them before or after it");
  static constexpr bool value = TablesAreFinite<F> && KernelHasRoomForStencils<F> && EquationsAreIndependent<F> &&
                                KernelIsACube<F> && KernelHasFewTaps<F> && GroupsHoldNoPolicyOfBlocks<F>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
