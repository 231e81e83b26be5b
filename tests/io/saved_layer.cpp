// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dsl.hpp>
#include <espalier/io/saved_layer.hpp>
#include <espalier/layer.hpp>
#include <string>

#include "io/zip_file.hpp"
#include "support/layer.hpp"
#include "support/npy.hpp"
#include "support/temp_dir.hpp"

namespace {

struct memory_file {
  std::string bytes{};
  void write(std::span<const std::byte> more) { bytes.append(reinterpret_cast<const char*>(more.data()), more.size()); }
};

using conv = esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3},
                                     esp::modes::zero_mean, double>;

}  // namespace

TEST_CASE("a layer's members, and the change that reading them gives", "[checkpoint]") {
  const conv saved(esp::seed{3});
  memory_file file;
  esp::detail::archive_writer<memory_file> to(file);
  esp::detail::write_members(to, "p/", saved);
  to.finish();
  const test::zip_file members(file.bytes);
  REQUIRE(members.names() == std::vector<std::string>{"p/layer.txt", "p/weight.npy", "p/bias.npy"});
  const npy::array weight = npy::parse(members["p/weight.npy"], "weight");
  REQUIRE_FALSE(weight.single);
  REQUIRE(std::equal(weight.values.begin(), weight.values.end(), saved.weight().begin(), saved.weight().end()));

  const support::temp_dir dir;
  support::write_file(dir / "a", file.bytes);
  esp::detail::archive from(dir / "a");
  conv loaded(esp::seed{4});
  const conv before = loaded;
  const auto change = esp::detail::read_members(from, "p/", loaded, true);
  REQUIRE(support::same(loaded.weight(), before.weight()));
  change();
  REQUIRE(support::same(loaded.weight(), saved.weight()));
  REQUIRE(support::same(loaded.bias(), saved.bias()));
  REQUIRE(support::throws([&] { static_cast<void>(esp::detail::read_members(from, "", loaded, true)); }, "ESP-160"));
  STATIC_REQUIRE(esp::IsSavableLayer<conv>);
  STATIC_REQUIRE_FALSE(esp::IsSavableLayer<int>);
}
