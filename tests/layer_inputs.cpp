// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <vector>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

// What a layer reads and writes, and what it refuses. Parameters and priors: layer.cpp.

namespace {

using support::drawn, support::same, support::shape5, support::throws;

constexpr esp::conv3d config{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1};
using layer = esp::constrained_conv3d<config, esp::modes::unit_l2>;

/// The layer gives for `expression` what it gives for the same values in a tensor of its own.
template <class E>
bool agrees(const E& expression, const esp::tensor<float, 5>& values) {
  const layer conv(esp::seed{8});
  const auto expected = conv(values);
  esp::tensor<float, 5> y(expected.shape());
  conv.forward(expression, y);
  return same(conv(expression), expected) && same(y, expected) && same(conv(expression, esp::threads{2}), expected);
}

/// The same with the values read one by one.
template <class E>
bool reads(const E& expression) {
  const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(expression.shape()[axis]); };
  esp::tensor<float, 5> values(shape5{size(0), size(1), size(2), size(3), size(4)});
  for (std::size_t n = 0; n < size(0); ++n)
    for (std::size_t c = 0; c < size(1); ++c)
      for (std::size_t d = 0; d < size(2); ++d)
        for (std::size_t h = 0; h < size(3); ++h)
          for (std::size_t w = 0; w < size(4); ++w)
            values(n, c, d, h, w) = static_cast<float>(expression(n, c, d, h, w));
  return agrees(expression, values);
}

}  // namespace

TEST_CASE("containers of every kind are inputs", "[layer]") {
  const auto x = drawn({2, 4, 3, 5, 7});
  REQUIRE(reads(x));
  REQUIRE(reads(xt::xarray<float>(x)));
  REQUIRE(reads(xt::xtensor<float, 5, xt::layout_type::column_major>(x)));
  REQUIRE(reads(xt::xtensor<float, 5, xt::layout_type::dynamic>(x)));
  REQUIRE(reads(xt::xtensor_fixed<float, xt::xshape<2, 4, 3, 5, 7>>(x)));
}

TEST_CASE("views are inputs", "[layer]") {
  const auto x = drawn({2, 8, 6, 5, 9});
  REQUIRE(reads(xt::view(x, xt::all(), xt::range(2, 6), xt::all(), xt::all(), xt::all())));
  REQUIRE(reads(xt::view(x, xt::range(1, 2), xt::range(0, 4), xt::all(), xt::all(), xt::all())));
  REQUIRE(reads(xt::view(x, xt::all(), xt::range(0, 8, 2), xt::range(0, 6, 3), xt::all(), xt::range(1, 9, 2))));
  REQUIRE(reads(xt::view(x, 1, xt::newaxis(), xt::range(0, 4), xt::all(), xt::all(), xt::all())));
  REQUIRE(reads(xt::strided_view(x, {xt::all(), xt::range(4, 8), xt::ellipsis()})));

  const auto four = drawn({2, 4, 6, 5, 9});
  REQUIRE(reads(xt::transpose(four, {0, 1, 4, 3, 2})));
  REQUIRE(reads(xt::transpose(drawn({9, 5, 6, 4, 2}))));
  REQUIRE(reads(xt::flip(four, 4)));

  esp::tensor<float, 5> repeated(shape5{3, 4, 6, 5, 9});
  for (std::size_t i = 0; i < repeated.size(); ++i) repeated.data()[i] = four.data()[i % (four.size() / 2)];
  REQUIRE(agrees(xt::broadcast(xt::view(four, xt::range(0, 1)), {3, 4, 6, 5, 9}), repeated));
}

TEST_CASE("foreign memory is an input", "[layer]") {
  const auto x = drawn({1, 4, 3, 5, 7});
  const std::vector<std::size_t> shape{1, 4, 3, 5, 7};
  const std::vector<float> values(x.begin(), x.end());
  REQUIRE(reads(xt::adapt(values, shape)));
  REQUIRE(reads(xt::adapt(values, shape5{1, 4, 3, 5, 7})));
  REQUIRE(reads(xt::adapt(values.data(), values.size(), xt::no_ownership(), shape)));
  std::vector<float> writable = values;
  REQUIRE(reads(xt::adapt(writable.data(), writable.size(), xt::no_ownership(), shape)));
  // Channels last: N, D, H, W, C in memory.
  REQUIRE(reads(xt::adapt(values, shape5{1, 4, 3, 5, 7}, std::array<std::ptrdiff_t, 5>{420, 1, 140, 28, 4})));
}

TEST_CASE("arithmetic and other element types are inputs", "[layer]") {
  const auto x = drawn({1, 4, 3, 5, 7}, 1), other = drawn({1, 4, 3, 5, 7}, 2);
  REQUIRE(reads(2 * x + 1));
  REQUIRE(reads(x * other - x));
  esp::tensor<float, 5> rows = x;
  for (std::size_t i = 0; i < rows.size(); ++i) rows.data()[i] = x.data()[i] - x.data()[i / 7 * 7];
  REQUIRE(agrees(x - xt::view(x, xt::all(), xt::all(), xt::all(), xt::all(), xt::range(0, 1)), rows));
  REQUIRE(reads(xt::ones<float>({1, 4, 2, 2, 2})));
  REQUIRE(reads(xt::xtensor<double, 5>(x)));
  REQUIRE(reads(xt::cast<int>(8 * x)));
  REQUIRE(reads(xt::xtensor<std::uint8_t, 5>(100 * (x + 1.0F))));

  const esp::constrained_conv3d<config, esp::modes::unit_l2, double> wide(esp::seed{8});
  REQUIRE(same(wide(x), wide(xt::xtensor<double, 5>(x))));
}

TEST_CASE("raw pointers, with and without scratch of the caller, give what tensors give", "[layer]") {
  const layer conv(esp::seed{8});
  const auto x = drawn({2, 4, 3, 5, 7});
  const auto expected = conv(x);
  const esp::dims5 input{2, 4, 3, 5, 7};
  esp::tensor<float, 5> y(expected.shape());
  conv.forward(x.data(), input, y.data());
  REQUIRE(same(y, expected));
  y.fill(0);
  conv.forward(x.data(), input, y.data(), esp::threads{3});
  REQUIRE(same(y, expected));
  y.fill(0);
  std::vector<float> scratch(static_cast<std::size_t>(layer::scratch_size(input, 2)));
  conv.forward(x.data(), input, y.data(), scratch, esp::threads{2});
  REQUIRE(same(y, expected));
}

TEST_CASE("the output goes where the caller wants it", "[layer]") {
  const layer conv(esp::seed{8});
  const auto x = drawn({2, 4, 3, 5, 7});
  const auto expected = conv(x);

  xt::xarray<float> dynamic(xt::xarray<float>::shape_type{2, 6, 3, 5, 7}, -1.0F);
  const float* const memory = dynamic.data();
  conv.forward(x, dynamic);
  REQUIRE(dynamic.data() == memory);
  REQUIRE(std::equal(dynamic.begin(), dynamic.end(), expected.begin()));

  esp::tensor<float, 5> large(shape5{3, 8, 3, 5, 10});
  large.fill(-7);
  conv.forward(x, xt::view(large, xt::range(1, 3), xt::range(1, 7), xt::all(), xt::all(), xt::range(0, 7)),
               esp::threads{2});
  std::size_t outside = 0;
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t c = 0; c < 8; ++c)
      for (std::size_t d = 0; d < 3; ++d)
        for (std::size_t h = 0; h < 5; ++h)
          for (std::size_t w = 0; w < 10; ++w) {
            const float found = large(n, c, d, h, w);
            if (n >= 1 && c >= 1 && c < 7 && w < 7) {
              REQUIRE(found == expected(n - 1, c - 1, d, h, w));
            } else {
              outside += found == -7 ? 1 : 0;
            }
          }
  REQUIRE(outside == large.size() - expected.size());

  esp::tensor<float, 5> stack(shape5{4, 6, 3, 5, 7});
  stack.fill(-7);
  conv.forward(x, xt::view(stack, xt::range(1, 3)));
  REQUIRE(std::equal(expected.begin(), expected.end(), stack.data() + stack.size() / 4));
  REQUIRE(stack(0, 5, 2, 4, 6) == -7);
  REQUIRE(stack(3, 0, 0, 0, 0) == -7);

  xt::xtensor<double, 5> wide(expected.shape());
  conv.forward(x, wide);
  REQUIRE(std::equal(wide.begin(), wide.end(), expected.begin()));

  std::vector<float> foreign(expected.size());
  conv.forward(x, xt::adapt(foreign, shape5{2, 6, 3, 5, 7}));
  REQUIRE(std::equal(foreign.begin(), foreign.end(), expected.begin()));
}

TEST_CASE("an empty batch gives an empty output", "[layer]") {
  const layer conv;
  const auto y = conv(drawn({0, 4, 3, 5, 7}), esp::threads{2});
  REQUIRE(y.shape() == shape5{0, 6, 3, 5, 7});
  esp::tensor<float, 5> into(shape5{0, 6, 3, 5, 7});
  conv.forward(drawn({0, 4, 3, 5, 7}), into);
  REQUIRE(throws([&] { static_cast<void>(conv(drawn({0, 3, 3, 5, 7}))); }, "ESP-101"));
}

namespace {

/// Calls the layer in both forms and with an output prefilled; true if both throw this and the output is unchanged.
template <class X, class... Parts>
bool refused(const X& x, const char* id, const Parts&... parts) {
  const layer conv;
  esp::tensor<float, 5> y(shape5{1, 6, 3, 5, 7});
  y.fill(-7);
  return throws([&] { static_cast<void>(conv(x)); }, id, parts...) &&
         throws([&] { conv.forward(x, y); }, id, parts...) &&
         std::all_of(y.begin(), y.end(), [](float v) { return v == -7; });
}

}  // namespace

TEST_CASE("wrong inputs are refused with a sentence before anything is written", "[layer]") {
  REQUIRE(refused(xt::xarray<float>(xt::ones<float>({4, 3, 5, 7})), "ESP-100", "4 axes", "(N, C, D, H, W)", "reshape"));
  REQUIRE(refused(xt::xarray<float>(xt::ones<float>({1, 1, 4, 3, 5, 7})), "ESP-100", "6 axes"));
  REQUIRE(refused(drawn({1, 3, 3, 5, 7}), "ESP-101", "3 channels", "expects 4"));
  REQUIRE(refused(2 * drawn({1, 8, 3, 5, 7}), "ESP-101", "8 channels"));
  REQUIRE(refused(drawn({1, 4, 0, 5, 7}), "ESP-102", "(1, 4, 0, 5, 7)", "along D", "reaches over 3"));
  REQUIRE(refused(xt::broadcast(drawn({1, 1, 1, 1, 1}), shape5{1, 4, std::size_t{1} << 31, std::size_t{1} << 31, 7}),
                  "ESP-103", "64-bit"));

  const esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 2, .kernel_size = {1, 5, 3}}> unpadded;
  REQUIRE(throws([&] { static_cast<void>(unpadded(drawn({1, 4, 1, 4, 3}))); }, "ESP-102", "along H", "4 + 0 padded",
                 "reaches over 5"));
  REQUIRE(throws([&] { static_cast<void>(unpadded(drawn({1, 4, 1, 5, 2}))); }, "ESP-102", "along W"));
  REQUIRE(unpadded(drawn({1, 4, 1, 5, 3})).size() == 2);
}

TEST_CASE("a team of no threads is refused before anything is written", "[layer]") {
  const layer conv;
  const auto x = drawn({1, 4, 3, 5, 7});
  esp::tensor<float, 5> y(shape5{1, 6, 3, 5, 7});
  y.fill(-7);
  for (const esp::index_t team : {esp::index_t{0}, esp::index_t{-2}, esp::index_t{1} << 40}) {
    REQUIRE(throws([&] { static_cast<void>(conv(x, esp::threads{team})); }, "ESP-111", std::to_string(team)));
    REQUIRE(throws([&] { conv.forward(x, y, esp::threads{team}); }, "ESP-111"));
  }
  REQUIRE(std::all_of(y.begin(), y.end(), [](float v) { return v == -7; }));
}

TEST_CASE("wrong outputs are refused and stay as they are", "[layer]") {
  const layer conv;
  const auto x = drawn({1, 4, 3, 5, 7});
  for (const shape5& shape : {shape5{1, 6, 3, 5, 8}, {2, 6, 3, 5, 7}, {1, 4, 3, 5, 7}, {0, 6, 3, 5, 7}}) {
    esp::tensor<float, 5> y(shape);
    y.fill(-7);
    REQUIRE(throws([&] { conv.forward(x, y); }, "ESP-107", "the result has (1, 6, 3, 5, 7)", "resize"));
    REQUIRE(std::all_of(y.begin(), y.end(), [](float v) { return v == -7; }));
  }
  xt::xarray<float> flat(xt::xarray<float>::shape_type{630}, -7.0F);
  REQUIRE(throws([&] { conv.forward(x, flat); }, "ESP-100", "1 axes"));
  REQUIRE(flat(629) == -7);
}

TEST_CASE("an output that overlaps the input is refused", "[layer]") {
  const esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = 1}> conv;
  auto x = drawn({3, 2, 3, 4, 5});
  const auto before = x;
  REQUIRE(throws([&] { conv.forward(x, x); }, "ESP-108", "overlaps", "other memory"));
  auto first = xt::view(x, xt::range(0, 2)), last = xt::view(x, xt::range(1, 3));
  REQUIRE(throws([&] { conv.forward(first, last); }, "ESP-108"));
  REQUIRE(throws([&] { conv.forward(last, first); }, "ESP-108"));
  REQUIRE(throws([&] { conv.forward(x.data(), esp::dims5{1, 2, 3, 4, 5}, x.data() + 119); }, "ESP-108"));
  REQUIRE(same(x, before));

  // Neighbours in memory do not overlap, and what is read or written through a copy never does.
  const auto expected = conv(xt::view(x, xt::range(0, 1)));
  conv.forward(xt::view(x, xt::range(0, 1)), xt::view(x, xt::range(1, 2)));
  REQUIRE(std::equal(expected.begin(), expected.end(), x.data() + 120));
  x = before;
  const auto flipped = conv(xt::flip(x, 4));
  conv.forward(xt::flip(x, 4), x);
  REQUIRE(same(x, flipped));
}

TEST_CASE("a weight or a bias of another shape is refused", "[layer]") {
  layer conv(esp::seed{8});
  const auto x = drawn({1, 4, 3, 5, 7});
  const auto weight = conv.weight();
  const auto bias = conv.bias();
  esp::tensor<float, 5> y(shape5{1, 6, 3, 5, 7});
  y.fill(-7);
  const auto refuses = [&] {
    return throws([&] { static_cast<void>(conv(x)); }, "ESP-109", "another shape", "assign") &&
           throws([&] { conv.forward(x, y); }, "ESP-109") &&
           throws([&] { static_cast<void>(conv.constrained_weight()); }, "ESP-109") &&
           throws([&] { conv.project(); }, "ESP-109") && y(0, 5, 2, 4, 6) == -7 && y(0, 0, 0, 0, 0) == -7;
  };
  conv.weight() = drawn({6, 4, 3, 3, 1});
  REQUIRE(refuses());
  conv.weight() = weight;
  conv.bias() = esp::tensor<float, 1>{1, 2, 3};
  REQUIRE(refuses());
  conv.bias() = bias;
  conv.forward(x, y);
  REQUIRE(same(y, layer(esp::seed{8})(x)));

  y.fill(-7);
  const esp::tensor<float, 5> taken = std::move(conv.weight());
  REQUIRE(same(taken, weight));
  REQUIRE(refuses());
  conv.weight() = taken;
  REQUIRE(same(conv(x), layer(esp::seed{8})(x)));
}
