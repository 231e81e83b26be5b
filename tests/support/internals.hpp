// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Unit tests name the parts of the library as if they were public: `esp::sweep` is `esp::detail::sweep`.
///
/// Only they do. Examples, the blocks of the documentation, refused programs and consumers see what a program sees, and
/// every header is compiled alone without this.
#pragma once

#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {}
using namespace detail;
using namespace detail::held;

}  // namespace esp::inline ESPALIER_ABI
