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
    REQUIRE(got.volume_bytes() == 96);
    REQUIRE(got.offset_of(0) == 352);
    REQUIRE(got.offset_of(5) == 832);
  }
}

TEST_CASE("a slope of zero means that nothing is scaled") {
  test::header header;
  header.inter = 7;
  const auto got = esp::parse_nifti_header(header.raw(), "some.nii", cap);
  REQUIRE(got.slope == 1);
  REQUIRE(got.inter == 0);
}

TEST_CASE("a slope that is no number scales nothing, whatever the intercept") {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  const auto inf = std::numeric_limits<float>::infinity();
  for (const float slope : {nan, inf, -inf, 0.0F, -0.0F}) {
    for (const float inter : {nan, inf, 7.0F}) {
      test::header header;
      header.slope = slope;
      header.inter = inter;
      const auto got = esp::parse_nifti_header(header.raw(), "some.nii", cap);
      REQUIRE(got.slope == 1);
      REQUIRE(got.inter == 0);
    }
  }
  for (const float inter : {nan, inf, -inf}) {
    test::header header;
    header.slope = 2;
    header.inter = inter;
    REQUIRE(refusal(header) == "ESP-130");
  }
}

TEST_CASE("an axis without spacing has spacing 1, and a negative one loses its sign") {
  for (const float none : {0.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    test::header header;
    header.pixdim = {none, none, 2, none, none, none, none, none};
    REQUIRE(esp::parse_nifti_header(header.raw(), "some.nii", cap).spacing == std::array{1.0F, 2.0F, 1.0F});
  }
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
                      "ESP-124: 'some.nii' is a NIfTI-2 file (header of 540 bytes), of which there is no reader here; "
                      "convert it to NIfTI-1, e.g. with nifti_tool or nibabel");
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
      // 0 volumes along an axis are written for one that is not used.
      REQUIRE(refusal(header) == (extent == 0 && axis >= 4 ? "" : "ESP-126"));
      header.dim[0] = static_cast<std::int16_t>(axis - 1);
      REQUIRE(refusal(header) == (axis == 1 ? "ESP-126" : ""));
    }
  }
}

TEST_CASE("dimensions that are not used say what they like") {
  const auto read = [](std::array<std::int16_t, 8> dim) {
    test::header header;
    header.dim = dim;
    const auto got = esp::parse_nifti_header(header.raw(), "some.nii", cap);
    REQUIRE(got.size == esp::extents(2, 3, 4));
    return got.volumes;
  };
  REQUIRE(read({3, 4, 3, 2, 0, 0, 0, 0}) == 1);
  REQUIRE(read({4, 4, 3, 2, 3, 0, 0, 0}) == 3);
  REQUIRE(read({4, 4, 3, 2, 0, 0, 0, 0}) == 1);
  REQUIRE(read({5, 4, 3, 2, 0, 3, 0, 0}) == 3);
  REQUIRE(read({7, 4, 3, 2, 3, 1, 2, 0}) == 6);
  REQUIRE(read({3, 4, 3, 2, -5, -5, 32767, 0}) == 1);
}

TEST_CASE("sizes are compared with the cap without overflow") {
  test::header header;
  header.dim = {5, 32767, 32767, 32767, 32767, 32767, 1, 1};
  REQUIRE(refusal(header) == "ESP-127");
  REQUIRE(refusal(header, std::numeric_limits<esp::index_t>::max()) == "ESP-127");
  header.dim = {7, 32767, 32767, 32767, 32767, 32767, 32767, 32767};
  REQUIRE(refusal(header, std::numeric_limits<esp::index_t>::max()) == "ESP-127");

  header.dim = {7, 10, 10, 10, 32767, 32767, 32767, 32767};
  REQUIRE(refusal(header, std::numeric_limits<esp::index_t>::max()) == "ESP-127");

  // 24 floats are 96 bytes, however many volumes there are.
  header = {};
  REQUIRE(refusal(header, 96) == "");
  header.dim = {4, 4, 3, 2, 32767, 1, 1, 1};
  REQUIRE(refusal(header, 96) == "");
  REQUIRE(refusal(header, 95) == "ESP-127");
  REQUIRE(refusal(test::header{}, 0) == "ESP-127");
  REQUIRE(refusal(test::header{}, -1) == "ESP-127");

  // A byte a voxel in the file, four in the result.
  header = {};
  header.dim = {3, 10, 10, 10, 1, 1, 1, 1};
  header.datatype = 2;
  header.bitpix = 8;
  REQUIRE(refusal(header, 4000) == "");
  REQUIRE(refusal(header, 3999) == "ESP-127");
}

TEST_CASE("only datatypes with a float value pass, whatever bitpix says") {
  int accepted = 0;
  for (int datatype = -32768; datatype <= 32767; ++datatype) {
    test::header header;
    header.datatype = static_cast<std::int16_t>(datatype);
    header.bitpix = static_cast<std::int16_t>(datatype % 130);
    try {
      static_cast<void>(esp::parse_nifti_header(header.raw(), "some.nii", cap));
      ++accepted;
    } catch (const esp::error& problem) {
      if (std::string(problem.id()) != "ESP-128") FAIL(problem.what());
    }
  }
  REQUIRE(accepted == 10);
  test::header header;
  header.datatype = 32;
  REQUIRE_THROWS_WITH(
      esp::parse_nifti_header(header.raw(), "some.nii", cap),
      "ESP-128: 'some.nii' stores voxels of datatype 32 (complex numbers); convert it to an integer of 8 "
      "to 64 bits, float32 or float64");
}

TEST_CASE("the offset of the voxels is a whole number behind the header, or 0") {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  const auto inf = std::numeric_limits<float>::infinity();
  for (const float offset : {nan, inf, -inf, -352.0F, 1.0F, 351.0F, 352.5F, 1e30F}) {
    test::header header;
    header.vox_offset = offset;
    REQUIRE(refusal(header) == "ESP-129");
  }
  for (const auto& [offset, expected] : {std::pair{0.0F, 352}, {352.0F, 352}, {353.0F, 353}, {381.0F, 381}}) {
    test::header header;
    header.vox_offset = offset;
    REQUIRE(esp::parse_nifti_header(header.raw(), "some.nii", cap).data_offset == expected);
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
      REQUIRE((got.size.d >= 1 && got.size.h >= 1 && got.size.w >= 1));
      REQUIRE(got.offset_of(got.volumes) <= esp::index_t{1} << 62);
      REQUIRE(4 * got.size.volume() <= cap);
      REQUIRE(got.data_offset >= 352);
    } catch (const esp::error&) {
      ++refused;
    }
  }
  // Mostly the fields that nothing here relies on are left: text, intent, orientation.
  REQUIRE(refused > 100);
  REQUIRE(refused < 300);
}
