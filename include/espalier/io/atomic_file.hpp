// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A file that appears whole or not at all.
#pragma once

#include <espalier/config.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <espalier/io/posix_atomic_file.hpp>
#else
#include <espalier/io/portable_atomic_file.hpp>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// `atomic_file file(folder, "a.npz"); file.write(bytes); file.commit();`: until `commit` the file of that name is what
/// it was, afterwards it is the new one, and no reader meets anything between the two. Throws ESP-163.
#if defined(__unix__) || defined(__APPLE__)
using atomic_file = posix_atomic_file;
#else
using atomic_file = portable_atomic_file;
#endif

}  // namespace esp::inline ESPALIER_ABI::detail
