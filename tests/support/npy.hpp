// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reads the arrays of tests/golden: `.npy` version 1.0, little-endian float64 or float32, C order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace npy {

/// The values as doubles, and their shape.
struct array {
  std::vector<std::size_t> shape{};
  std::vector<double> values{};
  bool single = false;  ///< stored as float32
};

/// The header is a Python dictionary; only the one spelling that NumPy writes is accepted.
class header {
 public:
  header(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  [[noreturn]] void fail(const char* what) const { throw std::runtime_error(path_ + ": " + what); }

  bool accept(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail("unexpected header");
  }
  std::size_t number() {
    std::size_t digits = 0, value = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
      if (digits == 12) fail("a size is too large");
      value = 10 * value + static_cast<std::size_t>(rest_[digits++] - '0');
    }
    if (digits == 0) fail("a size is missing");
    rest_.remove_prefix(digits);
    return value;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  const std::string& path_;
};

/// The number whose little-endian bytes start at `bytes`, on machines of either byte order.
template <class T, class Bits>
T little_endian(const char* bytes) {
  static_assert(sizeof(T) == sizeof(Bits));
  Bits bits = 0;
  for (std::size_t i = sizeof(Bits); i-- > 0;) bits = Bits(bits << 8) | static_cast<unsigned char>(bytes[i]);
  return std::bit_cast<T>(bits);
}

/// The array in the bytes of a file; `path` names it in errors. Throws std::runtime_error on anything unexpected.
inline array parse(std::string_view bytes, const std::string& path) {
  header start(bytes, path);
  start.expect({"\x93NUMPY\x01\x00", 8});
  if (start.rest().size() < 2) start.fail("the file ends in its header");
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const std::size_t length = byte(8) + 256 * byte(9);
  if (bytes.size() < 10 + length) start.fail("the file ends in its header");

  array result;
  header h(bytes.substr(10, length), path);
  h.expect("{'descr': '");
  result.single = h.accept("<f4");
  if (!result.single) h.expect("<f8");
  h.expect("', 'fortran_order': False, 'shape': (");
  std::size_t count = 1;
  while (!h.accept("), }")) {
    result.shape.push_back(h.number());
    if (result.shape.size() > 5) h.fail("too many axes");
    count *= result.shape.back();
    if (count > bytes.size()) h.fail("the shape has more elements than the file");
    if (!h.accept(", ")) h.accept(",");
  }
  if (h.rest().find_first_not_of(" \n") != std::string_view::npos) h.fail("unexpected end of the header");

  const std::string_view data = bytes.substr(10 + length);
  const std::size_t size = result.single ? sizeof(float) : sizeof(double);
  if (data.size() != count * size) h.fail("the length of the file does not fit the shape");
  result.values.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* bytes_of_value = data.data() + i * size;
    result.values[i] = result.single ? static_cast<double>(little_endian<float, std::uint32_t>(bytes_of_value))
                                     : little_endian<double, std::uint64_t>(bytes_of_value);
  }
  return result;
}

/// The array in a file.
inline array read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return parse(bytes, path);
}

}  // namespace npy
