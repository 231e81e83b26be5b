// SPDX-License-Identifier: BSD-3-Clause
#include "support/npy.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <espalier/io/npy.hpp>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "support/faults.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::index_t;
using support::throws;

template <class T>
esp::npy_array<T> parsed(const std::string& bytes) {
  std::vector<std::byte> exact(bytes.size());
  std::transform(bytes.begin(), bytes.end(), exact.begin(), [](char c) { return static_cast<std::byte>(c); });
  return esp::parse_npy<T>(exact, "a.npy");
}

/// An array of 2 x 3 as a file.
template <class T>
std::string sample(const support::temp_dir& dir) {
  const std::vector<T> values{0, -1, static_cast<T>(0.1), 3, 4, std::numeric_limits<T>::max()};
  esp::write_npy<T>(dir / "a.npy", std::vector<index_t>{2, 3}, values);
  return support::read_file(dir / "a.npy");
}

}  // namespace

TEMPLATE_TEST_CASE("what is written is read back bit by bit, from memory and from a file", "[npy]", float, double) {
  using T = TestType;
  const support::temp_dir dir;
  const std::vector<std::vector<index_t>> shapes = {{}, {0}, {6}, {2, 3}, {1, 3, 1, 2, 1}, {2, 0, 4}};
  for (const auto& shape : shapes) {
    index_t count = 1;
    for (const index_t size : shape) count *= size;
    std::vector<T> values;
    for (index_t i = 0; i < count; ++i) values.push_back(static_cast<T>(1) / static_cast<T>(i + 1));
    if (count > 2) {
      values[0] = std::numeric_limits<T>::quiet_NaN();
      values[1] = std::numeric_limits<T>::denorm_min();
      values[2] = -std::numeric_limits<T>::infinity();
    }
    esp::write_npy<T>(dir / "b.npy", shape, values);
    const auto from_file = esp::read_npy<T>(dir / "b.npy");
    const auto from_memory = parsed<T>(support::read_file(dir / "b.npy"));
    for (const auto& found : {from_file, from_memory}) {
      REQUIRE(found.shape == shape);
      REQUIRE(found.values.size() == values.size());
      REQUIRE((count == 0 || std::memcmp(found.values.data(), values.data(), values.size() * sizeof(T)) == 0));
    }
  }
}

TEST_CASE("another reader of the format reads what is written, and the other way round", "[npy]") {
  const support::temp_dir dir;
  static_cast<void>(sample<float>(dir));
  const npy::array read = npy::read((dir / "a.npy").string());
  REQUIRE(read.single);
  REQUIRE(read.shape == std::vector<std::size_t>{2, 3});
  REQUIRE(read.values[2] == static_cast<double>(0.1F));

  // Recorded with NumPy.
  const auto golden = std::filesystem::path(ESPALIER_TEST_DATA).parent_path() / "golden" / "conv_1x1x1" / "weight.npy";
  const auto found = esp::read_npy<double>(golden);
  REQUIRE(found.shape == std::vector<index_t>{7, 5, 1, 1, 1});
  REQUIRE(found.values == npy::read(golden.string()).values);
}

TEST_CASE("every truncation and every extension of a file is refused", "[npy]") {
  const support::temp_dir dir;
  const std::string whole = sample<double>(dir);
  REQUIRE(whole.size() == 128 + 48);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const char* const id = length < 128 ? "ESP-151" : "ESP-156";
    REQUIRE(throws([&] { static_cast<void>(parsed<double>(whole.substr(0, length))); }, id, "a.npy"));
    support::write_file(dir / "cut.npy", whole.substr(0, length));
    REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "cut.npy")); }, id, "cut.npy"));
  }
  REQUIRE(throws([&] { static_cast<void>(parsed<double>(whole + "x")); }, "ESP-156", "48 bytes", "49"));
}

TEST_CASE("every flipped bit of a header is refused, but the one that turns the order of bytes", "[npy]") {
  const support::temp_dir dir;
  const std::string twice = sample<double>(dir), single = sample<float>(dir);
  for (const std::string& whole : {twice, single}) {
    int read = 0;
    for (std::size_t bit = 0; bit < 1024; ++bit) {
      std::string flipped = whole;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      INFO("bit " << bit);
      const auto found = [&](const auto& parse) {
        const std::string said = support::sentence(parse);
        REQUIRE((said.empty() || said.starts_with("ESP-15")));
        return said.empty() ? 1 : 0;
      };
      read += found([&] { static_cast<void>(parsed<double>(flipped)); });
      if (whole == single) read += found([&] { static_cast<void>(parsed<float>(flipped)); });
      if (whole == single && flipped[21] == '>') REQUIRE(parsed<float>(flipped).values[3] != 3);
    }
    REQUIRE(read == (whole == single ? 2 : 1));
  }
}

TEST_CASE("a file of a wider type is refused and says how to read it, a narrower one is read", "[npy]") {
  const support::temp_dir dir;
  static_cast<void>(sample<float>(dir));
  const auto wide = esp::read_npy<double>(dir / "a.npy");
  REQUIRE(wide.values == std::vector<double>{0, -1, double{0.1F}, 3, 4, double{std::numeric_limits<float>::max()}});
  const std::string twice = sample<double>(dir);
  REQUIRE(throws([&] { static_cast<void>(parsed<float>(twice)); }, "ESP-154", "holds float64 but float"));
  // The last is beyond every float.
  REQUIRE(throws([&] { static_cast<void>(esp::read_npy<float>(dir / "a.npy", {.allow_rounding = true})); }, "ESP-165",
                 "value 5", "1.7976931348623157e+308", "read it as double"));
}

namespace {

/// A file of these bytes as values.
std::string typed(const std::string& type, const std::string& shape, const std::string& data, bool fortran = false) {
  std::string text =
      "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(text.size()) + '\0' + text + data;
}
/// The bytes of numbers in the order of a file.
template <class V>
std::string data(const std::vector<V>& values, char order) {
  std::string out;
  for (const V value : values) {
    auto raw = std::bit_cast<std::array<char, sizeof(V)>>(value);
    if ((order == '>') != (std::endian::native == std::endian::big)) std::reverse(raw.begin(), raw.end());
    out.append(raw.begin(), raw.end());
  }
  return out;
}
template <class V>
void check_type(const std::string& type, const std::vector<V>& values) {
  for (const char order : {'<', '>'}) {
    const std::string bytes = typed(order + type, "(" + std::to_string(values.size()) + ",)", data(values, order));
    const auto twice = parsed<double>(bytes);
    const auto single = parsed<float>(bytes);
    for (std::size_t i = 0; i < values.size(); ++i) {
      REQUIRE(twice.values[i] == static_cast<double>(values[i]));
      REQUIRE(single.values[i] == static_cast<float>(values[i]));
    }
  }
}
template <class V>
std::string refusal(const std::string& type, V value, bool as_double) {
  const std::string bytes = typed("<" + type, "(2,)", data(std::vector<V>{1, value}, '<'));
  return support::sentence(
      [&] { as_double ? static_cast<void>(parsed<double>(bytes)) : static_cast<void>(parsed<float>(bytes)); });
}

}  // namespace

TEST_CASE("integers, bool and float16 are read in either byte order", "[npy]") {
  check_type<std::int8_t>("i1", {0, -128, 127});
  check_type<std::uint8_t>("u1", {0, 255, 1});
  check_type<std::int16_t>("i2", {0, -32768, 32767, 258});
  check_type<std::uint16_t>("u2", {0, 65535, 258});
  check_type<std::int32_t>("i4", {0, -2147483647 - 1, 16777216, -16777216, 66051});
  check_type<std::uint32_t>("u4", {0, 4294967040u, 16777216});
  check_type<std::int64_t>("i8", {0, std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 62, -3});
  check_type<std::uint64_t>("u8", {0, std::uint64_t{1} << 63, 0xFFFFFF0000000000u});
  const auto flags = parsed<float>(typed("|b1", "(3,)", std::string("\0\1\2", 3)));
  REQUIRE(flags.values == std::vector<float>{0, 1, 1});
  const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00, 0x8000, 0x3555};
  const auto read = parsed<float>(typed(">f2", "(7,)", data(halves, '>')));
  REQUIRE(read.values ==
          std::vector<float>{1, -2, 0x1p-24F, 65504, std::numeric_limits<float>::infinity(), -0.0F, 0.333251953125F});
  REQUIRE(std::signbit(read.values[5]));
}

TEST_CASE("a value that is no T is refused, or rounded where that is asked for", "[npy]") {
  REQUIRE(refusal<std::int32_t>("i4", 16777217, false)
              .find("ESP-165: 'a.npy' holds as value 1 of int32 the number 16777217, which float") == 0);
  REQUIRE(refusal<std::int32_t>("i4", 16777217, true).empty());
  REQUIRE(refusal<std::uint32_t>("u4", 4294967295u, false).find("4294967295") != std::string::npos);
  REQUIRE(refusal<std::int64_t>("i8", -(std::int64_t{1} << 53) - 1, true).find("-9007199254740993") !=
          std::string::npos);
  REQUIRE(refusal<std::int64_t>("i8", std::numeric_limits<std::int64_t>::max(), true).starts_with("ESP-165"));
  REQUIRE(refusal<std::uint64_t>("u8", ~std::uint64_t{0}, true).find("18446744073709551615") != std::string::npos);

  const std::string wide =
      typed("<f8", "(5,)",
            data(std::vector<double>{0.1, 1e-60, 3.4028235677973362e38, std::numeric_limits<double>::infinity(),
                                     std::numeric_limits<double>::quiet_NaN()},
                 '<'));
  const auto exact = [&](const std::string& bytes, bool rounds) {
    std::vector<std::byte> copy(bytes.size());
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    return esp::parse_npy<float>(copy, "a.npy", {.allow_rounding = rounds}).values;
  };
  const auto rounded = exact(wide, true);
  REQUIRE((rounded[0] == 0.1F && rounded[1] == 0 && rounded[2] == std::numeric_limits<float>::max()));
  REQUIRE((std::isinf(rounded[3]) && std::isnan(rounded[4])));
  for (const double beyond : {3.4028235677973366e38, 1e39, -1e300}) {
    const std::string bytes = typed("<f8", "(1,)", data(std::vector<double>{beyond}, '<'));
    REQUIRE(throws([&] { static_cast<void>(exact(bytes, true)); }, "ESP-165", "read it as double"));
  }
  const std::string whole = typed("<i4", "(1,)", data(std::vector<std::int32_t>{16777217}, '<'));
  REQUIRE(exact(whole, true)[0] == 16777216);
}

TEST_CASE("Fortran order becomes the order of C", "[npy]") {
  // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)): the first axis runs fastest in the file.
  std::vector<std::int16_t> stored;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) stored.push_back(static_cast<std::int16_t>(12 * i + 4 * j + k));
    }
  }
  const auto found = parsed<float>(typed(">i2", "(2, 3, 4)", data(stored, '>'), true));
  REQUIRE(found.shape == std::vector<index_t>{2, 3, 4});
  for (std::size_t i = 0; i < 24; ++i) REQUIRE(found.values[i] == static_cast<float>(i));
  REQUIRE(parsed<double>(typed("<f8", "(3,)", data(std::vector<double>{1, 2, 3}, '<'), true)).values ==
          std::vector<double>{1, 2, 3});
  REQUIRE(parsed<double>(typed("<f8", "()", data(std::vector<double>{7}, '<'), true)).values == std::vector<double>{7});
  REQUIRE(parsed<double>(typed("<f8", "(2, 0)", "", true)).values.empty());

  // More than one chunk of 64 KiB, with a last one that is not full.
  const index_t rows = 700, columns = 101;
  std::vector<float> large(static_cast<std::size_t>(rows * columns));
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<float>(i);
  const auto turned = parsed<float>(typed("<f4", "(700, 101)", data(large, '<'), true));
  for (index_t i = 0; i < rows; ++i) {
    for (index_t j = 0; j < columns; ++j) {
      if (turned.values[static_cast<std::size_t>(i * columns + j)] != static_cast<float>(j * rows + i)) FAIL(i << j);
    }
  }
}

TEST_CASE("whatever header a file has, it is read or refused", "[npy]") {
  std::mt19937 engine(1);
  const std::string good = typed("<f4", "(2, 3)", std::string(24, '\1'));
  const std::string letters = "<>|fiub0123456789,()' LTrueFals{}:\n\xff";
  int read = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string bytes = good;
    for (auto change = 0UL; change <= engine() % 3; ++change) {
      bytes[engine() % 100] = letters[engine() % letters.size()];
    }
    if (trial % 7 == 0) bytes.resize(engine() % (bytes.size() + 1));
    const std::string said = support::sentence([&] { static_cast<void>(parsed<float>(bytes)); });
    REQUIRE((said.empty() || said.starts_with("ESP-15") || said.starts_with("ESP-16")));
    read += said.empty() ? 1 : 0;
  }
  REQUIRE(read > 100);
}

TEST_CASE("memory that is not given is an error with both numbers", "[npy]") {
  const support::temp_dir dir;
  static_cast<void>(sample<double>(dir));
  for (long n = 0;; ++n) {
    faults::allocations_after(n, true);
    std::string said;
    try {
      static_cast<void>(esp::read_npy<double>(dir / "a.npy"));
    } catch (const std::bad_alloc&) {
      said = "bad_alloc";
    } catch (const esp::error& e) {
      said = e.what();
    }
    if (!faults::allocation_failed()) break;
    REQUIRE_FALSE(said.empty());
    REQUIRE((said == "bad_alloc" || said.find("needs 48 bytes of memory") != std::string::npos));
  }
}

TEST_CASE("a file larger than allowed is refused before anything is allocated", "[npy]") {
  const support::temp_dir dir;
  static_cast<void>(sample<double>(dir));
  REQUIRE(esp::read_npy<double>(dir / "a.npy", {.max_bytes = 48}).values.size() == 6);
  REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "a.npy", {.max_bytes = 47})); }, "ESP-155",
                 "48 in all", "47"));
  // A file of holes: 64 GiB that take no room on the disk.
  const std::string header = esp::npy_header_text(std::vector<index_t>{index_t{1} << 33}, index_t{1} << 33, true, "");
  support::write_file(dir / "holes.npy", header);
  std::error_code problem;
  std::filesystem::resize_file(dir / "holes.npy", header.size() + (std::uintmax_t{1} << 36), problem);
  if (!problem) {
    REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "holes.npy")); }, "ESP-155", "allowed"));
  }
}

TEST_CASE("what is no regular file is refused without being opened", "[npy]") {
  const support::temp_dir dir;
  const auto read = [&](const std::filesystem::path& path) {
    return [=] { static_cast<void>(esp::read_npy<float>(path)); };
  };
  REQUIRE(throws(read(dir / "none.npy"), "ESP-150", "none.npy", "cannot be found"));
  REQUIRE(throws(read(dir.path()), "ESP-150", "not a regular file"));
  REQUIRE(throws(read("/dev/null"), "ESP-150", "not a regular file"));
  REQUIRE(::mkfifo((dir / "fifo.npy").c_str(), 0600) == 0);
  REQUIRE(throws(read(dir / "fifo.npy"), "ESP-150", "not a regular file"));
  support::write_file(dir / "empty.npy", "");
  REQUIRE(throws(read(dir / "empty.npy"), "ESP-151", "after 0 of 10 bytes"));
}

TEST_CASE("a file that cannot be written is an error", "[npy]") {
  const support::temp_dir dir;
  const std::vector<float> values(6);
  const auto write = [&](const std::filesystem::path& path, std::vector<index_t> shape) {
    return [=] { esp::write_npy<float>(path, shape, values); };
  };
  REQUIRE(throws(write(dir / "no" / "a.npy", {6}), "ESP-157", "cannot be written"));
  REQUIRE(throws(write(dir.path(), {6}), "ESP-157"));
  REQUIRE(throws(write(dir / "a.npy", {5}), "ESP-155", "6 values"));
  REQUIRE_FALSE(std::filesystem::exists(dir / "a.npy"));
  if (std::filesystem::exists("/dev/full")) REQUIRE(throws(write("/dev/full", {6}), "ESP-157", "space"));
}
