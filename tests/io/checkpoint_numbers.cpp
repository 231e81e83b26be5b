// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/sgd.hpp>
#include <vector>

#include "io/refused_load.hpp"
#include "io/zip_file.hpp"
#include "support/layer.hpp"
#include "support/npy.hpp"
#include "support/temp_dir.hpp"

// Learned numbers and parameters of every scope in files.

namespace {

using esp::learned, esp::param, esp::per;
using support::drawn, support::refuses, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d wider{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1};

constexpr auto mixed = [](auto w) {
  return learned<"gain", per::filter>.starts_at(1) * w * param<"leak", per::input> + param<"c"> * learned<"b">;
};
using layer = esp::constrained_conv3d<small, mixed>;
using normed = esp::constrained_conv3d<small, esp::weight_norm>;

layer drawn_layer(unsigned seed) {
  layer conv(esp::seed{seed});
  conv.set<"gain">(esp::tensor<float, 1>{1, 2, static_cast<float>(seed)});
  conv.set<"leak">(esp::tensor<float, 1>{0.5F, 0.25F});
  conv.set<"c", "b">(2, seed);
  return conv;
}

const auto x = drawn({1, 2, 3, 4, 5});
const auto grad_y = drawn({1, 3, 3, 4, 5}, 2);

}  // namespace

TEST_CASE("the numbers of a prior are arrays of the layer's file", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved = drawn_layer(5);
  esp::save(dir.path(), saved);
  layer loaded = drawn_layer(6);
  esp::load(dir.path(), loaded);
  REQUIRE(same(loaded.get<"gain">(), saved.get<"gain">()));
  REQUIRE(same(loaded.get<"leak">(), saved.get<"leak">()));
  REQUIRE(loaded.get<"c">() == 2);
  REQUIRE(loaded.get<"b">() == 5);
  REQUIRE(same(loaded(x), saved(x)));

  test::zip_file file(support::read_file(dir / "layer.npz"));
  REQUIRE(file.names() == std::vector<std::string>{"layer.txt", "weight.npy", "bias.npy", "learned.gain.npy",
                                                   "parameter.leak.npy", "learned.b.npy"});
  REQUIRE(file["layer.txt"].ends_with("\nparameter c = 2\n"));
  const npy::array gain = npy::parse(file["learned.gain.npy"], "learned.gain.npy");
  REQUIRE(gain.shape == std::vector<std::size_t>{3});
  REQUIRE(gain.values == std::vector<double>{1, 2, 5});
  REQUIRE(npy::parse(file["learned.b.npy"], "learned.b.npy").shape == std::vector<std::size_t>{1});

  // Numbers that were never set come back unset.
  layer unset(esp::seed{1});
  esp::save(dir / "unset", unset);
  loaded = drawn_layer(6);
  esp::load(dir / "unset", loaded);
  REQUIRE(std::isnan(loaded.get<"b">()));
  REQUIRE(std::isnan(loaded.get<"leak">()(1)));
}

TEST_CASE("numbers that are not this layer's are refused, and nothing changes", "[checkpoint]") {
  const support::temp_dir dir;
  esp::save(dir.path(), drawn_layer(5));
  esp::constrained_conv3d<wider, mixed> more(esp::seed{1});
  more.set<"leak", "c", "b">(1, 1, 1);
  esp::save(dir / "wider", more);
  const auto damaged = [&](const char* name, const std::string& content) {
    test::zip_file file(support::read_file(dir / "layer.npz"));
    file.set(name, content);
    std::filesystem::create_directories(dir / "damaged");
    support::write_file(dir / "damaged" / "layer.npz", file.bytes());
    return dir / "damaged";
  };
  test::zip_file other(support::read_file(dir / "wider" / "layer.npz"));
  layer conv = drawn_layer(8);
  const auto kept = conv.get<"gain">();
  const auto weight = conv.weight();
  REQUIRE(throws([&] { esp::load(damaged("learned.gain.npy", other["learned.gain.npy"]), conv); }, "ESP-162", "(4)",
                 "(3)"));
  REQUIRE(throws([&] { esp::load(damaged("learned.gain.npy", "this is no array of numbers"), conv); }, "ESP-152"));
  REQUIRE(same(conv.get<"gain">(), kept));
  REQUIRE(same(conv.weight(), weight));

  // Another scope, or a run-time number of that name, is another layer.
  REQUIRE(refuses<esp::constrained_conv3d<small, esp::modes::unit_l2>>(dir.path(), "ESP-161"));
  constexpr auto of_filters = [](auto w) { return learned<"g", per::filter>.starts_at(1) * w; };
  constexpr auto of_inputs = [](auto w) { return learned<"g", per::input>.starts_at(1) * w; };
  constexpr auto of_blocks = [](auto w) { return learned<"g", per::block>.starts_at(1) * w; };
  constexpr auto run_time = [](auto w) { return param<"g", per::filter> * w; };
  constexpr auto started = [](auto w) { return learned<"g", per::filter>.starts_at(2) * w; };
  using filters = esp::constrained_conv3d<small, of_filters>;
  esp::save(dir / "filters", filters(esp::seed{1}));
  REQUIRE(refuses<esp::constrained_conv3d<small, of_inputs>>(dir / "filters", "ESP-161"));
  REQUIRE(refuses<esp::constrained_conv3d<small, of_blocks>>(dir / "filters", "ESP-161"));
  REQUIRE(refuses<esp::constrained_conv3d<small, run_time>>(dir / "filters", "ESP-161"));
  esp::save(dir / "inputs", esp::constrained_conv3d<small, of_inputs>(esp::seed{1}));
  REQUIRE(refuses<esp::constrained_conv3d<small, of_blocks>>(dir / "inputs", "ESP-161"));
  // Where a number started does not matter to what was learned since.
  esp::constrained_conv3d<small, started> elsewhere;
  esp::load(dir / "filters", elsewhere);
  REQUIRE(elsewhere.get<"g">()(1) == 1);
}

TEST_CASE("weights of a plain layer become a layer of weight_norm", "[checkpoint]") {
  const support::temp_dir dir;
  const esp::constrained_conv3d<small> plain(esp::seed{3});
  esp::save(dir.path(), plain);
  normed conv(esp::seed{4});
  const auto before = conv.get<"gain">();
  esp::load_weights(dir.path(), conv);
  REQUIRE(same(conv.get<"gain">(), before));
  conv.start_learned();
  const auto constrained = conv.constrained_weight();
  for (std::size_t i = 0; i < constrained.size(); ++i) {
    REQUIRE(std::fabs(constrained.data()[i] - plain.weight().data()[i]) <= 2e-7F);
  }
}

TEST_CASE("an optimiser goes on where it was saved, with its learned numbers", "[checkpoint]") {
  const support::temp_dir dir;
  const auto step = [](auto& conv, auto& optimiser) {
    optimiser.zero_gradients();
    conv.backward_weights(x, grad_y);
    optimiser.step();
  };
  layer trained = drawn_layer(5), resumed = drawn_layer(6);
  esp::optimizer first(esp::adam{.learning_rate = 0.1}, trained), second(esp::adam{.learning_rate = 0.1}, resumed);
  for (int i = 0; i < 3; ++i) step(trained, first);
  esp::save(dir.path(), trained, first);
  esp::load(dir.path(), resumed, second);
  for (int i = 0; i < 3; ++i) step(trained, first), step(resumed, second);
  REQUIRE(same(resumed.weight(), trained.weight()));
  REQUIRE(same(resumed.get<"gain">(), trained.get<"gain">()));
  REQUIRE(resumed.get<"b">() == trained.get<"b">());

  test::zip_file file(support::read_file(dir / "checkpoint.npz"));
  const std::vector<std::string> names = file.names();
  for (const char* name :
       {"1/optimizer.0.learned.gain.first_moment.npy", "1/optimizer.0.learned.b.second_moment.npy"}) {
    REQUIRE(std::find(names.begin(), names.end(), name) != names.end());
  }
  file.set("1/optimizer.0.learned.b.second_moment.npy", file["1/optimizer.0.learned.gain.second_moment.npy"]);
  support::write_file(dir / "checkpoint.npz", file.bytes());
  REQUIRE(throws([&] { esp::load(dir.path(), resumed, second); }, "ESP-162", "(3)", "(1)"));
}
