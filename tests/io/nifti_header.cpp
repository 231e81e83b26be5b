// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <cmath>
#include <cstring>
#include <espalier/io/nifti_header.hpp>
#include <limits>
#include <string>

#include "io/nifti_file.hpp"
#include "support/catch.hpp"

namespace {

constexpr esp::index_t cap = 1 << 20;

/// The id of the error that the parser throws, or "" when it accepts the bytes.
std::string refusal(const test::bytes& raw, esp::index_t max_bytes = cap) {
  try {
    static_cast<void>(esp::parse_nifti_header(raw, "some.nii", max_bytes));
  } catch (const esp::error& problem) {
    const std::string what = problem.what();
    REQUIRE(what.find("'some.nii'") != std::string::npos);
    REQUIRE(what.rfind(problem.id(), 0) == 0);
    return problem.id();
  }
  return "";
}

std::string refusal(const test::header& header, esp::index_t max_bytes = cap) {
  return refusal(header.raw(), max_bytes);
}

}  // namespace

TEST_CASE("a well-formed header is read in both byte orders") {
  for (const auto order : {std::endian::little, std::endian::big}) {
    test::header header;
    header.order = order;
    header.dim = {4, 4, 3, 2, 5, 7, 7, 7};
    header.slope = 2;
    header.inter = -1;
    const auto got = esp::parse_nifti_header(header.raw(), "some.nii", cap);
    REQUIRE(got.size == esp::extents(2, 3, 4));
    REQUIRE(got.spacing == std::array{3.0F, 2.0F, 1.0F});
    REQUIRE(got.volumes == 5);
    REQUIRE(got.datatype == 16);
    REQUIRE(got.bytes_per_voxel == 4);
    REQUIRE(got.data_offset == 352);
    REQUIRE(got.slope == 2);
    REQUIRE(got.inter == -1);
    REQUIRE(got.order == order);
    REQUIRE_FALSE(got.extended);
    REQUIRE(got.data_bytes() == 480);
    REQUIRE(got.file_bytes() == 832);
  }
}

TEST_CASE("a slope of zero means that nothing is scaled") {
  test::header header;
  header.inter = 7;
  const auto got = esp::parse_nifti_header(header.raw(), "some.nii", cap);
  REQUIRE(got.slope == 1);
  REQUIRE(got.inter == 0);
}

TEST_CASE("an axis without spacing has spacing 1, and a negative one loses its sign") {
  test::header header;
  header.pixdim[1] = 0;
  header.pixdim[2] = -2.5F;
  const auto got = esp::parse_nifti_header(header.raw(), "some.nii", cap);
  REQUIRE(got.spacing == std::array{3.0F, 2.5F, 1.0F});
}

TEST_CASE("a header that is cut off anywhere is refused") {
  const auto whole = test::header{}.raw();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    REQUIRE(refusal(test::bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) == "ESP-123");
  }
  REQUIRE(refusal(whole) == "");
}

TEST_CASE("other formats are refused by name") {
  auto raw = test::header{}.raw();
  test::put(raw, 0, std::int32_t{540});
  REQUIRE(refusal(raw) == "ESP-124");
  test::put(raw, 0, std::int32_t{0x08088b1f});
  REQUIRE(refusal(raw) == "ESP-124");

  raw = test::header{}.raw();
  test::put(raw, 345, 'i');
  REQUIRE(refusal(raw) == "ESP-125");
  test::put(raw, 344, std::int32_t{0});
  REQUIRE(refusal(raw) == "ESP-125");
}

TEST_CASE("NIfTI-2 and pairs are told what they are") {
  auto raw = test::header{}.raw();
  test::put(raw, 0, std::int32_t{540});
  REQUIRE_THROWS_WITH(esp::parse_nifti_header(raw, "some.nii", cap),
                      "ESP-124: 'some.nii' is a NIfTI-2 file (header of 540 bytes), which libnifti 3.0 does not read "
                      "safely; convert it to NIfTI-1, e.g. with nifti_tool or nibabel");
  raw = test::header{}.raw();
  std::memcpy(raw.data() + 344, "ni1", 4);
  REQUIRE_THROWS_WITH(esp::parse_nifti_header(raw, "some.nii", cap),
                      "ESP-125: 'some.nii' is the header of a .hdr/.img pair (magic ni1); convert the pair to a single "
                      ".nii file");
}

TEST_CASE("dimensions outside their range are refused") {
  for (const int rank : {-32768, -1, 0, 8, 32767}) {
    test::header header;
    header.dim[0] = static_cast<std::int16_t>(rank);
    REQUIRE(refusal(header) == "ESP-126");
  }
  for (std::size_t axis = 1; axis <= 7; ++axis) {
    for (const int extent : {-32768, -4, 0}) {
      test::header header;
      header.dim = {7, 1, 1, 1, 1, 1, 1, 1};
      header.dim[axis] = static_cast<std::int16_t>(extent);
      REQUIRE(refusal(header) == "ESP-126");
      header.dim[0] = static_cast<std::int16_t>(axis - 1);
      REQUIRE(refusal(header) == (axis == 1 ? "ESP-126" : ""));
    }
  }
}

TEST_CASE("sizes are compared with the cap without overflow") {
  test::header header;
  header.dim = {5, 32767, 32767, 32767, 32767, 32767, 1, 1};
  REQUIRE(refusal(header) == "ESP-127");
  REQUIRE(refusal(header, std::numeric_limits<esp::index_t>::max()) == "ESP-127");
  header.dim = {7, 32767, 32767, 32767, 32767, 32767, 32767, 32767};
  REQUIRE(refusal(header, std::numeric_limits<esp::index_t>::max()) == "ESP-127");

  // 24 floats after 352 bytes.
  REQUIRE(refusal(test::header{}, 448) == "");
  REQUIRE(refusal(test::header{}, 447) == "ESP-127");
  REQUIRE(refusal(test::header{}, 0) == "ESP-127");
  REQUIRE(refusal(test::header{}, -1) == "ESP-127");

  // A byte a voxel in the file, four in the result: 4 * 1000 bytes of floats are above the cap, 1352 of file are not.
  header = {};
  header.dim = {3, 10, 10, 10, 1, 1, 1, 1};
  header.datatype = 2;
  header.bitpix = 8;
  REQUIRE(refusal(header, 4000) == "");
  REQUIRE(refusal(header, 3999) == "ESP-127");
}

TEST_CASE("only datatypes with a float value pass, each with its own bitpix") {
  int accepted = 0;
  for (int datatype = -32768; datatype <= 32767; ++datatype) {
    for (const int bitpix : {0, 1, 8, 16, 32, 64, 128}) {
      test::header header;
      header.datatype = static_cast<std::int16_t>(datatype);
      header.bitpix = static_cast<std::int16_t>(bitpix);
      const auto raw = header.raw();
      try {
        const auto got = esp::parse_nifti_header(raw, "some.nii", cap);
        REQUIRE(got.bytes_per_voxel * 8 == bitpix);
        ++accepted;
      } catch (const esp::error& problem) {
        if (std::string(problem.id()) != "ESP-128") FAIL(problem.what());
      }
    }
  }
  REQUIRE(accepted == 8);
}

TEST_CASE("the offset of the voxels is a whole number behind the header") {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  const auto inf = std::numeric_limits<float>::infinity();
  for (const float offset : {nan, inf, -inf, -352.0F, 0.0F, 351.0F, 352.5F, 2147483648.0F, 1e30F}) {
    test::header header;
    header.vox_offset = offset;
    REQUIRE(refusal(header) == "ESP-129");
  }
  test::header header;
  header.vox_offset = 368;
  REQUIRE(refusal(header) == "");
  header.vox_offset = 2147483520.0F;
  REQUIRE(refusal(header) == "ESP-127");
}

TEST_CASE("spacing and scaling are finite") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (std::size_t axis = 0; axis < 8; ++axis) {
      test::header header;
      header.pixdim[axis] = bad;
      REQUIRE(refusal(header) == "ESP-130");
    }
    test::header header;
    header.slope = bad;
    REQUIRE(refusal(header) == "ESP-130");
    header.slope = 1;
    header.inter = bad;
    REQUIRE(refusal(header) == "ESP-130");
  }
}

TEST_CASE("an extension ends between the header and the voxels") {
  test::header raw;
  raw.vox_offset = 352 + 64;
  for (const auto order : {std::endian::little, std::endian::big}) {
    raw.order = order;
    const auto header = esp::parse_nifti_header(raw.raw(), "some.nii", cap);
    const auto next = [&](esp::index_t at, std::int32_t size) {
      test::bytes entry(8);
      test::put(entry, 0, size, order);
      return esp::next_nifti_extension(header, at, std::span<const std::byte, 8>(entry), "some.nii");
    };
    REQUIRE(next(352, 16) == 368);
    REQUIRE(next(352, 64) == 416);
    REQUIRE(next(368, 48) == 416);
    for (const std::int32_t size :
         {80, 0, -16, 8, 17, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
      REQUIRE_THROWS_AS(next(352, size), esp::error);
    }
    REQUIRE_THROWS_AS(next(400, 32), esp::error);
  }
}

TEST_CASE("no single wrong bit of a header makes it promise more than the cap") {
  const auto good = test::header{}.raw();
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto raw = good;
    raw[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    try {
      const auto got = esp::parse_nifti_header(raw, "some.nii", cap);
      REQUIRE(got.size.smallest() >= 1);
      REQUIRE(got.file_bytes() <= cap);
      REQUIRE(4 * got.size.volume() <= cap);
      REQUIRE(got.data_offset >= 352);
    } catch (const esp::error&) {
      ++refused;
    }
  }
  // Mostly the fields that nothing here relies on are left: text, intent, orientation.
  REQUIRE(refused > 100);
  REQUIRE(refused < 400);
}
