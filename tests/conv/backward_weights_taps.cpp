// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "conv/drawn_backward_weights.hpp"
#include "conv/walled.hpp"

// Lists of taps in the gradient of the weight, against loops over the whole kernel.

namespace {

using esp::conv3d, esp::dims5, esp::index_t;

template <conv3d Config, esp::kept_taps Kept>
index_t problems(unsigned seed) {
  using kernel = esp::direct_backward_weights<Config, float, Kept>;
  static_assert(kernel::computed == Kept && kernel::chosen.dropped > 0);
  return drawn::weights_problems(drawn::weights_kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::weights_problems(drawn::weights_kernel_for<Config, double, Kept>(), seed + 1, 45);
}

template <conv3d Config, unsigned... Percent>
index_t sets(unsigned seed) {
  return (problems<Config, drawn::taps(Config.kernel_size, Percent, Percent)>(seed + Percent) + ...);
}

/// Taps that read position `at` of x for some output.
bool reads(const esp::conv_problem& p, const esp::tap_index& tap, const esp::tap_index& at) {
  const esp::pads pad = esp::pads_of(p.config);
  const esp::extents &S = p.config.stride, &L = p.config.dilation;
  const auto along = [](index_t position, index_t stride, index_t outputs) {
    return position >= 0 && position % stride == 0 && position / stride < outputs;
  };
  return along(at.d + pad.before.d - tap.d * L.d, S.d, p.output.d) &&
         along(at.h + pad.before.h - tap.h * L.h, S.h, p.output.h) &&
         along(at.w + pad.before.w - tap.w * L.w, S.w, p.output.w);
}

/// Wherever one value of x is not finite, the kept taps that read it alone are not.
template <conv3d Config, esp::kept_taps Kept, class T>
void spreads_nothing(dims5 input, T bad) {
  std::mt19937 engine(1);
  drawn::gradient_problem<T> p(Config, input, engine, true);
  const auto fast = drawn::weights_kernel_for<Config, T, Kept>();
  drawn::fenced<T> expected(p.weight.size());
  reference::backward_weights(p.shape, p.x.data(), p.grad_y.data(), expected.data(), nullptr);
  drawn::clear_dropped(Kept, Config.kernel_size.volume(), expected.size(), expected.data());
  index_t dropped_only = 0;
  for (index_t i = 0; i < input.d * input.h * input.w; ++i) {
    const T good = p.x.data()[i];
    p.x.data()[i] = bad;
    const auto found = fast.gradient(p, 1 + i % 3);
    p.x.data()[i] = good;
    const esp::tap_index at = esp::tap_at(i, {input.d, input.h, input.w});
    const index_t taps = Config.kernel_size.volume(), inputs = Config.in_channels / Config.groups;
    bool read = false;
    index_t wrong = 0;
    for (index_t t = 0; t < expected.size(); ++t) {
      const bool reached = t / taps % inputs == 0 && t / (taps * inputs) < Config.out_channels / Config.groups &&
                           Kept.has(t % taps) && reads(p.shape, esp::tap_at(t % taps, Config.kernel_size), at);
      read = read || reached;
      if (reached ? std::isfinite(found.data()[t]) : found.data()[t] != expected.data()[t]) ++wrong;
    }
    dropped_only += read ? 0 : 1;
    REQUIRE(wrong == 0);
  }
  // Else the case tests nothing of what is dropped.
  REQUIRE(dropped_only > 0);
}

}  // namespace

TEST_CASE("gradients of the weight over lists of taps: channels and ordinary kernels", "[conv][backward][taps]") {
  index_t total = 0;
  total += sets<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}, 10, 45, 90>(1000);
  total += sets<conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1}, 20, 45, 80>(1100);
  total += sets<conv3d{.in_channels = 5, .out_channels = 19, .kernel_size = {1, 3, 5}, .padding = {0, 1, 2}}, 50>(1200);
  total += sets<conv3d{.in_channels = 9, .out_channels = 32, .kernel_size = 3, .padding = 1}, 30, 70>(1300);
  total += sets<conv3d{.in_channels = 1, .out_channels = 4, .kernel_size = 5, .padding = 2}, 15>(1400);
  REQUIRE(total == 10 * 90);
}

TEST_CASE("gradients of the weight over lists of taps: strides, dilation, groups, borders", "[conv][backward][taps]") {
  index_t total = 0;
  total += sets<conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .stride = 2, .padding = 1}, 30, 60>(2000);
  total += sets<conv3d{.in_channels = 4,
                       .out_channels = 2,
                       .kernel_size = 3,
                       .dilation = {1, 2, 3},
                       .padding = {{1, 2}, {0, 3}, {2, 0}}},
                25, 60>(2100);
  total += sets<
      conv3d{
          .in_channels = 2, .out_channels = 2, .kernel_size = {2, 3, 2}, .dilation = {1, 3, 23}, .padding = {1, 2, 40}},
      50>(2200);
  total += sets<conv3d{.in_channels = 6,
                       .out_channels = 6,
                       .kernel_size = {3, 2, 3},
                       .stride = {2, 3, 1},
                       .dilation = {1, 2, 1},
                       .padding = {2, 1, 5},
                       .groups = 3},
                50>(2300);
  total += sets<conv3d{.in_channels = 12,
                       .out_channels = 32,
                       .kernel_size = {3, 2, 3},
                       .stride = {2, 1, 2},
                       .dilation = {1, 2, 3},
                       .padding = {{1, 1}, {0, 2}, {3, 0}},
                       .groups = 2},
                50>(2400);
  total += sets<conv3d{.in_channels = 2,
                       .out_channels = 3,
                       .kernel_size = 3,
                       .stride = {2, 3, 6},
                       .dilation = {3, 2, 4},
                       .padding = 4},
                45>(2500);
  total +=
      sets<drawn::replicated({.in_channels = 3, .out_channels = 2, .kernel_size = {3, 2, 4}, .padding = {1, 1, 3}}), 35,
           70>(2600);
  total +=
      sets<drawn::replicated({.in_channels = 3, .out_channels = 16, .kernel_size = 3, .stride = 2, .padding = 2}), 40>(
          2700);
  total +=
      sets<drawn::reflected({.in_channels = 3, .out_channels = 2, .kernel_size = {3, 2, 4}, .padding = {1, 1, 3}}), 35>(
          2800);
  total +=
      sets<drawn::mixed({.in_channels = 3, .out_channels = 16, .kernel_size = 3, .stride = 2, .padding = 2}), 40>(2900);
  REQUIRE(total == 13 * 90);
}

TEST_CASE("gradients of the weight of stars, masks and kernels of zeros", "[conv][backward][taps]") {
  constexpr conv3d cube{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = 2};
  constexpr conv3d masked{.in_channels = 2, .out_channels = 16, .kernel_size = 7, .padding = 3};
  constexpr conv3d point{.in_channels = 3, .out_channels = 5, .kernel_size = 1};
  index_t total = 0;
  total += problems<cube, drawn::star(3)>(3000);
  total += problems<one, drawn::star(5)>(3100);
  total += problems<masked, drawn::first_taps(7, 171)>(3200);
  total += problems<cube, drawn::first_taps(3, 0)>(3300);
  total += problems<one, drawn::first_taps(5, 0)>(3400);
  total += problems<point, drawn::first_taps(1, 0)>(3500);
  REQUIRE(total == 6 * 90);
}

TEST_CASE("gradients over lists in volumes that are cut on every axis, in shares and jobs", "[conv][backward][taps]") {
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr auto star = drawn::star(3);
  drawn::compare_weights<one, float, star>({2, 1, 11, 131, 137}, 1);
  drawn::compare_weights<one, double, star>({1, 1, 40, 29, 33}, 2);
  constexpr conv3d row{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 1, 5}, .padding = {0, 0, 2}};
  drawn::compare_weights<row, float, drawn::taps({1, 1, 5}, 2, 60)>({1, 1, 1, 2, 9001}, 3);
  drawn::compare_weights<row, float, drawn::first_taps({1, 1, 5}, 3)>({1, 1, 2, 2, 9001}, 3);
  constexpr conv3d many{.in_channels = 37, .out_channels = 45, .kernel_size = 3, .padding = 1};
  drawn::compare_weights<many, float, drawn::taps(3, 5, 60)>({1, 37, 3, 8, 21}, 4);
  constexpr conv3d half{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = 2, .padding = 1};
  drawn::compare_weights<half, float, star>({1, 2, 38, 119, 243}, 5);
  constexpr conv3d wide{.in_channels = 20, .out_channels = 48, .kernel_size = 3, .padding = 1};
  drawn::compare_weights<wide, float, star>({2, 20, 9, 31, 33}, 6);
  drawn::compare_weights<wide, double, star>({1, 20, 9, 11, 33}, 7);
}

TEST_CASE("gradients over lists are bitwise equal for every team", "[conv][backward][taps]") {
  std::mt19937 engine(7);
  const auto check = [&]<class T>(const drawn::weights_kernel<T>& fast, dims5 input) {
    const drawn::gradient_problem<T> p(fast.config, input, engine, false);
    const auto serial = fast.gradient(p, 0);
    for (const index_t team : {1, 2, 3, 4, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
  };
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr conv3d cube{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};
  constexpr conv3d half{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .stride = 2, .padding = 1};
  check(drawn::weights_kernel_for<one, float, drawn::star(3)>(), {2, 1, 19, 31, 33});
  check(drawn::weights_kernel_for<one, double, drawn::star(3)>(), {2, 1, 19, 31, 33});
  check(drawn::weights_kernel_for<cube, float, drawn::star(3)>(), {1, 16, 9, 31, 33});
  check(drawn::weights_kernel_for<half, float, drawn::taps(3, 3, 50)>(), {2, 3, 19, 31, 33});
}

namespace {

/// Nothing beside x and grad_y is read, at either end of what may be.
template <conv3d Config, class T, esp::kept_taps Kept>
void reads_what_there_is(dims5 input) {
  std::mt19937 engine(static_cast<unsigned>(input.w));
  const drawn::gradient_problem<T> p(Config, input, engine, true);
  const auto fast = drawn::weights_kernel_for<Config, T, Kept>();
  const auto expected = fast.gradient(p, 0);
  drawn::fenced<T> found(p.weight.size()), scratch(fast.scratch_size(input, 0));
  drawn::walled<T> x(p.x.size()), grad_y(p.grad_y.size());
  const auto check = [&](T* from, T* grad) {
    std::copy_n(p.x.data(), p.x.size(), from);
    std::copy_n(p.grad_y.data(), p.grad_y.size(), grad);
    fast.run(from, input, grad, found.data(), false, scratch.data(), 0);
    REQUIRE(found.same_bits(expected));
  };
  check(x.front(), grad_y.front());
  check(x.back(), grad_y.back());
}

}  // namespace

TEST_CASE("gradients over lists read nothing beside their operands", "[conv][backward][taps]") {
  constexpr conv3d cut{.in_channels = 2, .out_channels = 3, .kernel_size = {2, 3, 3}, .padding = {{1, 0}, 1, 1}};
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = 2};
  constexpr conv3d wide{.in_channels = 3, .out_channels = 8, .kernel_size = 3, .padding = {1, 1, 40}};
  for (index_t w = 1; w <= 37; w += w < 20 ? 1 : 4) {
    INFO("width " << w);
    reads_what_there_is<cut, float, drawn::first_taps({2, 3, 3}, 13)>({1, 2, 4, 5, w});
    reads_what_there_is<cut, double, drawn::first_taps({2, 3, 3}, 13)>({1, 2, 4, 5, w});
    reads_what_there_is<one, float, drawn::star(5)>({1, 1, 3, 4, w});
    reads_what_there_is<wide, float, drawn::taps(3, 3, 50)>({1, 3, 2, 3, w});
  }
}

TEST_CASE("a tap that is not kept spreads nothing into the gradients of others", "[conv][backward][taps]") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  constexpr conv3d open{.in_channels = 2, .out_channels = 3, .kernel_size = 3};
  spreads_nothing<open, drawn::star(3)>({1, 2, 4, 5, 19}, nan);
  spreads_nothing<open, drawn::star(3)>({1, 2, 3, 4, 5}, infinite);
  spreads_nothing<open, drawn::star(3), double>({1, 2, 4, 3, 17}, 1e300 * 1e300);
  constexpr conv3d half{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .stride = 2, .groups = 2};
  spreads_nothing<half, drawn::star(3)>({1, 2, 5, 5, 35}, nan);
  constexpr conv3d lanes{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = {0, 1, 0}};
  spreads_nothing<lanes, drawn::star(3)>({1, 16, 4, 3, 7}, nan);
}
