// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/stream/mha_volume.hpp>
#include <espalier/stream/volume_ends.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::mha_sink, esp::mha_source;
using support::throws;

static_assert(esp::VolumeSource<mha_source<double>, double> && esp::VolumeSink<mha_sink<float>, float>);

/// As ITK writes it, but for these lines.
std::string scan(const std::string& type, const std::string& lines, const std::string& voxels) {
  return "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
         "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 3 2 2\nElementType "
         "= " +
         type + "\n" + lines + "ElementDataFile = LOCAL\n" + voxels;
}

}  // namespace

TEST_CASE("a .mha file is read in parts", "[stream]") {
  const support::temp_dir dir;
  std::string voxels;
  for (char i = 0; i < 12; ++i) voxels += {static_cast<char>(i + 1), i};
  support::write_file(dir / "a.mha", scan("MET_SHORT", "", voxels));
  mha_source source(dir / "a.mha");
  REQUIRE(source.shape() == dims5{1, 1, 2, 2, 3});
  float found[2] = {};
  source.read(0, 0, {{1, 0, 1}, {1, 1, 2}}, found);
  REQUIRE((found[0] == 7 * 256 + 8 && found[1] == 8 * 256 + 9));
  support::write_file(dir / "a.mha", scan("MET_USHORT", "ElementByteOrderMSB = True\n", voxels));
  mha_source<double> turned(dir / "a.mha");
  double wide = 0;
  turned.read(0, 0, {{1, 1, 2}, {1, 1, 1}}, &wide);
  REQUIRE(wide == 12 * 256 + 11);
}

TEST_CASE("what of a .mha file has no parts is refused", "[stream]") {
  const support::temp_dir dir;
  const auto refused = [&](const std::string& bytes, const char* id, const std::string& part) {
    support::write_file(dir / "a.mha", bytes);
    return throws([&] { mha_source{dir / "a.mha"}; }, id, "a.mha", part);
  };
  const std::string voxels(24, 'x');
  REQUIRE(refused(scan("MET_SHORT", "CompressedData = True\n", voxels), "ESP-268", "says CompressedData = True"));
  REQUIRE(refused(scan("MET_SHORT", "BinaryData = False\n", voxels), "ESP-268", "BinaryData = False"));
  REQUIRE(refused(scan("MET_SHORT", "ElementNumberOfChannels = 3\n", voxels), "ESP-268", "NumberOfChannels = 3"));
  REQUIRE(refused(scan("MET_SHORT", "ElementDataFile = a.raw\n", voxels), "ESP-268", "in another file, \"a.raw\""));
  REQUIRE(refused(scan("MET_SHORT", "DimSize = 3 2\n", voxels), "ESP-268", "has 2 axes"));
  REQUIRE(refused(scan("MET_SHORT", "\x01\n", voxels), "ESP-268", "has the line \"?\""));
  REQUIRE(refused(scan("MET_STRING", "", voxels), "ESP-268", "\"MET_STRING\", which is no real number"));
  REQUIRE(refused(scan("MET_FLOAT", "", voxels), "ESP-269", "12 voxels of float32, but 24 bytes"));
  REQUIRE(refused("ElementDataFile = LOCAL\n", "ESP-268", "lacks DimSize"));
  REQUIRE(refused("NDims = 3", "ESP-268", "no end of its header"));
  REQUIRE(refused("", "ESP-268", "no end of its header"));
  REQUIRE(throws([&] { mha_source{dir / "none.mha"}; }, "ESP-150", "none.mha"));
}

TEST_CASE("a .mha file that is written in parts is read again", "[stream]") {
  const support::temp_dir dir;
  for (const index_t channels : {1, 3}) {
    mha_sink<double> sink(dir / "a.mha", {0.5F, 2, 3});
    sink.begin({1, channels, 2, 3, 4});
    std::vector<double> voxels(24);
    for (std::size_t i = 0; i < 24; ++i) voxels[i] = static_cast<double>(i) / 7;
    for (index_t c = channels; c-- > 0;) sink.write(0, c, {{0, 0, 0}, {2, 3, 4}}, voxels.data());
    sink.finish();
    REQUIRE(support::read_file(dir / "a.mha").find("ElementSpacing = 3 2 0.5") != std::string::npos);
    mha_source<double> source(dir / "a.mha");
    REQUIRE(source.shape() == dims5{1, channels, 2, 3, 4});
    std::vector<double> found(24);
    source.read(0, channels - 1, {{0, 0, 0}, {2, 3, 4}}, found.data());
    REQUIRE(found == voxels);
  }
  mha_sink<double> sink(dir / "b.mha");
  REQUIRE(throws([&] { sink.begin({2, 1, 1, 1, 1}); }, "ESP-267", "b.mha"));
}
