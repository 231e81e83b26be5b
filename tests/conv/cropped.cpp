// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cropped.hpp>
#include <limits>
#include <type_traits>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_backward_weights.hpp"
#include "conv/drawn_winograd.hpp"
#include "conv/kept_box.hpp"
#include "conv/weight/packed_by.hpp"

using esp::conv3d, esp::direction, esp::extents, esp::index_t, esp::kept_taps;

namespace {

// As a layer names them.
template <conv3d Config, kept_taps Kept, class T>
struct entries {
  static constexpr esp::kernel_crop forward_crop = esp::crop_of(Config, Kept, direction::forward);
  static constexpr esp::kernel_crop data_crop = esp::crop_of(Config, Kept, direction::backward_data);
  static constexpr esp::kernel_crop weights_crop = esp::crop_of(Config, Kept, direction::backward_weights);

  template <direction What, const esp::kernel_crop& Crop, class Direct, class Winograd>
  using entry = typename esp::cropped<
      Config, Crop, What, std::conditional_t<esp::is_winograd(esp::algorithm_for(Crop.config, What)), Winograd, Direct>,
      T>::type;
  using forward = entry<direction::forward, forward_crop, esp::direct_forward<forward_crop.config, T>,
                        esp::winograd_forward<forward_crop.config, T>>;
  using data =
      entry<direction::backward_data, data_crop, esp::input_gradient<data_crop.config, T, esp::direct_backward_data>,
            esp::input_gradient<data_crop.config, T, esp::winograd_backward_data>>;
  using weights = entry<direction::backward_weights, weights_crop, esp::direct_backward_weights<weights_crop.config, T>,
                        esp::winograd_backward_weights<weights_crop.config, T>>;
};

template <class Entry>
auto planned(esp::dims5 input, index_t team) {
  return Entry::plan(input, esp::output_dims(Entry::config, input), team);
}

template <class Use>
void with_team(index_t team, const Use& use) {
  team == 0 ? use(esp::serial{}) : use(esp::threads{team});
}

// What a sweep does: whole columns of `length` rows.
template <class T, class Sink>
void sweep_into(const T* weight, index_t length, const Sink& sink) {
  std::vector<T> memory(static_cast<std::size_t>(length * esp::lanes<T> + esp::line_elements<T>));
  T* const to = esp::line_start(memory.data());
  auto at = sink.start();
  for (index_t left = sink.tiles(); left > 0; --left, at = sink.after(at)) {
    const esp::tile_columns<T> columns = sink.columns(at, weight, length);
    esp::load_columns(columns.begin, 0, length, to);
    esp::clear_missing(columns.missing, length, to);
    sink.take(at, 0, length, to);
  }
}

// Every way to the packed weight has the same bits.
template <class Entry, class T>
void check_packing(const drawn::fenced<T>& weight) {
  constexpr esp::weight_shape shape = esp::weight_shape_of(Entry::config);
  const auto size = static_cast<std::size_t>(Entry::packed_size());
  const auto packed = drawn::packed_by<T>(size, [&](T* to) { Entry::pack(weight.data(), to); });
  if constexpr (requires(T* to) { Entry::block_sink(to); }) {
    REQUIRE(packed == drawn::packed_by<T>(size, [&](T* to) {
              sweep_into(weight.data(), shape.kernel.volume(), Entry::block_sink(to));
            }));
  }
  if constexpr (requires(T* to) { Entry::filter_sink(to); }) {
    REQUIRE(packed == drawn::packed_by<T>(size, [&](T* to) {
              sweep_into(weight.data(), shape.in * shape.kernel.volume(), Entry::filter_sink(to));
            }));
  }
}

template <conv3d Config, kept_taps Kept, class T>
void check_forward(const drawn::gradient_problem<T>& p, index_t team) {
  using kernel = typename entries<Config, Kept, T>::forward;
  check_packing<kernel>(p.weight);
  const auto plan = planned<kernel>(p.shape.input, team);
  drawn::fenced<T> packed(kernel::packed_size()), y(p.shape.output.size()), scratch(plan.scratch);
  kernel::pack(p.weight.data(), packed.data());
  with_team(team, [&](const auto& executor) {
    kernel::run(plan, p.x.data(), packed.data(), static_cast<const T*>(nullptr), y.data(), scratch.data(), executor);
  });
  REQUIRE((packed.intact() && scratch.intact() && p.x.intact()));
  drawn::require_equal(y, p.forward());
}

template <conv3d Config, kept_taps Kept, class T>
void check_data(const drawn::gradient_problem<T>& p, index_t team) {
  using kernel = typename entries<Config, Kept, T>::data;
  check_packing<kernel>(p.weight);
  drawn::check_data<T>(
      drawn::data_kernel<T>{
          Config, kernel::packed_size(), &kernel::pack,
          [](esp::dims5 input, index_t workers) { return planned<kernel>(input, workers).scratch; },
          [](const T* grad_y, esp::dims5 input, const T* packed, T* grad_x, T* scratch, index_t workers) {
            with_team(workers, [&](const auto& executor) {
              kernel::run(planned<kernel>(input, workers), grad_y, packed, grad_x, scratch, executor);
            });
          },
          0},
      p, team);
}

template <conv3d Config, kept_taps Kept, class T>
void check_weights(const drawn::gradient_problem<T>& p, index_t team) {
  using kernel = typename entries<Config, Kept, T>::weights;
  constexpr index_t taps = Config.kernel_size.volume();
  drawn::fenced<T> grad_w(p.weight.size()), expected(p.weight.size());
  reference::backward_weights(p.shape, p.x.data(), p.grad_y.data(), expected.data(), nullptr);
  // Which taps the kernel computes: those of the box, kept or not.
  constexpr const esp::kernel_crop& cut = entries<Config, Kept, T>::weights_crop;
  const auto inside = [&](index_t t) {
    const esp::tap_index at = esp::tap_at(t, Config.kernel_size);
    const extents last{cut.first.d + cut.config.kernel_size.d, cut.first.h + cut.config.kernel_size.h,
                       cut.first.w + cut.config.kernel_size.w};
    return at.d >= cut.first.d && at.h >= cut.first.h && at.w >= cut.first.w && at.d < last.d && at.h < last.h &&
           at.w < last.w;
  };
  for (index_t i = 0; i < expected.size(); ++i) {
    if (!inside(i % taps)) expected.data()[i] = 0;
  }
  const auto plan = planned<kernel>(p.shape.input, team);
  for (const bool accumulate : {false, true}) {
    drawn::fenced<T> scratch(plan.scratch);
    with_team(team, [&](const auto& executor) {
      kernel::run(plan, p.x.data(), p.grad_y.data(), grad_w.data(), accumulate, scratch.data(), executor);
    });
    REQUIRE((scratch.intact() && p.x.intact() && p.grad_y.intact()));
    drawn::require_equal(grad_w, expected);
    for (index_t i = 0; i < expected.size(); ++i) {
      // What is added to may hold anything.
      if (!inside(i % taps)) grad_w.data()[i] = expected.data()[i] = static_cast<T>(i % 5);
      expected.data()[i] += inside(i % taps) ? expected.data()[i] : T(0);
    }
  }
}

// 20 problems of each direction for one box of a configuration, in one type.
template <conv3d Config, extents First, extents Last, class T>
index_t boxes(unsigned seed) {
  constexpr kept_taps kept = drawn::kept_box(Config.kernel_size, First, Last);
  return drawn::draw_problems<T>(Config, seed, 20, [&](drawn::gradient_problem<T> p, index_t team) {
    for (index_t i = 0; i < p.weight.size(); ++i) {
      if (!kept.has(i % Config.kernel_size.volume())) p.weight.data()[i] = 0;
    }
    check_forward<Config, kept, T>(p, team);
    check_data<Config, kept, T>(p, team);
    check_weights<Config, kept, T>(p, team);
  });
}

constexpr conv3d with_direct(conv3d config) {
  config.algorithm = esp::algorithm::direct;
  return config;
}

}  // namespace

TEST_CASE("planes of zeros at the ends of a kernel are not computed, in any direction", "[conv][cropped]") {
  constexpr conv3d cube{.in_channels = 4, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr conv3d rows{.in_channels = 2, .out_channels = 1, .kernel_size = 5, .padding = {{2, 1}, 2, {3, 2}}};
  constexpr conv3d channels{.in_channels = 3, .out_channels = 16, .kernel_size = 4, .padding = {2, 1, {1, 2}}};
  REQUIRE(boxes<cube, {0, 0, 0}, {1, 2, 2}, float>(100) == 20);
  REQUIRE(boxes<with_direct(cube), {0, 0, 1}, {1, 2, 2}, double>(200) == 20);
  REQUIRE(boxes<cube, {1, 0, 0}, {1, 2, 2}, double>(300) == 20);
  REQUIRE(boxes<cube, {1, 1, 1}, {1, 1, 1}, float>(400) == 20);
  REQUIRE(boxes<rows, {2, 1, 0}, {4, 3, 3}, float>(500) == 20);
  REQUIRE(boxes<channels, {1, 0, 1}, {3, 2, 2}, float>(600) == 20);
}

TEST_CASE("crops meet strides, dilations, groups and replicated borders", "[conv][cropped]") {
  constexpr conv3d strided{.in_channels = 4,
                           .out_channels = 6,
                           .kernel_size = {3, 4, 5},
                           .stride = {2, 1, 3},
                           .padding = {1, 2, 2},
                           .groups = 2};
  constexpr conv3d dilated{
      .in_channels = 2, .out_channels = 3, .kernel_size = {3, 3, 4}, .dilation = {2, 3, 1}, .padding = {2, {6, 1}, 3}};
  constexpr conv3d both = drawn::replicated({.in_channels = 3,
                                             .out_channels = 9,
                                             .kernel_size = 4,
                                             .stride = {1, 2, 2},
                                             .dilation = {1, 1, 2},
                                             .padding = {{2, 1}, 3, 4},
                                             .groups = 3});
  constexpr conv3d border =
      drawn::replicated({.in_channels = 3, .out_channels = 5, .kernel_size = {3, 3, 5}, .padding = {1, 2, {2, 4}}});
  REQUIRE(boxes<strided, {1, 0, 1}, {2, 2, 4}, float>(700) == 20);
  REQUIRE(boxes<dilated, {1, 1, 0}, {2, 2, 2}, double>(800) == 20);
  REQUIRE(boxes<both, {1, 1, 0}, {3, 3, 2}, float>(900) == 20);
  REQUIRE(boxes<border, {0, 1, 1}, {1, 2, 3}, double>(1000) == 20);
}

TEST_CASE("a crop that the padding cannot express begins earlier and ends where it should", "[conv][cropped]") {
  constexpr conv3d valid{.in_channels = 4, .out_channels = 4, .kernel_size = {3, 3, 5}};
  constexpr conv3d narrow{.in_channels = 2, .out_channels = 2, .kernel_size = 5, .padding = {{1, 0}, {0, 1}, 1}};
  constexpr conv3d valid_border = drawn::replicated(
      {.in_channels = 2, .out_channels = 3, .kernel_size = {4, 3, 3}, .stride = {2, 1, 1}, .padding = {{2, 0}, 0, 1}});
  REQUIRE(boxes<valid, {0, 0, 0}, {1, 2, 2}, float>(1100) == 20);
  REQUIRE(boxes<narrow, {2, 1, 1}, {3, 2, 3}, double>(1200) == 20);
  REQUIRE(boxes<valid_border, {1, 0, 0}, {2, 1, 2}, float>(1300) == 20);
}

TEST_CASE("a large gradient is moved to its places by the team", "[conv][cropped]") {
  constexpr conv3d many{.in_channels = 40, .out_channels = 33, .kernel_size = 3, .padding = 1};
  constexpr kept_taps kept = drawn::kept_box(3, {1, 0, 0}, {2, 1, 2});
  std::mt19937 engine(9);
  const drawn::gradient_problem<float> p(many, {1, 40, 3, 4, 5}, engine, true);
  for (const index_t team : {0, 1, 3}) check_weights<many, kept, float>(p, team);
}

TEST_CASE("what stands at a tap outside the box spreads nothing", "[conv][cropped]") {
  // The last plane of the input is read by the last output plane alone.
  constexpr conv3d config =
      with_direct({.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false});
  constexpr kept_taps kept = drawn::kept_box(3, 0, {1, 2, 2});
  using kernel = entries<config, kept, float>::forward;
  std::mt19937 engine(5);
  drawn::gradient_problem<float> p(config, {1, 2, 4, 5, 6}, engine, true);
  constexpr index_t plane = 5 * 6;
  for (index_t i = 0; i < p.x.size(); ++i) {
    if (i / plane % 4 == 3) p.x.data()[i] = std::numeric_limits<float>::infinity();
  }
  std::vector<float> packed(static_cast<std::size_t>(kernel::packed_size()));
  kernel::pack(p.weight.data(), packed.data());
  drawn::fenced<float> y(p.shape.output.size());
  const auto plan = planned<kernel>(p.shape.input, 1);
  std::vector<float> scratch(static_cast<std::size_t>(plan.scratch));
  kernel::run(plan, p.x.data(), packed.data(), static_cast<const float*>(nullptr), y.data(), scratch.data(),
              esp::serial{});
  index_t finite = 0;
  for (index_t i = 0; i < y.size(); ++i) {
    const bool reads = i / plane % 4 == 3;
    if (std::isfinite(y.data()[i])) ++finite;
    if (!reads) REQUIRE(std::isfinite(y.data()[i]));
  }
  REQUIRE(finite < y.size());
}

TEST_CASE("a whole kernel is its own", "[conv][cropped]") {
  constexpr conv3d config{.in_channels = 3, .out_channels = 2, .kernel_size = 3, .padding = 1};
  STATIC_REQUIRE(std::is_same_v<entries<config, kept_taps{}, float>::forward, esp::direct_forward<config, float>>);
  constexpr kept_taps corners = [] {
    kept_taps k;
    k.drop(13);
    return k;
  }();
  STATIC_REQUIRE(std::is_same_v<entries<config, corners, float>::weights, esp::direct_backward_weights<config, float>>);
}
