// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reads an archive that `archive_writer` wrote, from one open file: a writer that replaces it meanwhile is not seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/io/archive_writer.hpp>
#include <espalier/io/crc32.hpp>
#include <espalier/io/memory.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <fstream>
#include <ios>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Numbers of a ZIP record, read from the front.
class zip_record {
 public:
  explicit zip_record(std::span<const std::byte> bytes) : rest_(bytes) {}

  /// The next `bytes` bytes as a number, lowest first. @pre as many are left
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(rest_[i]);
    rest_ = rest_.subspan(bytes);
    return value;
  }
  std::string_view text(std::size_t bytes) {
    const auto found = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return {reinterpret_cast<const char*>(found.data()), found.size()};
  }
  void skip(std::size_t bytes) { rest_ = rest_.subspan(bytes); }
  [[nodiscard]] index_t left() const { return std::ssize(rest_); }

 private:
  std::span<const std::byte> rest_;
};

/// The members of an archive. Trusts no number of the file: each is compared with the file's length before it is used.
class archive {
 public:
  struct member {
    std::string name{};
    index_t size = 0;
    index_t header = 0;  ///< where its local header starts
    std::uint32_t sum = 0;
  };

  /// Opens the file and reads its directory. Throws ESP-160 for a file that is missing, cut off or damaged, ESP-166
  /// where the directory finds no memory.
  explicit archive(const std::filesystem::path& path) : path_(path) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) {
      refuse("cannot be found as a regular file; give the folder that was saved to");
    }
    file_.open(path, std::ios::binary);
    file_.seekg(0, std::ios::end);
    bytes_ = file_ ? static_cast<index_t>(file_.tellg()) : -1;
    if (bytes_ < 0) refuse("cannot be opened; check that you may read it");
    read_directory();
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The member of this name as a sentence calls it.
  [[nodiscard]] std::string path_of(std::string_view name) const { return path_.string() + "/" + std::string(name); }

  [[nodiscard]] const member* find(std::string_view name) const {
    for (const member& m : members_) {
      if (m.name == name) return &m;
    }
    return nullptr;
  }
  /// Throws ESP-160 where there is none.
  [[nodiscard]] const member& at(std::string_view name) const {
    const member* const found = find(name);
    if (found == nullptr) refuse("holds no \"" + printable(name) + "\"; it is not what was to be loaded, or damaged");
    return *found;
  }

  /// Calls `body(read)`, where `read(into, bytes)` gives the next bytes of the member and throws ESP-160 where no more
  /// are there; then compares the checksum, which needs what is left to be read, also where `body` throws an `error`.
  /// Returns what `body` returns.
  template <class Body>
  [[nodiscard]] auto read(const member& m, const Body& body) {
    go_to(m);
    index_t left = m.size;
    std::uint32_t sum = 0;
    const auto take = [&](void* into, index_t count) {
      if (count > left) refuse_damaged();
      get(static_cast<std::byte*>(into), count);
      sum = crc32(sum, {static_cast<const std::byte*>(into), static_cast<std::size_t>(count)});
      left -= count;
    };
    const auto is_whole = [&] {
      std::vector<std::byte> rest(4096);
      while (left > 0) take(rest.data(), left < std::ssize(rest) ? left : std::ssize(rest));
      return sum == m.sum;
    };
    const auto guarded = [&] {
      try {
        return body(take);
      } catch (const error&) {
        // What is wrong with a damaged member is the damage, whatever it seems to say.
        if (!is_whole()) refuse_damaged();
        throw;
      }
    };
    auto result = guarded();
    if (!is_whole()) refuse_damaged();
    return result;
  }

  [[noreturn]] void refuse(const std::string& sentence) const { refuse_path("ESP-160", path_, sentence); }

 private:
  [[noreturn]] void refuse_damaged() const { refuse("is cut off, damaged or no file of this library; save again"); }

  void get(std::byte* into, index_t count) {
    file_.read(reinterpret_cast<char*>(into), static_cast<std::streamsize>(count));
    if (file_.gcount() != static_cast<std::streamsize>(count)) refuse_damaged();
  }
  void seek(index_t at) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
  }
  [[nodiscard]] index_t checked(std::uint64_t number) const {
    if (number > static_cast<std::uint64_t>(bytes_)) refuse_damaged();
    return static_cast<index_t>(number);
  }

  void read_directory() {
    constexpr index_t tail = zip_end64_bytes + zip_locator_bytes + zip_end_bytes;
    if (bytes_ < tail) refuse_damaged();
    std::vector<std::byte> end(static_cast<std::size_t>(tail));
    seek(bytes_ - tail);
    get(end.data(), tail);
    zip_record record(end);
    if (record.number(4) != zip_end64) refuse_damaged();
    record.skip(28);
    const index_t count = checked(record.number(8));
    const index_t size = checked(record.number(8));
    const index_t start = checked(record.number(8));
    if (record.number(4) != zip_locator) refuse_damaged();
    record.skip(static_cast<std::size_t>(zip_locator_bytes) - 4);
    if (record.number(4) != zip_end || start + size != bytes_ - tail) refuse_damaged();

    auto directory = values_for<std::byte>(size, "ESP-166", path_.string(), std::numeric_limits<index_t>::max());
    seek(start);
    get(directory.data(), size);
    zip_record entries(directory);
    for (index_t i = 0; i < count; ++i) members_.push_back(next_member(entries, start));
    if (entries.left() != 0) refuse_damaged();
  }

  [[nodiscard]] member next_member(zip_record& entries, index_t directory) const {
    member m;
    if (entries.left() < zip_central_bytes || entries.number(4) != zip_central) refuse_damaged();
    entries.skip(6);
    if (entries.number(2) != 0) refuse_damaged();  // compressed
    entries.skip(4);
    m.sum = static_cast<std::uint32_t>(entries.number(4));
    entries.skip(8);
    const index_t name = static_cast<index_t>(entries.number(2));
    if (entries.number(2) != static_cast<std::uint64_t>(zip_central_extra) || entries.number(2) != 0) refuse_damaged();
    entries.skip(12);
    if (entries.left() < name + zip_central_extra) refuse_damaged();
    m.name = entries.text(static_cast<std::size_t>(name));
    entries.skip(4);
    m.size = checked(entries.number(8));
    entries.skip(8);
    m.header = checked(entries.number(8));
    if (m.size > directory - m.header || directory - m.header - m.size < zip_local_bytes + name + zip_local_extra) {
      refuse_damaged();
    }
    return m;
  }

  void go_to(const member& m) {
    const index_t length = zip_local_bytes + std::ssize(m.name) + zip_local_extra;
    std::vector<std::byte> local(static_cast<std::size_t>(length));
    seek(m.header);
    get(local.data(), length);
    zip_record record(local);
    const bool starts = record.number(4) == zip_local;
    record.skip(static_cast<std::size_t>(zip_local_bytes) - 8);
    const bool lengths = record.number(2) == m.name.size() && record.number(2) == std::uint64_t{zip_local_extra};
    if (!starts || !lengths || record.text(m.name.size()) != m.name) refuse_damaged();
  }

  std::filesystem::path path_;
  std::ifstream file_{};
  index_t bytes_ = 0;
  std::vector<member> members_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
