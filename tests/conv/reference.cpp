// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/conv/reference.hpp>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/reference.hpp"

namespace {

using esp::index_t;

std::vector<index_t> draw(index_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<index_t> values(static_cast<std::size_t>(count));
  for (index_t& v : values) v = static_cast<index_t>(engine() % 9) - 4;
  return values;
}

index_t dot(const std::vector<index_t>& a, const std::vector<index_t>& b) {
  index_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

TEST_CASE("a row convolved by hand", "[conv]") {
  const esp::conv_problem p({.in_channels = 1,
                             .out_channels = 1,
                             .kernel_size = {1, 1, 3},
                             .stride = {1, 1, 2},
                             .padding = {{0, 0}, {0, 0}, {1, 2}}},
                            {1, 1, 1, 1, 4});
  REQUIRE(p.output == esp::dims5{1, 1, 1, 1, 3});
  const std::vector<int> x{1, 2, 3, 4}, w{10, 1, -1}, bias{100};
  std::vector<int> y(3);
  esp::reference_forward(p, x.data(), w.data(), bias.data(), y.data());
  REQUIRE(y == std::vector<int>{0 + 1 - 2 + 100, 20 + 3 - 4 + 100, 40 + 0 - 0 + 100});
  std::vector<int> grad_x(4), grad_w(3), grad_b(1);
  const std::vector<int> grad_y{1, 2, 3};
  esp::reference_backward_data(p, grad_y.data(), w.data(), grad_x.data());
  REQUIRE(grad_x == std::vector<int>{1, -1 + 20, 2, -2 + 30});
  esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), grad_b.data());
  REQUIRE(grad_w == std::vector<int>{2 * 2 + 3 * 4, 1 * 1 + 2 * 3, 1 * 2 + 2 * 4});
  REQUIRE(grad_b == std::vector<int>{6});
}

// numpy.pad(x, (1, 2), mode="edge") is 1 1 2 3 4 4 4.
TEST_CASE("a row with a replicated border, by hand", "[conv]") {
  const esp::conv_problem p({.in_channels = 1,
                             .out_channels = 1,
                             .kernel_size = {1, 1, 3},
                             .stride = {1, 1, 2},
                             .padding = {{0, 0}, {0, 0}, {1, 2}},
                             .boundary = esp::boundary::replicate},
                            {1, 1, 1, 1, 4});
  const std::vector<int> x{1, 2, 3, 4}, w{10, 1, -1}, bias{100}, grad_y{1, 2, 3};
  std::vector<int> y(3), grad_x(4), grad_w(3), grad_b(1);
  esp::reference_forward(p, x.data(), w.data(), bias.data(), y.data());
  REQUIRE(y == std::vector<int>{10 + 1 - 2 + 100, 20 + 3 - 4 + 100, 40 + 4 - 4 + 100});
  esp::reference_backward_data(p, grad_y.data(), w.data(), grad_x.data());
  REQUIRE(grad_x == std::vector<int>{10 + 1, -1 + 20, 2, -2 + 30 + 3 - 3});
  esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), grad_b.data());
  REQUIRE(grad_w == std::vector<int>{1 * 1 + 2 * 2 + 4 * 3, 1 * 1 + 3 * 2 + 4 * 3, 2 * 1 + 4 * 2 + 4 * 3});
}

TEST_CASE("an activation comes after the bias", "[conv]") {
  const esp::conv_problem p(
      {.in_channels = 1, .out_channels = 2, .kernel_size = 1, .activation = esp::activation::relu}, {1, 1, 1, 1, 3});
  const std::vector<double> x{1, -2, std::nan("")}, w{3, -3}, bias{1, -6};
  std::vector<double> y(6);
  esp::reference_forward(p, x.data(), w.data(), bias.data(), y.data());
  REQUIRE((y[0] == 4 && y[1] == 0 && std::isnan(y[2]) && y[3] == 0 && y[4] == 0 && std::isnan(y[5])));
  REQUIRE_FALSE((std::signbit(y[1]) || std::signbit(y[3]) || std::signbit(y[4])));
}

// The three directions are one trilinear form: <grad_y, conv(w, x)> = <grad_x, x> = <grad_w, w>, exactly in integers.
TEST_CASE("the gradients are the transposes of the forward map", "[conv]") {
  const std::vector<esp::conv_problem> problems{
      {{.in_channels = 2, .out_channels = 3, .kernel_size = {2, 3, 1}, .padding = 1}, {2, 2, 3, 4, 5}},
      {{.in_channels = 4, .out_channels = 6, .kernel_size = 2, .stride = {3, 1, 2}, .padding = 2, .groups = 2},
       {1, 4, 4, 3, 6}},
      {{.in_channels = 3,
        .out_channels = 3,
        .kernel_size = 3,
        .stride = 2,
        .dilation = {1, 2, 3},
        .padding = {{4, 0}, {1, 3}, {3, 5}},
        .groups = 3},
       {2, 3, 5, 4, 6}},
      {{.in_channels = 1, .out_channels = 2, .kernel_size = {1, 4, 2}, .padding = esp::same}, {1, 1, 2, 5, 7}},
      {{.in_channels = 4,
        .out_channels = 2,
        .kernel_size = {2, 3, 3},
        .stride = {1, 2, 3},
        .dilation = {3, 1, 2},
        .padding = {{4, 5}, {7, 0}, {1, 3}},
        .groups = 2,
        .boundary = esp::boundary::replicate},
       {2, 4, 1, 3, 5}},
  };
  unsigned seed = 1;
  for (const esp::conv_problem& p : problems) {
    const auto x = draw(p.input.size(), seed++), w = draw(p.weight().size(), seed++);
    const auto grad_y = draw(p.output.size(), seed++);
    const std::vector<index_t> zero(static_cast<std::size_t>(p.output.c), 0);
    std::vector<index_t> y(grad_y.size()), grad_x(x.size()), grad_w(w.size()), grad_b(zero.size());
    esp::reference_forward(p, x.data(), w.data(), zero.data(), y.data());
    esp::reference_backward_data(p, grad_y.data(), w.data(), grad_x.data());
    esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), grad_b.data());
    REQUIRE(dot(y, grad_y) == dot(grad_x, x));
    REQUIRE(dot(y, grad_y) == dot(grad_w, w));
    index_t total = 0, total_bias = 0;
    for (const index_t g : grad_y) total += g;
    for (const index_t g : grad_b) total_bias += g;
    REQUIRE(total == total_bias);
  }
}

TEST_CASE("a padding zero is a number: NaN times it is NaN", "[conv]") {
  const esp::conv_problem p({.in_channels = 1, .out_channels = 1, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}},
                            {1, 1, 1, 1, 2});
  const std::vector<double> x{1, 1}, w{std::numeric_limits<double>::quiet_NaN(), 1, 1};
  std::vector<double> y(2);
  esp::reference_forward<double>(p, x.data(), w.data(), nullptr, y.data());
  REQUIRE(std::isnan(y[0]));
  REQUIRE(std::isnan(y[1]));
}

namespace {

// Whole numbers, with one of them replaced by what is not finite.
template <class T>
std::vector<T> whole(index_t count, std::mt19937& engine, T odd) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& v : values) v = static_cast<T>(static_cast<int>(engine() % 9) - 4);
  if (count > 0) values[engine() % values.size()] = odd;
  return values;
}

// Equal numbers, and NaN where the other has NaN.
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
  }
  return a.size() == b.size();
}

index_t drawn_between(index_t least, index_t most, std::mt19937& engine) {
  return least + static_cast<index_t>(engine() % static_cast<unsigned long>(most - least + 1));
}

esp::conv3d drawn_config(std::mt19937& engine) {
  const auto draw_extents = [&](index_t most) {
    return esp::extents{drawn_between(1, most, engine), drawn_between(1, most, engine), drawn_between(1, most, engine)};
  };
  const auto border = [&] { return std::array{drawn_between(0, 4, engine), drawn_between(0, 4, engine)}; };
  const auto d = border(), h = border(), w = border();
  esp::conv3d config;
  config.groups = drawn_between(1, 3, engine);
  config.in_channels = config.groups * drawn_between(1, 3, engine);
  config.out_channels = config.groups * drawn_between(1, 3, engine);
  config.kernel_size = draw_extents(4);
  config.stride = draw_extents(3);
  config.dilation = draw_extents(3);
  config.padding = {{d[0], d[1]}, {h[0], h[1]}, {w[0], w[1]}};
  config.boundary = engine() % 2 == 0 ? esp::boundary::zeros : esp::boundary::replicate;
  config.activation = engine() % 3 == 0 ? esp::activation::relu : esp::activation::none;
  return config;
}

}  // namespace

// What the kernels' tests compare with: the sums are exact, so that the order of the products does not matter.
TEMPLATE_TEST_CASE("the rows of the tests' loops are these loops", "[conv]", float, double) {
  using T = TestType;
  std::mt19937 engine(17);
  const auto size = [&](index_t most, index_t kernel, index_t dilation) {
    return drawn_between(1, most, engine) + (kernel - 1) * dilation;
  };
  constexpr T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (int i = 0; i < 300; ++i) {
    const esp::conv3d config = drawn_config(engine);
    const esp::extents &k = config.kernel_size, &l = config.dilation;
    const esp::conv_problem p(config, {drawn_between(0, 2, engine), config.in_channels, size(3, k.d, l.d),
                                       size(4, k.h, l.h), size(40, k.w, l.w)});
    const T odd = std::array{T(1), nan, infinity, -infinity}[static_cast<std::size_t>(i % 4)];
    const auto x = whole(p.input.size(), engine, T(2)), w = whole(p.weight().size(), engine, odd);
    const auto grad_y = whole(p.output.size(), engine, i % 8 < 4 ? T(3) : nan);
    const auto bias = whole(p.output.c, engine, T(1));
    const T* const given = i % 5 == 0 ? nullptr : bias.data();
    std::vector<T> y(grad_y.size()), grad_x(x.size()), grad_w(w.size()), grad_b(bias.size());
    auto row_y = y, row_x = grad_x, row_w = grad_w, row_b = grad_b;
    esp::reference_forward(p, x.data(), w.data(), given, y.data());
    esp::reference_backward_data(p, grad_y.data(), w.data(), grad_x.data());
    esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), i % 5 == 0 ? nullptr : grad_b.data());
    reference::forward(p, x.data(), w.data(), given, row_y.data());
    reference::backward_data(p, grad_y.data(), w.data(), row_x.data());
    reference::backward_weights(p, x.data(), grad_y.data(), row_w.data(), i % 5 == 0 ? nullptr : row_b.data());
    INFO("problem " << i << ", input " << esp::to_string(p.input));
    REQUIRE(same(row_y, y));
    REQUIRE(same(row_x, grad_x));
    REQUIRE(same(row_w, grad_w));
    REQUIRE(same(row_b, grad_b));
  }
}
