// SPDX-License-Identifier: BSD-3-Clause
#include <sys/stat.h>

#include <espalier/io/nifti.hpp>
#include <limits>
#include <string>

#include "io/nifti_file.hpp"
#include "support/catch.hpp"

namespace {

constexpr esp::nifti_options small{.max_bytes = 1 << 20};

/// The id of the error that reading throws, or "" when the file is read; the sentence must name the file.
std::string refusal(const std::filesystem::path& path, esp::nifti_options options = small) {
  try {
    static_cast<void>(esp::read_nifti(path, options));
  } catch (const esp::error& problem) {
    REQUIRE(std::string(problem.what()).find(path.string()) != std::string::npos);
    return problem.id();
  }
  return "";
}

template <class Voxel>
void check_round_trip(const test::temp_dir& dir, int datatype) {
  const std::vector<Voxel> voxels = [] {
    std::vector<Voxel> out;
    for (int i = 0; i < 60; ++i) out.push_back(static_cast<Voxel>(i - (std::is_signed_v<Voxel> ? 30 : 0)));
    out[0] = std::numeric_limits<Voxel>::lowest();
    out[1] = std::numeric_limits<Voxel>::max();
    return out;
  }();
  for (const auto order : {std::endian::little, std::endian::big}) {
    for (const float slope : {0.0F, 0.25F}) {
      test::header header;
      header.order = order;
      header.dim = {4, 5, 3, 2, 2, 1, 1, 1};
      header.datatype = static_cast<std::int16_t>(datatype);
      header.bitpix = static_cast<std::int16_t>(8 * sizeof(Voxel));
      header.slope = slope;
      header.inter = -3;
      auto content = header.raw();
      test::append<Voxel>(content, voxels, order);
      test::write_plain(dir / "a.nii", content);
      test::write_gzip(dir / "a.nii.gz", content);
      // libnifti takes a file of this name for compressed, and zlib passes it through: so does the check.
      test::write_plain(dir / "b.nii.gz", content);
      for (const auto* name : {"a.nii", "a.nii.gz", "b.nii.gz"}) {
        const auto got = esp::read_nifti(dir / name, small);
        REQUIRE(got.size == esp::extents(2, 3, 5));
        REQUIRE(got.spacing == std::array{3.0F, 2.0F, 1.0F});
        REQUIRE(got.data.size() == 30);
        for (std::size_t i = 0; i < got.data.size(); ++i) {
          const auto voxel = static_cast<double>(voxels[i]);
          REQUIRE(got.data[i] == static_cast<float>(slope == 0 ? voxel : voxel * 0.25 - 3));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("every datatype is read back in both byte orders, plain and compressed, scaled and not") {
  const test::temp_dir dir;
  check_round_trip<std::uint8_t>(dir, 2);
  check_round_trip<std::int16_t>(dir, 4);
  check_round_trip<std::int32_t>(dir, 8);
  check_round_trip<float>(dir, 16);
  check_round_trip<double>(dir, 64);
  check_round_trip<std::int8_t>(dir, 256);
  check_round_trip<std::uint16_t>(dir, 512);
  check_round_trip<std::uint32_t>(dir, 768);
}

TEST_CASE("x runs fastest and a file of fewer dimensions has extents of 1") {
  const test::temp_dir dir;
  test::write_plain(dir / "a.nii", test::default_file());
  const auto got = esp::read_nifti(dir / "a.nii");
  REQUIRE(got.data[static_cast<std::size_t>((1 * 3 + 2) * 4 + 3)] == 23.5F);
  REQUIRE(got.data[1] == 1.5F);

  test::header header;
  header.dim = {1, 24, 99, 99, 99, 99, 99, 99};
  auto content = test::default_file();
  const auto raw = header.raw();
  std::copy(raw.begin(), raw.end(), content.begin());
  test::write_plain(dir / "row.nii", content);
  const auto row = esp::read_nifti(dir / "row.nii");
  REQUIRE(row.size == esp::extents(1, 1, 24));
  REQUIRE(row.data.back() == 23.5F);
}

TEST_CASE("a file that is cut off anywhere is refused") {
  const test::temp_dir dir;
  const auto whole = test::default_file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto content = std::span(whole).first(size);
    const std::string expected = size < 352 ? "ESP-123" : "ESP-132";
    test::write_plain(dir / "a.nii", content);
    REQUIRE(refusal(dir / "a.nii") == expected);
    test::write_gzip(dir / "a.nii.gz", content);
    REQUIRE(refusal(dir / "a.nii.gz") == expected);
  }
}

TEST_CASE("a compressed file that is cut off or damaged anywhere is refused") {
  const test::temp_dir dir;
  test::write_gzip(dir / "a.nii.gz", test::default_file());
  std::ifstream file(dir / "a.nii.gz", std::ios::binary);
  const std::string read{std::istreambuf_iterator<char>(file), {}};
  const auto whole = std::as_bytes(std::span(read));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::write_plain(dir / "b.nii.gz", whole.first(size));
    REQUIRE_FALSE(refusal(dir / "b.nii.gz").empty());
  }
  // The first 10 bytes are gzip's header: a wrong time stamp there harms nothing, nor do a few bits of the
  // compressed data that no voxel depends on.
  const auto voxels = esp::read_nifti(dir / "a.nii.gz", small).data;
  for (std::size_t bit = 8 * 10; bit < 8 * whole.size(); ++bit) {
    test::bytes content(whole.begin(), whole.end());
    content[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    test::write_plain(dir / "b.nii.gz", content);
    if (refusal(dir / "b.nii.gz").empty()) REQUIRE(esp::read_nifti(dir / "b.nii.gz", small).data == voxels);
  }
}

TEST_CASE("each single wrong bit of the header is refused, or gives the volume that the header declares") {
  const test::temp_dir dir;
  const auto good = test::default_file();
  int refused = 0;
  int read = 0;
  for (std::size_t bit = 0; bit < std::size_t{8} * 348; ++bit) {
    auto content = good;
    content[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    test::write_plain(dir / "a.nii", content);
    try {
      const auto got = esp::read_nifti(dir / "a.nii", small);
      const auto declared = esp::parse_nifti_header(content, "a.nii", small.max_bytes);
      REQUIRE(got.size == declared.size);
      REQUIRE(std::ssize(got.data) == declared.size.volume());
      REQUIRE(static_cast<esp::index_t>(sizeof(float)) * std::ssize(got.data) <= small.max_bytes);
      ++read;
    } catch (const esp::error&) {
      ++refused;
    }
  }
  REQUIRE(refused + read == 2784);
  REQUIRE(refused > 100);
  REQUIRE(read > 2000);
}

TEST_CASE("what is not a readable file of that name is refused before it is opened") {
  const test::temp_dir dir;
  REQUIRE(refusal(dir / "none.nii") == "ESP-121");
  std::filesystem::create_directory(dir / "folder.nii");
  REQUIRE(refusal(dir / "folder.nii") == "ESP-121");
  REQUIRE(refusal("/dev/null") == "ESP-121");
  REQUIRE(::mkfifo((dir / "pipe.nii").c_str(), 0600) == 0);
  REQUIRE(refusal(dir / "pipe.nii") == "ESP-121");
  std::filesystem::create_symlink("/dev/zero", dir / "zero.nii");
  REQUIRE(refusal(dir / "zero.nii") == "ESP-121");

  test::write_plain(dir / "a.img", test::default_file());
  REQUIRE(refusal(dir / "a.img") == "ESP-122");
  test::write_plain(dir / "a.nii.gz.part", test::default_file());
  REQUIRE(refusal(dir / "a.nii.gz.part") == "ESP-122");

  test::write_gzip(dir / "packed.nii", test::default_file());
  REQUIRE(refusal(dir / "packed.nii") == "ESP-124");
}

TEST_CASE("a header that asks for more than the file or the cap costs nothing") {
  const test::temp_dir dir;
  const auto refusal_of = [&](const test::header& header, esp::nifti_options options = small) {
    auto content = header.raw();
    content.resize(448);
    test::write_plain(dir / "a.nii", content);
    test::write_gzip(dir / "a.nii.gz", content);
    const auto id = refusal(dir / "a.nii", options);
    REQUIRE(refusal(dir / "a.nii.gz", options) == id);
    return id;
  };
  test::header header;
  header.dim = {5, 32767, 32767, 32767, 32767, 32767, 1, 1};
  REQUIRE(refusal_of(header) == "ESP-127");
  header.dim = {7, 32767, 32767, 32767, 32767, 32767, 32767, 32767};
  REQUIRE(refusal_of(header, {}) == "ESP-127");
  header.dim = {3, 1000, 1000, 250, 1, 1, 1, 1};
  REQUIRE(refusal_of(header, {}) == "ESP-132");
  header.dim = {3, -4, 3, 2, 1, 1, 1, 1};
  REQUIRE(refusal_of(header) == "ESP-126");
  header = {};
  header.vox_offset = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(refusal_of(header) == "ESP-129");
  header.vox_offset = 2147483520.0F;
  REQUIRE(refusal_of(header, {}) == "ESP-132");
}

TEST_CASE("a gzip bomb is inflated to the declared size and no further") {
  const test::temp_dir dir;
  auto content = test::default_file();
  content.resize(std::size_t{64} << 20);
  test::write_gzip(dir / "bomb.nii.gz", content);
  REQUIRE(std::filesystem::file_size(dir / "bomb.nii.gz") < 100'000);
  // 96 bytes of voxels are declared; the 64 MiB of zeros behind them are none of ours.
  REQUIRE(esp::read_nifti(dir / "bomb.nii.gz", small).data.size() == 24);

  test::header header;
  header.dim = {3, 256, 256, 200, 1, 1, 1, 1};
  const auto raw = header.raw();
  std::copy(raw.begin(), raw.end(), content.begin());
  test::write_gzip(dir / "bomb.nii.gz", content);
  REQUIRE(refusal(dir / "bomb.nii.gz") == "ESP-127");
}

TEST_CASE("extensions are walked before libnifti follows them") {
  const test::temp_dir dir;
  const auto file_with = [&](std::span<const std::int32_t> sizes, std::size_t room) {
    test::header header;
    header.vox_offset = static_cast<float>(352 + room);
    auto content = header.raw();
    content[348] = std::byte{1};
    content.resize(352 + room);
    std::size_t at = 352;
    for (const std::int32_t size : sizes) {
      test::put(content, at, size);
      test::put(content, at + 4, std::int32_t{6});
      at += static_cast<std::size_t>(size);
    }
    const auto whole = test::default_file();
    content.insert(content.end(), whole.begin() + 352, whole.end());
    test::write_plain(dir / "a.nii", content);
    test::write_gzip(dir / "a.nii.gz", content);
    const auto id = refusal(dir / "a.nii");
    REQUIRE(refusal(dir / "a.nii.gz") == id);
    if (id.empty()) REQUIRE(esp::read_nifti(dir / "a.nii.gz").data.back() == 23.5F);
    return id;
  };
  REQUIRE(file_with(std::array{16}, 16) == "");
  REQUIRE(file_with(std::array{32, 16, 48}, 96) == "");
  REQUIRE(file_with(std::array{16}, 24) == "");
  REQUIRE(file_with(std::array{16, 16}, 24) == "");
  REQUIRE(file_with(std::vector(1000, 16), 16000) == "");
  REQUIRE(file_with(std::vector(1001, 16), 16016) == "ESP-131");

  test::header header;
  header.vox_offset = 384;
  for (const std::int32_t size : {0, -16, 8, 24, 48, std::numeric_limits<std::int32_t>::max()}) {
    auto content = header.raw();
    content[348] = std::byte{1};
    content.resize(384 + 96);
    test::put(content, 352, size);
    test::write_plain(dir / "a.nii", content);
    REQUIRE(refusal(dir / "a.nii") == "ESP-131");
  }
}

TEST_CASE("voxels that are not finite become zero") {
  const test::temp_dir dir;
  auto content = test::default_file();
  test::put(content, 352, std::numeric_limits<float>::quiet_NaN());
  test::put(content, 356, std::numeric_limits<float>::infinity());
  test::write_plain(dir / "a.nii", content);
  const auto got = esp::read_nifti(dir / "a.nii");
  REQUIRE(got.data[0] == 0);
  REQUIRE(got.data[1] == 0);
  REQUIRE(got.data[2] == 2.5F);
}
