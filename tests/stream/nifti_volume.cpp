// SPDX-License-Identifier: BSD-3-Clause
#include <zlib.h>

#include <cstdint>
#include <espalier/io/nifti.hpp>
#include <espalier/stream/nifti_volume.hpp>
#include <espalier/stream/volume_ends.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "io/nifti_file.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::nifti_sink, esp::nifti_source;
using support::throws;

static_assert(esp::VolumeSource<nifti_source, float> && esp::VolumeSink<nifti_sink, float>);

/// Two volumes of 2 x 3 x 4 voxels of int16, scaled by 0.5 and 3.
std::string two_volumes(std::endian order) {
  test::header header{
      .dim = {4, 4, 3, 2, 2, 1, 1, 1}, .datatype = 4, .bitpix = 16, .slope = 0.5F, .inter = 3, .order = order};
  test::bytes bytes = header.raw();
  std::vector<std::int16_t> voxels;
  for (std::int16_t i = 0; i < 48; ++i) voxels.push_back(static_cast<std::int16_t>(i - 20));
  test::append(bytes, std::span<const std::int16_t>(voxels), order);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<float> all_of(nifti_source& source) {
  const dims5 s = source.shape();
  std::vector<float> out(static_cast<std::size_t>(s.size()));
  for (index_t c = 0; c < s.c; ++c) source.read(0, c, {{0, 0, 0}, {s.d, s.h, s.w}}, out.data() + c * s.d * s.h * s.w);
  return out;
}

}  // namespace

TEST_CASE("the volumes of a .nii file are channels, or one is chosen, with the values of read_nifti", "[stream]") {
  const support::temp_dir dir;
  for (const auto order : {std::endian::little, std::endian::big}) {
    support::write_file(dir / "a.nii", two_volumes(order));
    nifti_source both(dir / "a.nii"), second(dir / "a.nii", {.volume = 1});
    REQUIRE_FALSE(both.is_in_memory());
    REQUIRE(both.shape() == dims5{1, 2, 2, 3, 4});
    REQUIRE(both.spacing() == std::array<float, 3>{3, 2, 1});
    std::vector<float> expected = esp::read_nifti(dir / "a.nii", {.volume = 0}).data;
    const std::vector<float> last = esp::read_nifti(dir / "a.nii", {.volume = 1}).data;
    REQUIRE(all_of(second) == last);
    expected.insert(expected.end(), last.begin(), last.end());
    REQUIRE(all_of(both) == expected);
    float voxel = 0;
    both.read(0, 1, {{1, 2, 3}, {1, 1, 1}}, &voxel);
    REQUIRE(voxel == 0.5F * 27 + 3);
  }
}

TEST_CASE("a compressed .nii file is read whole, and says so", "[stream]") {
  const support::temp_dir dir;
  const std::string bytes = two_volumes(std::endian::little);
  const gzFile file = gzopen((dir / "a.nii.gz").c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  gzclose(file);
  REQUIRE(throws([&] { nifti_source{dir / "a.nii.gz"}; }, "ESP-134", "has 2 volumes"));
  nifti_source source(dir / "a.nii.gz", {.volume = 1});
  REQUIRE(source.is_in_memory());
  REQUIRE(source.shape() == dims5{1, 1, 2, 3, 4});
  REQUIRE(all_of(source) == esp::read_nifti(dir / "a.nii.gz", {.volume = 1}).data);
  REQUIRE(throws([&] { nifti_source(dir / "a.nii.gz", {.max_bytes = 95, .volume = 1}); }, "ESP-127", "95"));
}

TEST_CASE("a .nii file that is cut off or none is refused", "[stream]") {
  const support::temp_dir dir;
  const std::string bytes = two_volumes(std::endian::little);
  support::write_file(dir / "a.nii", bytes.substr(0, bytes.size() - 1));
  REQUIRE(throws([&] { nifti_source{dir / "a.nii"}; }, "ESP-132", "ends at byte 448, but it has 447"));
  REQUIRE(nifti_source(dir / "a.nii", {.volume = 0}).shape().c == 1);
  REQUIRE(throws([&] { nifti_source(dir / "a.nii", {.volume = 2}); }, "ESP-134"));
  support::write_file(dir / "a.nii", bytes.substr(0, 100));
  REQUIRE(throws([&] { nifti_source{dir / "a.nii"}; }, "ESP-123"));
  support::write_file(dir / "a.nii", "");
  REQUIRE(throws([&] { nifti_source{dir / "a.nii"}; }, "ESP-123"));
}

TEST_CASE("a .nii file that is written in parts is read again", "[stream]") {
  const support::temp_dir dir;
  for (const index_t channels : {1, 3}) {
    nifti_sink sink(dir / "a.nii", {0.5F, 2, 3});
    sink.begin({1, channels, 2, 3, 4});
    std::vector<float> voxels(static_cast<std::size_t>(24 * channels));
    for (std::size_t i = 0; i < voxels.size(); ++i) voxels[i] = static_cast<float>(i) / 7;
    for (index_t c = 0; c < channels; ++c) {
      sink.write(0, c, {{1, 0, 0}, {1, 3, 4}}, voxels.data() + 24 * c + 12);
      sink.write(0, c, {{0, 0, 0}, {1, 3, 4}}, voxels.data() + 24 * c);
    }
    REQUIRE(std::filesystem::exists(dir / "a.nii") == (channels == 3));
    sink.finish();
    nifti_source source(dir / "a.nii");
    REQUIRE(source.shape() == dims5{1, channels, 2, 3, 4});
    REQUIRE(source.spacing() == std::array<float, 3>{0.5F, 2, 3});
    REQUIRE(all_of(source) == voxels);
    const esp::volume last = esp::read_nifti(dir / "a.nii", {.volume = channels - 1});
    REQUIRE(std::equal(last.data.begin(), last.data.end(), voxels.end() - 24));
  }
  nifti_sink sink(dir / "b.nii");
  REQUIRE(throws([&] { sink.begin({1, 1, 32768, 1, 1}); }, "ESP-267", "b.nii", "(1, 1, 32768, 1, 1)", "32767"));
  REQUIRE(throws([&] { sink.begin({2, 1, 1, 1, 1}); }, "ESP-267"));
}
