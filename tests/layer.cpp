// SPDX-License-Identifier: BSD-3-Clause
#include "support/layer.hpp"

#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <sstream>
#include <thread>
#include <vector>

// Parameters, enforcement, priors of every scope, threads and text. Inputs, outputs and errors: layer_inputs.cpp.

namespace {

using support::drawn, support::same, support::throws;

constexpr esp::conv3d small{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d small_post_step{
    .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};
constexpr esp::conv3d without_bias{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .bias = false};

/// Largest difference between two tensors of one shape; infinity for different shapes.
template <class A, class B>
double distance(const A& a, const B& b) {
  if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
  }
  return worst;
}

template <class Layer>
std::string printed(const Layer& layer) {
  std::ostringstream os;
  os << layer;
  return os.str();
}

}  // namespace

TEST_CASE("weight and bias have the configuration's shapes and are read and set as tensors", "[layer]") {
  esp::constrained_conv3d<small> conv;
  const auto& read_only = conv;
  REQUIRE(conv.weight().shape() == support::shape5{6, 4, 3, 3, 3});
  REQUIRE(conv.bias().shape() == std::array<std::size_t, 1>{6});
  conv.weight().fill(0);
  conv.weight()(2, 1, 1, 1, 1) = 3;
  conv.bias() = esp::tensor<float, 1>{1, 2, 3, 4, 5, 6};
  REQUIRE(read_only.weight()(2, 1, 1, 1, 1) == 3);
  REQUIRE(read_only.bias()(5) == 6);

  const auto x = drawn({1, 4, 2, 3, 4});
  const auto y = conv(x);
  REQUIRE(y.shape() == support::shape5{1, 6, 2, 3, 4});
  for (std::size_t h = 0; h < 3; ++h) {
    REQUIRE(y(0, 2, 1, h, 3) == 3 * x(0, 1, 1, h, 3) + 3);
    REQUIRE(y(0, 5, 1, h, 3) == 6);
  }

  STATIC_REQUIRE(std::is_same_v<decltype(conv)::element, float>);
  STATIC_REQUIRE(std::is_same_v<esp::constrained_conv3d<small, esp::identity, double>::element, double>);
  STATIC_REQUIRE_FALSE(esp::constrained_conv3d<without_bias>::config.bias);
}

TEST_CASE("a layer without bias adds nothing", "[layer]") {
  esp::constrained_conv3d<small> with(esp::seed{3});
  esp::constrained_conv3d<without_bias> without(esp::seed{3});
  REQUIRE(same(with.weight(), without.weight()));
  with.bias().fill(0);
  const auto x = drawn({1, 4, 3, 4, 9});
  REQUIRE(same(with(x), without(x)));
}

TEST_CASE("equal seeds give equal layers, other seeds others, and a copy is a layer of its own", "[layer]") {
  using layer = esp::constrained_conv3d<small, esp::modes::unit_l2>;
  const layer a(esp::seed{42}), b(esp::seed{42}), c(esp::seed{43}), none, zero(esp::seed{0});
  REQUIRE(same(a.weight(), b.weight()));
  REQUIRE(same(a.bias(), b.bias()));
  REQUIRE_FALSE(same(a.weight(), c.weight()));
  REQUIRE_FALSE(same(a.bias(), c.bias()));
  REQUIRE(same(none.weight(), zero.weight()));

  layer copy = a;
  const auto x = drawn({1, 4, 3, 3, 3});
  REQUIRE(same(copy(x), a(x)));
  copy.weight()(0, 0, 0, 0, 0) += 1;
  REQUIRE(same(a.weight(), b.weight()));
}

TEST_CASE("enforced in forward: the stored weight stays, its constrained value is used", "[layer]") {
  esp::constrained_conv3d<small, esp::modes::zero_mean> conv(esp::seed{1});
  const auto stored = conv.weight();
  const auto x = drawn({2, 4, 3, 4, 5});
  const auto y = conv(x);
  const auto constrained = conv.constrained_weight();
  REQUIRE(same(stored, conv.weight()));
  REQUIRE(distance(stored, constrained) > 0.001);

  esp::constrained_conv3d<small> plain(esp::seed{1});
  plain.weight() = constrained;
  REQUIRE(same(plain(x), y));
  conv.project();
  REQUIRE(same(conv.weight(), constrained));
}

TEST_CASE("enforced after a step: forward uses the stored weight, project overwrites it in place", "[layer]") {
  esp::constrained_conv3d<small_post_step, esp::modes::unit_l2> conv(esp::seed{1});
  const esp::constrained_conv3d<small> plain(esp::seed{1});
  const auto x = drawn({2, 4, 3, 4, 5});
  REQUIRE(same(conv(x), plain(x)));

  const auto constrained = conv.constrained_weight();
  const void* const tensor = &conv.weight();
  const void* const memory = conv.weight().data();
  conv.project();
  REQUIRE(static_cast<const void*>(&conv.weight()) == tensor);
  REQUIRE(static_cast<const void*>(conv.weight().data()) == memory);
  REQUIRE(same(conv.weight(), constrained));
  REQUIRE_FALSE(same(conv(x), plain(x)));
}

namespace {

/// How far a second projection moves the weight, and whether the first one moved it.
template <auto Prior>
double second_projection() {
  esp::constrained_conv3d<small_post_step, Prior, double> conv(esp::seed{7});
  const auto stored = conv.weight();
  conv.project();
  const auto once = conv.weight();
  REQUIRE(distance(stored, once) > 0.001);
  conv.project();
  return distance(once, conv.weight());
}

}  // namespace

TEST_CASE("projecting twice is projecting once", "[layer]") {
  REQUIRE(second_projection<esp::modes::nonneg>() == 0);
  REQUIRE(second_projection<esp::modes::zero_mean>() < 1e-15);
  REQUIRE(second_projection<esp::modes::nonneg_sum1>() < 1e-11);  // eps = 1e-12 shrinks a block of sum 1 each time
  REQUIRE(second_projection<esp::modes::unit_l2>() < 1e-11);
  REQUIRE(second_projection<esp::modes::max_l2<0.1>>() < 1e-11);
  REQUIRE(second_projection<esp::modes::fixed_center<-1, 1>>() < 1e-9);
}

TEST_CASE("priors over an output channel and over the whole weight", "[layer]") {
  constexpr esp::conv3d grouped{.in_channels = 6, .out_channels = 4, .kernel_size = {1, 3, 2}, .groups = 2};
  constexpr double taps = 3 * 1 * 3 * 2;

  const esp::constrained_conv3d<grouped, esp::per_filter(esp::subtract<esp::mean>), double> filters(esp::seed{5});
  const auto of_filters = filters.constrained_weight();
  const esp::constrained_conv3d<grouped, esp::whole_weight(esp::subtract<esp::mean>), double> whole(esp::seed{5});
  const auto of_whole = whole.constrained_weight();
  const auto& w = filters.weight();
  REQUIRE(same(w, whole.weight()));

  double total = 0;
  for (const double tap : w) total += tap;
  for (std::size_t oc = 0; oc < 4; ++oc) {
    double sum = 0;
    const double* const filter = w.data() + oc * static_cast<std::size_t>(taps);
    for (int i = 0; i < static_cast<int>(taps); ++i) sum += filter[i];
    for (std::size_t i = 0; i < static_cast<std::size_t>(taps); ++i) {
      const std::size_t at = oc * static_cast<std::size_t>(taps) + i;
      REQUIRE(std::fabs(of_filters.data()[at] - (w.data()[at] - sum / taps)) < 1e-15);
      REQUIRE(std::fabs(of_whole.data()[at] - (w.data()[at] - total / (4 * taps))) < 1e-15);
    }
  }

  esp::constrained_conv3d<grouped, esp::identity, double> plain(esp::seed{5});
  const auto x = drawn<double>({1, 6, 2, 4, 5});
  plain.weight() = of_filters;
  REQUIRE(same(plain(x), filters(x)));
  plain.weight() = of_whole;
  REQUIRE(same(plain(x), whole(x)));
}

TEST_CASE("named parameters are set on the layer", "[layer]") {
  esp::constrained_conv3d<small, esp::modes::max_l2<esp::param<"c">>> conv(esp::seed{9});
  const esp::constrained_conv3d<small, esp::modes::max_l2<0.25>> fixed(esp::seed{9});
  const auto x = drawn({1, 4, 3, 4, 5});
  REQUIRE(std::isnan(conv.get<"c">()));
  REQUIRE(throws([&] { static_cast<void>(conv(x)); }, "ESP-110", "\"c\"", "has no value", "set<\"c\">(value)"));
  REQUIRE(throws([&] { static_cast<void>(conv.constrained_weight()); }, "ESP-110", "\"c\""));
  const auto before = conv.weight();
  REQUIRE(throws([&] { conv.project(); }, "ESP-110", "\"c\""));
  REQUIRE(same(before, conv.weight()));

  conv.set<"c">(0.25F);
  REQUIRE(conv.get<"c">() == 0.25F);
  REQUIRE(distance(conv.constrained_weight(), fixed.constrained_weight()) < 1e-7);
  REQUIRE(distance(conv(x), fixed(x)) < 1e-5);
  const auto narrow = conv(x);
  conv.set<"c">(100);
  REQUIRE(same(conv.constrained_weight(), conv.weight()));
  REQUIRE_FALSE(same(conv(x), narrow));
}

TEST_CASE("two named parameters, and one that forward does not need", "[layer]") {
  constexpr auto prior = esp::on<esp::neighbors>(esp::normalize<esp::sum, esp::param<"sum">>) >>
                         esp::on<esp::center_tap>(esp::assign<esp::param<"center">>);
  esp::constrained_conv3d<small, prior, double> conv(esp::seed{2});
  conv.weight() = drawn<double>({6, 4, 3, 3, 3}) + 1.0;
  conv.set<"sum">(2.0);
  REQUIRE(throws([&] { conv.project(); }, "ESP-110", "\"center\""));
  conv.set<"center">(-3.0);
  esp::constrained_conv3d<small, esp::modes::fixed_center<-3, 2>, double> fixed;
  fixed.weight() = conv.weight();
  REQUIRE(distance(conv.constrained_weight(), fixed.constrained_weight()) < 1e-14);

  esp::constrained_conv3d<small_post_step, esp::modes::max_l2<esp::param<"c">>> stored(esp::seed{2});
  REQUIRE(same(stored(drawn({1, 4, 2, 2, 2})), esp::constrained_conv3d<small>(esp::seed{2})(drawn({1, 4, 2, 2, 2}))));
  REQUIRE(throws([&] { stored.project(); }, "ESP-110"));
}

namespace {

/// An executor of a program: the last task first, all on the last worker of three.
struct backwards {
  [[nodiscard]] static esp::index_t workers() { return 3; }
  template <class Task>
  void run(esp::index_t count, Task&& task) const {
    while (count-- > 0) task(count, 2);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("results do not depend on the executor", "[layer]", float, double) {
  using T = TestType;
  const esp::constrained_conv3d<small, esp::modes::unit_l2, T> conv(esp::seed{4});
  for (const support::shape5& shape : {support::shape5{2, 4, 5, 11, 37}, {1, 4, 1, 1, 1}, {3, 4, 9, 40, 3}}) {
    const auto x = drawn<T>(shape);
    const auto y = conv(x);
    for (const esp::index_t team : {1, 2, 3, 4, 7}) REQUIRE(same(conv(x, esp::threads{team}), y));
    REQUIRE(same(conv(x, backwards{}), y));
    REQUIRE(same(conv(x, esp::serial{}), y));
  }
}

TEST_CASE("a const layer is called from several threads at once", "[layer]") {
  const esp::constrained_conv3d<small, esp::modes::fixed_center<-1, 1>> conv(esp::seed{6});
  const auto x = drawn({1, 4, 5, 9, 17});
  const auto y = conv(x);
  const auto w = conv.constrained_weight();
  std::vector<int> good(4, 0);
  std::vector<std::thread> team;
  for (std::size_t i = 0; i < good.size(); ++i) {
    team.emplace_back([&, i] {
      bool equal = true;
      for (int round = 0; round < 20; ++round) equal = equal && same(conv(x), y) && same(conv.constrained_weight(), w);
      good[i] = equal ? 1 : 0;
    });
  }
  for (std::thread& one : team) one.join();
  REQUIRE(good == std::vector<int>(4, 1));
}

TEST_CASE("a layer prints as the constructor call that makes it", "[layer]") {
  REQUIRE(printed(esp::constrained_conv3d<small>{}) ==
          "constrained_conv3d<conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1}, identity, "
          "float>");
  REQUIRE(printed(esp::constrained_conv3d<small_post_step, esp::modes::max_l2<0.8>, double>{}) ==
          "constrained_conv3d<conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, "
          ".enforce = enforcement::post_step}, cap<l2, 0.8>, double>");
  constexpr esp::conv3d all{.in_channels = 4,
                            .out_channels = 6,
                            .kernel_size = {1, 3, 5},
                            .stride = 2,
                            .dilation = {1, 1, 2},
                            .padding = esp::same,
                            .groups = 2,
                            .bias = false,
                            .eps = 0.001};
  REQUIRE(printed(esp::constrained_conv3d<all, esp::modes::nonneg_sum1>{}) ==
          "constrained_conv3d<conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = {1, 3, 5}, .stride = 2, "
          ".dilation = {1, 1, 2}, .padding = same, .groups = 2, .bias = false, .eps = 0.001}, (clamp<0> >> "
          "normalize<l1>), float>");
}

TEST_CASE("a layer explains its prior on its own kernel", "[layer]") {
  constexpr esp::explanation e = esp::constrained_conv3d<small, esp::modes::unit_l2>::explain();
  REQUIRE(e.name == "normalize<l2>");
  REQUIRE(e.passes == 2);
  REQUIRE(e.establishes.view().find("l2") != std::string_view::npos);
}

TEST_CASE("a layer may start where its prior changes little", "[layer]") {
  constexpr esp::conv3d five{.in_channels = 8, .out_channels = 16, .kernel_size = 5, .padding = 2};
  using scaled = esp::constrained_conv3d<five, esp::modes::fixed_center<-1, 1>>;
  const auto filters_above_one = [](const auto& weight) {
    int count = 0;
    for (std::size_t block = 0; block < weight.size() / 125; ++block) {
      bool above = false;
      for (std::size_t t = 0; t < 125; ++t) above = above || std::fabs(weight.data()[block * 125 + t]) > 1;
      count += above ? 1 : 0;
    }
    return count;
  };
  scaled conv{esp::seed{3}};
  REQUIRE(filters_above_one(conv.constrained_weight()) > 4);
  conv.start_from<esp::modes::shifted_fixed_center<-1, 1>>();
  REQUIRE(filters_above_one(conv.constrained_weight()) == 0);
  REQUIRE(distance(conv.constrained_weight(), conv.weight()) < 1e-5);
  conv.weight().resize({1, 1, 1, 1, 1});
  REQUIRE(throws([&] { conv.start_from<esp::modes::shifted_fixed_center<-1, 1>>(); }, "ESP-109"));
}
