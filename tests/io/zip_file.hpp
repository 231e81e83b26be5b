// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reads, changes and writes the archives of the library, for tests that damage them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

/// The members of an archive of stored members, read from the front through their local headers: a second reader beside
/// the library's, which starts from the directory. `bytes` writes them again with right sums.
class zip_file {
 public:
  explicit zip_file(std::string_view bytes) {
    std::size_t at = 0;
    while (number(bytes, at, 4) == 0x04034B50) {
      const std::size_t name = number(bytes, at + 26, 2), extra = number(bytes, at + 28, 2);
      const std::size_t size = number(bytes, at + 30 + name + 4, 8);
      const std::size_t data = at + 30 + name + extra;
      if (number(bytes, at + 8, 2) != 0 || extra != 20 || data + size > bytes.size()) throw std::runtime_error("zip");
      members_.emplace_back(bytes.substr(at + 30, name), bytes.substr(data, size));
      if (number(bytes, at + 14, 4) != sum(members_.back().second)) throw std::runtime_error("sum");
      at = data + size;
    }
    if (number(bytes, at, 4) != 0x02014B50) throw std::runtime_error("directory");
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& member : members_) result.push_back(member.first);
    return result;
  }
  [[nodiscard]] const std::string& operator[](std::string_view name) const {
    for (const auto& member : members_) {
      if (member.first == name) return member.second;
    }
    throw std::runtime_error("no member " + std::string(name));
  }
  void set(std::string_view name, const std::string& content) {
    for (auto& member : members_) {
      if (member.first == name) member.second = content;
    }
  }
  void remove(std::string_view name) {
    std::erase_if(members_, [&](const auto& member) { return member.first == name; });
  }

  [[nodiscard]] std::string bytes() const {
    std::string out, directory;
    for (const auto& [name, content] : members_) {
      const std::string start =
          text(45, 2) + text(0, 6) + text(0x21, 2) + text(sum(content), 4) + text(~0ull, 8) + text(name.size(), 2);
      const std::string sizes = text(content.size(), 8) + text(content.size(), 8);
      directory += text(0x02014B50, 4) + text(45, 2) + start + text(28, 2) + text(0, 10) + text(~0ull, 4) + name +
                   text(1, 2) + text(24, 2) + sizes + text(out.size(), 8);
      out += text(0x04034B50, 4) + start + text(20, 2) + name + text(1, 2) + text(16, 2) + sizes + content;
    }
    const std::string count = text(members_.size(), 8);
    const std::size_t at = out.size(), end = at + directory.size();
    return out + directory + text(0x06064B50, 4) + text(44, 8) + text(45, 2) + text(45, 2) + text(0, 8) + count +
           count + text(directory.size(), 8) + text(at, 8) + text(0x07064B50, 4) + text(0, 4) + text(end, 8) +
           text(1, 4) + text(0x06054B50, 4) + text(0, 4) + text(~0ull, 4) + text(~0ull, 8) + text(0, 2);
  }

 private:
  static std::size_t number(std::string_view bytes, std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return value;
  }
  static std::string text(std::uint64_t value, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) & 255u : 0);
    return out;
  }
  static std::uint32_t sum(std::string_view bytes) {
    std::uint32_t state = ~0u;
    for (const char c : bytes) {
      state ^= static_cast<unsigned char>(c);
      for (int bit = 0; bit < 8; ++bit) state = (state & 1u) != 0 ? 0xEDB88320u ^ (state >> 1) : state >> 1;
    }
    return ~state;
  }

  std::vector<std::pair<std::string, std::string>> members_{};
};

}  // namespace test
