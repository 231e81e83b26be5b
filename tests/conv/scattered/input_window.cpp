// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/conv/reference.hpp>
#include <espalier/conv/scattered/input_window.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t, esp::volume_window;

std::vector<double> drawn(index_t count, std::mt19937& engine) {
  std::vector<double> result(static_cast<std::size_t>(count));
  for (double& value : result) value = static_cast<double>(static_cast<int>(engine() % 9) - 4);
  return result;
}

/// Every voxel of drawn windows against the loops, on integers.
template <esp::conv3d Config>
void check(const esp::dims5& input) {
  std::mt19937 engine(3);
  const esp::conv_problem p(Config, input);
  const auto weight = drawn(p.weight().size(), engine), grad_y = drawn(p.output.size(), engine);
  std::vector<double> whole(static_cast<std::size_t>(input.size()));
  esp::reference_backward_data(p, grad_y.data(), weight.data(), whole.data());
  const auto draw = [&](index_t size) { return static_cast<index_t>(engine()) % size; };
  for (int i = 0; i < 60; ++i) {
    volume_window window{{draw(input.d), draw(input.h), draw(input.w)}, {}};
    window.size = {1 + draw(input.d - window.begin.d), 1 + draw(input.h - window.begin.h),
                   1 + draw(input.w - window.begin.w)};
    const esp::gradient_part part = esp::gradient_part_of(Config, input, p.output, window);
    const auto& [at, size] = part.read;
    std::vector<double> read;
    for (index_t c = 0; c < p.output.n * p.output.c; ++c)
      for (index_t d = 0; d < size.d; ++d)
        for (index_t h = 0; h < size.h; ++h)
          for (index_t w = 0; w < size.w; ++w) {
            read.push_back(grad_y[static_cast<std::size_t>(
                ((c * p.output.d + at.d + d) * p.output.h + at.h + h) * p.output.w + at.w + w)]);
          }
    std::vector<double> result(static_cast<std::size_t>(esp::resized(input, window.size).size()), 7);
    esp::scattered_input_window<Config, double>::run(part, read.data(), input, weight.data(), result.data(),
                                                     esp::threads{1 + i % 3});
    std::size_t next = 0;
    for (index_t c = 0; c < input.n * input.c; ++c)
      for (index_t d = window.begin.d; d < window.begin.d + window.size.d; ++d)
        for (index_t h = window.begin.h; h < window.begin.h + window.size.h; ++h)
          for (index_t w = window.begin.w; w < window.begin.w + window.size.w; ++w) {
            const auto element = static_cast<std::size_t>(((c * input.d + d) * input.h + h) * input.w + w);
            REQUIRE(result[next++] == whole[element]);
          }
  }
}

}  // namespace

TEST_CASE("a window of the gradient of taps that lie far apart is that of the loops", "[conv][window]") {
  using enum esp::boundary;
  constexpr esp::conv3d cube{.in_channels = 4,
                             .out_channels = 2,
                             .kernel_size = {2, 3, 2},
                             .stride = {1, 2, 1},
                             .dilation = {1, 2, 3},
                             .padding = {{1, 0}, 3, 2},
                             .groups = 2};
  constexpr auto bordered = [](esp::conv3d c) {
    c.boundary = {replicate, {reflect, symmetric}, circular};
    return c;
  };
  check<cube>({2, 4, 4, 7, 6});
  check<bordered(cube)>({2, 4, 4, 7, 6});
}
