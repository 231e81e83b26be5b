// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/conv/row/in_place.hpp>
#include <espalier/conv/row/nest.hpp>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_forward.hpp"
#include "conv/walled.hpp"

// Few channels whose input is read where it lies, with all taps and with lists of them.

namespace {

using esp::conv3d, esp::extents, esp::index_t, esp::kept_taps;

constexpr conv3d one(const extents& kernel, const esp::padding& padding, const extents& dilation = 1) {
  return {.in_channels = 1, .out_channels = 1, .kernel_size = kernel, .dilation = dilation, .padding = padding};
}

template <conv3d Config, kept_taps Kept>
index_t forwards(unsigned seed) {
  using forward = esp::direct_forward<Config, float, Kept>;
  static_assert(forward::chosen.family == esp::kernel_family::row && forward::computed == Kept);
  return drawn::problems(drawn::kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::problems(drawn::kernel_for<Config, double, Kept>(), seed + 1, 45);
}
template <conv3d Config, kept_taps Kept>
index_t gradients(unsigned seed) {
  using backward = esp::input_gradient<Config, float, esp::direct_backward_data, Kept>;
  static_assert(backward::chosen.family == esp::kernel_family::row && backward::computed == Kept);
  return drawn::data_problems(drawn::data_kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::data_problems(drawn::data_kernel_for<Config, double, Kept>(), seed + 1, 45);
}
template <conv3d Config, kept_taps Kept>
index_t both(unsigned seed) {
  return forwards<Config, Kept>(seed) + gradients<Config, Kept>(seed + 7);
}

}  // namespace

TEST_CASE("row tiles: stars and masks of one channel", "[conv][taps]") {
  index_t total = 0;
  total += both<one(3, 1), drawn::star(3)>(1000);
  total += both<one(3, 0), drawn::first_taps(3, 13)>(1100);
  total += both<one(5, 2), drawn::star(5)>(1200);
  total += both<one({3, 5, 4}, {{0, 1}, {2, 0}, {5, 3}}), drawn::taps({3, 5, 4}, 3, 30)>(1300);
  total += both<one({1, 9, 2}, esp::same), drawn::taps({1, 9, 2}, 4, 60)>(1400);
  total += both<one(3, {4, 9, 40}), drawn::taps(3, 5, 50)>(1500);
  total += both<one(3, 3, {3, 1, 2}), drawn::taps(3, 6, 50)>(1600);
  REQUIRE(total == 7 * 180);
}

TEST_CASE("row tiles: lists of taps with few channels, groups, strides and boundaries", "[conv][taps]") {
  constexpr conv3d sobel{.in_channels = 1, .out_channels = 3, .kernel_size = 3, .padding = 1};
  constexpr conv3d deep{.in_channels = 4, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 4};
  constexpr conv3d grouped{.in_channels = 6, .out_channels = 4, .kernel_size = {2, 4, 3}, .padding = 2, .groups = 2};
  constexpr conv3d copied{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .stride = {1, 1, 3}, .padding = 2};
  constexpr conv3d apart{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .stride = {2, 1, 1}, .padding = 1};
  index_t total = 0;
  total += forwards<sobel, drawn::taps(3, 7, 66)>(2000);
  total += both<deep, drawn::star(3)>(2100);
  total += both<grouped, drawn::taps({2, 4, 3}, 8, 50)>(2200);
  total += forwards<copied, drawn::star(3)>(2300);
  total += forwards<apart, drawn::star(3)>(2400);
  total += both<drawn::replicated(one(3, 2)), drawn::star(3)>(2500);
  total += forwards<drawn::rectified(one(5, 2)), drawn::star(5)>(2600);
  REQUIRE(total == 4 * 90 + 3 * 180);
}

TEST_CASE("row tiles: large volumes, teams, and outputs past the caches", "[conv][taps]") {
  for (const unsigned seed : {0U, 1U, 2U, 3U}) {
    drawn::compare(drawn::kernel_for<one(3, 1), float, drawn::star(3)>(), {1, 1, 37, 40, 141}, seed, true);
    drawn::compare(drawn::kernel_for<one(5, 2), double, drawn::star(5)>(), {2, 1, 9, 70, 33}, seed, false);
    drawn::compare(drawn::kernel_for<one(3, 1), float, kept_taps{}>(), {2, 1, 1, 75, 64}, seed, true);
  }
  // In place, as chosen.
  drawn::compare(drawn::kernel_for<one(3, 1), float, drawn::star(3)>(), {2, 1, 25, 99, 141}, 3, true);
  constexpr conv3d sobel{.in_channels = 1, .out_channels = 3, .kernel_size = 3, .padding = 1};
  drawn::compare(drawn::kernel_for<sobel, float, drawn::taps(3, 7, 66)>(), {1, 1, 24, 97, 150}, 2, true);
  drawn::compare(drawn::kernel_for<drawn::rectified(one(5, 2)), double, drawn::star(5)>(), {1, 1, 25, 96, 70}, 1, true);
  drawn::compare(drawn::kernel_for<one(3, 1), float, drawn::star(3)>(), {1, 1, 65, 128, 272}, 2, false);
  drawn::compare(drawn::kernel_for<drawn::reflected(one(3, 1)), float, kept_taps{}>(), {1, 1, 33, 100, 272}, 2, false);
  drawn::compare(drawn::kernel_for<drawn::mixed(one(5, 2)), float, drawn::star(5)>(), {1, 1, 25, 97, 141}, 3, true);
  drawn::compare(drawn::kernel_for<drawn::mirrored(one(3, 1)), double, kept_taps{}>(), {1, 1, 25, 97, 141}, 3, true);
  drawn::compare(drawn::kernel_for<one(3, 1), double, kept_taps{}>(), {1, 1, 33, 128, 272}, 3, true);
  drawn::compare(drawn::kernel_for<one({1, 2, 3}, {0, 1, 1}), float, kept_taps{}>(), {1, 1, 1, 2, 9001}, 2, false);
}

namespace {

// Any order of sums would be exact on integers: on drawn reals these are the bits of the copy, whatever the volume.
template <conv3d config, class Columns, class T>
void same_bits(const esp::dims5& input, index_t workers) {
  const esp::dims5 output = esp::output_dims(config, input);
  const esp::correlation p = esp::forward_of(config, input, output);
  std::mt19937 engine(static_cast<unsigned>(input.size()));
  drawn::guarded<T> drawn_x(input.size()), weight(config.out_channels * p.in * config.kernel_size.volume()),
      packed(weight.size()), expected(output.size());
  drawn::draw_reals(drawn_x, engine);
  drawn::draw_reals(weight, engine);
  // Zeros of both signs: what meets the padding is a zero with the sign of the weight.
  for (index_t i = 0; i < drawn_x.size(); i += 3) drawn_x.data()[i] = i % 2 == 0 ? T(0) : T(-0.0);
  esp::pack_columns<false, Columns>(p, weight.data(), packed.data());
  const auto run = [&](auto nest, const esp::row_blocking& cut, const T* x, T* y) {
    using kernel = decltype(nest);
    drawn::guarded<T> scratch(esp::team_elements<T>(cut.worker_elements(), workers));
    kernel::run(p, cut, x, packed.data(), esp::no_epilogue<T>, y, esp::line_start(scratch.data()),
                esp::threads{workers});
    REQUIRE(scratch.intact());
  };
  constexpr bool zeros = config.boundary.w == esp::axis_boundary();
  using copied = esp::row_nest<Columns, T, esp::row_ends::none>;
  using in_place = esp::row_nest<Columns, T, zeros ? esp::row_ends::zeros : esp::row_ends::repeated>;
  run(copied{}, copied::cut(p, workers), drawn_x.data(), expected.data());
  const esp::row_blocking slabs = esp::row_slabs_for<T>(p, in_place::tile.rows, in_place::positions, workers);
  drawn::walled<T> x(input.size()), y(output.size());
  for (const bool front : {true, false}) {
    T* const from = front ? x.front() : x.back();
    T* const to = front ? y.back() : y.front();
    std::copy_n(drawn_x.data(), input.size(), from);
    std::fill_n(to, output.size(), T(77));
    run(in_place{}, slabs, from, to);
    REQUIRE(std::memcmp(to, expected.data(), static_cast<std::size_t>(output.size()) * sizeof(T)) == 0);
  }
}

constexpr extents odd{2, 5, 3};

}  // namespace

TEST_CASE("what is read in place: one channel, with ends that fit a register", "[conv]") {
  using esp::axis_boundary, esp::row_ends, esp::ends_in_place;
  using enum esp::boundary;
  constexpr bool here = esp::simd::has_element_loads;
  STATIC_REQUIRE((!here || ends_in_place<float>(1, 1) == row_ends::zeros));
  STATIC_REQUIRE((!here || ends_in_place<float>(1, 1, reflect, 15, 15) == row_ends::repeated));
  STATIC_REQUIRE((!here || ends_in_place<double>(1, 1, {symmetric, zeros}, 7, 100) == row_ends::repeated));
  STATIC_REQUIRE(ends_in_place<float>(1, 1, reflect, 1, 16) == row_ends::none);
  STATIC_REQUIRE(ends_in_place<float>(1, 1, circular, 1, 1) == row_ends::none);
  STATIC_REQUIRE(ends_in_place<float>(1, {1, 1, 2}) == row_ends::none);
  STATIC_REQUIRE(ends_in_place<float>(2, 1) == row_ends::none);
}

TEMPLATE_TEST_CASE("row tiles in place have the bits of a copy, and touch nothing beside their tensors", "[conv]",
                   float, double) {
  constexpr conv3d cube = one(3, 1);
  constexpr conv3d wide{.in_channels = 2, .out_channels = 3, .kernel_size = odd, .padding = {3, 7, 20}};
  constexpr conv3d valid{.in_channels = 4, .out_channels = 4, .kernel_size = {3, 3, 4}, .groups = 2};
  for (const index_t width : {1, 2, 7, 8, 9, 16, 17, 31, 33, 64, 65, 100, 130}) {
    same_bits<cube, esp::all_columns<3>, TestType>({2, 1, 4, 9, width}, 1);
    same_bits<cube, esp::some_columns<extents{3}, drawn::star(3)>, TestType>({1, 1, 9, 21, width}, 2);
    same_bits<wide, esp::all_columns<5>, TestType>({1, 2, 3, 6, width}, 2);
    same_bits<wide, esp::some_columns<odd, drawn::taps(odd, 5, 40)>, TestType>({1, 2, 4, 17, width}, 1);
    same_bits<valid, esp::all_columns<3>, TestType>({1, 4, 4, 12, width + 3}, 3);
  }
  // Ends that are repeated, of rows that fill a register; along D and H anything is copied.
  constexpr conv3d broad{.in_channels = 1, .out_channels = 2, .kernel_size = odd, .padding = {1, 3, {7, 5}}};
  for (const index_t width : {16, 17, 18, 31, 32, 33, 64, 65, 100, 130}) {
    same_bits<drawn::reflected(cube), esp::all_columns<3>, TestType>({2, 1, 4, 9, width}, 1);
    same_bits<drawn::replicated(cube), esp::some_columns<extents{3}, drawn::star(3)>, TestType>({1, 1, 9, 21, width},
                                                                                                2);
    if (esp::lanes<TestType> <= 7) continue;
    same_bits<drawn::mixed(broad), esp::all_columns<5>, TestType>({1, 1, 3, 6, width}, 2);
    same_bits<drawn::mirrored(broad), esp::some_columns<odd, drawn::taps(odd, 5, 40)>, TestType>({1, 1, 4, 17, width},
                                                                                                 1);
    same_bits<drawn::causal(broad), esp::all_columns<5>, TestType>({1, 1, 3, 6, width}, 3);
  }
  constexpr conv3d apart = one(3, {2, 1, 5}, {2, 1, 4});
  same_bits<apart, esp::some_columns<extents{3}, drawn::star(3)>, TestType>({1, 1, 8, 20, 70}, 2);
}
