// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A file that appears whole or not at all, and stays when the power goes: POSIX.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <espalier/config.hpp>
#include <espalier/io/portable_atomic_file.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// A descriptor that is closed when it goes.
class descriptor {
 public:
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// Whether `name` is one that a writer of `of` gives its unfinished file: digits and dots between the ends.
[[nodiscard]] constexpr bool is_partial_of(std::string_view name, std::string_view of) {
  constexpr std::string_view end = ".partial";
  if (name.size() <= of.size() + 2 + end.size() || name[0] != '.' || !name.substr(1).starts_with(of)) return false;
  if (name[1 + of.size()] != '.' || !name.ends_with(end)) return false;
  const std::string_view mark = name.substr(of.size() + 2, name.size() - of.size() - 2 - end.size());
  return mark.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Writes under a name that nobody has, waits for the disk, renames, and waits again.
///
/// The unfinished file is `.name.process.number.partial`, made with O_EXCL: two writers never share one, and a link of
/// that name is not followed. Its writer holds a lock on it, which ends with the process: a file of that kind without a
/// lock was left by a writer that is gone, and the next one removes it. Nothing that undoes a failed write allocates.
class posix_atomic_file {
 public:
  /// Opens a new file in `folder`, which is created where it is missing. Throws ESP-163.
  posix_atomic_file(const std::filesystem::path& folder, const std::string& name)
      : target_(folder / name), name_(name) {
    make_folder(folder);
    folder_ = descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_.valid()) {
      refuse_path("ESP-163", folder, "cannot be opened as a folder (" + reason() + "); check the path and your rights");
    }
    remove_abandoned();
    open_new();
  }
  posix_atomic_file(const posix_atomic_file&) = delete;
  posix_atomic_file& operator=(const posix_atomic_file&) = delete;
  ~posix_atomic_file() {
    if (file_.valid()) ::unlinkat(folder_.get(), partial_.c_str(), 0);
  }

  void write(std::span<const std::byte> bytes) {
    // A call writes at most 2 GiB on Linux, and as little as a signal leaves it.
    constexpr std::size_t most = std::size_t{1} << 30;
    while (!bytes.empty()) {
      const ssize_t done = ::write(file_.get(), bytes.data(), bytes.size() < most ? bytes.size() : most);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) refuse("cannot be written (" + reason() + "); check the space left on the disk");
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
  }

  /// Writes from byte `at` on, wherever `write` is, and beyond the end of the file too: what is left out is zero.
  void write_at(index_t at, std::span<const std::byte> bytes) {
    constexpr std::size_t most = std::size_t{1} << 30;
    while (!bytes.empty()) {
      if (!std::in_range<off_t>(at)) refuse("is larger than files of this system can be");
      const ssize_t done =
          ::pwrite(file_.get(), bytes.data(), bytes.size() < most ? bytes.size() : most, static_cast<off_t>(at));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) refuse("cannot be written (" + reason() + "); check the space left on the disk");
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      at += static_cast<index_t>(done);
    }
  }

  /// Gives the file its name, over one that was there; on the disk when this returns.
  void commit() {
    if (!synced(file_.get()) || !synced(folder_.get())) {
      refuse("cannot be written to the disk (" + reason() + "); check the space left on it");
    }
    if (::renameat(folder_.get(), partial_.c_str(), folder_.get(), name_.c_str()) != 0) {
      refuse("cannot be replaced (" + reason() + "); check what is there and your rights to it");
    }
    // From here on the new file is there. Closing it gives the lock back.
    if (const descriptor done = std::move(file_); !synced(folder_.get())) {
      refuse("was replaced, but its folder cannot be written to the disk (" + reason() + "); save again");
    }
  }

 private:
  [[nodiscard]] static std::string reason() { return std::error_code(errno, std::generic_category()).message(); }
  [[noreturn]] void refuse(const std::string& sentence) const { refuse_path("ESP-163", target_, sentence); }

  /// Some file systems have nothing to wait for and say so.
  [[nodiscard]] static bool synced(int number) {
    int result = 0;
    do result = ::fsync(number);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EINVAL || errno == ENOTSUP || errno == ENOSYS;
  }

  /// Creates the folder, and makes each new level last by waiting for the one above.
  static void make_folder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> missing;
    std::error_code problem;
    for (std::filesystem::path level = folder; !level.empty() && !std::filesystem::exists(level, problem);
         level = level.parent_path()) {
      missing.push_back(level);
    }
    std::filesystem::create_directories(folder, problem);
    if (!std::filesystem::is_directory(folder, problem)) {
      refuse_path("ESP-163", folder, "cannot be created as a folder; check the path and your rights to it");
    }
    for (const std::filesystem::path& level : missing) {
      const std::filesystem::path above = level.has_parent_path() ? level.parent_path() : ".";
      const descriptor opened(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (opened.valid()) static_cast<void>(synced(opened.get()));
    }
  }

  void open_new() {
    constexpr int tries = 10000;
    const std::string process = std::to_string(::getpid()) + ".";
    for (int i = 0; i < tries; ++i) {
      partial_ = partial_name(name_, process + std::to_string(i));
      descriptor opened(
          ::openat(folder_.get(), partial_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
      if (!opened.valid()) {
        if (errno == EEXIST || errno == EINTR) continue;
        refuse("cannot be written (" + reason() + "); check the folder and the space left on the disk");
      }
      // Between the two calls another process may have taken the new file for an abandoned one: then take the next.
      const bool taken = ::flock(opened.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      struct stat found{};
      if (taken || (::fstat(opened.get(), &found) == 0 && found.st_nlink == 0)) continue;
      file_ = std::move(opened);
      return;
    }
    refuse("cannot be written: " + std::to_string(tries) + " unfinished files of this process lie beside it");
  }

  /// Removes what writers of this name left that are gone. A failure is no reason not to save.
  void remove_abandoned() noexcept {
    const int again = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const entries = again < 0 ? nullptr : ::fdopendir(again);
    if (entries == nullptr) {
      if (again >= 0) ::close(again);
      return;
    }
    while (const dirent* entry = ::readdir(entries)) {
      if (is_partial_of(entry->d_name, name_)) remove_if_abandoned(entry->d_name);
    }
    ::closedir(entries);
  }
  void remove_if_abandoned(const char* name) const noexcept {
    const descriptor opened(::openat(folder_.get(), name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened.valid()) return;
    struct stat file{}, named{};
    if (::fstat(opened.get(), &file) != 0 || !S_ISREG(file.st_mode)) return;
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) return;
    // With the lock held, a name that leads to this file leads to it until we are done.
    if (::fstatat(folder_.get(), name, &named, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (named.st_dev != file.st_dev || named.st_ino != file.st_ino) return;
    ::unlinkat(folder_.get(), name, 0);
  }

  std::filesystem::path target_;
  std::string name_;
  std::string partial_{};
  descriptor folder_{};
  descriptor file_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
