// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/layer_window.hpp>
#include <espalier/modes.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/layer.hpp"
#include "support/xtensor.hpp"

namespace {

using esp::dims5, esp::volume_window;

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d bare{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .bias = false};

/// A window of a tensor.
auto cut(const auto& x, const volume_window& w) {
  const auto along = [](esp::index_t begin, esp::index_t size) { return xt::range(begin, begin + size); };
  return xt::view(x, xt::all(), xt::all(), along(w.begin.d, w.size.d), along(w.begin.h, w.size.h),
                  along(w.begin.w, w.size.w));
}

template <class T>
esp::tensor<T, 5> numbers(const dims5& shape) {
  auto x = esp::stored_tensors<T>::empty(shape);
  for (std::size_t i = 0; i < x.size(); ++i) x.storage()[i] = static_cast<T>((i * i + 3 * i) % 17) / 7;
  return x;
}

template <class Layer>
void check(const Layer& layer, const dims5& input, const volume_window& window) {
  const auto x = numbers<typename Layer::element>(input);
  const esp::tensor<typename Layer::element, 5> whole = layer(x), expected = cut(whole, window);
  const volume_window read = esp::read_window(layer, input, window);
  // A view is read through a copy, a tensor in place.
  const esp::tensor<typename Layer::element, 5> part = cut(x, read);
  REQUIRE((esp::forward_window(layer, cut(x, read), input, window) == expected));
  REQUIRE((esp::forward_window(layer, part, input, window, esp::threads{2}) == expected));
}

}  // namespace

TEST_CASE("a window of a layer is that of its output", "[window]") {
  check(esp::constrained_conv3d<config, esp::modes::unit_l2>{esp::seed{1}}, {2, 2, 7, 8, 9}, {{3, 0, 4}, {2, 8, 3}});
  check(esp::constrained_conv3d<bare, esp::identity, double>{esp::seed{2}}, {1, 2, 7, 8, 9}, {{1, 2, 3}, {4, 4, 4}});
}

TEST_CASE("a part of another shape, and a window outside of the output, are refused", "[window]") {
  const esp::constrained_conv3d<config, esp::modes::unit_l2> layer{esp::seed{1}};
  constexpr dims5 input{1, 2, 8, 8, 8};
  const auto refused = [&](const dims5& part, const volume_window& window) -> std::string {
    try {
      static_cast<void>(esp::forward_window(layer, numbers<float>(part), input, window));
    } catch (const esp::error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refused({1, 2, 4, 8, 8}, {{3, 0, 0}, {2, 8, 8}}).empty());
  CHECK(refused({1, 2, 2, 8, 8}, {{3, 0, 0}, {2, 8, 8}}) ==
        "ESP-252: the part of the input has shape (1, 2, 2, 8, 8) but the window reads one of shape (1, 2, 4, 8, 8); "
        "ask read_window(layer, input, window) where it lies");
  CHECK(refused({1, 2, 4, 8, 8}, {{3, 0, 0}, {0, 8, 8}}).substr(0, 7) == "ESP-250");
  CHECK(refused({1, 2, 4, 8, 8}, {{7, 0, 0}, {2, 8, 8}}).substr(0, 7) == "ESP-251");
}
