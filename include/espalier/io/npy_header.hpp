// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The header of a .npy file, read from its bytes alone and written.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/io/npy_value.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Bytes that a header may have with all that stands before it: 64 KiB of text is what version 1 can count.
inline constexpr index_t npy_header_limit = 12 + (index_t{64} << 10);

/// What a checked header says; each value has passed the rules of `parse_npy_header`.
struct npy_header {
  npy_type type{};               ///< of the values as the file stores them
  bool fortran = false;          ///< the first axis is the fastest
  std::vector<index_t> shape{};  ///< at most 8 axes
  index_t count = 1;             ///< product of the shape, at most 2^60
  index_t data_offset = 0;       ///< bytes before the first value
};

/// The elements of a tensor of this shape. Throws ESP-155 for more than 8 axes or a product that is too large; a size
/// of zero is no excuse for the others.
[[nodiscard]] inline index_t npy_count(std::span<const index_t> shape, const std::string& path) {
  if (shape.size() > 8) {
    refuse_file("ESP-155", path, "has " + std::to_string(shape.size()) + " axes; at most 8 are supported");
  }
  index_t room = index_t{1} << 60, count = 1;
  for (const index_t size : shape) {
    room = size < 0 ? 0 : room / (size < 1 ? 1 : size);
    if (room < 1) {
      refuse_file("ESP-155", path, "has a shape whose elements cannot be counted; its header is corrupt");
    }
    count *= size;
  }
  return count;
}

/// Reads the header's dictionary, a literal of Python, from left to right: nothing is evaluated and nothing guessed.
class npy_dictionary {
 public:
  npy_dictionary(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  /// Fills type and shape. The three keys may come in any order, each once.
  void read(npy_header& out) {
    bool seen_type = false, seen_order = false, seen_shape = false;
    expect("{");
    while (!accept("}")) {
      const std::string_view key = string();
      expect(":");
      if (key == "descr" && !seen_type) {
        seen_type = true;
        type(out);
      } else if (key == "fortran_order" && !seen_order) {
        seen_order = true;
        order(out);
      } else if (key == "shape" && !seen_shape) {
        seen_shape = true;
        shape(out);
      } else {
        refuse_file("ESP-153", path_,
                    "has the key " + quoted(key) +
                        " in its header, unknown or for the second time; write the file with "
                        "numpy.save");
      }
      if (!accept(",")) {
        expect("}");
        break;
      }
    }
    if (!seen_type || !seen_order || !seen_shape) {
      refuse_file("ESP-153", path_, "lacks one of 'descr', 'fortran_order' and 'shape' in its header; it is corrupt");
    }
    skip_spaces();
    if (rest_ != "\n") unexpected("the end of its line");
  }

 private:
  [[noreturn]] void unexpected(std::string_view wanted) const {
    refuse_file("ESP-153", path_,
                "has " + quoted(rest_) + " in its header where " + std::string(wanted) +
                    " must stand; write the file with numpy.save");
  }
  void skip_spaces() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) unexpected(token);
  }
  std::string_view string() {
    skip_spaces();
    if (!rest_.starts_with('\'') && !rest_.starts_with('"')) unexpected("a string");
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) unexpected("a string that ends");
    const std::string_view found = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return found;
  }
  void type(npy_header& out) {
    skip_spaces();
    if (rest_.starts_with('[')) {
      refuse_file("ESP-154", path_, "holds records of several fields; save the field that is meant as its own array");
    }
    const std::string_view found = string();
    if (npy_type_of(found, out.type)) return;
    const bool pickled = found.ends_with('O');
    refuse_file("ESP-154", path_,
                "holds values of type " + quoted(found) +
                    (pickled ? ", Python objects that only Python reads; convert them" : "; convert it") +
                    " to '<f4' or '<f8' with numpy's astype");
  }
  void order(npy_header& out) {
    out.fortran = accept("True");
    if (!out.fortran) expect("False");
  }
  void shape(npy_header& out) {
    expect("(");
    while (!accept(")")) {
      if (out.shape.size() == 8) refuse_file("ESP-155", path_, "has more than 8 axes; at most 8 are supported");
      out.shape.push_back(size());
      if (accept(",")) continue;
      // `(3)` is a number to Python, not a shape.
      if (out.shape.size() == 1) unexpected(",");
      expect(")");
      break;
    }
    out.count = npy_count(out.shape, path_);
  }
  /// Digits only: no sign, no leading zero, no underscore. 18 of them fit 64 bits. Python 2 wrote an L behind them.
  index_t size() {
    skip_spaces();
    index_t value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      if (digits == 18) refuse_file("ESP-155", path_, "has a size of more than 18 digits; its header is corrupt");
      value = 10 * value + (rest_[digits] - '0');
    }
    if (digits == 0 || (digits > 1 && rest_.front() == '0')) unexpected("a size in digits");
    rest_.remove_prefix(digits);
    if (rest_.starts_with('L')) rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  const std::string& path_;
};

/// The bytes before the values of a file, which its first 12 bytes - or all, where it has fewer - tell. Throws ESP-151
/// for bytes that end before and for a header of more than `npy_header_limit`, ESP-152 for another format or version.
[[nodiscard]] inline index_t npy_header_size(std::span<const std::byte> bytes, const std::string& path) {
  const auto byte = [&](std::size_t i) { return std::to_integer<index_t>(bytes[i]); };
  const auto require = [&](index_t needed) {
    if (std::ssize(bytes) >= needed) return;
    refuse_file("ESP-151", path,
                "ends in its header, after " + std::to_string(bytes.size()) + " of " + std::to_string(needed) +
                    " bytes; copy or create the file again");
  };
  require(10);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("\x93NUMPY")) {
    refuse_file("ESP-152", path, "does not start with the six bytes \\x93NUMPY; check that it is a .npy file");
  }
  if (byte(6) < 1 || byte(6) > 3 || byte(7) != 0) {
    refuse_file("ESP-152", path,
                "is of version " + std::to_string(byte(6)) + "." + std::to_string(byte(7)) +
                    " of the format; versions 1.0, 2.0 and 3.0 are read");
  }
  index_t start = 10, length = byte(8) + 256 * byte(9);
  if (byte(6) > 1) {
    require(12);
    start = 12;
    length += 65536 * (byte(10) + 256 * byte(11));
  }
  if (start + length > npy_header_limit) {
    refuse_file("ESP-151", path, "declares a header of " + std::to_string(length) + " bytes; at most 65536 are read");
  }
  return start + length;
}

/// The header at the start of `bytes`, which is the whole file or its first `npy_header_limit` bytes; `path` names it
/// in errors. Throws ESP-151 for bytes that end in the header, ESP-152 for another format or version, ESP-153 for a
/// header that is no dictionary of the three keys, ESP-154 for a type that is not read, ESP-155 for a shape that is too
/// large.
[[nodiscard]] inline npy_header parse_npy_header(std::span<const std::byte> bytes, const std::string& path) {
  npy_header result;
  result.data_offset = npy_header_size(bytes, path);
  if (std::ssize(bytes) < result.data_offset) {
    refuse_file("ESP-151", path,
                "ends in its header, after " + std::to_string(bytes.size()) + " of " +
                    std::to_string(result.data_offset) + " bytes; copy or create the file again");
  }
  const std::size_t start = bytes[6] == std::byte{1} ? 10 : 12;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  npy_dictionary(text.substr(start, static_cast<std::size_t>(result.data_offset) - start), path).read(result);
  return result;
}

/// The bytes before the values in a file of version 1.0: a multiple of 64, as NumPy pads them. Throws ESP-155 where the
/// product of `shape` is not `count`, or for more than 8 axes.
[[nodiscard]] inline std::string npy_header_text(std::span<const index_t> shape, index_t count, bool is_double,
                                                 const std::string& path) {
  if (npy_count(shape, path) != count) {
    refuse_file("ESP-155", path,
                "was to get " + std::to_string(count) +
                    " values, which is not the product of the shape; pass as many values as the shape has");
  }
  std::string text = std::string("{'descr': '<f") + (is_double ? '8' : '4') + "', 'fortran_order': False, 'shape': (";
  for (const index_t size : shape) text += std::to_string(size) + ", ";
  if (shape.size() == 1) text.pop_back();
  if (shape.size() > 1) text.resize(text.size() - 2);
  text += "), }";
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  const auto length = text.size();
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(length % 256) + static_cast<char>(length / 256) + text;
}

}  // namespace esp::inline ESPALIER_ABI::detail
