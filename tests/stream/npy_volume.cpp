// SPDX-License-Identifier: BSD-3-Clause
#include <signal.h>
#include <sys/resource.h>

#include <espalier/io/npy.hpp>
#include <espalier/stream/npy_volume.hpp>
#include <espalier/stream/volume_ends.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::npy_sink, esp::npy_source, esp::volume_window;
using support::throws;

static_assert(esp::VolumeSource<npy_source<float>, float> && esp::VolumeSource<npy_source<double>, double>);
static_assert(esp::VolumeSink<npy_sink<float>, float> && esp::VolumeSink<npy_sink<double>, double>);

void write_numbers(const std::filesystem::path& path, const std::vector<index_t>& shape) {
  index_t count = 1;
  for (const index_t size : shape) count *= size;
  std::vector<double> values;
  for (index_t i = 0; i < count; ++i) values.push_back(static_cast<double>(i));
  esp::write_npy<double>(path, shape, values);
}

/// A file whose header says this.
void write_header(const std::filesystem::path& path, const std::string& words, std::size_t bytes) {
  std::string text = "{" + words + "}";
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  support::write_file(path, std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(text.size()) + '\0' + text +
                                std::string(bytes, '\0'));
}

}  // namespace

TEST_CASE("a .npy file of three to five axes is a volume", "[stream]") {
  const support::temp_dir dir;
  write_numbers(dir / "a.npy", {4, 3, 5});
  npy_source<double> three(dir / "a.npy");
  REQUIRE(three.shape() == dims5{1, 1, 4, 3, 5});
  double voxel = 0;
  three.read(0, 0, {{3, 1, 2}, {1, 1, 1}}, &voxel);
  REQUIRE(voxel == 52);
  // A float has each of these numbers, but it is said that the file is of doubles.
  REQUIRE(throws([&] { npy_source{dir / "a.npy"}; }, "ESP-154", "holds float64 but float"));
  npy_source<float> rounded(dir / "a.npy", {.allow_rounding = true});
  float single = 0;
  rounded.read(0, 0, {{3, 1, 2}, {1, 1, 1}}, &single);
  REQUIRE(single == 52);

  write_numbers(dir / "b.npy", {2, 4, 3, 5});
  REQUIRE(npy_source<double>(dir / "b.npy").shape() == dims5{1, 2, 4, 3, 5});
  write_numbers(dir / "c.npy", {3, 2, 4, 3, 5});
  npy_source<double> five(dir / "c.npy");
  REQUIRE(five.shape() == dims5{3, 2, 4, 3, 5});
  five.read(2, 1, {{0, 0, 0}, {1, 1, 1}}, &voxel);
  REQUIRE(voxel == 300);
}

TEST_CASE("a .npy file that is no volume is refused", "[stream]") {
  const support::temp_dir dir;
  write_numbers(dir / "a.npy", {3, 5});
  REQUIRE(throws([&] { npy_source<double>{dir / "a.npy"}; }, "ESP-265", "a.npy", "has 2 axes"));
  write_numbers(dir / "a.npy", {1, 1, 1, 1, 3, 5});
  REQUIRE(throws([&] { npy_source<double>{dir / "a.npy"}; }, "ESP-265", "has 6 axes"));
  write_header(dir / "a.npy", "'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2)", 32);
  REQUIRE(throws([&] { npy_source{dir / "a.npy"}; }, "ESP-265", "first axis fastest"));
  write_header(dir / "a.npy", "'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 2)", 31);
  REQUIRE(throws([&] { npy_source{dir / "a.npy"}; }, "ESP-156", "32 bytes, but 31"));
  write_header(dir / "a.npy", "'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2)", 8);
  REQUIRE(npy_source{dir / "a.npy"}.shape() == dims5{1, 1, 2, 2, 2});
  support::write_file(dir / "a.npy", "no");
  REQUIRE(throws([&] { npy_source{dir / "a.npy"}; }, "ESP-151"));
  REQUIRE(throws([&] { npy_source{dir / "none.npy"}; }, "ESP-150", "none.npy"));
}

TEST_CASE("a full disk is an error, before the first voxel where it can be known", "[stream]") {
  const support::temp_dir dir;
  support::write_file(dir / "y.npy", "old");
  npy_sink<float> sink(dir / "y.npy");
  const index_t many = index_t{1} << 28;
  REQUIRE(throws([&] { sink.begin({1, 1, many, many, 4}); }, "ESP-266", "y.npy", "takes 1152921504606847104 bytes",
                 "room for "));
  REQUIRE(throws([&] { npy_sink<float>("/dev/null/no/y.npy").begin({1, 1, 1, 1, 1}); }, "ESP-163"));

  // The kernel refuses to let a file grow beyond a limit as it does on a full disk.
  sink.begin({1, 1, 100, 10, 10});
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  rlimit low = limit;
  low.rlim_cur = 4096;
  const auto before = ::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &low) == 0);
  const std::vector<float> voxels(10000);
  const std::string said = support::sentence([&] { sink.write(0, 0, {{0, 0, 0}, {100, 10, 10}}, voxels.data()); });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  static_cast<void>(::signal(SIGXFSZ, before));
  REQUIRE(said.starts_with("ESP-163"));
  REQUIRE(said.find("check the space left on the disk") != std::string::npos);
  REQUIRE(support::read_file(dir / "y.npy") == "old");
}

TEST_CASE("a sink that is begun again starts anew, and one that is left goes without a trace", "[stream]") {
  const support::temp_dir dir;
  const auto files = [&] { return std::distance(std::filesystem::directory_iterator(dir.path()), {}); };
  const double one = 1, two = 2;
  {
    npy_sink<double> sink(dir / "y.npy");
    sink.begin({1, 1, 1, 1, 2});
    sink.write(0, 0, {{0, 0, 0}, {1, 1, 1}}, &one);
    REQUIRE(files() == 1);
    sink.begin({1, 1, 1, 1, 2});
    REQUIRE(files() == 1);
  }
  REQUIRE(files() == 0);
  npy_sink<double> sink(dir / "y.npy");
  sink.begin({1, 1, 1, 1, 2});
  sink.write(0, 0, {{0, 0, 1}, {1, 1, 1}}, &two);
  sink.finish();
  const auto read = esp::read_npy<double>(dir / "y.npy");
  REQUIRE(read.shape == std::vector<index_t>{1, 1, 1, 1, 2});
  REQUIRE(read.values == std::vector<double>{0, 2});
}
