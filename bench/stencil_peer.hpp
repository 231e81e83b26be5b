// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Libraries that compute a stencil in their own storage: peers of some rows of structures.hpp.
#pragma once

#include <espalier/dims.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// A stencil on storage of the library, with a border of zeros around the input that was put there beforehand.
struct stencil_run {
  std::string implementation;
  std::function<void()> run;
  std::function<void(double* y)> fetch;  ///< What `run` computed, as a plain volume.
};

struct stencil_peer {
  std::string name;
  /// Every way the library offers for the row of this name; none where it has no such stencil.
  std::function<std::vector<stencil_run>(const std::string& row, const esp::dims5& shape, const double* x)> ways;
};

/// The peers that this program was built with.
inline std::vector<stencil_peer>& stencil_peers() {
  static std::vector<stencil_peer> list;
  return list;
}

/// Adds a peer before `main`.
struct enrolled_stencil_peer {
  explicit enrolled_stencil_peer(stencil_peer p) { stencil_peers().push_back(std::move(p)); }
};

}  // namespace bench
