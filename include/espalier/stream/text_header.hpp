// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the formats share whose header is text before the voxels: MetaImage and NRRD.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/io/npy_header.hpp>
#include <espalier/io/npy_value.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/optim/options.hpp>
#include <espalier/shape.hpp>
#include <espalier/stream/raw_volume.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// The lines of a header, from the first 64 KiB of a file.
class text_header {
 public:
  explicit text_header(raw_file& file)
      : path_(file.path()), bytes_(file.bytes()), text_(static_cast<std::size_t>(std::min(file.bytes(), most)), ' ') {
    file.read(0, text_.data(), std::ssize(text_));
  }

  /// The next line, without what ends it. Throws ESP-268 where the text ends before.
  [[nodiscard]] std::string_view line() {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string::npos) refuse("has no end of its header within " + std::to_string(text_.size()) + " bytes");
    std::string_view found = std::string_view(text_).substr(at_, end - at_);
    at_ = end + 1;
    if (found.ends_with('\r')) found.remove_suffix(1);
    return found;
  }
  /// Bytes before the next line.
  [[nodiscard]] index_t at() const { return static_cast<index_t>(at_); }
  [[nodiscard]] const std::string& path() const { return path_; }

  [[noreturn]] void refuse(const std::string& sentence) const {
    refuse_file("ESP-268", path_, sentence + "; check the file, or write it anew without compression");
  }

  /// `key = value` at the first `separator`, without the blanks around both; the value is empty where there is none.
  [[nodiscard]] static std::pair<std::string_view, std::string_view> split(std::string_view line, char separator) {
    const std::size_t at = line.find(separator);
    if (at == std::string_view::npos) return {trimmed(line), {}};
    return {trimmed(line.substr(0, at)), trimmed(line.substr(at + 1))};
  }
  /// The words between blanks.
  [[nodiscard]] static std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> out;
    while (!(text = trimmed(text)).empty()) {
      const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
      out.push_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    return out;
  }
  /// Sizes of at least 1. Throws ESP-268 for anything else.
  [[nodiscard]] std::vector<index_t> sizes(std::string_view text) const {
    std::vector<index_t> out;
    for (const std::string_view word : words(text)) {
      index_t value = 0;
      for (const char c : word) {
        if (c < '0' || c > '9' || word.size() > 18) refuse("has the size " + quoted(word) + " in its header");
        value = 10 * value + (c - '0');
      }
      if (value < 1) refuse("has the size " + quoted(word) + " in its header");
      out.push_back(value);
    }
    return out;
  }

  /// The layout of voxels at `offset` whose axes are these, the first one fastest: width, height, depth and perhaps
  /// channels. Throws ESP-155 and ESP-268, ESP-269 where the file is too short.
  [[nodiscard]] raw_layout layout(const std::vector<index_t>& axes, const npy_type& type, index_t offset) const {
    if (axes.size() < 3 || axes.size() > 4) {
      refuse("has " + std::to_string(axes.size()) + " axes, where a volume has 3, or 4 with channels as the slowest");
    }
    const index_t count = npy_count(axes, path_);
    const dims5 shape{1, axes.size() == 4 ? axes[3] : 1, axes[2], axes[1], axes[0]};
    static_cast<void>(count_of(shape));
    const index_t room = bytes_ - offset;
    if (room / type.bytes < count) {
      refuse_file("ESP-269", path_,
                  "is cut off: its header declares " + std::to_string(count) + " voxels of " + type.name() + ", but " +
                      std::to_string(room) + " bytes follow it; copy or create the file again");
    }
    return {shape, offset, type};
  }

 private:
  static constexpr index_t most = index_t{64} << 10;

  static std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
  }

  std::string path_;
  index_t bytes_;
  std::string text_;
  std::size_t at_ = 0;
};

/// Throws ESP-267 for a volume of several samples, which these formats do not know.
inline void require_one_sample(const dims5& shape, const std::string& path) {
  if (shape.n == 1) return;
  refuse_file("ESP-267", path,
              "cannot hold a volume of shape " + to_string(shape) + ": its format knows one sample; write a .npy file");
}

/// `1.5 2 3`: the spacing along width, height and depth.
[[nodiscard]] inline std::string spacing_text(const std::array<float, 3>& spacing) {
  const auto text = [](float value) { return number_text(static_cast<double>(value)); };
  return text(spacing[2]) + " " + text(spacing[1]) + " " + text(spacing[0]);
}

}  // namespace esp::inline ESPALIER_ABI::detail
