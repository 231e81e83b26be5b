// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/adamw.hpp>
#include <espalier/optim/sgd.hpp>
#include <vector>

#include "support/layer.hpp"
#include "support/npy.hpp"
#include "support/temp_dir.hpp"

namespace {

using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d wider{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d strided{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .stride = 2, .padding = 1};
constexpr esp::conv3d without_bias{.in_channels = 2, .out_channels = 3, .kernel_size = 1, .bias = false};
constexpr esp::conv3d small_post_step{
    .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};

using layer = esp::constrained_conv3d<small, esp::modes::unit_l2>;
using named = esp::constrained_conv3d<small_post_step, esp::modes::max_l2<esp::param<"c">>>;
using bare = esp::constrained_conv3d<without_bias, esp::modes::zero_mean, double>;

const auto x = drawn({1, 2, 3, 4, 5});
const auto grad_y = drawn({1, 3, 3, 4, 5}, 2);

/// Loading from `folder` fails with this id and these parts, and changes nothing.
template <class Layer, class... Parts>
bool refuses(const std::filesystem::path& folder, const char* id, const Parts&... parts) {
  Layer conv(esp::seed{7});
  const Layer before = conv;
  const bool refused = throws([&] { esp::load(folder, conv); }, id, parts...);
  bool kept = same(conv.weight(), before.weight());
  if constexpr (Layer::config.bias) kept = kept && same(conv.bias(), before.bias());
  return refused && kept;
}

}  // namespace

TEST_CASE("a layer that is loaded is the layer that was saved", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1});
  esp::save(dir / "new" / "folder", saved);
  layer loaded(esp::seed{2});
  const void* const memory = loaded.weight().data();
  esp::load(dir / "new" / "folder", loaded);
  REQUIRE(same(loaded.weight(), saved.weight()));
  REQUIRE(same(loaded.bias(), saved.bias()));
  REQUIRE(same(loaded(x), saved(x)));
  REQUIRE(static_cast<const void*>(loaded.weight().data()) == memory);
  REQUIRE(support::read_file(dir / "new" / "folder" / "layer.txt") == std::string(layer::description()) + "\n");
  REQUIRE(npy::read((dir / "new" / "folder" / "weight.npy").string()).shape == std::vector<std::size_t>{3, 2, 3, 3, 3});

  const bare first(esp::seed{1});
  esp::save(dir / "bare", first);
  bare second(esp::seed{2});
  esp::load(dir / "bare", second);
  REQUIRE(same(first.weight(), second.weight()));
  REQUIRE_FALSE(std::filesystem::exists(dir / "bare" / "bias.npy"));

  // Over what was there.
  esp::save(dir / "bare", second);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir / "bare")) ++files;
  REQUIRE(files == 2);
}

TEST_CASE("named parameters are saved with the layer, set or not", "[checkpoint]") {
  const support::temp_dir dir;
  named saved(esp::seed{1}), loaded(esp::seed{2});
  esp::save(dir.path(), saved);
  loaded.set<"c">(3);
  esp::load(dir.path(), loaded);
  REQUIRE(std::isnan(loaded.get<"c">()));
  saved.set<"c">(0.1F);
  esp::save(dir.path(), saved);
  esp::load(dir.path(), loaded);
  REQUIRE(loaded.get<"c">() == 0.1F);

  const std::string text = support::read_file(dir / "layer.txt");
  const std::string first = text.substr(0, text.find('\n') + 1);
  REQUIRE(text == first + "parameter c = 0.10000000149011612\n");
  for (const char* rest : {"", "parameter c = \n", "parameter c = x\n", "parameter c = 1 \n", "parameter d = 1\n",
                           "parameter c = 1\nparameter c = 1\n", "c = 1\n", "parameter c = 1e999\n"}) {
    support::write_file(dir / "layer.txt", first + rest);
    REQUIRE(refuses<named>(dir.path(), "ESP-160", "layer.txt", "parameter"));
  }
}

TEST_CASE("a layer of another configuration, prior, enforcement or type is refused", "[checkpoint]") {
  const support::temp_dir dir;
  esp::save(dir.path(), layer(esp::seed{1}));
  REQUIRE(refuses<esp::constrained_conv3d<wider, esp::modes::unit_l2>>(dir.path(), "ESP-161", "out_channels = 3",
                                                                       "out_channels = 4"));
  REQUIRE(refuses<esp::constrained_conv3d<strided, esp::modes::unit_l2>>(dir.path(), "ESP-161", "stride = 2"));
  REQUIRE(refuses<esp::constrained_conv3d<small, esp::modes::nonneg>>(dir.path(), "ESP-161", "normalize<l2>"));
  REQUIRE(refuses<esp::constrained_conv3d<small_post_step, esp::modes::unit_l2>>(dir.path(), "ESP-161", "post_step"));
  REQUIRE(refuses<esp::constrained_conv3d<small, esp::modes::unit_l2, double>>(dir.path(), "ESP-161", "double"));
  REQUIRE(refuses<bare>(dir.path(), "ESP-161"));
}

TEST_CASE("files that are missing, damaged or of another shape are refused", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1});
  const auto broken = [&](const char* file, const auto& damage, const char* id) {
    esp::save(dir.path(), saved);
    damage(dir / file);
    return refuses<layer>(dir.path(), id, file);
  };
  const auto remove = [](const std::filesystem::path& path) { std::filesystem::remove(path); };
  const auto cut = [](const std::filesystem::path& path) {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  };
  REQUIRE(broken("layer.txt", remove, "ESP-160"));
  REQUIRE(broken("weight.npy", remove, "ESP-150"));
  REQUIRE(broken("bias.npy", remove, "ESP-150"));
  REQUIRE(broken("layer.txt", cut, "ESP-160"));
  REQUIRE(broken("weight.npy", cut, "ESP-156"));
  REQUIRE(broken("bias.npy", cut, "ESP-156"));
  const auto turned = [](const std::filesystem::path& path) {
    esp::write_npy<float>(path, std::vector<esp::index_t>{3, 3, 3, 3, 2}, std::vector<float>(162));
  };
  REQUIRE(broken("weight.npy", turned, "ESP-162"));
  const auto doubled = [](const std::filesystem::path& path) {
    esp::write_npy<double>(path, std::vector<esp::index_t>{3}, std::vector<double>(3));
  };
  REQUIRE(broken("bias.npy", doubled, "ESP-154"));
  REQUIRE(refuses<layer>(dir / "none", "ESP-160", "none"));
}

TEST_CASE("a save that fails leaves what was there", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1}), other(esp::seed{2});
  esp::save(dir.path(), saved);
  // The last of the files cannot be written.
  std::filesystem::create_directories(dir / "layer.txt.partial");
  REQUIRE(throws([&] { esp::save(dir.path(), other); }, "ESP-163", "layer.txt.partial"));
  std::filesystem::remove_all(dir / "layer.txt.partial");
  layer loaded;
  esp::load(dir.path(), loaded);
  REQUIRE(same(loaded.weight(), saved.weight()));
  REQUIRE(same(loaded.bias(), saved.bias()));
  REQUIRE_FALSE(std::filesystem::exists(dir / "weight.npy.partial"));

  layer moved(esp::seed{1});
  const auto taken = std::move(moved.weight());
  REQUIRE(throws([&] { esp::save(dir.path(), moved); }, "ESP-109"));
  REQUIRE(throws([&] { esp::load(dir.path(), moved); }, "ESP-109"));
}

namespace {

/// Steps of one layer with and without a save and a load in the middle.
template <class Rule>
void check_resumed(const Rule& rule) {
  const support::temp_dir dir;
  layer straight(esp::seed{1}), resumed(esp::seed{2});
  bare straight2(esp::seed{1}), resumed2(esp::seed{2});
  esp::optimizer one(rule, straight, straight2), other(rule, resumed, resumed2);
  const auto step = [](auto& optimiser, auto& conv, auto& conv2, unsigned t) {
    const auto g = drawn({1, 3, 3, 4, 5}, 10 + t);
    conv.backward_weights(x, g);
    conv2.backward_weights(x, g);
    optimiser.step();
    optimiser.zero_gradients();
  };
  for (unsigned t = 0; t < 3; ++t) step(one, straight, straight2, t);
  esp::save(dir / "1", straight);
  esp::save(dir / "2", straight2);
  esp::save(dir / "optimiser", std::as_const(one));
  esp::load(dir / "1", resumed);
  esp::load(dir / "2", resumed2);
  esp::load(dir / "optimiser", other);
  for (unsigned t = 3; t < 6; ++t) {
    step(one, straight, straight2, t);
    step(other, resumed, resumed2, t);
  }
  REQUIRE(same(straight.weight(), resumed.weight()));
  REQUIRE(same(straight.bias(), resumed.bias()));
  REQUIRE(same(straight2.weight(), resumed2.weight()));
}

}  // namespace

TEST_CASE("training goes on after a load as if nothing had happened", "[checkpoint]") {
  check_resumed(esp::sgd{.learning_rate = 0.1});
  check_resumed(esp::sgd{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.1});
  check_resumed(esp::adam{.learning_rate = 0.1});
  check_resumed(esp::adamw{.learning_rate = 0.1});
}

TEST_CASE("the state of another optimiser, or a damaged one, is refused", "[checkpoint]") {
  const support::temp_dir dir;
  layer conv(esp::seed{1});
  bare conv2(esp::seed{1});
  esp::optimizer optimiser(esp::adam{}, conv, conv2);
  conv.backward_weights(x, grad_y);
  optimiser.step();
  const auto steps = [&] {
    std::vector<esp::index_t> result;
    optimiser.each_layer([&](const auto&, const auto& state) { result.push_back(state.steps); });
    return result;
  };
  const auto refused = [&](const char* id, const char* part) {
    return throws([&] { esp::load(dir.path(), optimiser); }, id, part) && steps() == std::vector<esp::index_t>{1, 0};
  };
  REQUIRE(refused("ESP-160", "optimizer.txt"));

  esp::optimizer swapped(esp::adam{}, conv2, conv);
  esp::save(dir.path(), swapped);
  REQUIRE(refused("ESP-161", "load it into a layer of the same type"));
  esp::optimizer single(esp::adam{}, conv);
  esp::save(dir.path(), single);
  REQUIRE(refused("ESP-161", "1 layers"));
  esp::optimizer momentum(esp::sgd{.momentum = 0.9}, conv, conv2);
  esp::save(dir.path(), momentum);
  REQUIRE(refused("ESP-161", "\"sgd\""));

  conv2.backward_weights(x, grad_y);
  esp::optimizer same_type(esp::adam{}, conv, conv2);
  for (int i = 0; i < 3; ++i) same_type.step();
  esp::save(dir.path(), same_type);
  const std::string text = support::read_file(dir / "optimizer.txt");
  for (const char* damaged : {"steps = -1, buffers = 2", "steps = 3, buffers = 1", "steps = 3, buffers = 2 ",
                              "steps = 3", "steps = 99999999999999999999, buffers = 2", ""}) {
    std::string changed = text;
    changed.replace(changed.rfind("steps = 3, buffers = 2"), 22, damaged);
    support::write_file(dir / "optimizer.txt", changed);
    REQUIRE(refused("ESP-160", "optimizer.txt"));
  }
  support::write_file(dir / "optimizer.txt", text);
  std::filesystem::rename(dir / "optimizer.1.weight.second_moment.npy", dir / "away.npy");
  REQUIRE(refused("ESP-150", "optimizer.1.weight.second_moment.npy"));
  std::filesystem::copy(dir / "optimizer.0.bias.first_moment.npy", dir / "optimizer.0.weight.second_moment.npy",
                        std::filesystem::copy_options::overwrite_existing);
  REQUIRE(refused("ESP-162", "(3)"));
}

TEST_CASE("a saved parameter that breaks a rule of the prior is refused, and an optimiser of a collection is loaded",
          "[checkpoint]") {
  const support::temp_dir dir;
  named saved(esp::seed{1});
  saved.named_parameters()[0] = -1;  // past set
  esp::save(dir / "named", saved);
  REQUIRE(refuses<named>(dir / "named", "ESP-027", "the bound of cap<norm, c>", "-1"));

  std::vector<layer> layers(3);
  layer head(esp::seed{2});
  for (layer& l : layers) l.weight_gradient().fill(1);
  esp::optimizer optimiser(esp::adam{}, layers, head);
  optimiser.step();
  esp::save(dir / "adam", optimiser);
  esp::optimizer again(esp::adam{}, layers, head);
  esp::load(dir / "adam", again);
  std::vector<esp::index_t> steps;
  again.each_layer([&](const auto&, const auto& state) { steps.push_back(state.steps); });
  REQUIRE(steps == std::vector<esp::index_t>{1, 1, 1, 0});
  std::vector<layer> fewer(2);
  esp::optimizer other(esp::adam{}, fewer, head);
  REQUIRE(throws([&] { esp::load(dir / "adam", other); }, "ESP-161", "4 layers", "3"));
}
