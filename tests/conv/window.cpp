// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/window.hpp>

#include "conv/drawn_winograd.hpp"
#include "conv/window_rows.hpp"

using drawn::causal;
using drawn::f43;
using drawn::mixed;
using drawn::reflected;
using drawn::replicated;
using drawn::turning;
using esp::extents;
using esp::index_t;
using esp::volume_window;

namespace {

/// A forward for windows, behind function pointers.
template <class T>
struct window_kernel {
  drawn::kernel<T> whole;
  extents grid;
  /// Plans and runs a window with a team, in scratch of its own: x is the part that is read.
  void (*run)(const drawn::problem<T>&, const volume_window&, const T* x, T* y, index_t team);
};

template <class Forward, class T>
void run_window(const drawn::problem<T>& p, const volume_window& window, const T* x, T* y, index_t team) {
  const auto plan = Forward::plan(p.shape.input, window, team);
  drawn::guarded<T> scratch(plan.scratch);
  if (team == 1) {
    Forward::run(plan, x, p.packed.data(), p.bias.data(), y, scratch.data(), esp::serial{});
  } else {
    Forward::run(plan, x, p.packed.data(), p.bias.data(), y, scratch.data(), esp::threads{team});
  }
  REQUIRE(scratch.intact());
}

template <esp::conv3d Config, class T>
window_kernel<T> direct() {
  using forward = esp::direct_forward<Config, T>;
  return {drawn::kernel_for<Config, T>(), forward::window_grid, &run_window<forward, T>};
}
template <esp::conv3d Config, class T>
window_kernel<T> winograd() {
  using forward = esp::winograd_forward<Config, T>;
  return {drawn::winograd_kernel_for<Config, T>(), forward::window_grid, &run_window<forward, T>};
}

/// A window of the output from the part of x that it reads, against the same voxels of the whole.
template <class T>
void compare_window(const window_kernel<T>& k, const drawn::problem<T>& p, const drawn::guarded<T>& whole,
                    const volume_window& window, index_t team) {
  const volume_window read = esp::input_window(p.shape.config, p.shape.input, window).window;
  drawn::guarded<T> x(esp::resized(p.shape.input, read.size).size());
  drawn::rows_of(p.shape.input, read,
                 [&](index_t from, index_t to) { std::copy_n(p.x.data() + from, read.size.w, x.data() + to); });
  drawn::guarded<T> y(esp::resized(p.shape.output, window.size).size());
  k.run(p, window, x.data(), y.data(), team);
  index_t wrong = 0;
  drawn::rows_of(p.shape.output, window, [&](index_t from, index_t to) {
    const auto bytes = static_cast<std::size_t>(window.size.w) * sizeof(T);
    wrong += std::memcmp(whole.data() + from, y.data() + to, bytes) == 0 ? 0 : 1;
  });
  const esp::conv3d& c = p.shape.config;
  INFO("input " << esp::to_string(p.shape.input) << ", channels " << c.in_channels << " > " << c.out_channels
                << ", kernel " << c.kernel_size.d << "x" << c.kernel_size.h << "x" << c.kernel_size.w << ", window at "
                << window.begin.d << " " << window.begin.h << " " << window.begin.w << ", team " << team << ", "
                << sizeof(T) * 8 << " bits");
  REQUIRE((x.intact() && y.intact()));
  REQUIRE(wrong == 0);
}

/// Halves along each axis and some drawn windows, real numbers: 12 windows of one problem.
template <class T>
index_t windows(const window_kernel<T>& k, const esp::dims5& input, unsigned seed) {
  std::mt19937 engine(seed);
  const drawn::problem<T> p(k.whole, input, engine, false);
  const auto whole = p.forward(0, true);
  const extents Y{p.shape.output.d, p.shape.output.h, p.shape.output.w};
  index_t count = 0;
  const auto check = [&](const volume_window& window) {
    compare_window(k, p, whole, esp::on_grid(window, k.grid, Y), 1 + count++ % 3);
  };
  for (index_t extents::* const axis : {&extents::d, &extents::h, &extents::w}) {
    volume_window first{{0, 0, 0}, Y}, second{{0, 0, 0}, Y};
    first.size.*axis = (Y.*axis + 1) / 2;
    second.begin.*axis = Y.*axis / 2;
    second.size.*axis -= Y.*axis / 2;
    check(first);
    check(second);
  }
  const auto draw = [&engine](index_t size) {
    const index_t begin = static_cast<index_t>(engine()) % size;
    return std::pair{begin, 1 + static_cast<index_t>(engine()) % (size - begin)};
  };
  for (int i = 0; i < 6; ++i) {
    const auto [d, D] = draw(Y.d);
    const auto [h, H] = draw(Y.h);
    const auto [w, W] = draw(Y.w);
    check({{d, h, w}, {D, H, W}});
  }
  return count;
}

template <esp::conv3d... Configs>
index_t direct_families(const extents& size, unsigned seed) {
  return drawn::in_both_types<Configs...>(seed, 1, [&]<esp::conv3d Config, class T>(unsigned own, index_t times) {
    const auto k = direct<Config, T>();
    index_t total = 0;
    while (times-- > 0) total += windows(k, {2, Config.in_channels, size.d, size.h, size.w}, own++);
    return total;
  });
}
template <esp::conv3d... Configs>
index_t winograd_families(const extents& size, unsigned seed) {
  return drawn::in_both_types<Configs...>(seed, 1, [&]<esp::conv3d Config, class T>(unsigned own, index_t times) {
    const auto k = winograd<Config, T>();
    index_t total = 0;
    while (times-- > 0) total += windows(k, {2, Config.in_channels, size.d, size.h, size.w}, own++);
    return total;
  });
}

template <esp::conv3d Config>
constexpr esp::kernel_family family = esp::direct_forward<Config, float>::chosen.family;

}  // namespace

TEST_CASE("a window of the output reads what its taps reach, clipped to the volume", "[conv]") {
  std::mt19937 engine(5);
  const auto draw = [&engine](index_t first, index_t last) {
    return first + static_cast<index_t>(engine()) % (last - first + 1);
  };
  using enum esp::boundary;
  constexpr std::array<esp::axis_boundary, 7> edges{zeros,    replicate,        reflect,           symmetric,
                                                    circular, {zeros, reflect}, {symmetric, zeros}};
  index_t checked = 0;
  for (int i = 0; i < 4000; ++i) {
    const index_t kernel = draw(1, 4), stride = draw(1, 4), dilation = draw(1, 3), in = draw(1, 12);
    const index_t before = draw(0, 6), after = draw(0, 6);
    const index_t out = esp::output_extent(in, before + after, kernel, stride, dilation);
    if (out < 1) continue;
    // The axis under test is one of three, which have nothing to do with each other.
    extents K{1}, S{1}, L{1}, sizes{1}, begin{0}, count{1};
    index_t extents::* const axis = i % 3 == 0 ? &extents::d : i % 3 == 1 ? &extents::h : &extents::w;
    esp::conv3d c{.in_channels = 1, .out_channels = 1};
    c.padding.explicit_pads.before.*axis = before;
    c.padding.explicit_pads.after.*axis = after;
    K.*axis = kernel, S.*axis = stride, L.*axis = dilation, sizes.*axis = in;
    begin.*axis = draw(0, out - 1), count.*axis = draw(1, out - begin.*axis);
    c.kernel_size = K, c.stride = S, c.dilation = L;
    const esp::axis_boundary edge = edges[static_cast<std::size_t>(i) % edges.size()];
    if (before > esp::detail::largest_padding(edge.before, in) || after > esp::detail::largest_padding(edge.after, in))
      continue;
    c.boundary = {edge, edge, edge};
    const esp::input_part part = esp::input_window(c, {1, 1, sizes.d, sizes.h, sizes.w}, {begin, count});
    const index_t first = part.window.begin.*axis, last = first + part.window.size.*axis - 1;
    index_t lowest = in + 99, highest = -99, missing = 0;
    for (index_t o = 0; o < count.*axis; ++o)
      for (index_t k = 0; k < kernel; ++k) {
        const index_t at = (begin.*axis + o) * stride - before + k * dilation;
        // The same voxel by the part's own numbers, or padding in both: zeros, or the same voxel of a border.
        const index_t own = o * stride - part.before.*axis + k * dilation, size = part.window.size.*axis;
        const index_t element = esp::element_at(edge, at, in), found = esp::element_at(edge, own, size);
        missing += element < 0 ? (found < 0 ? 0 : 1) : (found + first == element ? 0 : 1);
        // What is read, and of the padding what it repeats; the end of the volume where that is nothing.
        for (const index_t reached :
             {std::clamp<index_t>(at, 0, in - 1), element < 0 ? std::clamp<index_t>(at, 0, in - 1) : element}) {
          lowest = std::min(lowest, reached);
          highest = std::max(highest, reached);
        }
      }
    REQUIRE(missing == 0);
    const bool turns = edge == esp::boundary::circular && part.window.size.*axis == in;
    REQUIRE((turns || (first == lowest && last == highest)));
    ++checked;
  }
  REQUIRE(checked > 2500);
}

TEST_CASE("the part is a constant expression, and a window that is empty or outside of the output is refused",
          "[conv]") {
  constexpr esp::conv3d cube{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .stride = {1, 2, 1}, .padding = 1};
  constexpr esp::dims5 input{1, 1, 9, 9, 9};
  static_assert(esp::output_dims(cube, input) == esp::dims5{1, 1, 9, 5, 9});
  static_assert(esp::input_window(cube, input, {{0, 2, 7}, {9, 2, 2}}) ==
                esp::input_part{{{0, 3, 6}, {9, 5, 3}}, {1, 0, 0}});
  const auto sentence = [&](const esp::dims5& shape, const volume_window& window) -> std::string {
    try {
      static_cast<void>(esp::input_window(cube, shape, window));
    } catch (const esp::error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(sentence(input, {{0, 0, 0}, {9, 5, 9}}).empty());
  CHECK(sentence(input, {{0, 1, 0}, {9, 0, 9}}) ==
        "ESP-250: the window has 0 positions along H, where the output has 5; a window has at least one along each "
        "axis");
  CHECK(sentence(input, {{0, 5, 0}, {9, 1, 9}}) ==
        "ESP-251: the window of 1 position from 5 on along H is not inside of the output, which has 5 there; clip the "
        "window to the output");
  CHECK(sentence(input, {{0, 0, -1}, {9, 5, 9}}) ==
        "ESP-251: the window of 9 positions from -1 on along W is not inside of the output, which has 9 there; clip "
        "the window to the output");
  CHECK(sentence({1, 3, 9, 9, 9}, {{0, 0, 0}, {1, 1, 1}}).substr(0, 7) == "ESP-101");
  CHECK(sentence({1, 1, 9, -9, 9}, {{0, 0, 0}, {1, 1, 1}}).substr(0, 7) == "ESP-104");
}

TEST_CASE("windows are widened to the grid of tiles and no further than the volume", "[conv]") {
  constexpr extents grid{4, 2, 1}, volume{10, 9, 8};
  static_assert(esp::on_grid({{5, 3, 2}, {1, 2, 3}}, grid, volume) == volume_window{{4, 2, 2}, {4, 4, 3}});
  static_assert(esp::on_grid({{8, 8, 7}, {1, 1, 1}}, grid, volume) == volume_window{{8, 8, 7}, {2, 1, 1}});
  static_assert(esp::on_grid({{0, 0, 0}, volume}, grid, volume) == volume_window{{0, 0, 0}, volume});
  SUCCEED("decided by the compiler");
}

// Every family computes a window from its part of the input as it computes the whole, bit by bit.
TEST_CASE("windows of planes", "[conv][forward]") {
  constexpr esp::conv3d cube{.in_channels = 4, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr esp::conv3d strided{
      .in_channels = 3, .out_channels = 6, .kernel_size = {3, 2, 4}, .stride = {2, 3, 2}, .padding = {{2, 0}, 1, 3}};
  constexpr esp::conv3d dilated{.in_channels = 4,
                                .out_channels = 6,
                                .kernel_size = {2, 3, 3},
                                .stride = {1, 1, 3},
                                .dilation = {3, 2, 2},
                                .padding = esp::same,
                                .groups = 2};
  constexpr esp::conv3d padded{.in_channels = 2, .out_channels = 5, .kernel_size = 2, .padding = {5, 4, 3}};
  static_assert(family<cube> == esp::kernel_family::plane && family<strided> == esp::kernel_family::plane);
  static_assert(family<dilated> == esp::kernel_family::plane && family<padded> == esp::kernel_family::plane);
  const index_t total =
      direct_families<cube, strided, dilated, padded, replicated(strided), replicated(padded)>({7, 9, 21}, 1);
  REQUIRE(total == 6 * 2 * 12);
}

TEST_CASE("windows of planes whose sums wait", "[conv][forward]") {
  constexpr esp::conv3d many{.in_channels = 250, .out_channels = 5, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  constexpr esp::conv3d taps{.in_channels = 2, .out_channels = 4, .kernel_size = {5, 11, 23}, .padding = {2, 5, 11}};
  static_assert(family<many> == esp::kernel_family::plane && family<taps> == esp::kernel_family::plane);
  REQUIRE(direct_families<many>({2, 8, 40}, 20) + direct_families<taps>({3, 6, 19}, 30) == 2 * 2 * 12);
}

TEST_CASE("windows of rows", "[conv][forward]") {
  constexpr esp::conv3d cube{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same};
  constexpr esp::conv3d strided{
      .in_channels = 2, .out_channels = 3, .kernel_size = {2, 3, 3}, .stride = {3, 1, 2}, .padding = {{1, 0}, 2, 1}};
  constexpr esp::conv3d depthwise{
      .in_channels = 3, .out_channels = 3, .kernel_size = {3, 2, 3}, .dilation = {2, 1, 3}, .padding = 4, .groups = 3};
  static_assert(family<cube> == esp::kernel_family::row && family<strided> == esp::kernel_family::row);
  static_assert(family<depthwise> == esp::kernel_family::row);
  const index_t total = direct_families<cube, strided, depthwise, replicated(depthwise)>({8, 13, 37}, 40);
  REQUIRE(total == 4 * 2 * 12);
}

TEST_CASE("windows of channels", "[conv][forward]") {
  constexpr esp::conv3d cube{
      .in_channels = 8, .out_channels = 32, .kernel_size = 3, .padding = 1, .algorithm = esp::algorithm::direct};
  constexpr esp::conv3d strided{
      .in_channels = 5, .out_channels = 48, .kernel_size = {2, 3, 2}, .stride = 2, .padding = {{0, 1}, 1, 3}};
  constexpr esp::conv3d dilated{.in_channels = 6,
                                .out_channels = 64,
                                .kernel_size = {3, 1, 2},
                                .stride = {1, 2, 3},
                                .dilation = {2, 1, 3},
                                .padding = 3,
                                .groups = 2};
  static_assert(esp::lanes<float> < 4 ||
                (family<cube> == esp::kernel_family::channel && family<strided> == esp::kernel_family::channel &&
                 family<dilated> == esp::kernel_family::channel));
  // Rows of all lengths: of 5 voxels, which are read expanded, and long ones.
  REQUIRE(direct_families<cube, strided, dilated, replicated(cube), replicated(dilated)>({6, 7, 33}, 50) == 5 * 2 * 12);
  REQUIRE(direct_families<cube, strided, dilated, replicated(cube), replicated(dilated)>({5, 9, 5}, 60) == 5 * 2 * 12);
}

TEST_CASE("windows of every border", "[conv][forward]") {
  constexpr esp::conv3d plane{
      .in_channels = 3, .out_channels = 6, .kernel_size = {3, 2, 4}, .stride = {2, 3, 2}, .padding = {{2, 0}, 1, 3}};
  constexpr esp::conv3d row{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same};
  constexpr esp::conv3d channel{
      .in_channels = 5, .out_channels = 48, .kernel_size = {2, 3, 2}, .padding = {{0, 1}, 1, 3}};
  REQUIRE(direct_families<reflected(plane), turning(plane), mixed(plane), causal(plane), reflected(row), turning(row),
                          mixed(row), reflected(channel), turning(channel), mixed(channel)>({8, 9, 21}, 110) ==
          10 * 2 * 12);
  constexpr esp::conv3d tiles{.in_channels = 5, .out_channels = 9, .kernel_size = 3, .padding = {{1, 2}, 1, 1}};
  REQUIRE(winograd_families<reflected(tiles), turning(tiles), mixed(tiles), reflected(f43(tiles))>({9, 11, 23}, 150) ==
          4 * 2 * 12);
}

TEST_CASE("windows of extent 1", "[conv][forward]") {
  constexpr esp::conv3d few{.in_channels = 32, .out_channels = 3, .kernel_size = 1};
  constexpr esp::conv3d many{.in_channels = 16, .out_channels = 24, .kernel_size = 1, .groups = 2};
  static_assert(family<few> == esp::kernel_family::flat && family<many> == esp::kernel_family::flat);
  REQUIRE(direct_families<few, many>({7, 9, 16}, 70) == 2 * 2 * 12);
}

TEST_CASE("windows of Winograd's tiles", "[conv][winograd]") {
  constexpr esp::conv3d cube{.in_channels = 5, .out_channels = 9, .kernel_size = 3, .padding = 1};
  constexpr esp::conv3d padded{
      .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = {{0, 3}, {4, 0}, {5, 1}}, .groups = 2};
  constexpr esp::conv3d thin{.in_channels = 3, .out_channels = 8, .kernel_size = {1, 3, 3}, .padding = esp::valid};
  constexpr esp::conv3d deep{.in_channels = 3, .out_channels = 8, .kernel_size = {3, 1, 1}, .padding = {2, 0, 0}};
  REQUIRE(winograd_families<cube, padded, thin, deep, replicated(padded)>({9, 11, 23}, 80) == 5 * 2 * 12);
  REQUIRE(winograd_families<f43(cube), f43(padded), f43(thin), f43(deep), replicated(f43(padded))>({11, 14, 23}, 90) ==
          5 * 2 * 12);
  // A weight that no second cache holds: tasks and turns of input channels depend on the number of tiles.
  constexpr esp::conv3d wide{.in_channels = 150, .out_channels = 140, .kernel_size = 3, .padding = 1};
  REQUIRE(winograd_families<wide, f43(wide)>({5, 6, 9}, 100) == 2 * 2 * 12);
}
