// SPDX-License-Identifier: BSD-3-Clause
// Windows of every family between walls: their bits are those of the whole output, and nothing beside the part is read.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/gaussian.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/windowed_convolution.hpp>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "conv/replicated.hpp"
#include "conv/walled.hpp"
#include "conv/window_rows.hpp"
#include "support/catch.hpp"

namespace {

using drawn::causal, drawn::mirrored, drawn::mixed, drawn::reflected, drawn::replicated, drawn::turning;
using drawn::drawn_reals, drawn::rows_of;
using esp::conv3d, esp::dims5, esp::extents, esp::index_t, esp::kernel_family, esp::volume_window;

bool inside(const volume_window& window, const dims5& volume) {
  const auto& [at, size] = window;
  return at.d >= 0 && at.h >= 0 && at.w >= 0 && at.d + size.d <= volume.d && at.h + size.h <= volume.h &&
         at.w + size.w <= volume.w;
}

/// Drawn windows of one layer on one input.
template <conv3d Config, auto Prior, class T>
class layer_windows {
  using whole = esp::convolution<Config, Prior, T>;
  using windowed = esp::windowed_convolution<Config, Prior, T>;

 public:
  layer_windows(const dims5& shape, unsigned seed)
      : engine(seed),
        input(shape),
        output(whole::output_shape(shape)),
        x(drawn_reals<T>(shape.size(), engine)),
        weight(drawn_reals<T>(whole::weights.size(), engine)),
        bias(drawn_reals<T>(Config.out_channels, engine)),
        y(static_cast<std::size_t>(output.size())) {
    std::vector<T> scratch(static_cast<std::size_t>(whole::scratch_size(input)));
    whole::forward(x.data(), input, weight.data(), bias.data(), y.data(), std::span<T>(scratch));
  }

  index_t check(index_t count) {
    for (index_t i = 0; i < count; ++i) {
      const auto [d, D] = draw(output.d);
      const auto [h, H] = draw(output.h);
      const auto [w, W] = draw(output.w);
      compare({{d, h, w}, {D, H, W}}, 1 + i % 3, i % 2 == 0);
    }
    return count;
  }

 private:
  std::pair<index_t, index_t> draw(index_t size) {
    const index_t begin = static_cast<index_t>(engine()) % size;
    return {begin, 1 + static_cast<index_t>(engine()) % (size - begin)};
  }

  void compare(const volume_window& window, index_t team, bool behind) {
    const volume_window part = windowed::reads(input, window);
    INFO("input " << esp::to_string(input) << ", channels " << Config.in_channels << " > " << Config.out_channels
                  << ", kernel " << Config.kernel_size.d << "x" << Config.kernel_size.h << "x" << Config.kernel_size.w
                  << ", window at " << window.begin.d << " " << window.begin.h << " " << window.begin.w << " of "
                  << window.size.d << "x" << window.size.h << "x" << window.size.w << ", team " << team << ", "
                  << sizeof(T) * 8 << " bits");
    REQUIRE(inside(part, input));
    const index_t read = esp::resized(input, part.size).size(), written = esp::resized(output, window.size).size();
    drawn::walled<T> from(read), to(written), room(windowed::scratch_size(input, window, team));
    T* const own_x = behind ? from.back() : from.front();
    T* const own_y = behind ? to.back() : to.front();
    rows_of(input, part,
            [&](index_t whole_row, index_t row) { std::copy_n(x.data() + whole_row, part.size.w, own_x + row); });
    const std::span<T> scratch(room.back(), static_cast<std::size_t>(windowed::scratch_size(input, window, team)));
    std::fill(scratch.begin(), scratch.end(), std::numeric_limits<T>::quiet_NaN());
    std::fill_n(own_y, written, std::numeric_limits<T>::quiet_NaN());
    if (team == 1) {
      windowed::forward(own_x, part, input, window, weight.data(), bias.data(), own_y, scratch);
    } else {
      windowed::forward(own_x, part, input, window, weight.data(), bias.data(), own_y, scratch, esp::threads{team});
    }
    index_t wrong = 0;
    rows_of(output, window, [&](index_t whole_row, index_t row) {
      const auto bytes = static_cast<std::size_t>(window.size.w) * sizeof(T);
      wrong += std::memcmp(y.data() + whole_row, own_y + row, bytes) == 0 ? 0 : 1;
    });
    REQUIRE(wrong == 0);
  }

  std::mt19937 engine;
  dims5 input, output;
  std::vector<T> x, weight, bias, y;
};

/// Windows of two inputs with each of the configurations.
template <auto Prior, conv3d... Configs>
index_t windows(const extents& size, unsigned seed, index_t count = 36) {
  index_t total = 0;
  const auto each = [&]<conv3d Config, class T>() {
    const index_t c = Config.in_channels;
    total += layer_windows<Config, Prior, T>({1, c, size.d, size.h, size.w}, ++seed).check(count);
    total += layer_windows<Config, Prior, T>({2, c, size.w / 2, size.d, size.h}, ++seed).check(count);
  };
  ((each.template operator()<Configs, float>(), each.template operator()<Configs, double>()), ...);
  return total;
}

template <conv3d Config, auto Prior = esp::identity>
constexpr kernel_family family = esp::convolution<Config, Prior>::choice_of(esp::direction::forward).family;

}  // namespace

TEST_CASE("windows of few channels have the bits of the whole", "[window]") {
  constexpr conv3d plane{
      .in_channels = 3, .out_channels = 6, .kernel_size = {3, 2, 4}, .stride = {2, 3, 2}, .padding = {{2, 0}, 1, 3}};
  constexpr conv3d grouped{.in_channels = 4,
                           .out_channels = 6,
                           .kernel_size = {2, 3, 3},
                           .stride = {1, 1, 3},
                           .dilation = {3, 2, 2},
                           .padding = esp::same,
                           .groups = 2,
                           .activation = esp::activation::relu};
  constexpr conv3d row{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same};
  constexpr conv3d flat{.in_channels = 32, .out_channels = 3, .kernel_size = 1};
  static_assert(family<plane> == kernel_family::plane && family<grouped> == kernel_family::plane);
  static_assert(family<row> == kernel_family::row && family<flat> == kernel_family::flat);
  const index_t total =
      windows<esp::modes::unit_l2, plane, reflected(plane), turning(plane), mixed(plane), grouped, mirrored(grouped),
              row, replicated(row), turning(row), mixed(row), causal(row), flat>({8, 9, 21}, 100);
  REQUIRE(total == 12 * 4 * 36);
}

TEST_CASE("windows of many channels have the bits of the whole", "[window]") {
  constexpr conv3d channel{
      .in_channels = 5, .out_channels = 48, .kernel_size = {2, 3, 2}, .stride = {1, 2, 1}, .padding = {{0, 1}, 1, 3}};
  // A weight that is packed part by part where it is read once.
  constexpr conv3d wide{
      .in_channels = 64, .out_channels = 64, .kernel_size = 3, .padding = 1, .algorithm = esp::algorithm::direct};
  REQUIRE(windows<esp::modes::unit_l2, channel, reflected(channel), turning(channel), mixed(channel), wide>(
              {6, 7, 13}, 200) == 5 * 4 * 36);
}

// Windows off the grid of tiles are widened to it: more is read, and what is too much is dropped.
TEST_CASE("windows of tiles have the bits of the whole", "[window]") {
  constexpr conv3d cube{.in_channels = 5,
                        .out_channels = 9,
                        .kernel_size = 3,
                        .padding = {{1, 2}, 1, 1},
                        .algorithm = esp::algorithm::winograd,
                        .activation = esp::activation::relu};
  constexpr conv3d larger{.in_channels = 4,
                          .out_channels = 6,
                          .kernel_size = 3,
                          .padding = {1, 2, 1},
                          .groups = 2,
                          .algorithm = esp::algorithm::winograd_f43};
  static_assert(family<cube> == kernel_family::winograd && family<larger> == kernel_family::winograd);
  const index_t total = windows<esp::modes::unit_l2, cube, reflected(cube), turning(cube), mixed(cube), larger,
                                mirrored(larger), causal(larger)>({9, 11, 23}, 300);
  REQUIRE(total == 7 * 4 * 36);
  using windowed = esp::windowed_convolution<cube>;
  REQUIRE(windowed::reads({1, 5, 9, 9, 9}, {{2, 2, 2}, {2, 2, 2}}) == volume_window{{1, 1, 1}, {4, 4, 4}});
  REQUIRE(windowed::reads({1, 5, 9, 9, 9}, {{3, 3, 2}, {1, 1, 2}}) == volume_window{{1, 1, 1}, {4, 4, 4}});
}

TEST_CASE("windows of kernels with structure have the bits of the whole", "[window]") {
  constexpr conv3d few{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1};
  constexpr conv3d many{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 7, .padding = esp::same};
  constexpr auto past = esp::causal<esp::axis::depth>;
  constexpr auto tied = esp::symmetric<esp::cube_group>;
  constexpr auto bell = esp::gaussian<1.5>;
  static_assert(family<few, tied> == kernel_family::tied && family<one, bell> == kernel_family::separable);
  const index_t total = windows<past, few, mixed(few), many, reflected(many)>({9, 10, 21}, 400) +
                        windows<tied, few, mixed(few)>({9, 10, 21}, 500) +
                        windows<esp::masked<'B'>, few, mixed(few)>({9, 10, 21}, 600) +
                        windows<bell, one, replicated(one), reflected(one), turning(one)>({9, 10, 21}, 700);
  REQUIRE(total == 12 * 4 * 36);
}

TEST_CASE("windows of taps that lie far apart have the bits of the whole", "[window]") {
  constexpr conv3d apart{
      .in_channels = 2, .out_channels = 3, .kernel_size = 3, .dilation = {2, 100000, 100000}, .padding = esp::same};
  REQUIRE(windows<esp::modes::unit_l2, apart, replicated(apart)>({6, 9, 14}, 800) == 2 * 4 * 36);
}

TEST_CASE("a kernel without its ends of zeros reads less than its window", "[window]") {
  constexpr conv3d cube{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .padding = 1};
  constexpr volume_window window{{4, 0, 0}, {2, 9, 9}};
  constexpr dims5 input{1, 2, 9, 9, 9};
  REQUIRE(esp::input_window(cube, input, window).window == volume_window{{3, 0, 0}, {4, 9, 9}});
  using past = esp::windowed_convolution<cube, esp::causal<esp::axis::depth>>;
  REQUIRE(past::reads(input, window) == volume_window{{3, 0, 0}, {3, 9, 9}});
}

TEST_CASE("windows that cannot be computed are refused before anything is written", "[window]") {
  constexpr conv3d cube{
      .in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1, .algorithm = esp::algorithm::winograd};
  using windowed = esp::windowed_convolution<cube>;
  constexpr dims5 input{1, 1, 8, 8, 8};
  constexpr volume_window window{{3, 2, 2}, {3, 4, 4}}, part{{1, 1, 1}, {6, 6, 6}};
  std::vector<float> x(216, 1), weight(27, 1), bias(1), y(48, 7);
  std::vector<float> scratch(static_cast<std::size_t>(windowed::scratch_size(input, window)));
  REQUIRE(windowed::reads(input, window) == part);
  const auto sentence = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const esp::error& e) {
      return e.what();
    }
    return "";
  };
  const auto run = [&](const float* from, const volume_window& held, const dims5& whole, const volume_window& asked,
                       float* to, std::size_t room) {
    return sentence([&] {
      windowed::forward(from, held, whole, asked, weight.data(), bias.data(), to,
                        std::span<float>(scratch).first(room));
    });
  };
  const auto refused = [&](const volume_window& held, const dims5& whole, const volume_window& asked) {
    return run(x.data(), held, whole, asked, y.data(), scratch.size());
  };
  CHECK(refused(part, input, {{3, 2, 2}, {3, 0, 4}}) ==
        "ESP-250: the window has 0 positions along H, where the output has 8; a window has at least one along each "
        "axis");
  CHECK(refused(part, input, {{3, 2, 2}, {3, 4, -1}}).substr(0, 40) == "ESP-250: the window has -1 positions alo");
  CHECK(refused(part, input, {{6, 2, 2}, {3, 4, 4}}) ==
        "ESP-251: the window of 3 positions from 6 on along D is not inside of the output, which has 8 there; clip the "
        "window to the output");
  CHECK(refused(part, input, {{-1, 2, 2}, {3, 4, 4}}).substr(0, 46) ==
        "ESP-251: the window of 3 positions from -1 on ");
  constexpr index_t huge = std::numeric_limits<index_t>::max();
  CHECK(refused(part, input, {{huge, 2, 2}, {1, 4, 4}}).substr(0, 7) == "ESP-251");
  CHECK(refused(part, input, {{1, 2, 2}, {huge, 4, 4}}).substr(0, 7) == "ESP-251");
  CHECK(refused(window, input, window) ==
        "ESP-252: the part of the input has 3 voxels from 3 on along D but the window reads 6 from 1 on; ask "
        "windowed_convolution::reads, or read_window for a layer");
  CHECK(refused(part, {1, 2, 8, 8, 8}, window).substr(0, 7) == "ESP-101");
  CHECK(run(x.data(), part, input, window, y.data(), scratch.size() - 1).substr(0, 7) == "ESP-105");
  CHECK(run(nullptr, part, input, window, y.data(), scratch.size()).substr(0, 7) == "ESP-106");
  CHECK(run(x.data(), part, input, window, nullptr, scratch.size()).substr(0, 7) == "ESP-106");
  CHECK(run(x.data(), part, input, window, x.data() + 210, scratch.size()).substr(0, 7) == "ESP-108");
  CHECK(y == std::vector<float>(48, 7));
  CHECK(run(x.data(), part, input, window, y.data(), scratch.size()).empty());
  CHECK(y == std::vector<float>(48, 27));
}
