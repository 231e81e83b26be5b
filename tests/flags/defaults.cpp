// SPDX-License-Identifier: BSD-3-Clause
// Compiled with settings of xtensor that an including project may change: every kind of operand and output has the
// values that a plain call on plain memory has.
#include <cstdio>
#include <espalier/espalier.hpp>
#include <vector>
#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

namespace {

using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = {1, 2, 3}},
                                      esp::modes::unit_l2>;
template <class T, xt::layout_type Layout>
using five_axes = xt::xtensor<T, 5, Layout>;

constexpr esp::dims5 in{2, 2, 3, 4, 5}, out{2, 3, 3, 3, 3};
int wrong = 0;

template <class F>
void each(esp::dims5 s, const F& f) {
  esp::index_t i = 0;
  for (esp::index_t n = 0; n < s.n; ++n)
    for (esp::index_t c = 0; c < s.c; ++c)
      for (esp::index_t d = 0; d < s.d; ++d)
        for (esp::index_t h = 0; h < s.h; ++h)
          for (esp::index_t w = 0; w < s.w; ++w) f(i++, n, c, d, h, w);
}
template <class E>
void put(E&& e, esp::dims5 s, const std::vector<float>& values) {
  each(s, [&](esp::index_t i, auto... at) { e(at...) = values[static_cast<std::size_t>(i)]; });
}
template <class E>
void require(const char* what, const E& e, esp::dims5 s, const std::vector<float>& values) {
  int here = 0;
  each(s, [&](esp::index_t i, auto... at) {
    here += static_cast<float>(e(at...)) == values[static_cast<std::size_t>(i)] ? 0 : 1;
  });
  if (here != 0) std::printf("%s: %d wrong\n", what, here);
  wrong += here;
}
template <class E>
E shaped(esp::dims5 s) {
  const auto size = [](esp::index_t n) { return static_cast<std::size_t>(n); };
  return E::from_shape({size(s.n), size(s.c), size(s.d), size(s.h), size(s.w)});
}

template <class Out>
void into(const char* what, const layer& conv, const auto& x, const std::vector<float>& expected) {
  auto y = shaped<Out>(out);
  conv.forward(x, y);
  require(what, y, out, expected);
}

}  // namespace

int main() {
  constexpr auto row = xt::layout_type::row_major, column = xt::layout_type::column_major;
  layer conv{esp::seed{3}};
  std::vector<float> x(240), expected(162);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 13) - 6.0F;
  conv.forward(x.data(), in, expected.data());

  auto plain = shaped<five_axes<float, row>>(in);
  auto turned = shaped<five_axes<float, column>>(in);
  auto wide = shaped<five_axes<double, column>>(in);
  auto defaults = shaped<xt::xtensor<float, 5>>(in);
  put(plain, in, x);
  put(turned, in, x);
  put(wide, in, x);
  put(defaults, in, x);
  require("plain", conv(plain), out, expected);
  require("column-major", conv(turned), out, expected);
  require("double", conv(wide), out, expected);
  require("the default layout", conv(defaults), out, expected);
  require("a formula", conv(turned * 2.0F - defaults), out, expected);

  into<five_axes<float, row>>("into row-major", conv, turned, expected);
  into<five_axes<float, column>>("into column-major", conv, turned, expected);
  into<five_axes<double, row>>("into double", conv, plain, expected);
  into<five_axes<double, column>>("into column-major double", conv, wide, expected);
  into<xt::xtensor<float, 5>>("into the default layout", conv, defaults, expected);
  into<xt::xarray<float>>("into an xarray", conv, plain, expected);
  auto large = shaped<five_axes<float, row>>({2, 3, 3, 3, 6});
  auto part = xt::view(large, xt::all(), xt::all(), xt::all(), xt::all(), xt::range(1, 4));
  conv.forward(turned, part);
  require("into a view", part, out, expected);

  auto gradient = shaped<five_axes<double, column>>(out);
  put(gradient, out, expected);
  auto gradient_plain = shaped<five_axes<float, row>>(out);
  put(gradient_plain, out, expected);
  layer other{esp::seed{3}};
  const auto from_plain = conv.backward(plain, gradient_plain);
  const auto from_turned = other.backward(turned, gradient);
  std::vector<float> grad_x(from_plain.data(), from_plain.data() + 240);
  require("the input's gradient", from_turned, in, grad_x);
  const auto* const a = conv.weight_gradient().data();
  const auto* const b = other.weight_gradient().data();
  for (std::size_t i = 0; i < conv.weight_gradient().size(); ++i) wrong += a[i] == b[i] ? 0 : 1;

  auto y = shaped<five_axes<float, column>>(out);
  put(y, out, expected);
  auto target = shaped<five_axes<float, column>>(out);
  put(target, out, std::vector<float>(162, 0.0F));
  const auto loss_plain = esp::mean_squared_error(gradient_plain, target);
  const auto loss_turned = esp::mean_squared_error(y, target);
  wrong += loss_plain.value == loss_turned.value ? 0 : 1;
  require("the loss's gradient", loss_turned.gradient, out,
          std::vector<float>(loss_plain.gradient.data(), loss_plain.gradient.data() + 162));
  return wrong == 0 ? 0 : 1;
}
