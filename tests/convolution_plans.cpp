// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/constrained_formula.hpp>
#include <espalier/conv/either_plan.hpp>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/modes.hpp>
#include <espalier/prior/sweep.hpp>
#include <limits>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::dims5, esp::index_t;

constexpr esp::conv3d plain{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d rectified{
    .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .activation = esp::activation::relu};
constexpr esp::conv3d many{.in_channels = 64, .out_channels = 64, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d projected{
    .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};
constexpr esp::conv3d far{.in_channels = 1, .out_channels = 1, .kernel_size = 2, .dilation = 4000, .padding = 2000};
constexpr esp::conv3d far_projected{.in_channels = 1,
                                    .out_channels = 1,
                                    .kernel_size = 2,
                                    .dilation = 4000,
                                    .padding = 2000,
                                    .enforce = esp::enforcement::post_step};

template <esp::conv3d Config>
using formula_of =
    typename esp::constrained_formula<Config, std::remove_const_t<decltype(esp::modes::unit_l2)>, true>::type;
template <esp::conv3d Config, class T = float>
using plans_of = esp::convolution_plans<Config, formula_of<Config>, T>;

constexpr dims5 input{2, 4, 5, 6, 7};
constexpr dims5 output{2, 6, 5, 6, 7};

}  // namespace

TEST_CASE("a plan has the shapes of its call and a plan of each kernel", "[plan]") {
  using plans = plans_of<plain>;
  const auto forward = plans::plan_forward(input, 1);
  REQUIRE((forward.input == input && forward.output == output && !forward.kernel.is_rare()));
  forward.kernel.visit([](auto kernel, const auto& plan) {
    STATIC_REQUIRE(std::is_same_v<decltype(kernel), plans::forward_kernel>);
    REQUIRE((plan.input == input && plan.output == output));
  });
  const auto backward = plans::plan_backward(input, 1);
  REQUIRE((backward.input == input && backward.output == output && !backward.kernels.is_rare()));
  backward.kernels.visit([](auto kernels, const auto& plan) {
    STATIC_REQUIRE(std::is_same_v<decltype(kernels),
                                  esp::detail::backward_kernels<plans::backward_data, plans::backward_weights>>);
    REQUIRE((plan.data.input == input && plan.weights.output == output));
  });
}

TEST_CASE("a direction has the kernel of its algorithm", "[plan]") {
  static_assert(esp::is_winograd(esp::algorithm_for(many, esp::direction::forward)));
  static_assert(std::is_same_v<plans_of<many>::forward_kernel, esp::winograd_forward<many, float>>);
  static_assert(std::is_same_v<plans_of<plain>::forward_kernel, esp::direct_forward<plain, float>>);
  static_assert(std::is_same_v<plans_of<plain>::backward_data, esp::direct_backward_data<plain, float>>);
  static_assert(std::is_same_v<plans_of<plain, double>::backward_weights, esp::direct_backward_weights<plain, double>>);
  plans_of<many>::plan_forward({1, 64, 8, 8, 8}, 1).kernel.visit([](auto kernel, const auto&) {
    STATIC_REQUIRE(std::is_same_v<decltype(kernel), esp::winograd_forward<many, float>>);
  });
}

TEST_CASE("a gradient of the input is folded where the padding repeats the input", "[plan]") {
  static constexpr esp::conv3d border = [] {
    esp::conv3d config = plain;
    config.boundary = esp::boundary::replicate;
    return config;
  }();
  using plans = plans_of<border>;
  using kernel = esp::direct_backward_data<esp::unpadded(border), float>;
  static_assert(std::is_same_v<plans::backward_data, esp::folded_backward_data<border, kernel, float>>);
  static_assert(std::is_same_v<plans_of<esp::unpadded(border)>::backward_data, kernel>);
  static_assert(plans::packed_room<plans::backward_data> == plans::packed_room<kernel>);
  const auto folded = plans::plan_backward(input, 1).kernels.held.data;
  REQUIRE(folded.scratch > plans_of<plain>::plan_backward(input, 1).kernels.held.data.scratch);
  REQUIRE(folded.kernel.input == esp::padded_dims(input, esp::pads_of(border)));
}

TEMPLATE_TEST_CASE("every room is whole lines, which is what a scratch is aligned to", "[plan]", float, double) {
  using plans = plans_of<plain, TestType>;
  REQUIRE(plans::line * static_cast<index_t>(sizeof(TestType)) == static_cast<index_t>(esp::alignment));
  for (const index_t room : {plans::template packed_room<typename plans::forward_kernel>,
                             plans::template packed_room<typename plans::backward_data>, plans::part_room}) {
    REQUIRE((room > 0 && room % plans::line == 0));
  }
  REQUIRE((plans::whole_lines(0) == 0 && plans::whole_lines(1) == plans::line));
  REQUIRE(plans::whole_lines(plans::line + 1) == 2 * plans::line);
  REQUIRE(plans::part_room >= 6 * 4 * 27);
}

TEST_CASE("only an activation needs room for the gradient that it lets pass", "[plan]") {
  using bare = plans_of<plain>;
  using plans = plans_of<rectified>;
  REQUIRE((bare::passed_room(output) == 0 && plans::passed_room(output) == plans::whole_lines(output.size())));
  for (const index_t workers : {1, 3}) {
    REQUIRE(plans::plan_forward(input, workers).scratch == bare::plan_forward(input, workers).scratch);
    REQUIRE(plans::plan_backward(input, workers).scratch ==
            bare::plan_backward(input, workers).scratch + plans::whole_lines(output.size()));
  }
}

TEST_CASE("without a prior on the way no weight is kept for its gradient", "[plan]") {
  REQUIRE((plans_of<projected>::part_room == 0 && plans_of<projected>::gradient_room == 0));
  REQUIRE(plans_of<projected>::plan_backward(input, 1).scratch < plans_of<plain>::plan_backward(input, 1).scratch);
}

TEST_CASE("a team's scratch is enough for one worker, and is refused where it has no size", "[plan]") {
  using plans = plans_of<plain>;
  const index_t alone = plans::plan_backward(input, 1).scratch;
  for (index_t workers = 2; workers < 9; ++workers) REQUIRE(plans::plan_backward(input, workers).scratch >= alone);
  std::string found;
  try {
    static_cast<void>(plans::plan_forward(input, std::numeric_limits<index_t>::max() / 2));
  } catch (const esp::error& e) {
    found = e.what();
  }
  REQUIRE(found.find("ESP-103") != std::string::npos);
}

TEST_CASE("taps that lie far apart have a kernel that takes no packed weight and no scratch", "[plan]") {
  using plans = plans_of<far>;
  constexpr dims5 small{1, 1, 1, 1, 4001};
  constexpr index_t sweep = esp::sweep<formula_of<far>, float>::scratch_size;
  const auto forward = plans::plan_forward(small, 4);
  REQUIRE((forward.kernel.is_rare() && forward.scratch == plans::part_room + plans::line + sweep));
  forward.kernel.visit(
      [&](auto, const auto& plan) { REQUIRE((plan.input == small && plan.output.w == 4001 && plan.scratch == 0)); });
  const auto backward = plans::plan_backward(small, 4);
  REQUIRE(backward.kernels.is_rare());
  REQUIRE(backward.scratch == 2 * plans::part_room + plans::line + std::max(sweep, plans::gradient_room));
  // Nothing is made of a weight that is projected after the step.
  const index_t alone = plans_of<far_projected>::plan_forward(small, 4).scratch;
  REQUIRE((alone == plans::line && plans_of<far_projected>::plan_backward(small, 4).scratch == plans::line));
  // There is no team whose scratch has no size.
  REQUIRE(plans::plan_forward(small, std::numeric_limits<index_t>::max() / 2).scratch == forward.scratch);
}

TEST_CASE("a configuration with taps that can lie far apart asks each call", "[plan]") {
  using plans = plans_of<far>;
  constexpr dims5 large{1, 1, 4, 4096, 4096};
  const auto forward = plans::plan_forward(large, 1);
  REQUIRE_FALSE((forward.kernel.is_rare() || plans::plan_backward(large, 1).kernels.is_rare()));
  forward.kernel.visit([&](auto, const auto& plan) { REQUIRE(plan.input == large); });
}
