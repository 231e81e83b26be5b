// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What sentences about files are made of: names and bytes of others, cleaned for a terminal.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// Bytes of the well-formed UTF-8 character that `text` starts with; 0 where it starts with none.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (first > 0xF4 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) || (first == 0xF0 && byte(1) < 0x90) ||
      (first == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

/// Whether a terminal obeys the character instead of showing it: C0, DEL, C1, and what turns the direction of text or
/// breaks the line (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069).
[[nodiscard]] constexpr bool steers_terminal(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(character[i])); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\xD8\x9C";
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  return (byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE))) ||
         (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);
}

/// A file's name for a sentence: UTF-8 stays, each byte or character that could steer a terminal becomes `?`.
[[nodiscard]] inline std::string clean_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    const std::string_view character = name.substr(0, length == 0 ? 1 : length);
    if (length == 0 || steers_terminal(character)) {
      out += '?';
    } else {
      out += character;
    }
    name.remove_prefix(character.size());
  }
  return out;
}

/// `text` for a sentence: every byte that is not printable ASCII becomes `?`.
[[nodiscard]] inline std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

/// The same in quotes, and a long one is cut.
[[nodiscard]] inline std::string quoted(std::string_view text) {
  // Appended, not `"..." + string`: of that g++ 12 warns at -O3 that it overlaps.
  std::string out = "\"";
  out += printable(text.substr(0, 24));
  out += text.size() > 24 ? "...\"" : "\"";
  return out;
}

/// `(2, 3)`
[[nodiscard]] inline std::string shape_text(std::span<const index_t> shape) {
  std::string out;
  for (const index_t size : shape) out += (out.empty() ? "" : ", ") + std::to_string(size);
  return "(" + out + ")";
}

/// Throws an error about a file: its cleaned name, then the sentence.
[[noreturn]] inline void refuse_file(const char* id, std::string_view path, const std::string& sentence) {
  throw error(id, "'" + clean_name(path) + "' " + sentence);
}
[[noreturn]] inline void refuse_path(const char* id, const std::filesystem::path& path, const std::string& sentence) {
  refuse_file(id, path.string(), sentence);
}

}  // namespace esp::inline ESPALIER_ABI::detail
