// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A file with a header and voxels behind it that is written in windows, and appears when it is whole.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/io/atomic_file.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <espalier/stream/raw_volume.hpp>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// What the sinks of all formats share: all but the header.
template <class T>
class partial_file {
 public:
  /// @pre opened
  void write(index_t sample, index_t channel, const volume_window& window, const T* from) {
    write_window(*file_, offset_, shape_, sample, channel, window, from);
  }
  /// Gives the file its name. Throws ESP-163; what was written is then removed.
  void finish() {
    const auto done = std::move(file_);
    done->commit();
  }

 protected:
  /// Opens the file and writes its header; what was begun before is dropped. Throws ESP-163, and ESP-266 where the disk
  /// has less room than header and voxels take.
  void open(const std::filesystem::path& path, const std::string& header, const dims5& shape) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    file_.reset();
    file_ = std::make_unique<atomic_file>(folder, path.filename().string());
    shape_ = shape;
    offset_ = static_cast<index_t>(header.size());
    // The shape's bytes, as doubles, can be counted; a few more may not be.
    const auto needed = static_cast<std::uintmax_t>(shape.size()) * sizeof(T) + header.size();
    std::error_code problem;
    const auto room = std::filesystem::space(folder, problem);
    if (!problem && room.available < needed) {
      file_.reset();
      refuse_path("ESP-266", path,
                  "takes " + std::to_string(needed) + " bytes but its disk has room for " +
                      std::to_string(room.available) + "; free some, or write elsewhere");
    }
    file_->write_at(0, std::as_bytes(std::span(header)));
  }

 private:
  std::unique_ptr<atomic_file> file_{};
  dims5 shape_{};
  index_t offset_ = 0;
};

}  // namespace esp::inline ESPALIER_ABI::detail
