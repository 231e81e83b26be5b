// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/entries.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "conv/separable/known_kernel.hpp"

namespace {

using esp::conv3d, esp::dims5, esp::extents, esp::index_t;

template <conv3d Config, auto F>
void problems(unsigned seed) {
  known::draw_problems<Config, known::taps<Config.kernel_size, F>>(seed);
}

using drawn::causal, drawn::mirrored, drawn::mixed, drawn::reflected, drawn::replicated, drawn::turning;

constexpr conv3d box{.in_channels = 1, .out_channels = 1, .kernel_size = 9, .padding = esp::same};
template <class Change>
constexpr conv3d box_with(const Change& change) {
  conv3d c = box;
  change(c);
  return c;
}
constexpr conv3d strided = box_with([](conv3d& c) { c.stride = 2; });
constexpr conv3d dilated = box_with([](conv3d& c) { c.dilation = 2; });
constexpr conv3d direct = box_with([](conv3d& c) { c.algorithm = esp::algorithm::direct; });
constexpr conv3d projected = box_with([](conv3d& c) { c.enforce = esp::enforcement::post_step; });
constexpr conv3d far_padded = box_with([](conv3d& c) { c.padding = 9; });

}  // namespace

TEST_CASE("sums of every extent from 1 to 9, with every padding", "[separable]") {
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 2, 3}, .padding = {0, 1, {2, 0}}},
           known::sum>(1);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {4, 5, 6}, .padding = esp::same}, known::sum>(2);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {7, 8, 9}, .padding = {{0, 3}, {9, 1}, 0}},
           known::sum>(3);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {9, 1, 8}, .padding = {12, 2, 11}},
           known::scaled_sum>(4);
  problems<conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = {6, 9, 7}, .padding = esp::same, .groups = 2},
           known::sum>(5);
}

TEST_CASE("long sums, of more taps than a tile has rows", "[separable]") {
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {2, 27, 3}, .padding = {0, 13, 1}}, known::sum>(
      6);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {31, 1, 1}, .padding = {15, 0, 0}}, known::sum>(
      7);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 1, 64}, .padding = {0, 0, 32}}, known::sum>(
      8);
}

TEST_CASE("products of lines with zeros and signs", "[separable]") {
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, known::sobel>(11);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {9, 8, 7}, .padding = {4, {3, 5}, 2}},
           known::lines>(12);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {4, 5, 9}, .padding = {0, 0, 9}}, known::lines>(
      13);
  problems<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 6, .padding = 2}, known::inner>(14);
  problems<conv3d{.in_channels = 3, .out_channels = 3, .kernel_size = 6, .padding = {{0, 5}, 3, {6, 1}}, .groups = 3},
           known::inner>(15);
}

TEST_CASE("channels are summed before, and all outputs of a group are one sum", "[separable]") {
  problems<conv3d{.in_channels = 6,
                  .out_channels = 4,
                  .kernel_size = {4, 4, 7},
                  .padding = {2, 1, 3},
                  .groups = 2,
                  .activation = esp::activation::relu},
           known::sum>(21);
  problems<conv3d{.in_channels = 5, .out_channels = 1, .kernel_size = 3, .padding = 1}, known::lines>(22);
  problems<conv3d{.in_channels = 1, .out_channels = 5, .kernel_size = {5, 3, 2}, .padding = 2}, known::lines>(23);
}

TEST_CASE("a replicated border", "[separable]") {
  problems<replicated({.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1, .groups = 2}),
           known::sobel>(31);
  problems<replicated({.in_channels = 2, .out_channels = 1, .kernel_size = {4, 9, 7}, .padding = {{3, 0}, 8, {1, 6}}}),
           known::sum>(32);
}

TEST_CASE("every border, with kernels that end in zeros, and with sums of channels", "[separable]") {
  constexpr conv3d edges{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1, .groups = 2};
  problems<reflected(edges), known::sobel>(33);
  problems<mirrored(edges), known::sobel>(34);
  problems<turning(edges), known::sobel>(35);
  problems<mixed(edges), known::sobel>(36);
  constexpr conv3d sums{.in_channels = 2, .out_channels = 1, .kernel_size = {4, 9, 7}, .padding = {{3, 0}, 8, {1, 6}}};
  problems<reflected(sums), known::sum>(37);
  problems<mixed(sums), known::sum>(38);
  problems<causal(sums), known::sum>(39);
  problems<turning(sums), known::sum>(40);
  // Lines that begin behind the padding: what is read begins inside.
  constexpr conv3d inner{.in_channels = 1, .out_channels = 1, .kernel_size = 6, .padding = {{1, 2}, {0, 3}, {1, 3}}};
  problems<reflected(inner), known::inner>(41);
  problems<turning(inner), known::inner>(42);
  problems<mixed(inner), known::inner>(43);
}

TEST_CASE("volumes that are cut on every axis", "[separable]") {
  constexpr conv3d flat{.in_channels = 2, .out_channels = 2, .kernel_size = {1, 2, 5}, .padding = {0, 1, 2}};
  using sums = known::taps<9, known::sum>;
  known::compare<box, sums, float>({1, 1, 75, 40, 33}, 3);
  known::compare<box, sums, double>({1, 1, 20, 190, 70}, 2);
  known::compare<box, sums, float>({1, 1, 3, 30, 2500}, 1);
  known::compare<flat, known::taps<flat.kernel_size, known::lines>, float>({1, 2, 1, 3, 5000}, 2);
  known::compare<flat, known::taps<flat.kernel_size, known::sum>, double>({1, 2, 2, 700, 65}, 3);
  known::compare<reflected(box), sums, float>({1, 1, 75, 40, 33}, 4);
  known::compare<turning(box), sums, double>({1, 1, 20, 190, 70}, 5);
  known::compare<mixed(box), sums, float>({1, 1, 10, 30, 2500}, 6);
}

TEMPLATE_TEST_CASE("no result depends on the team", "[separable]", float, double) {
  using T = TestType;
  constexpr conv3d config{.in_channels = 2, .out_channels = 2, .kernel_size = 9, .padding = esp::same, .groups = 2};
  using taps = known::taps<9, known::gaussian>;
  constexpr dims5 input{1, 2, 70, 41, 30};
  std::mt19937 engine(41);
  drawn::fenced<T> x(input.size()), bias(2);
  known::draw(x, engine, false), known::draw(bias, engine, false);
  const auto y = known::forward<config, taps, T>(x, bias, input, 0);
  const auto grad = known::backward_data<config, taps, T>(x, input, 0);
  for (index_t team = 1; team < 7; ++team) {
    REQUIRE((known::forward<config, taps, T>(x, bias, input, team).same_bits(y)));
    REQUIRE((known::backward_data<config, taps, T>(x, input, team).same_bits(grad)));
  }
}

TEMPLATE_TEST_CASE("NaN and infinity reach the windows that hold them and no other output", "[separable]", float,
                   double) {
  using T = TestType;
  const auto check = []<conv3d Config, class Taps>() {
    constexpr dims5 input{1, Config.in_channels, 23, 25, 40};
    const esp::conv_problem p(Config, input);
    std::mt19937 engine(42);
    drawn::fenced<T> x(input.size()), zeroed(input.size()), marks(input.size()), bias(Config.out_channels);
    known::draw(x, engine), known::draw(bias, engine);
    for (index_t i = 0; i < x.size(); ++i) {
      const bool bad = engine() % 4001 == 0;
      marks.data()[i] = bad ? T(1) : T(0);
      zeroed.data()[i] = bad ? T(0) : x.data()[i];
      if (bad)
        x.data()[i] = engine() % 2 == 0 ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::infinity();
    }
    const auto w = known::weight<Config, Taps, T>();
    auto kept = w;
    for (index_t i = 0; i < w.size(); ++i) kept.data()[i] = w.data()[i] == 0 ? T(0) : T(1);
    drawn::fenced<T> y(p.output.size()), met(y.size()), none(Config.out_channels);
    for (index_t i = 0; i < none.size(); ++i) none.data()[i] = 0;
    reference::forward(p, zeroed.data(), w.data(), bias.data(), y.data());
    reference::forward(p, marks.data(), kept.data(), none.data(), met.data());
    const auto got = known::forward<Config, Taps, T>(x, bias, input, 1);
    index_t wrong = 0, spoiled = 0;
    for (index_t i = 0; i < y.size(); ++i) {
      const bool finite = std::isfinite(got.data()[i]);
      spoiled += finite ? 0 : 1;
      wrong += (met.data()[i] == 0 ? finite && got.data()[i] == y.data()[i] : !finite) ? 0 : 1;
    }
    REQUIRE(wrong == 0);
    REQUIRE((spoiled > 0 && spoiled < y.size()));
  };
  constexpr conv3d sums{.in_channels = 1, .out_channels = 1, .kernel_size = {9, 5, 9}, .padding = esp::same};
  constexpr conv3d edge{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1};
  check.template operator()<sums, known::taps<sums.kernel_size, known::sum>>();
  check.template operator()<edge, known::taps<3, known::sobel>>();
}

TEMPLATE_TEST_CASE("the bound on the error holds, under cancellation too", "[separable]", float, double) {
  using T = TestType;
  const auto check = []<conv3d Config, class Taps>(bool cancels) {
    constexpr dims5 input{1, Config.in_channels, 20, 21, 37};
    const esp::conv_problem p(Config, input);
    std::mt19937 engine(43);
    drawn::fenced<T> x(input.size()), bias(Config.out_channels);
    known::draw(x, engine, false);
    for (index_t i = 0; i < bias.size(); ++i) bias.data()[i] = 0;
    // Pairs of large numbers of which windows hold one or both.
    for (index_t i = 1; cancels && i < x.size(); i += 97) x.data()[i] = T(1e12), x.data()[i - 1] = T(-1e12);
    drawn::fenced<double> wide(x.size()), sizes(x.size()), w(esp::detail::weight_shape_of(Config).size()),
        magnitude(w.size());
    for (index_t i = 0; i < x.size(); ++i) {
      wide.data()[i] = static_cast<double>(x.data()[i]);
      sizes.data()[i] = std::fabs(wide.data()[i]);
    }
    for (index_t i = 0; i < w.size(); ++i) {
      w.data()[i] = Taps::value[static_cast<std::size_t>(i % Config.kernel_size.volume())].value;
      magnitude.data()[i] = std::fabs(w.data()[i]);
    }
    drawn::fenced<double> y(p.output.size()), most(y.size()), zero(Config.out_channels);
    for (index_t i = 0; i < zero.size(); ++i) zero.data()[i] = 0;
    reference::forward(p, wide.data(), w.data(), zero.data(), y.data());
    reference::forward(p, sizes.data(), magnitude.data(), zero.data(), most.data());
    const auto got = known::forward<Config, Taps, T>(x, bias, input, 1);
    const extents& K = Config.kernel_size;
    const double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    // The loops in double round as well: as often as there are terms, where T is no shorter.
    const double loops = sizeof(T) == 8 ? static_cast<double>(Config.in_channels / Config.groups * K.volume()) : 1e-6;
    const double units = static_cast<double>(Config.in_channels / Config.groups + K.d + K.h + K.w + 8) + loops;
    index_t wrong = 0;
    for (index_t i = 0; i < y.size(); ++i) {
      wrong += std::fabs(static_cast<double>(got.data()[i]) - y.data()[i]) <= units * unit * most.data()[i] ? 0 : 1;
    }
    REQUIRE(wrong == 0);
  };
  constexpr conv3d smooth{.in_channels = 4, .out_channels = 2, .kernel_size = 5, .padding = esp::same, .groups = 2};
  for (const bool cancels : {false, true}) {
    check.template operator()<box, known::taps<9, [](esp::tap_index) { return 1.0 / 729; }>>(cancels);
    check.template operator()<smooth, known::taps<5, known::gaussian>>(cancels);
  }
}

namespace {

// A window inside and one that ends with the volume.
template <conv3d config, class T>
void check_windows() {
  using kernel = esp::detail::separable_forward<config, known::taps<config.kernel_size, known::gaussian>, T>;
  constexpr dims5 input{1, 1, 30, 29, 50};
  const dims5 output = esp::output_dims(config, input);
  std::mt19937 engine(44);
  drawn::fenced<T> x(input.size()), bias(1);
  known::draw(x, engine, false), known::draw(bias, engine, false);
  const auto y = known::forward<config, known::taps<config.kernel_size, known::gaussian>, T>(x, bias, input, 1);
  constexpr extents grid = kernel::window_grid;
  for (const esp::volume_window& asked :
       {esp::volume_window{{grid.d, grid.h, 7}, {output.d - grid.d, grid.h, 31}},
        esp::volume_window{{0, 0, 0}, {grid.d, grid.h, 2}},
        esp::volume_window{{grid.d, 2 * grid.h, 41}, {output.d - grid.d, output.h - 2 * grid.h, output.w - 41}}}) {
    const esp::input_part part = esp::input_window(config, input, asked);
    std::vector<T> read;
    for (index_t d = 0; d < part.window.size.d; ++d)
      for (index_t h = 0; h < part.window.size.h; ++h)
        for (index_t w = 0; w < part.window.size.w; ++w) {
          read.push_back(x.data()[((part.window.begin.d + d) * input.h + part.window.begin.h + h) * input.w +
                                  part.window.begin.w + w]);
        }
    const auto plan = kernel::plan(input, asked, 2);
    std::vector<T> got(static_cast<std::size_t>(asked.size.volume())), scratch(static_cast<std::size_t>(plan.scratch));
    kernel::run(plan, read.data(), static_cast<const T*>(nullptr), bias.data(), got.data(), scratch.data(),
                esp::threads{2});
    index_t wrong = 0, i = 0;
    for (index_t d = 0; d < asked.size.d; ++d)
      for (index_t h = 0; h < asked.size.h; ++h)
        for (index_t w = 0; w < asked.size.w; ++w, ++i) {
          const T whole = y.data()[((asked.begin.d + d) * output.h + asked.begin.h + h) * output.w + asked.begin.w + w];
          wrong += got[static_cast<std::size_t>(i)] == whole ? 0 : 1;
        }
    REQUIRE(wrong == 0);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("windows of the output have the bits of the whole", "[separable]", float, double) {
  constexpr conv3d plain{.in_channels = 1, .out_channels = 1, .kernel_size = {5, 4, 9}, .padding = esp::same};
  check_windows<plain, TestType>();
  check_windows<replicated(plain), TestType>();
  check_windows<reflected(plain), TestType>();
  check_windows<turning(plain), TestType>();
  check_windows<mixed(plain), TestType>();
}

TEST_CASE("which calls are computed along lines", "[separable]") {
  using sums = known::taps<9, known::sum>;
  STATIC_REQUIRE(esp::detail::separable_serves<box, sums, float>());
  STATIC_REQUIRE(!esp::detail::separable_serves<strided, sums, float>());
  STATIC_REQUIRE(!esp::detail::separable_serves<dilated, sums, float>());
  STATIC_REQUIRE(!esp::detail::separable_serves<direct, sums, float>());
  STATIC_REQUIRE(!esp::detail::separable_serves<projected, sums, float>());
  STATIC_REQUIRE(esp::detail::separable_serves<replicated(box), sums, float>());
  STATIC_REQUIRE(!esp::detail::separable_serves<replicated(far_padded), sums, float>());
  // Few taps of few channels: as cheap as three passes.
  constexpr conv3d pair{.in_channels = 1, .out_channels = 1, .kernel_size = 2};
  STATIC_REQUIRE(!esp::detail::separable_serves<pair, known::taps<2, known::sum>, float>());
}

TEMPLATE_TEST_CASE("the gradient of a weight that nothing depends on is zero", "[separable]", float, double) {
  using kernel =
      esp::detail::constant_backward_weights<conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3}, TestType>;
  std::vector<TestType> gradient(2 * 3 * 27, TestType(7));
  const TestType* const none = nullptr;
  TestType* const scratch = nullptr;
  const auto plan = kernel::plan({1, 2, 3, 3, 3}, {1, 3, 1, 1, 1}, 4);
  REQUIRE((plan.scratch == 0 && kernel::packed_size() == 0));
  kernel::run(plan, none, none, gradient.data(), true, scratch, esp::serial{});
  REQUIRE(gradient == std::vector<TestType>(gradient.size(), TestType(7)));
  kernel::run(plan, none, none, gradient.data(), false, scratch, esp::serial{});
  REQUIRE(gradient == std::vector<TestType>(gradient.size(), TestType(0)));
}
