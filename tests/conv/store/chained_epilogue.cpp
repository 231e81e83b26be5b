// SPDX-License-Identifier: BSD-3-Clause
// A chain of stages behind the sums of every family: exact on integers, with the residual between walls.
#include <algorithm>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/conv/store/chained_epilogue.hpp>

#include "conv/drawn_winograd.hpp"
#include "conv/walled.hpp"

namespace {

using esp::conv3d, esp::index_t;
using stages = esp::detail::stage_list<esp::detail::leaky_relu_stage<-2.0>, esp::detail::residual_stage,
                                       esp::detail::leaky_relu_stage<3.0>>;

/// The residual of the call that runs: kernels of a drawn problem take none.
template <class T>
const T* residual_of_call = nullptr;

template <class Forward, class T, esp::kept_taps Kept = esp::kept_taps{}>
drawn::kernel<T> chained_kernel() {
  return {Forward::config,
          Forward::packed_size(),
          &Forward::pack,
          &Forward::scratch_size,
          [](const T* x, esp::dims5 input, const T* packed, const T* bias, T* y, T* scratch, index_t team) {
            const esp::threads executor{team == 0 ? 1 : team};
            const auto plan = Forward::plan(input, esp::output_dims(Forward::config, input), executor.workers());
            const esp::detail::chained_epilogue<stages, T> epilogue{bias, {y, residual_of_call<T>}};
            Forward::run(plan, x, packed, epilogue, y, scratch, executor);
          },
          0,
          Kept};
}
/// Taps that lie far apart: the weight is read as it is stored.
template <conv3d Config>
struct scattered : esp::scattered_forward<Config, float> {
  static constexpr conv3d config = Config;
  static void pack(const float* weight, float* packed) { std::copy_n(weight, scattered::packed_size(), packed); }
  static index_t scratch_size(esp::dims5, index_t) { return 0; }
};
template <conv3d Config, class T = float>
drawn::kernel<T> direct() {
  return chained_kernel<esp::direct_forward<Config, T>, T>();
}

template <class T>
T leaky(T slope, T s) {
  return s <= 0 ? slope * s : s;
}

template <class T>
void compare_one(const drawn::kernel<T>& fast, const esp::dims5& input, unsigned seed, bool at_front) {
  std::mt19937 engine(seed);
  const drawn::problem<T> p(fast, input, engine, true);
  const index_t size = p.shape.output.size();
  drawn::walled<T> residual(size);
  T* const r = at_front ? residual.front() : residual.back();
  for (index_t i = 0; i < size; ++i) r[i] = static_cast<T>(static_cast<int>(engine() % 9) - 4);
  residual_of_call<T> = r;
  const bool with_bias = seed % 3 != 0;
  const auto y = p.forward(static_cast<index_t>(seed % 4), with_bias);
  const auto sums = p.reference(with_bias);
  index_t wrong = 0;
  for (index_t i = 0; i < size; ++i) {
    wrong += y.data()[i] == leaky(T(3), leaky(T(-2), sums.data()[i]) + r[i]) ? 0 : 1;
  }
  INFO("input " << esp::to_string(input) << ", seed " << seed);
  REQUIRE(wrong == 0);
}

/// Every width from 1 to 40 where the kernel fits.
template <class T>
void check(const drawn::kernel<T>& fast, unsigned seed) {
  const conv3d& c = fast.config;
  const esp::pads pad = esp::pads_of(c);
  std::mt19937 engine(seed);
  for (index_t i = 0; i < 40; ++i) {
    const auto size = [&](index_t from, index_t kernel, index_t stride, index_t dilation, index_t before,
                          index_t after) {
      return drawn::fitting(from, {}, {before, after}, kernel, stride, dilation);
    };
    const esp::extents &k = c.kernel_size, &s = c.stride, &l = c.dilation;
    const index_t d = 1 + static_cast<index_t>(engine() % 5), h = 1 + static_cast<index_t>(engine() % 9);
    const esp::dims5 input{1 + i % 2, c.in_channels, size(d, k.d, s.d, l.d, pad.before.d, pad.after.d),
                           size(h, k.h, s.h, l.h, pad.before.h, pad.after.h),
                           size(1 + i, k.w, s.w, l.w, pad.before.w, pad.after.w)};
    compare_one(fast, input, static_cast<unsigned>(engine()), i % 2 == 0);
  }
}

template <conv3d Config>
constexpr esp::kernel_family family = esp::direct_forward<Config, float>::chosen.family;

}  // namespace

TEST_CASE("planes are stored through a chain", "[conv][epilogue]") {
  constexpr conv3d plain{.in_channels = 4, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr conv3d strided{.in_channels = 6,
                           .out_channels = 10,
                           .kernel_size = {3, 2, 3},
                           .stride = {1, 2, 3},
                           .padding = {{0, 2}, {1, 0}, {3, 2}},
                           .groups = 2};
  static_assert(family<plain> == esp::kernel_family::plane && family<strided> == esp::kernel_family::plane);
  check(direct<plain>(), 51000);
  check(direct<plain, double>(), 51001);
  check(direct<strided>(), 51002);
}

TEST_CASE("row tiles are stored through a chain", "[conv][epilogue]") {
  constexpr conv3d one{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1};
  static_assert(family<one> == esp::kernel_family::row);
  check(direct<one>(), 51100);
}

TEST_CASE("channel tiles are stored through a chain", "[conv][epilogue]") {
  constexpr conv3d many{.in_channels = 12, .out_channels = 31, .kernel_size = 3, .padding = 1};
  static_assert(esp::lanes<float> < 4 || family<many> == esp::kernel_family::channel);
  check(direct<many>(), 51200);
}

TEST_CASE("flat tiles are stored through a chain, after the last of several turns of channels", "[conv][epilogue]") {
  constexpr conv3d turns{.in_channels = 35, .out_channels = 3, .kernel_size = 1};
  static_assert(family<turns> == esp::kernel_family::flat);
  check(direct<turns>(), 51300);
}

TEST_CASE("merged channels and scattered taps are stored through a chain", "[conv][epilogue]") {
  constexpr conv3d one{.in_channels = 12, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr esp::kept_taps star = drawn::star(3);
  using merged = esp::direct_forward<one, float, star>;
  static_assert(merged::chosen.family == esp::kernel_family::merged);
  check(chained_kernel<merged, float, star>(), 51350);
  constexpr conv3d apart{.in_channels = 2, .out_channels = 3, .kernel_size = 2, .dilation = 7, .padding = 3};
  check(chained_kernel<scattered<apart>, float>(), 51360);
}

TEST_CASE("Winograd tiles are stored through a chain", "[conv][epilogue][winograd]") {
  constexpr conv3d cube{.in_channels = 6,
                        .out_channels = 8,
                        .kernel_size = 3,
                        .padding = 1,
                        .groups = 2,
                        .algorithm = esp::algorithm::winograd};
  check(chained_kernel<esp::winograd_forward<cube, float>, float>(), 51400);
  constexpr conv3d row{.in_channels = 1,
                       .out_channels = 4,
                       .kernel_size = {1, 3, 1},
                       .padding = {0, 1, 0},
                       .algorithm = esp::algorithm::winograd};
  compare_one(chained_kernel<esp::winograd_forward<row, float>, float>(), {1, 1, 130, 66, 67}, 51405, true);
}

TEST_CASE("results of 8 MiB go past the caches through a chain", "[conv][epilogue]") {
  constexpr conv3d few{.in_channels = 1, .out_channels = 12, .kernel_size = {1, 2, 1}};
  constexpr conv3d point{.in_channels = 1, .out_channels = 12, .kernel_size = 1};
  compare_one(direct<few>(), {1, 1, 40, 66, 73}, 51501, false);
  compare_one(direct<point>(), {1, 1, 40, 66, 72}, 51502, false);
}

TEST_CASE("sums with lanes along channels are finished where they are stored", "[conv][epilogue]") {
  using epilogue = esp::detail::chained_epilogue<stages, float>;
  static_assert(esp::detail::Epilogue<epilogue, float> && epilogue::after_turning);
  REQUIRE_FALSE(epilogue{}.keeps());
  const std::vector<float> bias{1, -2}, y(64), residual(64, 5);
  const epilogue all{bias.data(), {y.data(), residual.data()}};
  std::vector<float> lane(static_cast<std::size_t>(esp::lanes<float>));
  const auto sum = esp::simd::broadcast(-3.0F);
  esp::simd::store_unaligned(lane.data(), all.from(1).of(0).in_registers()(sum, y.data()));
  for (const float value : lane) REQUIRE(value == 15);  // -3 - 2, times -2, and 5
  const auto biased = all.lanes_of(1, 1)(sum);
  esp::simd::store_unaligned(lane.data(), all.after_bias()(biased, y.data(), esp::lane_range<float>(0, 1)));
  REQUIRE(lane[0] == 15);
}
