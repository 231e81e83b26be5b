// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A grey image in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

/// A grey image, row by row from the top.
struct image {
  std::size_t height = 0;
  std::size_t width = 0;
  std::vector<std::uint8_t> pixels{};

  image() = default;
  image(std::size_t rows, std::size_t columns, std::uint8_t fill)
      : height(rows), width(columns), pixels(rows * columns, fill) {}
};

}  // namespace support
