// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/io/checkpoint.hpp>
#include <espalier/layer.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/adamw.hpp>
#include <espalier/optim/sgd.hpp>
#include <vector>

#include "io/refused_load.hpp"
#include "io/zip_file.hpp"
#include "support/layer.hpp"
#include "support/npy.hpp"
#include "support/temp_dir.hpp"

namespace {

using support::drawn, support::refuses, support::same, support::throws;

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
  const test::zip_file file(support::read_file(dir / "new" / "folder" / "layer.npz"));
  REQUIRE(file.names() == std::vector<std::string>{"layer.txt", "weight.npy", "bias.npy"});
  REQUIRE(file["layer.txt"] == "espalier layer, format 1\n" + std::string(layer::description()) + "\nidentity " +
                                   esp::layer_identity<layer>().text() + " by rule " +
                                   std::to_string(esp::formula_hash_rule) + "\n");
  const npy::array weight = npy::parse(file["weight.npy"], "weight.npy");
  REQUIRE(weight.shape == std::vector<std::size_t>{3, 2, 3, 3, 3});
  REQUIRE(std::equal(weight.values.begin(), weight.values.end(), saved.weight().begin()));

  const bare first(esp::seed{1});
  esp::save(dir / "bare", first);
  bare second(esp::seed{2});
  esp::load(dir / "bare", second);
  REQUIRE(same(first.weight(), second.weight()));
  REQUIRE(test::zip_file(support::read_file(dir / "bare" / "layer.npz")).names().size() == 2);

  // Over what was there.
  esp::save(dir / "bare", second);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir / "bare")) ++files;
  REQUIRE(files == 1);
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

  test::zip_file file(support::read_file(dir / "layer.npz"));
  const std::string text = file["layer.txt"];
  const std::string first = text.substr(0, text.find("parameter"));
  REQUIRE(text == first + "parameter c = 0.10000000149011612\n");
  const auto with = [&](const std::string& rest) {
    file.set("layer.txt", first + rest);
    support::write_file(dir / "layer.npz", file.bytes());
  };
  with("parameter c = nan\n");
  esp::load(dir.path(), loaded);
  REQUIRE(std::isnan(loaded.get<"c">()));
  // The last five: no float, or none that a program could have set.
  for (const char* rest :
       {"", "parameter c = \n", "parameter c = x\n", "parameter c = 1 \n", "parameter d = 1\n",
        "parameter c = 1\nparameter c = 1\n", "c = 1\n", "parameter c = 1e999\n", "parameter c = 1e39\n",
        "parameter c = inf\n", "parameter c = -inf\n", "parameter c = 0.1\n", "parameter c = 1e-300\n"}) {
    with(rest);
    REQUIRE(refuses<named>(dir.path(), "ESP-160", "layer.txt"));
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
  esp::save(dir.path(), saved);
  const std::string good = support::read_file(dir / "layer.npz");
  const auto broken = [&](const auto& damage, const char* id, const char* part) {
    test::zip_file file(good);
    damage(file);
    support::write_file(dir / "layer.npz", file.bytes());
    return refuses<layer>(dir.path(), id, part);
  };
  for (const char* name : {"layer.txt", "weight.npy"}) {
    REQUIRE(broken([&](test::zip_file& file) { file.remove(name); }, "ESP-160", name));
  }
  REQUIRE(broken([](test::zip_file& file) { file.remove("bias.npy"); }, "ESP-162", "holds no bias"));
  REQUIRE(broken([](test::zip_file& file) { file.set("layer.txt", ""); }, "ESP-160", "layer.txt"));
  REQUIRE(broken([](test::zip_file& file) { file.set("layer.txt", "x"); }, "ESP-160", "cut off"));
  for (const char* name : {"weight.npy", "bias.npy"}) {
    const auto cut = [&](test::zip_file& file) { file.set(name, file[name].substr(0, file[name].size() - 1)); };
    REQUIRE(broken(cut, "ESP-156", name));
  }
  const auto turned = [&](test::zip_file& file) {
    file.set("weight.npy",
             esp::npy_header_text(std::vector<esp::index_t>{3, 3, 3, 3, 2}, 162, false, "") + std::string(648, '\0'));
  };
  REQUIRE(broken(turned, "ESP-162", "(3, 3, 3, 3, 2)"));
  // A shape that would take 4 TiB is refused as a shape.
  const auto huge = [&](test::zip_file& file) {
    const esp::index_t count = esp::index_t{1} << 40;
    file.set("weight.npy", esp::npy_header_text(std::vector<esp::index_t>{count}, count, false, ""));
  };
  REQUIRE(broken(huge, "ESP-162", "(1099511627776)"));
  const auto doubled = [&](test::zip_file& file) {
    file.set("bias.npy", esp::npy_header_text(std::vector<esp::index_t>{3}, 3, true, "") + std::string(24, '\0'));
  };
  REQUIRE(broken(doubled, "ESP-154", "float64"));
  REQUIRE(refuses<layer>(dir / "none", "ESP-160", "none"));
  std::filesystem::remove(dir / "layer.npz");
  std::filesystem::create_directory(dir / "layer.npz");
  REQUIRE(refuses<layer>(dir.path(), "ESP-160", "regular file"));
}

TEST_CASE("a byte that is cut off or wrong is refused, or gives the layer that was saved", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1});
  esp::save(dir.path(), saved);
  const std::string good = support::read_file(dir / "layer.npz");
  std::size_t called_otherwise = 0;
  const auto loads_well = [&](const std::string& bytes) {
    support::write_file(dir / "layer.npz", bytes);
    layer loaded(esp::seed{2});
    const std::string said = support::sentence([&] { esp::load(dir.path(), loaded); });
    if (!said.empty()) {
      REQUIRE(same(loaded.weight(), layer(esp::seed{2}).weight()));
      if (said.find("ESP-160") == std::string::npos) ++called_otherwise;
      return false;
    }
    REQUIRE(same(loaded.weight(), saved.weight()));
    REQUIRE(same(loaded.bias(), saved.bias()));
    return true;
  };
  for (std::size_t size = 0; size < good.size(); ++size) REQUIRE_FALSE(loads_well(good.substr(0, size)));
  REQUIRE_FALSE(loads_well(good + "x"));
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string wrong = good;
    wrong[at] = static_cast<char>(wrong[at] ^ (1 << at % 8));
    harmless += loads_well(wrong) ? 1 : 0;
  }
  // Versions, dates and second copies of sizes: fields of the archive that nothing depends on.
  REQUIRE(harmless < 350);
  // Damage is called damage, but in the name of the bias: then the file holds none.
  REQUIRE(called_otherwise <= std::string("bias.npy").size());
}

TEST_CASE("a save that fails leaves what was there", "[checkpoint]") {
  const support::temp_dir dir;
  const layer saved(esp::seed{1});
  esp::save(dir.path(), saved);
  layer moved(esp::seed{1});
  const auto taken = std::move(moved.weight());
  REQUIRE(throws([&] { esp::save(dir.path(), moved); }, "ESP-109"));
  REQUIRE(throws([&] { esp::load(dir.path(), moved); }, "ESP-109"));
  REQUIRE(throws([&] { esp::load_weights(dir.path(), moved); }, "ESP-109"));
  layer loaded;
  esp::load(dir.path(), loaded);
  REQUIRE(same(loaded.weight(), saved.weight()));
  support::write_file(dir / "file", "");
  REQUIRE(throws([&] { esp::save(dir / "file", saved); }, "ESP-163", "cannot be created"));
}

TEST_CASE("several things are one file", "[checkpoint]") {
  const support::temp_dir dir;
  layer conv(esp::seed{1}), conv2(esp::seed{2});
  named third(esp::seed{3});
  third.set<"c">(2);
  esp::optimizer optimiser(esp::adam{}, conv, third);
  conv.backward_weights(x, grad_y);
  optimiser.step();
  esp::save(dir.path(), conv, conv2, third, optimiser);
  REQUIRE(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
  layer a(esp::seed{4}), b(esp::seed{5});
  named c(esp::seed{6});
  esp::optimizer fresh(esp::adam{}, a, c);
  esp::load(dir.path(), a, b, c, fresh);
  REQUIRE((same(a.weight(), conv.weight()) && same(b.weight(), conv2.weight()) && same(c.weight(), third.weight())));
  REQUIRE(c.get<"c">() == 2);
  std::vector<esp::index_t> steps;
  fresh.each_layer([&](const auto&, const auto& state) { steps.push_back(state.steps); });
  REQUIRE(steps == std::vector<esp::index_t>{1, 0});

  // One that does not fit leaves all as they are.
  esp::constrained_conv3d<strided, esp::modes::unit_l2> other(esp::seed{7});
  const layer before = a;
  conv.weight().fill(1);
  esp::save(dir.path(), conv, conv2);
  REQUIRE(throws([&] { esp::load(dir.path(), a, other); }, "ESP-161", "1/layer.txt"));
  REQUIRE(same(a.weight(), before.weight()));
  REQUIRE(throws([&] { esp::load(dir.path(), a); }, "ESP-160"));
  REQUIRE(throws([&] { esp::load(dir.path(), a, b, fresh); }, "ESP-160", "2/optimizer.txt"));
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
  REQUIRE(refused("ESP-160", "optimizer.npz"));

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
  test::zip_file file(support::read_file(dir / "optimizer.npz"));
  const std::string text = file["optimizer.txt"];
  const auto with = [&](const std::string& changed) {
    file.set("optimizer.txt", changed);
    support::write_file(dir / "optimizer.npz", file.bytes());
  };
  for (const char* damaged :
       {"steps = -1, buffers = 2", "steps = 3, buffers = 1", "steps = 3, buffers = 2 ", "steps = 3", "",
        "steps = 99999999999999999999, buffers = 2", "steps = 9223372036854775807, buffers = 2",
        "steps = 9007199254740993, buffers = 2", "steps = 3, buffers = 18446744073709551616", "steps = 3, buffers = -2",
        "steps = +3, buffers = 2", "steps = 0x3, buffers = 2", "steps = 3.5, buffers = 2",
        "steps = nan, buffers = 2"}) {
    std::string changed = text;
    changed.replace(changed.rfind("steps = 3, buffers = 2"), 22, damaged);
    with(changed);
    REQUIRE(refused("ESP-160", "optimizer.txt"));
  }
  for (const char* count : {"layers = -1", "layers = 99999999999999999999", "layers = 2 ", "layers"}) {
    std::string changed = text;
    changed.replace(changed.find("layers = 2"), 10, count);
    with(changed);
    REQUIRE(refused("ESP-160", "optimizer.txt"));
  }
  with(text + "more\n");
  REQUIRE(refused("ESP-160", "nothing more"));
  with(text);
  const std::string buffer = file["optimizer.1.weight.second_moment.npy"];
  file.set("optimizer.0.weight.second_moment.npy", file["optimizer.0.bias.first_moment.npy"]);
  with(text);
  REQUIRE(refused("ESP-162", "(3)"));
  file.remove("optimizer.0.weight.second_moment.npy");
  with(text);
  REQUIRE(refused("ESP-160", "optimizer.0.weight.second_moment.npy"));
}

TEST_CASE("the state alone is loaded wherever its shapes fit", "[checkpoint]") {
  const support::temp_dir dir;
  layer conv(esp::seed{1});
  esp::optimizer optimiser(esp::adam{}, conv);
  conv.backward_weights(x, grad_y);
  optimiser.step();
  esp::save(dir.path(), optimiser);
  esp::constrained_conv3d<strided, esp::modes::nonneg> changed(esp::seed{1});
  esp::optimizer other(esp::adam{}, changed);
  REQUIRE(throws([&] { esp::load(dir.path(), other); }, "ESP-161", "load_state"));
  esp::load_state(dir.path(), other);
  esp::index_t steps = 0;
  other.each_layer([&](const auto&, const auto& state) { steps = state.steps; });
  REQUIRE(steps == 1);
  esp::constrained_conv3d<wider> larger(esp::seed{1});
  esp::optimizer third(esp::adam{}, larger);
  REQUIRE(throws([&] { esp::load_state(dir.path(), third); }, "ESP-162"));
}

namespace {

/// An optimiser of a list of layers that only run time knows.
struct listed {
  explicit listed(std::size_t count) : layers(count), states(count) {}

  [[nodiscard]] static esp::sgd rule() { return {.momentum = 0.5}; }
  void each_layer(const auto& body) {
    for (std::size_t i = 0; i < layers.size(); ++i) body(layers[i], states[i]);
  }
  void each_layer(const auto& body) const {
    for (std::size_t i = 0; i < layers.size(); ++i) body(layers[i], states[i]);
  }

  std::vector<bare> layers;
  std::vector<esp::layer_state<double>> states;
};

}  // namespace

TEST_CASE("what is written is read, however many layers it has", "[checkpoint]") {
  const support::temp_dir dir;
  listed saved(400), loaded(400);
  for (std::size_t i = 0; i < 400; ++i) {
    saved.states[i].steps = static_cast<esp::index_t>(i);
    saved.states[i].fresh = false;
    saved.states[i].weight[0].assign(saved.layers[i].weight().size(), static_cast<double>(i));
  }
  esp::save(dir.path(), saved);
  REQUIRE(test::zip_file(support::read_file(dir / "optimizer.npz"))["optimizer.txt"].size() > 65536);
  esp::load(dir.path(), loaded);
  for (std::size_t i = 0; i < 400; ++i) {
    REQUIRE(loaded.states[i].steps == static_cast<esp::index_t>(i));
    REQUIRE(loaded.states[i].weight[0] == saved.states[i].weight[0]);
  }
  listed fewer(399);
  REQUIRE(throws([&] { esp::load(dir.path(), fewer); }, "ESP-161", "400 layers", "399"));
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
