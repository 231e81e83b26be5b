// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/stream/nrrd_volume.hpp>
#include <espalier/stream/volume_ends.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::nrrd_sink, esp::nrrd_source;
using support::throws;

static_assert(esp::VolumeSource<nrrd_source<double>, double> && esp::VolumeSink<nrrd_sink<float>, float>);

/// As teem writes it.
std::string scan(const std::string& type, const std::string& lines, const std::string& voxels) {
  return "NRRD0005\n# a comment: with a colon\ntype: " + type + "\ndimension: 3\nsizes: 3 2 2\nkey:=value\n" + lines +
         "encoding: raw\n\n" + voxels;
}

}  // namespace

TEST_CASE("a .nrrd file is read in parts", "[stream]") {
  const support::temp_dir dir;
  std::string voxels;
  for (char i = 0; i < 12; ++i) voxels += {static_cast<char>(i + 1), i};
  support::write_file(dir / "a.nrrd", scan("short", "endian: little\nspace: left-posterior-superior\n", voxels));
  nrrd_source source(dir / "a.nrrd");
  REQUIRE(source.shape() == dims5{1, 1, 2, 2, 3});
  float found[2] = {};
  source.read(0, 0, {{1, 0, 1}, {1, 1, 2}}, found);
  REQUIRE((found[0] == 7 * 256 + 8 && found[1] == 8 * 256 + 9));
  support::write_file(dir / "a.nrrd", scan("unsigned short int", "endian: big\n", voxels));
  nrrd_source<double> turned(dir / "a.nrrd");
  double wide = 0;
  turned.read(0, 0, {{1, 1, 2}, {1, 1, 1}}, &wide);
  REQUIRE(wide == 12 * 256 + 11);
  support::write_file(dir / "a.nrrd", scan("uint8_t", "", voxels));
  REQUIRE(nrrd_source{dir / "a.nrrd"}.shape() == dims5{1, 1, 2, 2, 3});
}

TEST_CASE("what of a .nrrd file has no parts is refused", "[stream]") {
  const support::temp_dir dir;
  const auto refused = [&](const std::string& bytes, const char* id, const std::string& part) {
    support::write_file(dir / "a.nrrd", bytes);
    return throws([&] { nrrd_source{dir / "a.nrrd"}; }, id, "a.nrrd", part);
  };
  const std::string voxels(24, 'x'), little = "endian: little\n";
  REQUIRE(refused(scan("short", "encoding: gzip\n", voxels), "ESP-268", "the encoding \"gzip\""));
  REQUIRE(refused(scan("short", "", voxels), "ESP-268", "lacks its endian"));
  REQUIRE(refused(scan("short", little + "data file: a.raw\n", voxels), "ESP-268", "in another file, \"a.raw\""));
  REQUIRE(refused(scan("short", little + "byte skip: -1\n", voxels), "ESP-268", "says byte skip: -1"));
  REQUIRE(refused(scan("short", little + "dimension: 4\n", voxels), "ESP-268", "as many sizes"));
  REQUIRE(refused(scan("short", little + "dimension: 4\nsizes: 3 1 2 2\nkinds: vector domain domain domain\n", voxels),
                  "ESP-268", "channels fastest"));
  REQUIRE(refused(scan("short", little + "nonsense\n", voxels), "ESP-268", "has the line \"nonsense\""));
  REQUIRE(refused(scan("block", little, voxels), "ESP-268", "\"block\", which is no real number"));
  REQUIRE(refused(scan("float", little, voxels), "ESP-269", "12 voxels of float32, but 24 bytes"));
  REQUIRE(refused("NRRD0006\n\n", "ESP-268", "does not start with NRRD0001"));
  REQUIRE(refused("NRRD0004\n\n", "ESP-268", "lacks type"));
  REQUIRE(refused("NRRD0004\ntype: short", "ESP-268", "no end of its header"));
  REQUIRE(refused("", "ESP-268", "no end of its header"));
  REQUIRE(throws([&] { nrrd_source{dir / "none.nrrd"}; }, "ESP-150", "none.nrrd"));
}

TEST_CASE("a .nrrd file that is written in parts is read again", "[stream]") {
  const support::temp_dir dir;
  for (const index_t channels : {1, 3}) {
    nrrd_sink<double> sink(dir / "a.nrrd", {0.5F, 2, 3});
    sink.begin({1, channels, 2, 3, 4});
    std::vector<double> voxels(24);
    for (std::size_t i = 0; i < 24; ++i) voxels[i] = static_cast<double>(i) / 7;
    for (index_t c = channels; c-- > 0;) sink.write(0, c, {{0, 0, 0}, {2, 3, 4}}, voxels.data());
    sink.finish();
    REQUIRE(support::read_file(dir / "a.nrrd").find("spacings: 3 2 0.5") != std::string::npos);
    nrrd_source<double> source(dir / "a.nrrd");
    REQUIRE(source.shape() == dims5{1, channels, 2, 3, 4});
    std::vector<double> found(24);
    source.read(0, channels - 1, {{0, 0, 0}, {2, 3, 4}}, found.data());
    REQUIRE(found == voxels);
  }
  nrrd_sink<double> sink(dir / "b.nrrd");
  REQUIRE(throws([&] { sink.begin({2, 1, 1, 1, 1}); }, "ESP-267", "b.nrrd"));
}
