// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Files of one folder that appear together, and small files of text.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <fstream>
#include <ios>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

[[noreturn]] inline void refuse_path(const char* id, const std::filesystem::path& path, const std::string& sentence) {
  throw error(id, "'" + path.string() + "' " + sentence);
}

/// Files that are written as `name.partial` and renamed together; those that `commit` did not reach are removed.
class file_set {
 public:
  /// Creates the folder where it is missing. Throws ESP-163.
  explicit file_set(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code problem;
    std::filesystem::create_directories(folder_, problem);
    if (!std::filesystem::is_directory(folder_)) {
      refuse_path("ESP-163", folder_, "cannot be created as a folder; check the path and your rights to it");
    }
  }
  file_set(const file_set&) = delete;
  file_set& operator=(const file_set&) = delete;
  ~file_set() {
    std::error_code ignored;
    for (const std::string& name : names_) std::filesystem::remove(partial(name), ignored);
  }

  /// Where the file that becomes `name` is to be written.
  [[nodiscard]] std::filesystem::path add(const std::string& name) {
    names_.push_back(name);
    return partial(name);
  }

  void add_text(const std::string& name, std::string_view text) {
    const std::filesystem::path path = add(name);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) refuse_path("ESP-163", path, "cannot be written; check the folder and the space left on the disk");
  }

  /// Renames every file to its name, over one that was there. Throws ESP-163.
  void commit() {
    // A folder of that name is what makes a rename fail: found before the first file is replaced.
    for (const std::string& name : names_) {
      if (std::filesystem::is_directory(folder_ / name)) {
        refuse_path("ESP-163", folder_ / name, "is a folder where a file is to be saved; remove it");
      }
    }
    for (const std::string& name : names_) {
      std::error_code problem;
      std::filesystem::rename(partial(name), folder_ / name, problem);
      if (problem) refuse_path("ESP-163", folder_ / name, "cannot be replaced (" + problem.message() + ")");
    }
    names_.clear();
  }

 private:
  [[nodiscard]] std::filesystem::path partial(const std::string& name) const { return folder_ / (name + ".partial"); }

  std::filesystem::path folder_;
  std::vector<std::string> names_{};
};

/// The lines of a text of at most 64 KiB: at least one, and each ends. Throws ESP-160.
[[nodiscard]] inline std::vector<std::string> read_lines(const std::filesystem::path& path) {
  constexpr std::size_t most = std::size_t{64} << 10;
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem)) {
    refuse_path("ESP-160", path, "cannot be found as a regular file; give the folder that was saved to");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most) refuse_path("ESP-160", path, "has more than 64 KiB, so it was not saved by this library");
  if (text.empty() || text.back() != '\n') {
    refuse_path("ESP-160", path, "is empty, cut off or cannot be read; save again");
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// `text` for a sentence: bytes that no terminal should get are replaced.
[[nodiscard]] inline std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

/// `(2, 3)`
[[nodiscard]] inline std::string shape_text(std::span<const index_t> shape) {
  std::string out;
  for (const index_t size : shape) out += (out.empty() ? "" : ", ") + std::to_string(size);
  return "(" + out + ")";
}

}  // namespace esp::inline ESPALIER_ABI::detail
