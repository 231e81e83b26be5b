// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A grid of grey slices in one PNG file, written through libpng.
#pragma once

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "caption.hpp"
#include "image.hpp"

namespace support {

/// A slice of height x width numbers; row 0 is shown at the bottom, as y points to the front of a head.
struct slice {
  std::size_t height = 0;
  std::size_t width = 0;
  std::vector<float> values{};
};

/// The magnitude that only `1 - share` of all values of the slices exceed: a scale that few bright voxels do not spoil.
inline float magnitude(std::span<const slice> slices, double share = 0.995) {
  std::vector<float> all;
  for (const auto& s : slices) {
    for (const float value : s.values) all.push_back(std::abs(value));
  }
  if (all.empty()) return 1.0F;
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(all.size() - 1));
  std::nth_element(all.begin(), all.begin() + rank, all.end());
  const float at = all[static_cast<std::size_t>(rank)];
  return at > 0 ? at : 1.0F;
}

/// Maps [low, high] to black..white. Signed responses: `low = -high`, so that zero is middle grey.
inline image grey(const slice& from, float low, float high, std::size_t zoom = 1) {
  image out(from.height * zoom, from.width * zoom, 0);
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x) {
      const float value = from.values[(from.height - 1 - y / zoom) * from.width + x / zoom];
      const float scaled = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
      out.pixels[y * out.width + x] = static_cast<std::uint8_t>(std::lround(255.0F * scaled));
    }
  }
  return out;
}

/// What stands above each column of a montage and left of each row; either may be empty.
struct captions {
  std::vector<std::string> columns{};
  std::vector<std::string> rows{};
};

/// Puts tiles of one size into rows of `columns`, with a border of `border` white pixels around each, under captions.
inline image montage(std::span<const image> tiles, std::size_t columns, const captions& named = {},
                     std::size_t border = 2) {
  if (tiles.empty() || columns == 0) return {};
  const auto& first = tiles.front();
  const std::size_t rows = (tiles.size() + columns - 1) / columns;
  std::size_t head = 0, side = 0;
  std::vector<std::vector<std::string>> titles;
  for (const auto& title : named.columns) {
    titles.push_back(wrapped(title, first.width));
    head = std::max(head, titles.back().size() * line_height + border);
  }
  for (const auto& title : named.rows) side = std::max(side, title.size() * letter_width + border);

  image out(head + rows * (first.height + border) + border, side + columns * (first.width + border) + border, 255);
  const auto left_of = [&](std::size_t column) { return side + column * (first.width + border) + border; };
  const auto top_of = [&](std::size_t row) { return head + row * (first.height + border) + border; };
  for (std::size_t i = 0; i < titles.size(); ++i) {
    for (std::size_t l = 0; l < titles[i].size(); ++l) {
      write_text(out, border + l * line_height, left_of(i), titles[i][l]);
    }
  }
  for (std::size_t i = 0; i < named.rows.size(); ++i) {
    write_text(out, top_of(i) + first.height / 2 - line_height / 2, border, named.rows[i]);
  }
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::size_t top = top_of(i / columns), left = left_of(i % columns);
    for (std::size_t y = 0; y < first.height; ++y) {
      const auto row = tiles[i].pixels.begin() + static_cast<std::ptrdiff_t>(y * first.width);
      std::copy_n(row, first.width, out.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * out.width + left));
    }
  }
  return out;
}

inline void write_png(const std::filesystem::path& path, const image& from) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(from.width);
  header.height = static_cast<png_uint_32>(from.height);
  header.format = PNG_FORMAT_GRAY;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  if (png_image_write_to_file(&header, path.c_str(), 0, from.pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error("'" + path.string() + "' cannot be written (" + std::string(header.message) +
                             "); choose another file with --output");
  }
}

}  // namespace support
