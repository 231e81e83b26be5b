// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <espalier/dsl.hpp>
#include <espalier/io/crc32.hpp>
#include <espalier/io/frozen_file.hpp>
#include <espalier/layer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/faults.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 3};
constexpr esp::conv3d padded{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
using layer = esp::constrained_conv3d<small, esp::modes::unit_l2>;
using frozen = esp::frozen_layer<small, esp::modes::unit_l2>;

template <class Frozen = frozen, class... Parts>
bool refuses(const std::filesystem::path& path, const char* id, const Parts&... parts) {
  return throws([&] { static_cast<void>(esp::map_frozen<Frozen>(path)); }, id, parts...);
}

/// The file with another header, whose sum is right.
std::string with_header(std::string bytes, auto change) {
  esp::frozen_header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  change(header);
  header.sum = esp::header_sum(header);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

}  // namespace

TEST_CASE("a frozen layer is saved and mapped", "[frozen]") {
  const support::temp_dir dir;
  const layer conv(esp::seed{2});
  const auto x = drawn({1, 2, 4, 5, 6});
  const auto y = conv(x);
  esp::save_frozen(dir / "new folder" / "conv.frozen", conv.freeze());
  auto mapped = esp::map_frozen<frozen>(dir / "new folder" / "conv.frozen");
  REQUIRE(same(mapped(x), y));
  esp::save_frozen(dir / "new folder" / "conv.frozen", layer(esp::seed{3}).freeze());  // over what is mapped
  REQUIRE(same(mapped(x), y));
  const auto copy = mapped;
  mapped = esp::map_frozen<frozen>(dir / "new folder" / "conv.frozen");
  REQUIRE(same(copy(x), y));
  REQUIRE(!same(mapped(x), y));

  const esp::dims5 input = esp::dims_of(x);
  esp::tensor<float, 5> raw(y.shape());
  std::vector<float> scratch(static_cast<std::size_t>(copy.scratch_size(input)));
  faults::allocations_after(0, false);
  copy.forward(x.data(), input, raw.data(), scratch);
  REQUIRE(!faults::allocation_failed());
  REQUIRE(same(raw, y));
}

TEST_CASE("the file of another layer, direction, build or format is refused", "[frozen]") {
  const support::temp_dir dir;
  const auto path = dir / "a";
  esp::save_frozen(path, layer(esp::seed{2}).freeze());
  using esp::frozen_layer, esp::modes::unit_l2;
  constexpr auto data = esp::direction::backward_data;
  REQUIRE(refuses<frozen_layer<padded, unit_l2>>(path, "ESP-277", "holds forward of constrained_conv3d<conv3d{.in_ch",
                                                 ".padding = 1}, normalize<l2>"));
  REQUIRE(refuses<frozen_layer<small, esp::modes::max_l2<1.0>>>(path, "ESP-277", "and not forward of"));
  REQUIRE(refuses<frozen_layer<small, unit_l2, double>>(path, "ESP-277"));
  REQUIRE(refuses<frozen_layer<small, unit_l2, float, data>>(path, "ESP-277", "and not the gradient of the input of"));

  const std::string bytes = support::read_file(path);
  support::write_file(path, with_header(bytes, [](auto& h) { h.build = esp::text_in_field<96>("v0_0aF"); }));
  REQUIRE(refuses(path, "ESP-276", "build v0_0aF, format 1", frozen::frozen_operations::build));
  support::write_file(path, with_header(bytes, [](auto& h) { h.format = 2; }));
  REQUIRE(refuses(path, "ESP-276", "format 2"));
  support::write_file(path, with_header(bytes, [](auto& h) { std::swap(h.form.front(), h.form.back()), ++h.form[1]; }));
  REQUIRE(refuses(path, "ESP-277", "as this program means it"));
  support::write_file(path, with_header(bytes, [](auto&) {}));
  static_cast<void>(esp::map_frozen<frozen>(path));
}

TEST_CASE("a file of which anything is missing or changed is refused", "[frozen]") {
  const support::temp_dir dir;
  const auto path = dir / "a";
  esp::save_frozen(path, layer(esp::seed{2}).freeze());
  const std::string bytes = support::read_file(path);
  const auto is_refused = [&](const std::string& changed) {
    support::write_file(path, changed);
    const std::string found = support::sentence([&] { static_cast<void>(esp::map_frozen<frozen>(path)); });
    return found.starts_with("ESP-274") || found.starts_with("ESP-275");
  };
  REQUIRE(!is_refused(bytes));
  for (std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{511}, std::size_t{512}, bytes.size() - 1}) {
    REQUIRE(is_refused(bytes.substr(0, size)));
  }
  REQUIRE(is_refused(bytes + '\0'));
  std::size_t kept = 0;
  for (std::size_t at = 0; at < bytes.size(); at += at < 512 ? 1 : 37) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    kept += is_refused(changed) ? 0 : 1;
  }
  REQUIRE(kept == 0);
  REQUIRE(refuses(dir / "missing", "ESP-274"));
}
