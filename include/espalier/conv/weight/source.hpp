// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where a loop nest takes packed weights from: memory, or a function that packs a part when it is needed.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The weights from some input channels to a block of output channels.
struct weight_part {
  index_t group;
  index_t block;  ///< Of the group.
  index_t input;  ///< Of the group.
  index_t inputs;
};

/// Packed weights, all of them in memory or one part at a time.
///
/// A weight that a call reads once need not be in memory as a whole: a part is packed where it is used, in the first
/// cache. 320 > 320 channels of 3^3 on 4^3 voxels are 11 MB, which would be written and read again: 2.5 of 3.9 ms.
template <class T>
struct weight_source {
  const T* packed = nullptr;  ///< All, or null.
  /// Else writes a part to `to`, with what is behind it as scratch. The part's layout is that of the whole.
  void (*pack)(const void* from, const weight_part& part, T* to) = nullptr;
  const void* from = nullptr;
  T* room = nullptr;    ///< From a cache line on, for each worker
  index_t each = 0;     ///< so many elements.
  bool finite = false;  ///< `packed` is known to be finite: a call need not look.
};

}  // namespace esp::inline ESPALIER_ABI::detail
