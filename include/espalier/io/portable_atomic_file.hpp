// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A file that appears whole or not at all, by the means of the standard library alone.
#pragma once

#include <cstddef>
#include <cstdio>
#include <espalier/config.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The names under which a file is written before it has its own: `.name.0.partial`, `.name.1.partial`, ...
[[nodiscard]] inline std::string partial_name(const std::string& name, const std::string& mark) {
  return "." + name + "." + mark + ".partial";
}

/// Writes under a name that nobody has, then renames. Without POSIX the disk is not waited for, and what a process
/// leaves that ends while it writes stays.
class portable_atomic_file {
 public:
  /// Opens a new file in `folder`, which is created where it is missing. Throws ESP-163.
  portable_atomic_file(const std::filesystem::path& folder, const std::string& name) : target_(folder / name) {
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (!std::filesystem::is_directory(folder, problem)) {
      refuse_path("ESP-163", folder, "cannot be created as a folder; check the path and your rights to it");
    }
    for (int i = 0; i < 10000 && file_ == nullptr; ++i) {
      partial_ = folder / partial_name(name, std::to_string(i));
      if (std::filesystem::exists(std::filesystem::symlink_status(partial_, problem))) continue;
      file_ = std::fopen(partial_.string().c_str(), "wbx");
    }
    if (file_ == nullptr) refuse("cannot be written; check the folder and the space left on the disk");
  }
  portable_atomic_file(const portable_atomic_file&) = delete;
  portable_atomic_file& operator=(const portable_atomic_file&) = delete;
  ~portable_atomic_file() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
  }

  void write(std::span<const std::byte> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
      refuse("cannot be written; check the space left on the disk");
    }
  }

  /// Writes from byte `at` on, and beyond the end of the file too: what is left out is zero. What `write` writes
  /// afterwards follows.
  void write_at(index_t at, std::span<const std::byte> bytes) {
    // A long has 32 bits on some systems.
    bool there = std::fseek(file_, 0, SEEK_SET) == 0;
    for (constexpr index_t most = index_t{1} << 30; there && at > 0; at -= most) {
      there = std::fseek(file_, static_cast<long>(at < most ? at : most), SEEK_CUR) == 0;
    }
    if (!there) refuse("is larger than files of this system can be");
    write(bytes);
  }

  /// Gives the file its name, over one that was there.
  void commit() {
    std::FILE* const file = std::exchange(file_, nullptr);
    std::error_code problem;
    const bool written = std::fflush(file) == 0;
    if (std::fclose(file) == 0 && written) std::filesystem::rename(partial_, target_, problem);
    if (written && !problem) return;
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
    refuse(written ? "cannot be replaced (" + problem.message() + ")"
                   : "cannot be written; check the space left on the disk");
  }

 private:
  [[noreturn]] void refuse(const std::string& sentence) const { refuse_path("ESP-163", target_, sentence); }

  std::filesystem::path target_;
  std::filesystem::path partial_{};
  std::FILE* file_ = nullptr;
};

}  // namespace esp::inline ESPALIER_ABI::detail
