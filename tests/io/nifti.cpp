// SPDX-License-Identifier: BSD-3-Clause
#include <sys/stat.h>

#include <cmath>
#include <espalier/io/nifti.hpp>
#include <limits>
#include <new>
#include <string>

#include "io/nifti_file.hpp"
#include "support/catch.hpp"
#include "support/faults.hpp"

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
    if (!std::is_same_v<Voxel, double>) {
      out[0] = std::numeric_limits<Voxel>::lowest();
      out[1] = std::numeric_limits<Voxel>::max();
    }
    return out;
  }();
  for (const auto order : {std::endian::little, std::endian::big}) {
    for (const float slope : {0.0F, 0.25F}) {
      test::header header;
      header.order = order;
      header.dim = {4, 5, 3, 2, 2, 0, 0, 0};
      header.datatype = static_cast<std::int16_t>(datatype);
      header.bitpix = 32;  // of no account
      header.slope = slope;
      header.inter = -3;
      auto content = header.raw();
      test::append<Voxel>(content, voxels, order);
      test::write_plain(dir / "a.nii", content);
      test::write_gzip(dir / "a.nii.gz", content);
      // What a file is stands in its bytes, not in its name.
      test::write_plain(dir / "b.nii.gz", content);
      test::write_gzip(dir / "c.nii", content);
      for (const auto* name : {"a.nii", "a.nii.gz", "b.nii.gz", "c.nii"}) {
        const auto second = esp::read_nifti(dir / name, {.max_bytes = small.max_bytes, .volume = 1});
        for (std::size_t i = 0; i < 30; ++i) {
          const auto voxel = static_cast<double>(voxels[30 + i]);
          REQUIRE(second.data[i] == static_cast<float>(slope == 0 ? voxel : voxel * 0.25 - 3));
        }
        const auto got = esp::read_nifti(dir / name, {.max_bytes = small.max_bytes, .volume = 0});
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
  check_round_trip<std::int64_t>(dir, 1024);
  check_round_trip<std::uint64_t>(dir, 1280);
}

TEST_CASE("of several volumes one is chosen, and none silently") {
  const test::temp_dir dir;
  test::header header;
  header.dim = {5, 4, 3, 2, 2, 3, 0, 0};
  auto content = header.raw();
  std::vector<float> voxels(24 * 6);
  for (std::size_t i = 0; i < voxels.size(); ++i) voxels[i] = static_cast<float>(i);
  test::append<float>(content, voxels);
  test::write_plain(dir / "a.nii", content);
  test::write_gzip(dir / "a.nii.gz", content);
  for (const auto* name : {"a.nii", "a.nii.gz"}) {
    REQUIRE_THROWS_WITH(esp::read_nifti(dir / name), "ESP-134: '" + (dir / name).string() +
                                                         "' has 6 volumes; say which is meant with "
                                                         "nifti_options{.volume = 0} to 5");
    for (const esp::index_t wrong : {esp::index_t{6}, esp::index_t{-2}, std::numeric_limits<esp::index_t>::max(),
                                     std::numeric_limits<esp::index_t>::min()}) {
      REQUIRE(refusal(dir / name, {.volume = wrong}) == "ESP-134");
    }
    for (esp::index_t volume = 0; volume < 6; ++volume) {
      REQUIRE(esp::read_nifti(dir / name, {.volume = volume}).data[23] == static_cast<float>(24 * volume + 23));
    }
  }
  // The volumes before the cut are there.
  test::write_plain(dir / "b.nii", std::span(content).first(352 + 96 * 3 + 5));
  test::write_gzip(dir / "b.nii.gz", std::span(content).first(352 + 96 * 3 + 5));
  for (const auto* name : {"b.nii", "b.nii.gz"}) {
    REQUIRE(esp::read_nifti(dir / name, {.volume = 2}).data[0] == 48);
    REQUIRE(refusal(dir / name, {.volume = 3}) == "ESP-132");
  }
  test::write_plain(dir / "c.nii", test::default_file());
  REQUIRE(esp::read_nifti(dir / "c.nii", {.volume = 0}).data == esp::read_nifti(dir / "c.nii").data);
  REQUIRE(refusal(dir / "c.nii", {.volume = 1}) == "ESP-134");
}

TEST_CASE("a finite voxel beyond every float is refused, an infinite one kept") {
  const test::temp_dir dir;
  const auto read = [&](double voxel, float slope) {
    test::header header;
    header.dim = {1, 1, 0, 0, 0, 0, 0, 0};
    header.datatype = 64;
    header.slope = slope;
    auto content = header.raw();
    test::append<double>(content, std::array{voxel});
    test::write_plain(dir / "a.nii", content);
    return esp::read_nifti(dir / "a.nii").data[0];
  };
  REQUIRE(read(3.4028235677973362e38, 0) == std::numeric_limits<float>::max());
  REQUIRE(read(-1e38, 2) == -2e38F);
  REQUIRE(read(1e-300, 0) == 0);
  for (const auto& [voxel, slope] :
       {std::pair{3.4028235677973366e38, 0.0F}, {1e300, 0.0F}, {-1e38, 4.0F}, {1e300, 1e30F}}) {
    REQUIRE_THROWS_WITH(read(voxel, slope), Catch::Matchers::StartsWith("ESP-136: "));
  }
  REQUIRE(read(-std::numeric_limits<double>::infinity(), 2) == -std::numeric_limits<float>::infinity());
  REQUIRE(std::isnan(read(std::numeric_limits<double>::quiet_NaN(), 2)));
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

  // Other names are as good.
  test::write_plain(dir / "a.img", test::default_file());
  REQUIRE(refusal(dir / "a.img") == "");
  test::write_gzip(dir / "packed", test::default_file());
  REQUIRE(refusal(dir / "packed") == "");
}

TEST_CASE("names that would steer a terminal are cleaned") {
  const test::temp_dir dir;
  try {
    static_cast<void>(esp::read_nifti(dir / "\x1b]0;owned\x07.nii"));
    FAIL("read");
  } catch (const esp::error& problem) {
    const std::string what = problem.what();
    REQUIRE(what.find("?]0;owned?.nii") != std::string::npos);
    REQUIRE(what.find('\x1b') == std::string::npos);
  }
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
  header.vox_offset = 9e15F;
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

TEST_CASE("the voxels stand where the header says, whatever stands before them") {
  const test::temp_dir dir;
  const auto whole = test::default_file();
  for (const std::size_t room : std::initializer_list<std::size_t>{0, 1, 8, 16, 24, 29, 37, 1000, 100'000}) {
    for (const std::int32_t size : {0, -16, 8, 16, 24, 29, 48, std::numeric_limits<std::int32_t>::max()}) {
      test::header header;
      header.vox_offset = static_cast<float>(352 + room);
      auto content = header.raw();
      content[348] = std::byte{1};
      content.resize(352 + room);
      if (room >= 8) test::put(content, 352, size);
      content.insert(content.end(), whole.begin() + 352, whole.end());
      test::write_plain(dir / "a.nii", content);
      test::write_gzip(dir / "a.nii.gz", content);
      for (const auto* name : {"a.nii", "a.nii.gz"}) REQUIRE(esp::read_nifti(dir / name).data.back() == 23.5F);
    }
  }
}

TEST_CASE("voxels that are not finite stay so") {
  const test::temp_dir dir;
  auto content = test::default_file();
  test::put(content, 352, std::numeric_limits<float>::quiet_NaN());
  test::put(content, 356, -std::numeric_limits<float>::infinity());
  test::write_plain(dir / "a.nii", content);
  const auto got = esp::read_nifti(dir / "a.nii");
  REQUIRE(std::isnan(got.data[0]));
  REQUIRE(got.data[1] == -std::numeric_limits<float>::infinity());
  REQUIRE(got.data[2] == 2.5F);
}

TEST_CASE("an allocation that fails is an error of ours or out of memory, and nothing else") {
  const test::temp_dir dir;
  test::write_gzip(dir / "a.nii.gz", test::default_file());
  int failures = 0;
  for (long n = 0;; ++n) {
    std::string found;
    faults::allocations_after(n, true);
    try {
      static_cast<void>(esp::read_nifti(dir / "a.nii.gz"));
    } catch (const std::bad_alloc&) {
      found = "bad_alloc";
    } catch (const esp::error& problem) {
      found = problem.what();
    }
    if (!faults::allocation_failed()) break;
    REQUIRE((found == "bad_alloc" || found.find("needs 96 bytes of memory") != std::string::npos));
    ++failures;
  }
  REQUIRE(failures >= 2);
}
