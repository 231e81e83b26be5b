// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/policies/with_gradient.hpp>

#include "io/refused_load.hpp"
#include "io/zip_file.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using support::refuses, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d wider{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d strided{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .stride = 2, .padding = 1};
constexpr esp::conv3d small_post_step{
    .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};

using layer = esp::constrained_conv3d<small, esp::modes::unit_l2>;
using named = esp::constrained_conv3d<small_post_step, esp::modes::max_l2<esp::param<"c">>>;

template <int N>
struct gain_t : esp::policy<gain_t<N>> {
  static constexpr auto map(auto w) { return w * N; }
};
namespace v1 {
struct sharpen_t : esp::policy<sharpen_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w); }
};
}  // namespace v1
namespace v2 {
struct sharpen_t : esp::policy<sharpen_t> {
  static constexpr auto map(auto w) { return w - esp::mean(w) / 2; }
};
}  // namespace v2

template <auto Prior>
using prior_of = esp::constrained_conv3d<small, Prior>;

/// Whether a layer with prior `One` is refused by one with prior `Other`, though both read the same.
template <auto One, auto Other>
bool told_apart() {
  const support::temp_dir dir;
  REQUIRE(prior_of<One>::description() == prior_of<Other>::description());
  esp::save(dir.path(), prior_of<One>(esp::seed{1}));
  prior_of<One> again;
  esp::load(dir.path(), again);
  return refuses<prior_of<Other>>(dir.path(), "ESP-161", "reads like this one", "load_weights");
}

constexpr auto half = [](auto w) { return w / (1 + esp::abs(w)); };
constexpr auto twice = [](auto w) { return w * 2; };
constexpr auto first_plane = esp::mask<[](esp::tap_index t) { return t.d == 0; }>;
constexpr auto last_plane = esp::mask<[](esp::tap_index t) { return t.d == 2; }>;
constexpr esp::conv3d finer{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .eps = 1.00000001e-12};

}  // namespace

TEST_CASE("priors that read the same and compute something else are told apart", "[checkpoint]") {
  REQUIRE(told_apart<half, twice>());
  REQUIRE(told_apart<gain_t<2>{}, gain_t<3>{}>());
  REQUIRE(told_apart<v1::sharpen_t{}, v2::sharpen_t{}>());
  REQUIRE(told_apart<esp::cap<esp::l2, 0.8>, esp::cap<esp::l2, 0.8000001>>());
  REQUIRE(told_apart<esp::on<first_plane>(esp::assign<0>), esp::on<last_plane>(esp::assign<0>)>());
  REQUIRE(told_apart<esp::on<esp::tap<0, 0, 0>>(esp::assign<0>), esp::on<esp::tap<0, 0, 1>>(esp::assign<0>)>());
  REQUIRE(told_apart<[](auto w) { return w + 1.0000001; }, [](auto w) { return w + 1.00000011; }>());
  REQUIRE(told_apart<(gain_t<2>{} >> esp::modes::unit_l2), (gain_t<3>{} >> esp::modes::unit_l2)>());

  const support::temp_dir dir;
  esp::save(dir.path(), layer(esp::seed{1}));
  REQUIRE(refuses<esp::constrained_conv3d<finer, esp::modes::unit_l2>>(dir.path(), "ESP-161"));
  REQUIRE(refuses<prior_of<esp::with_gradient<esp::gradient_rule::straight_through>(esp::modes::unit_l2)>>(dir.path(),
                                                                                                           "ESP-161"));
  // One formula, two names.
  prior_of<[](auto w) { return w / esp::sqrt(esp::sum(w * w) + esp::eps); }> written;
  esp::load(dir.path(), written);
  REQUIRE(same(written.weight(), layer(esp::seed{1}).weight()));
}

TEST_CASE("weights alone are loaded wherever their shapes fit", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1});
  esp::save(dir.path(), saved);
  const auto loads = [&](auto&& conv) {
    esp::load_weights(dir.path(), conv);
    bool equal = std::equal(conv.weight().begin(), conv.weight().end(), saved.weight().begin());
    return equal && std::equal(conv.bias().begin(), conv.bias().end(), saved.bias().begin());
  };
  REQUIRE(loads(layer(esp::seed{2})));
  REQUIRE(loads(esp::constrained_conv3d<strided, esp::modes::nonneg>(esp::seed{2})));
  REQUIRE(loads(prior_of<half>(esp::seed{2})));
  REQUIRE(loads(esp::constrained_conv3d<small, esp::modes::unit_l2, double>(esp::seed{2})));
  named with_parameter(esp::seed{2});
  with_parameter.set<"c">(5);
  REQUIRE(loads(with_parameter));
  REQUIRE(with_parameter.get<"c">() == 5);

  const auto refused = [&](auto&& conv, const char* id, const char* part) {
    const auto before = conv.weight();
    return throws([&] { esp::load_weights(dir.path(), conv); }, id, part) && same(before, conv.weight());
  };
  REQUIRE(refused(esp::constrained_conv3d<wider>(esp::seed{2}), "ESP-162", "(4, 2, 3, 3, 3)"));
  constexpr esp::conv3d unbiased{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .bias = false};
  REQUIRE(refused(esp::constrained_conv3d<unbiased>(esp::seed{2}), "ESP-162", "holds a bias"));
  esp::save(dir.path(), esp::constrained_conv3d<unbiased, esp::identity, double>(esp::seed{1}));
  REQUIRE(refused(layer(esp::seed{2}), "ESP-162", "holds no bias") == false);
  REQUIRE(refused(layer(esp::seed{2}), "ESP-154", "float64"));
  esp::save(dir.path(), esp::constrained_conv3d<unbiased>(esp::seed{1}));
  REQUIRE(refused(layer(esp::seed{2}), "ESP-162", "holds no bias"));
  REQUIRE(throws(
      [&] {
        layer conv;
        esp::load_weights(dir / "none", conv);
      },
      "ESP-160", "none"));
}

TEST_CASE("files of another version are refused by name, and their weights can be had", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1});
  // Several files, as they once were.
  esp::write_npy<float>(dir / "weight.npy", std::vector<esp::index_t>{3, 2, 3, 3, 3},
                        std::span<const float>(saved.weight().data(), saved.weight().size()));
  esp::write_npy<float>(dir / "bias.npy", std::vector<esp::index_t>{3}, std::span<const float>(saved.bias().data(), 3));
  support::write_file(dir / "layer.txt", std::string(layer::description()) + "\n");
  REQUIRE(refuses<layer>(dir.path(), "ESP-164", "layer.txt", "load_weights"));
  layer loaded(esp::seed{2});
  esp::load_weights(dir.path(), loaded);
  REQUIRE(same(loaded.weight(), saved.weight()));
  REQUIRE(same(loaded.bias(), saved.bias()));
  // Saving again replaces them.
  esp::save(dir.path(), loaded);
  for (const char* name : {"weight.npy", "bias.npy", "layer.txt"}) REQUIRE_FALSE(std::filesystem::exists(dir / name));
  esp::load(dir.path(), loaded);

  // A text of that name that is none of ours stays.
  support::write_file(dir / "layer.txt", "notes\n");
  support::write_file(dir / "weight.npy", "mine");
  esp::save(dir.path(), loaded);
  REQUIRE(support::read_file(dir / "weight.npy") == "mine");

  test::zip_file file(support::read_file(dir / "layer.npz"));
  const std::string text = file["layer.txt"];
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    file.set("layer.txt", changed);
    support::write_file(dir / "layer.npz", file.bytes());
  };
  with("by rule 1", "by rule 2");
  REQUIRE(refuses<layer>(dir.path(), "ESP-164", "by rule 2", "load_weights"));
  esp::load_weights(dir.path(), loaded);
  with("format 1", "format 2");
  REQUIRE(refuses<layer>(dir.path(), "ESP-164", "format 2"));
  for (const char* wrong : {"format 0", "format -1", "format", "format 1 ", "format x", "format 99999999999"}) {
    with("format 1", wrong);
    REQUIRE(refuses<layer>(dir.path(), "ESP-160", "layer.txt"));
  }
  for (const char* wrong : {"by rule", "by rule x", "by rule 1 ", "of rule 1", "by rule 99999999999"}) {
    with("by rule 1", wrong);
    REQUIRE(refuses<layer>(dir.path(), "ESP-160", "layer.txt", "identity"));
  }
}
