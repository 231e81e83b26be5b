// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A checkpoint that a layer must not take.
#pragma once

#include <espalier/io/checkpoint.hpp>
#include <filesystem>

#include "support/layer.hpp"

namespace support {

/// Loading from `folder` fails with this id and these parts, and changes nothing.
template <class Layer, class... Parts>
bool refuses(const std::filesystem::path& folder, const char* id, const Parts&... parts) {
  Layer conv(esp::seed{7});
  const Layer before = conv;
  const bool refused = throws([&] { esp::load(folder, conv); }, id, parts...);
  bool kept = same(conv.weight(), before.weight());
  if constexpr (Layer::config.bias) kept = kept && same(conv.bias(), before.bias());
  return refused && kept;
}

}  // namespace support
