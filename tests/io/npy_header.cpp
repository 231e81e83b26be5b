// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/npy_header.hpp>
#include <string>
#include <vector>

#include "support/layer.hpp"

namespace {

using esp::index_t;
using support::throws;

/// The bytes before the values: magic, version, length, dictionary.
std::string file(const std::string& dictionary, char version = 1) {
  std::string result{"\x93NUMPY", 6};
  result += version;
  result += '\0';
  const std::size_t bytes = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < bytes; ++i) result += static_cast<char>(dictionary.size() >> (8 * i) & 255);
  return result + dictionary;
}

esp::npy_header parsed(const std::string& bytes) {
  // A vector of the very size: a sanitizer sees the first byte too many.
  std::vector<std::byte> exact(bytes.size());
  std::transform(bytes.begin(), bytes.end(), exact.begin(), [](char c) { return static_cast<std::byte>(c); });
  return esp::parse_npy_header(exact, "a.npy");
}

template <class... Parts>
bool refused(const std::string& bytes, const char* id, const Parts&... parts) {
  return throws([&] { static_cast<void>(parsed(bytes)); }, id, "'a.npy'", parts...);
}

std::string with_shape(const std::string& shape) {
  return file("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n");
}

const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }  \n";

}  // namespace

TEST_CASE("what NumPy writes is read: types, shapes, versions", "[npy]") {
  for (const char version : {'\1', '\2', '\3'}) {
    const esp::npy_header h = parsed(file(good, version));
    REQUIRE(h.type == esp::npy_type{'f', 8, std::endian::little});
    REQUIRE_FALSE(h.fortran);
    REQUIRE(h.shape == std::vector<index_t>{2, 3});
    REQUIRE(h.count == 6);
    REQUIRE(h.data_offset == static_cast<index_t>(file(good, version).size()));
  }
  REQUIRE(parsed(file("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n")).type.bytes == 4);
  REQUIRE(parsed(file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n")).fortran);
  // As Python 2 wrote its long integers.
  REQUIRE(parsed(with_shape("(2L, 3L)")).shape == std::vector<index_t>{2, 3});
  REQUIRE(parsed(with_shape("()")).count == 1);
  REQUIRE(parsed(with_shape("(7,)")).shape == std::vector<index_t>{7});
  REQUIRE(parsed(with_shape("(0, 5)")).count == 0);
  REQUIRE(parsed(with_shape("(1, 2, 3, 4, 5, 6, 7, 8)")).count == 40320);
  REQUIRE(parsed(with_shape("(999999999999999999,)")).count == 999999999999999999);
}

TEST_CASE("keys come in any order, with either quote and any spaces", "[npy]") {
  REQUIRE(parsed(file("{\"shape\":(2,3,),\"fortran_order\":False,\"descr\":\"<f4\"}\n")).count == 6);
  REQUIRE(parsed(file("  {  'fortran_order' : False , 'shape' : ( 2 , 3 ) , 'descr' : '<f8' }\n")).count == 6);
}

TEST_CASE("every truncation of a header is refused", "[npy]") {
  for (const char version : {'\1', '\2'}) {
    const std::string whole = file(good, version);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      REQUIRE(refused(whole.substr(0, length), "ESP-151", "copy or create the file again"));
    }
  }
}

TEST_CASE("other formats, versions and lengths are refused", "[npy]") {
  REQUIRE(refused(std::string(64, 'x'), "ESP-152", "NUMPY"));
  REQUIRE(refused(std::string(64, '\0'), "ESP-152"));
  REQUIRE(refused("PK\x03\x04" + std::string(64, '\0'), "ESP-152"));
  REQUIRE(refused(file(good, 0), "ESP-152", "version 0.0"));
  REQUIRE(refused(file(good, 4), "ESP-152", "version 4.0"));
  // Version 2 with a header of 4 GiB, which an old reader allocated.
  REQUIRE(refused(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), "ESP-151", "4294967295 bytes"));
  REQUIRE(refused(file(std::string(65537, ' '), 2), "ESP-151", "65537"));
  REQUIRE(refused(file(std::string(65535, ' ')), "ESP-153"));
}

TEST_CASE("a header that is no dictionary of the three keys is refused", "[npy]") {
  const char* const wrong[] = {
      "",
      "\n",
      "{\n",
      "{}",
      "}\n",
      "{'descr",
      "{'descr'\n",
      "{'descr':\n",
      "{'descr': '<f8\n",
      "{'descr': <f8}\n",
      "('descr', '<f8')\n",
      "[1, 2]\n",
      "__import__('os').system('x')\n",
      "{'descr': '<f8' 'fortran_order': False, 'shape': (2,), }\n",
      "{'descr': '<f8', 'fortran_order': false, 'shape': (2,), }\n",
      "{'descr': '<f8', 'fortran_order': 0, 'shape': (2,), }\n",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } x\n",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n\n",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,),, }\n",
      "{,'descr': '<f8', 'fortran_order': False, 'shape': (2,)}\n",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)\n",
  };
  for (const char* text : wrong) {
    INFO(text);
    REQUIRE(refused(file(text), "ESP-153"));
  }
  REQUIRE(refused(file("{}\n"), "ESP-153", "lacks"));
  REQUIRE(refused(file("{'descr': '<f8', 'fortran_order': False, }\n"), "ESP-153", "lacks", "'shape'"));
  REQUIRE(refused(file("{'descr': '<f8', 'descr': '<f4', }\n"), "ESP-153", "\"descr\"", "second time"));
  REQUIRE(refused(file("{'order': 'C', }\n"), "ESP-153", "\"order\"", "unknown"));
  // Bytes of the file do not reach a terminal as they are.
  REQUIRE(refused(file("{'\x1b[2J\xff': 1, }\n"), "ESP-153", "\"?[2J?\""));
  REQUIRE(refused(file(std::string("{\0}\n", 4)), "ESP-153"));
}

TEST_CASE("every real type of NumPy is read, in either byte order", "[npy]") {
  int read = 0;
  for (const char order : {'<', '>', '|', '=', '!'}) {
    for (const char kind : {'f', 'i', 'u', 'b', 'c', 'S', 'V', 'M'}) {
      for (int bytes = 0; bytes < 10; ++bytes) {
        const std::string type = {order, kind, static_cast<char>('0' + bytes)};
        const std::string bytes_of = file("{'descr': '" + type + "', 'fortran_order': False, 'shape': (2,), }\n");
        const bool ordered = order == '<' || order == '>' || (order == '|' && bytes == 1);
        const bool whole = (kind == 'i' || kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
        const bool other = (kind == 'f' && (bytes == 2 || bytes == 4 || bytes == 8)) || (kind == 'b' && bytes == 1);
        if (ordered && (whole || other)) {
          const esp::npy_type expected{kind, bytes, order == '>' ? std::endian::big : std::endian::little};
          REQUIRE(parsed(bytes_of).type == expected);
          ++read;
        } else {
          REQUIRE(refused(bytes_of, "ESP-154", "\"" + type + "\""));
        }
      }
    }
  }
  REQUIRE(read == 27);
}

TEST_CASE("types that are not read are refused by name", "[npy]") {
  for (const std::string type :
       {"=f8", "<c16", "f8", "", "<f88", "<f16", "<U8", "|S3", "<M8[ns]", "<f3", "<i16", "|b2"}) {
    REQUIRE(refused(file("{'descr': '" + type + "', 'fortran_order': False, 'shape': (2,), }\n"), "ESP-154",
                    "\"" + type + "\""));
  }
  REQUIRE(refused(file("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n"), "ESP-154", "Python objects"));
  REQUIRE(refused(file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }\n"), "ESP-154", "fields"));
}

TEST_CASE("shapes that are no sizes are refused", "[npy]") {
  for (const char* shape :
       {"(-1,)", "(2, -3)", "(+2,)", "(2.0,)", "(2e3,)", "(0x10,)", "(1_000,)", "(L,)",   "(2LL,)",  "(02,)",
        "(,)",   "(2,,3)",  "(2 3)", "(2",     "2",      "[2]",     "(2)",      "('2',)", "(None,)", "(2;)"}) {
    INFO(shape);
    REQUIRE(refused(with_shape(shape), "ESP-153"));
  }
}

TEST_CASE("shapes whose product or rank is too large are refused, zeros or not", "[npy]") {
  for (const char* shape :
       {"(4294967296, 4294967296)", "(0, 4294967296, 4294967296)", "(4294967296, 4294967296, 0)",
        "(999999999999999999, 2)", "(1000000000000000000,)", "(18446744073709551616,)", "(18446744073709551615,)",
        "(99999999999999999999999999999,)", "(32767, 32767, 32767, 32767, 32767)", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"}) {
    INFO(shape);
    REQUIRE(refused(with_shape(shape), "ESP-155"));
  }
}

TEST_CASE("what is written is what is read, padded as NumPy pads it", "[npy]") {
  const std::vector<std::vector<index_t>> shapes = {{}, {0}, {5}, {2, 3}, {1, 1, 1, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8}};
  for (const auto& shape : shapes) {
    index_t count = 1;
    for (const index_t size : shape) count *= size;
    for (const bool is_double : {false, true}) {
      const std::string text = esp::npy_header_text(shape, count, is_double, "a.npy");
      REQUIRE(text.size() % 64 == 0);
      const esp::npy_header h = parsed(text);
      REQUIRE(h.shape == shape);
      REQUIRE(h.type.bytes == (is_double ? 8 : 4));
      REQUIRE(h.count == count);
      REQUIRE(h.data_offset == static_cast<index_t>(text.size()));
    }
  }
  REQUIRE(esp::npy_header_text(std::vector<index_t>{2, 3}, 6, true, "").substr(10, 63) ==
          "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }    ");
  REQUIRE(esp::npy_header_text(std::vector<index_t>{7}, 7, false, "").substr(10, 57) ==
          "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }");
  const auto text = [](const std::vector<index_t>& shape, index_t count) {
    return [=] { static_cast<void>(esp::npy_header_text(shape, count, true, "a.npy")); };
  };
  REQUIRE(throws(text({2, 3}, 5), "ESP-155", "5 values"));
  REQUIRE(throws(text({-1}, -1), "ESP-155"));
  REQUIRE(throws(text(std::vector<index_t>(9, 1), 1), "ESP-155", "9 axes"));
}
