// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The bytes of a file, read only: mapped where the system does that, else read into memory.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/io/sentence.hpp>
#include <filesystem>
#include <span>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <espalier/io/posix_atomic_file.hpp>
#include <string>
#include <system_error>
#else
#include <espalier/aligned_buffer.hpp>
#include <fstream>
#include <ios>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// Maps a file for as long as the object lives; its first byte lies at a multiple of `alignment`.
///
/// Pages come from the file when they are read, and processes that map one file share them. A file that is replaced by
/// `atomic_file` stays mapped as it was; one that another program cuts off while it is mapped ends the process, as with
/// any mapping. Throws ESP-274 for what is no regular file, or cannot be read or mapped.
#if defined(__unix__) || defined(__APPLE__)
class mapped_file {
 public:
  explicit mapped_file(const std::filesystem::path& path) {
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat found{};
    if (!file.valid() || ::fstat(file.get(), &found) != 0) refuse(path, "cannot be read (" + reason() + ")");
    if (!S_ISREG(found.st_mode)) refuse(path, "is no regular file");
    size_ = static_cast<std::size_t>(found.st_size);
    if (size_ == 0) return;
    void* const begin = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (begin == MAP_FAILED) refuse(path, "cannot be mapped (" + reason() + ")");
    begin_ = begin;
  }
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file() {
    if (begin_ != nullptr) ::munmap(begin_, size_);
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(begin_), size_}; }

 private:
  [[nodiscard]] static std::string reason() { return std::error_code(errno, std::generic_category()).message(); }
  [[noreturn]] static void refuse(const std::filesystem::path& path, const std::string& what) {
    refuse_path("ESP-274", path, what + "; check the path and your rights to it");
  }

  void* begin_ = nullptr;
  std::size_t size_ = 0;
};
#else
class mapped_file {
 public:
  explicit mapped_file(const std::filesystem::path& path) : memory_(size_of(path)) {
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(memory_.data()), static_cast<std::streamsize>(memory_.span().size()));
    if (!file) refuse_path("ESP-274", path, "cannot be read; check the path and your rights to it");
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return memory_.span(); }

 private:
  static index_t size_of(const std::filesystem::path& path) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) {
      refuse_path("ESP-274", path, "is no regular file; check the path and your rights to it");
    }
    return static_cast<index_t>(std::filesystem::file_size(path));
  }

  aligned_buffer<std::byte> memory_;
};
#endif

}  // namespace esp::inline ESPALIER_ABI::detail
