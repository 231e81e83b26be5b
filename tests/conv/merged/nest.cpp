// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstring>
#include <espalier/conv/merged/nest.hpp>
#include <limits>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_forward.hpp"
#include "conv/walled.hpp"

// Many channels that become one by a list of taps, forward and in the gradient of the input.

namespace {

using esp::conv3d, esp::extents, esp::index_t, esp::kept_taps;

constexpr conv3d to_many(index_t out, const extents& kernel, const esp::padding& padding, const extents& dilation = 1) {
  return {.in_channels = 1, .out_channels = out, .kernel_size = kernel, .dilation = dilation, .padding = padding};
}
constexpr conv3d to_one(index_t in, const extents& kernel, const esp::padding& padding, const extents& dilation = 1) {
  return {.in_channels = in, .out_channels = 1, .kernel_size = kernel, .dilation = dilation, .padding = padding};
}
constexpr kept_taps faces() {
  kept_taps result = drawn::star(3);
  result.drop(13);
  return result;
}

template <conv3d Config, kept_taps Kept>
index_t forwards(unsigned seed) {
  using forward = esp::direct_forward<Config, float, Kept>;
  static_assert(forward::chosen.family == esp::kernel_family::merged && forward::computed == Kept);
  return drawn::problems(drawn::kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::problems(drawn::kernel_for<Config, double, Kept>(), seed + 1, 45);
}
template <conv3d Config, kept_taps Kept>
index_t gradients(unsigned seed) {
  using backward = esp::input_gradient<Config, float, esp::direct_backward_data, Kept>;
  static_assert(backward::chosen.family == esp::kernel_family::merged && backward::computed == Kept);
  return drawn::data_problems(drawn::data_kernel_for<Config, float, Kept>(), seed, 45) +
         drawn::data_problems(drawn::data_kernel_for<Config, double, Kept>(), seed + 1, 45);
}

}  // namespace

TEST_CASE("merged channels: faces, stars and masks", "[conv][backward][taps]") {
  index_t total = 0;
  total += gradients<to_many(12, 3, 2, 2), faces()>(3000);
  total += gradients<to_many(4, 3, 1), drawn::star(3)>(3010);
  total += gradients<to_many(9, 5, 4, 2), drawn::first_taps(5, 63)>(3020);
  total += gradients<to_many(5, {3, 5, 4}, {{0, 1}, {2, 0}, {5, 3}}), drawn::taps({3, 5, 4}, 3, 20)>(3030);
  total += gradients<to_many(4, {1, 1, 4}, {0, 0, 1}, {1, 1, 9}), drawn::first_taps({1, 1, 4}, 3)>(3040);
  total += gradients<to_many(7, 3, 0, {4, 3, 5}), drawn::first_taps(3, 1)>(3050);
  total += gradients<drawn::replicated(to_many(6, 3, 2, 2)), faces()>(3060);
  REQUIRE(total == 7 * 90);
}

TEST_CASE("merged channels: forward, with groups, a bias and an activation", "[conv][forward][taps]") {
  constexpr conv3d grouped{
      .in_channels = 12, .out_channels = 3, .kernel_size = 3, .dilation = 2, .padding = {1, 2, 9}, .groups = 3};
  constexpr conv3d back{
      .in_channels = 3, .out_channels = 15, .kernel_size = 3, .dilation = 2, .padding = 3, .groups = 3};
  index_t total = 0;
  total += forwards<to_one(12, 3, 2, 2), faces()>(3100);
  total += forwards<drawn::rectified(to_one(8, {3, 4, 5}, {4, 9, 40}, {1, 2, 3})), drawn::taps({3, 4, 5}, 2, 50)>(3110);
  total += forwards<grouped, drawn::star(3)>(3120);
  total += gradients<back, drawn::taps(3, 9, 40)>(3130);
  REQUIRE(total == 4 * 90);
}

TEST_CASE("merged channels: large volumes, teams, long rows and results past the caches", "[conv][backward][taps]") {
  constexpr conv3d mind = to_many(12, 3, 2, 2);
  std::mt19937 engine(1);
  for (const esp::dims5 input : {esp::dims5{1, 1, 23, 40, 70}, {2, 1, 33, 9, 64}, {1, 1, 5, 6, 2100}}) {
    drawn::gradient_problem<float> p(mind, input, engine, true);
    drawn::clear_dropped(faces(), 27, p.weight.size(), p.weight.data());
    for (const index_t team : {0, 1, 2, 3}) {
      drawn::check_data(drawn::data_kernel_for<mind, float, faces()>(), p, team);
    }
  }
  constexpr conv3d small = to_one(4, {1, 1, 3}, {0, 0, 1});
  drawn::compare(drawn::kernel_for<small, float, drawn::first_taps({1, 1, 3}, 2)>(), {1, 4, 8, 512, 513}, 2, true);
  drawn::compare(drawn::kernel_for<small, double, drawn::first_taps({1, 1, 3}, 2)>(), {1, 4, 4, 512, 640}, 3, false);
}

namespace {

// On reals: the bits of one worker, from and to memory beside which nothing may be touched.
template <conv3d Config, kept_taps Kept, class T>
void same_bits(const esp::dims5& input) {
  using backward = esp::direct_backward_data<Config, T, Kept>;
  const esp::dims5 output = esp::output_dims(Config, input);
  std::mt19937 engine(static_cast<unsigned>(input.size()));
  drawn::guarded<T> drawn_y(output.size()), weight(esp::weight_shape_of(Config).size()),
      packed(backward::packed_size()), expected(input.size());
  drawn::draw_reals(drawn_y, engine);
  drawn::draw_reals(weight, engine);
  drawn::clear_dropped(Kept, Config.kernel_size.volume(), weight.size(), weight.data());
  backward::pack(weight.data(), packed.data());
  const auto run = [&](const T* grad_y, T* grad_x, const auto& team) {
    drawn::guarded<T> scratch(backward::scratch_size(input, static_cast<index_t>(team.workers())));
    backward::run(grad_y, input, packed.data(), grad_x, scratch.data(), team);
    REQUIRE(scratch.intact());
  };
  run(drawn_y.data(), expected.data(), esp::serial{});
  drawn::walled<T> grad_y(output.size()), grad_x(input.size());
  for (const bool front : {true, false}) {
    for (const index_t workers : {1, 3}) {
      T* const from = front ? grad_y.front() : grad_y.back();
      T* const to = front ? grad_x.back() : grad_x.front();
      std::copy_n(drawn_y.data(), output.size(), from);
      std::fill_n(to, input.size(), T(77));
      run(from, to, esp::threads{workers});
      REQUIRE(std::memcmp(to, expected.data(), static_cast<std::size_t>(input.size()) * sizeof(T)) == 0);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("merged channels: one order of sums, and nothing beside the tensors", "[conv][backward][taps]",
                   float, double) {
  for (const index_t width : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100, 130, 1100}) {
    same_bits<to_many(12, 3, 2, 2), faces(), TestType>({1, 1, 21, 5, width});
    same_bits<to_many(5, 3, {3, 1, 20}, {2, 1, 7}), drawn::taps(3, 5, 50), TestType>({2, 1, 4, 12, width});
    same_bits<to_many(9, {2, 2, 7}, {0, 1, 6}), drawn::taps({2, 2, 7}, 3, 60), TestType>({1, 1, 3, 9, width});
  }
}

// As everywhere a weight that is not finite makes NaN of the padding that it meets, and a tap that is not there
// nothing.
TEST_CASE("merged channels: weights that are not finite reach the padding", "[conv][backward][taps]") {
  constexpr conv3d mind = to_many(12, 3, 2, 2), masked = to_many(9, 5, 2);
  const auto check = []<conv3d Config, kept_taps Kept>(std::integral_constant<index_t, 0>, index_t width) {
    std::mt19937 engine(7);
    drawn::gradient_problem<float> p(Config, {1, 1, 6, 7, width}, engine, true);
    const index_t taps = Config.kernel_size.volume();
    drawn::clear_dropped(Kept, taps, p.weight.size(), p.weight.data());
    for (index_t t = 0; t < taps; ++t) {
      if (!Kept.has(t)) continue;
      const float before = p.weight.data()[3 * taps + t];
      p.weight.data()[3 * taps + t] = t % 2 == 0 ? std::numeric_limits<float>::infinity() : std::nanf("");
      const auto grad_x = drawn::data_kernel_for<Config, float, Kept>().gradient(p, 0);
      index_t finite = 0;
      for (index_t i = 0; i < grad_x.size(); ++i) finite += std::isfinite(grad_x.data()[i]) ? 1 : 0;
      // Every element has the tap: it reads an element that is not zero, or the padding. An infinity times zero is NaN.
      REQUIRE(finite == 0);
      p.weight.data()[3 * taps + t] = before;
    }
  };
  for (const index_t width : {3, 16, 37}) {
    check.template operator()<mind, faces()>({}, width);
    check.template operator()<masked, drawn::first_taps(5, 14)>({}, width);
  }
}
