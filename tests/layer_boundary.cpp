// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <string>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

// A layer on a replicated border: what it computes of an input is what its twin without padding computes of the padded
// input, for every algorithm, and where the weight is packed in parts.

namespace {

using support::drawn, support::same, support::shape5, support::throws;

constexpr esp::conv3d without_padding(esp::conv3d config) {
  config.padding = 0;
  config.boundary = esp::boundary::zeros;
  return config;
}

/// `x` with the elements of its border repeated around it.
template <class Tensor>
Tensor padded(const Tensor& x, const esp::pads& pad) {
  const auto& shape = x.shape();
  const auto axis = [&](std::size_t i, esp::index_t before, esp::index_t after) {
    return shape[i] + static_cast<std::size_t>(before + after);
  };
  Tensor to(shape5{shape[0], shape[1], axis(2, pad.before.d, pad.after.d), axis(3, pad.before.h, pad.after.h),
                   axis(4, pad.before.w, pad.after.w)});
  const auto nearest = [&](std::size_t at, esp::index_t before, std::size_t size) {
    const esp::index_t last = static_cast<esp::index_t>(size) - 1;
    return static_cast<std::size_t>(std::clamp<esp::index_t>(static_cast<esp::index_t>(at) - before, 0, last));
  };
  for (std::size_t n = 0; n < to.shape()[0]; ++n)
    for (std::size_t c = 0; c < to.shape()[1]; ++c)
      for (std::size_t d = 0; d < to.shape()[2]; ++d)
        for (std::size_t h = 0; h < to.shape()[3]; ++h)
          for (std::size_t w = 0; w < to.shape()[4]; ++w) {
            to(n, c, d, h, w) = x(n, c, nearest(d, pad.before.d, shape[2]), nearest(h, pad.before.h, shape[3]),
                                  nearest(w, pad.before.w, shape[4]));
          }
  return to;
}

template <esp::conv3d Config, class T>
void require_twins(const shape5& shape) {
  using layer = esp::constrained_conv3d<Config, esp::modes::zero_mean, T>;
  esp::constrained_conv3d<without_padding(Config), esp::modes::zero_mean, T> twin(esp::seed{7});
  const layer conv(esp::seed{7});
  const auto x = drawn<T>(shape);
  const auto y = twin(padded(x, esp::pads_of(Config)));
  for (const esp::index_t team : {1, 2, 5}) REQUIRE(same(conv(x, esp::threads{team}), y));
}

constexpr auto border = esp::boundary::replicate;

}  // namespace

TEMPLATE_TEST_CASE("a replicated border is a padded input", "[boundary]", float, double) {
  using T = TestType;
  constexpr esp::conv3d few{
      .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .groups = 2, .boundary = border};
  constexpr esp::conv3d strided{.in_channels = 2,
                                .out_channels = 3,
                                .kernel_size = {2, 3, 4},
                                .stride = {2, 1, 3},
                                .dilation = {3, 1, 1},
                                .padding = {{5, 0}, {0, 2}, {9, 4}},
                                .boundary = border};
  constexpr esp::conv3d one{
      .in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same, .boundary = border};
  constexpr esp::conv3d extent_one{
      .in_channels = 3, .out_channels = 5, .kernel_size = 1, .padding = {1, 0, 2}, .boundary = border};
  for (const shape5& shape : {shape5{2, 4, 5, 7, 19}, {1, 4, 1, 1, 1}, {0, 4, 3, 3, 3}}) require_twins<few, T>(shape);
  require_twins<strided, T>({2, 2, 4, 5, 23});
  require_twins<one, T>({1, 1, 6, 1, 21});
  require_twins<extent_one, T>({2, 3, 2, 3, 4});
}

TEMPLATE_TEST_CASE("a replicated border of many channels is a padded input", "[boundary]", float, double) {
  using T = TestType;
  constexpr esp::conv3d winograd{
      .in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1, .boundary = border};
  constexpr esp::conv3d direct{.in_channels = 48,
                               .out_channels = 64,
                               .kernel_size = 3,
                               .padding = 1,
                               .algorithm = esp::algorithm::direct,
                               .boundary = border};
  require_twins<winograd, T>({2, 16, 3, 5, 33});
  require_twins<direct, T>({1, 48, 9, 10, 18});
  // Few outputs: each part of the weight is read once, and packed when it is.
  using kernel = esp::direct_forward<direct, T>;
  REQUIRE(kernel::part_size(kernel::plan({1, 48, 2, 5, 20}, {1, 64, 2, 5, 20}, 1)) > 0);
  require_twins<direct, T>({1, 48, 2, 5, 20});
}

TEST_CASE("nothing can be repeated of an input that is empty along a padded axis", "[boundary]") {
  constexpr esp::conv3d config{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 2, .boundary = border};
  using layer = esp::constrained_conv3d<config>;
  const layer conv;
  const auto x = drawn<float>({1, 1, 3, 0, 4});
  REQUIRE(throws([&] { static_cast<void>(conv(x)); }, "ESP-204", "empty along H"));
  REQUIRE(throws([] { static_cast<void>(layer::scratch_size({1, 1, 0, 3, 3})); }, "ESP-204", "empty along D"));
}
