// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/conv/store/epilogue.hpp>
#include <limits>

#include "conv/drawn_winograd.hpp"

namespace {

using esp::activation, esp::index_t;

/// Six biases of which arithmetic makes something special, and what is stored where the sums are 0.
template <class T>
struct special {
  static constexpr T nan = std::numeric_limits<T>::quiet_NaN(), infinite = std::numeric_limits<T>::infinity();
  static constexpr std::array<T, 6> biases{nan, -infinite, infinite, T(-0.0), T(-3), T(3)};
  static constexpr std::array<T, 6> rectified{nan, T(0), infinite, T(0), T(0), T(3)};
};

/// Equal, and of the same sign; NaN where the other is.
template <class T>
bool same_number(T a, T b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

template <activation A, class T>
void check_shares() {
  using epilogue = esp::detail::epilogue<A, T>;
  static_assert(esp::detail::Epilogue<epilogue, T>);
  using special = special<T>;
  const auto expected = [](std::size_t channel, T sum) {
    const T y = sum + special::biases[channel];
    return A == activation::relu && y <= T(0) ? T(0) : y;
  };
  const epilogue all{special::biases.data()};
  REQUIRE_FALSE(all.keeps());
  std::array<T, static_cast<std::size_t>(esp::lanes<T>)> lane{};
  for (std::size_t c = 0; c < 6; ++c) {
    for (const T sum : {T(0), T(2), T(-5), special::infinite, special::nan}) {
      const auto channel = all.of(static_cast<index_t>(c));
      REQUIRE(same_number(channel(sum), expected(c, sum)));
      REQUIRE(same_number(all.from(static_cast<index_t>(c)).of(0)(sum), expected(c, sum)));
      esp::simd::store_unaligned(lane.data(), channel.in_registers()(esp::simd::broadcast(sum)));
      for (const T y : lane) REQUIRE(same_number(y, expected(c, sum)));
    }
  }
  for (index_t first = 0; first < 6; ++first) {
    const index_t count = std::min(index_t{6} - first, esp::lanes<T>);
    esp::simd::store_unaligned(lane.data(), all.lanes_of(first, count)(esp::simd::broadcast(T(2))));
    for (index_t i = 0; i < count; ++i) {
      REQUIRE(same_number(lane[static_cast<std::size_t>(i)], expected(static_cast<std::size_t>(first + i), T(2))));
    }
  }
  const epilogue none{};
  REQUIRE(none.keeps() == (A == activation::none));
  REQUIRE(none.from(3).of(2)(T(7)) == T(7));
  esp::simd::store_unaligned(lane.data(), none.lanes_of(1, 1)(esp::simd::broadcast(T(7))));
  for (const T y : lane) REQUIRE(y == T(7));
}

/// Weights of 0 and special biases.
template <class T>
void check_special(const drawn::kernel<T>& fast) {
  const esp::conv_problem p(fast.config, {2, fast.config.in_channels, 5, 6, 19});
  const index_t OC = fast.config.out_channels;
  const drawn::guarded<T> x(p.input.size(), T(1)), weight(p.weight().size(), T(0));
  drawn::guarded<T> packed(fast.packed_size), bias(OC), y(p.output.size());
  for (index_t oc = 0; oc < OC; ++oc) bias.data()[oc] = special<T>::biases[static_cast<std::size_t>(oc % 6)];
  drawn::guarded<T> scratch(fast.scratch_size(p.input, 2));
  fast.pack(weight.data(), packed.data());
  fast.run(x.data(), p.input, packed.data(), bias.data(), y.data(), scratch.data(), 2);
  index_t wrong = 0;
  for (index_t i = 0; i < y.size(); ++i) {
    const auto oc = static_cast<std::size_t>(i / (p.output.d * p.output.h * p.output.w) % OC);
    wrong += same_number(y.data()[i], special<T>::rectified[oc % 6]) ? 0 : 1;
  }
  REQUIRE(wrong == 0);
}

template <class T>
index_t check_kernel(const drawn::kernel<T>& fast, unsigned seed, index_t count) {
  check_special(fast);
  return drawn::problems(fast, seed, count);
}

template <esp::conv3d... Configs>
void direct(unsigned seed) {
  drawn::in_both_types<drawn::rectified(Configs)...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return check_kernel(drawn::kernel_for<Config, T>(), own, count);
  });
}

template <esp::conv3d... Configs>
void winograd(unsigned seed) {
  drawn::in_both_types<drawn::rectified(Configs)...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return check_kernel(drawn::winograd_kernel_for<Config, T>(), own, count);
  });
}

template <esp::conv3d Config>
constexpr esp::kernel_family family = esp::direct_forward<Config, float>::chosen.family;

}  // namespace

TEMPLATE_TEST_CASE("each share of an epilogue adds the bias of its channels, then rectifies", "[conv]", float, double) {
  check_shares<activation::none, TestType>();
  check_shares<activation::relu, TestType>();
  REQUIRE(esp::detail::no_epilogue<TestType>.keeps());
}

TEST_CASE("planes are stored rectified", "[conv]") {
  constexpr esp::conv3d plain{.in_channels = 4, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr esp::conv3d strided{.in_channels = 6,
                                .out_channels = 10,
                                .kernel_size = {3, 2, 3},
                                .stride = {1, 2, 3},
                                .dilation = {2, 1, 1},
                                .padding = {{0, 2}, {1, 0}, {3, 2}},
                                .groups = 2};
  static_assert(family<plain> == esp::kernel_family::plane && family<strided> == esp::kernel_family::plane);
  direct<plain, strided>(31000);
}

TEST_CASE("row tiles are stored rectified", "[conv]") {
  constexpr esp::conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr esp::conv3d strided{
      .in_channels = 6, .out_channels = 6, .kernel_size = {2, 5, 3}, .stride = {2, 1, 2}, .padding = 2, .groups = 6};
  static_assert(family<one> == esp::kernel_family::row && family<strided> == esp::kernel_family::row);
  direct<one, strided>(31100);
}

TEST_CASE("channel tiles are stored rectified", "[conv]") {
  constexpr esp::conv3d plain{.in_channels = 12, .out_channels = 31, .kernel_size = 3, .padding = 1};
  constexpr esp::conv3d strided{
      .in_channels = 6, .out_channels = 62, .kernel_size = {1, 3, 3}, .stride = 2, .padding = esp::same, .groups = 2};
  static_assert(esp::lanes<float> < 4 || family<plain> == esp::kernel_family::channel);
  static_assert(esp::lanes<float> < 4 || family<strided> == esp::kernel_family::channel);
  direct<plain, strided>(31200);
}

TEST_CASE("flat tiles are stored rectified, after the last of several turns of channels", "[conv]") {
  constexpr esp::conv3d turns{.in_channels = 35, .out_channels = 3, .kernel_size = 1};
  constexpr esp::conv3d copied{.in_channels = 12, .out_channels = 24, .kernel_size = 1, .groups = 2};
  static_assert(family<turns> == esp::kernel_family::flat && family<copied> == esp::kernel_family::flat);
  direct<turns, copied>(31300);
}

TEST_CASE("Winograd tiles are stored rectified", "[conv][winograd]") {
  constexpr esp::conv3d cube{.in_channels = 6,
                             .out_channels = 8,
                             .kernel_size = 3,
                             .padding = 1,
                             .groups = 2,
                             .algorithm = esp::algorithm::winograd};
  constexpr esp::conv3d row{.in_channels = 3,
                            .out_channels = 6,
                            .kernel_size = {1, 1, 3},
                            .padding = {0, 0, 2},
                            .algorithm = esp::algorithm::winograd};
  constexpr esp::conv3d column{
      .in_channels = 3, .out_channels = 6, .kernel_size = {3, 1, 1}, .algorithm = esp::algorithm::winograd};
  winograd<cube, row, drawn::f43(cube), drawn::f43(column)>(31400);
}

TEST_CASE("rectified results of 8 MiB go past the caches", "[conv]") {
  constexpr esp::conv3d few{.in_channels = 1, .out_channels = 12, .kernel_size = {1, 2, 1}};
  constexpr esp::conv3d many{.in_channels = 1, .out_channels = 32, .kernel_size = {1, 2, 1}};
  constexpr esp::conv3d point{.in_channels = 1, .out_channels = 12, .kernel_size = 1};
  drawn::compare<drawn::rectified(few), float>({1, 1, 40, 66, 73}, 2, true);
  drawn::compare<drawn::rectified(many), float>({1, 1, 20, 67, 64}, 1, true);
  drawn::compare<drawn::rectified(point), float>({1, 1, 40, 66, 72}, 2, true);
  constexpr esp::conv3d row{.in_channels = 1,
                            .out_channels = 4,
                            .kernel_size = {1, 3, 1},
                            .padding = {0, 1, 0},
                            .algorithm = esp::algorithm::winograd};
  drawn::compare(drawn::winograd_kernel_for<drawn::rectified(row), float>(), {1, 1, 130, 66, 64}, 2, true);
}
