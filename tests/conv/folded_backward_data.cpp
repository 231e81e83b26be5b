// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/folded_backward_data.hpp>
#include <espalier/conv/winograd/backward_data.hpp>
#include <string>
#include <type_traits>

#include "conv/drawn_backward_data.hpp"

using esp::conv3d, esp::index_t;

namespace {

constexpr conv3d cube = drawn::replicated({.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1});
// Few positions and many weights.
constexpr conv3d many = drawn::replicated({.in_channels = 64, .out_channels = 64, .kernel_size = 3, .padding = 1});
using cube_kernel = esp::input_gradient<cube, float, esp::direct_backward_data>;

}  // namespace

TEST_CASE("only padding that repeats the input is folded", "[conv][backward]") {
  using esp::direct_backward_data, esp::input_gradient;
  constexpr conv3d zeros{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1};
  constexpr conv3d valid = drawn::replicated({.in_channels = 3, .out_channels = 4, .kernel_size = 3});
  STATIC_REQUIRE(
      std::is_same_v<input_gradient<zeros, float, direct_backward_data>, direct_backward_data<zeros, float>>);
  STATIC_REQUIRE(
      std::is_same_v<input_gradient<valid, float, direct_backward_data>, direct_backward_data<valid, float>>);
  STATIC_REQUIRE(std::is_base_of_v<direct_backward_data<esp::unpadded(cube), float>, cube_kernel>);
  STATIC_REQUIRE(cube_kernel::config == cube);
  // A kernel of extent 1 has no border of its own: what is padded is what is flat.
  constexpr conv3d one = drawn::replicated({.in_channels = 2, .out_channels = 2, .kernel_size = 1, .padding = 1});
  STATIC_REQUIRE(esp::choose(one, esp::direction::backward_data, esp::this_machine<float>).family ==
                 esp::kernel_family::flat);
}

TEST_CASE("a large batch is folded a few samples at a time, a small one at once", "[conv][backward]") {
  const esp::dims5 small{7, 3, 6, 6, 6}, large{5, 3, 60, 60, 100};
  const auto at_once = cube_kernel::plan(small, esp::output_dims(cube, small), 1);
  REQUIRE((at_once.kernel.input == esp::dims5{7, 3, 8, 8, 8} && at_once.passes() == 1 && !at_once.last));
  // 3 * 62 * 62 * 102 floats: three of them are 14 MB.
  const auto in_passes = cube_kernel::plan(large, esp::output_dims(cube, large), 1);
  REQUIRE((in_passes.kernel.input == esp::dims5{3, 3, 62, 62, 102} && in_passes.passes() == 2));
  REQUIRE((in_passes.last && in_passes.last->input == esp::dims5{2, 3, 62, 62, 102}));
  REQUIRE(in_passes.scratch < 4 * 3 * 62 * 62 * 102);
  drawn::compare_data<cube, float>(large, 2);
}

TEST_CASE("a weight is packed in parts where each is read by one pass", "[conv][backward]") {
  using kernel = esp::input_gradient<many, float, esp::direct_backward_data>;
  if constexpr (kernel::takes_parts) {
    const auto parts = [](esp::dims5 input) {
      return kernel::part_size(kernel::plan(input, esp::output_dims(many, input), 1));
    };
    const auto unpadded_parts = [](esp::dims5 input) {
      using plain = esp::direct_backward_data<esp::unpadded(many), float>;
      return plain::part_size(plain::plan(input, esp::output_dims(esp::unpadded(many), input), 1));
    };
    REQUIRE(unpadded_parts({1, 64, 4, 4, 4}) > 0);
    REQUIRE(parts({1, 64, 2, 2, 2}) == unpadded_parts({1, 64, 4, 4, 4}));
    REQUIRE(parts({9, 64, 40, 40, 40}) == 0);
  }
}

TEMPLATE_TEST_CASE("folded gradients are bitwise equal for every team", "[conv][backward]", float, double) {
  using T = TestType;
  std::mt19937 engine(7);
  const auto check = [&](const drawn::data_kernel<T>& fast, esp::dims5 input) {
    const drawn::gradient_problem<T> p(fast.config, input, engine, false);
    const auto serial = fast.gradient(p, 0);
    for (const index_t team : {1, 2, 3, 4, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
  };
  check(drawn::data_kernel_for<cube, T>(), {2, 3, 5, 9, 21});
  check(drawn::data_kernel_for<drawn::replicated({.in_channels = 6,
                                                  .out_channels = 6,
                                                  .kernel_size = 3,
                                                  .stride = 2,
                                                  .padding = {{1, 5}, {7, 0}, {2, 30}},
                                                  .groups = 3}),
                               T>(),
        {3, 6, 5, 8, 33});
}

TEST_CASE("no input has no folded gradient, one that cannot be counted is refused", "[conv][backward]") {
  float untouched = 5;
  cube_kernel::run(nullptr, {0, 3, 5, 5, 5}, nullptr, &untouched, &untouched, esp::threads{2});
  REQUIRE(cube_kernel::scratch_size({0, 3, 5, 5, 5}, 2) == 0);
  REQUIRE_THROWS_AS(cube_kernel::scratch_size({1, 3, 0, 5, 5}, 1), esp::error);
  REQUIRE(untouched == 5);
  // The output is strided, the padded input is not.
  constexpr index_t far = index_t{1} << 30;
  constexpr conv3d wide = drawn::replicated(
      {.in_channels = 1, .out_channels = 1, .kernel_size = 1, .stride = {far, far, far}, .padding = {far, far, far}});
  using kernel = esp::input_gradient<wide, float, esp::direct_backward_data>;
  try {
    static_cast<void>(kernel::scratch_size({1, 1, 1, 1, 1}, 1));
    FAIL("2^93 voxels were planned");
  } catch (const esp::error& e) {
    REQUIRE(std::string(e.id()) == "ESP-103");
  }
}
