// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>
#include <espalier/convolution.hpp>
#include <espalier/modes.hpp>
#include <limits>
#include <span>
#include <vector>

#include "support/layer.hpp"
#include "support/reference.hpp"

// Backward on raw pointers: against the reference, its scratch, what it refuses.

namespace {

using esp::index_t;
using support::throws;

constexpr esp::conv3d config{
    .in_channels = 4, .out_channels = 6, .kernel_size = {3, 3, 2}, .stride = {1, 2, 1}, .padding = 1, .groups = 2};
constexpr esp::conv3d post_step{.in_channels = 4,
                                .out_channels = 6,
                                .kernel_size = {3, 3, 2},
                                .stride = {1, 2, 1},
                                .padding = 1,
                                .groups = 2,
                                .enforce = esp::enforcement::post_step};
constexpr esp::conv3d without_bias{.in_channels = 4, .out_channels = 6, .kernel_size = 1, .bias = false};
constexpr esp::dims5 input{2, 4, 4, 5, 9};

/// All memory of one call; whole numbers, so that every order of summation gives the same bits.
template <class Op>
struct call {
  using T = typename Op::element;
  std::vector<T> x = numbers(input.size()), weight = numbers(Op::weights.size()),
                 grad_y = numbers(Op::output_shape(input).size());
  std::vector<T> grad_x = std::vector<T>(x.size(), T(7)), grad_weight = std::vector<T>(weight.size(), T(7)),
                 grad_bias = std::vector<T>(static_cast<std::size_t>(Op::config.out_channels), T(7));
  // Scratch of the very size: a sanitizer sees the first element too many.
  std::vector<T> scratch;

  explicit call(index_t workers = 1)
      : scratch(static_cast<std::size_t>(Op::backward_scratch_size(input, workers)),
                std::numeric_limits<T>::quiet_NaN()) {}

  static std::vector<T> numbers(index_t count) {
    std::vector<T> result;
    for (index_t i = 0; i < count; ++i) result.push_back(static_cast<T>((i * i + 3 * i) % 11 - 5));
    return result;
  }
  template <class E = esp::serial>
  void run(const E& executor = {}) {
    Op::backward(x.data(), input, weight.data(), grad_y.data(), grad_x.data(), grad_weight.data(), grad_bias.data(),
                 std::span<T>(scratch), executor);
  }
  [[nodiscard]] bool untouched() const {
    const auto seven = [](T v) { return v == T(7); };
    return std::all_of(grad_x.begin(), grad_x.end(), seven) &&
           std::all_of(grad_weight.begin(), grad_weight.end(), seven) &&
           std::all_of(grad_bias.begin(), grad_bias.end(), seven);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("backward is the reference on whole numbers, exactly", "[backward]", float, double) {
  using T = TestType;
  using op = esp::convolution<post_step, esp::modes::unit_l2, T>;
  const esp::conv_problem problem(post_step, input);
  for (const index_t team : {1, 2, 5}) {
    call<op> c(team);
    std::vector<T> grad_x(c.x.size()), grad_weight(c.weight.size()), grad_bias(6);
    reference::backward_data(problem, c.grad_y.data(), c.weight.data(), grad_x.data());
    reference::backward_weights(problem, c.x.data(), c.grad_y.data(), grad_weight.data(), grad_bias.data());
    c.run(esp::threads{team});
    REQUIRE(c.grad_x == grad_x);
    // Added to what was there.
    for (std::size_t i = 0; i < grad_weight.size(); ++i) REQUIRE(c.grad_weight[i] == 7 + grad_weight[i]);
    for (std::size_t i = 0; i < 6; ++i) REQUIRE(c.grad_bias[i] == 7 + grad_bias[i]);
  }
}

TEST_CASE("without a prior, enforcement makes no difference", "[backward]") {
  call<esp::convolution<config, esp::modes::none>> a;
  call<esp::convolution<post_step, esp::modes::none>> b;
  a.run();
  b.run();
  REQUIRE(a.grad_x == b.grad_x);
  REQUIRE(a.grad_weight == b.grad_weight);
  REQUIRE(a.grad_bias == b.grad_bias);
}

TEST_CASE("the gradient of the input is not computed where it is not wanted", "[backward]") {
  using op = esp::convolution<config, esp::modes::zero_mean>;
  call<op> with, without;
  with.run();
  op::backward(without.x.data(), input, without.weight.data(), without.grad_y.data(), nullptr,
               without.grad_weight.data(), without.grad_bias.data(), without.scratch);
  REQUIRE(with.grad_weight == without.grad_weight);
  REQUIRE(with.grad_bias == without.grad_bias);
}

TEST_CASE("a layer without bias needs no memory for its gradient", "[backward]") {
  using op = esp::convolution<without_bias, esp::modes::none>;
  call<op> c;
  op::backward(c.x.data(), input, c.weight.data(), c.grad_y.data(), c.grad_x.data(), c.grad_weight.data(), nullptr,
               c.scratch);
  REQUIRE(c.grad_weight != std::vector<float>(c.weight.size(), 7));
}

TEST_CASE("an empty batch has a gradient of zero", "[backward]") {
  using op = esp::convolution<config, esp::modes::nonneg_sum1>;
  constexpr esp::dims5 none{0, 4, 4, 5, 9};
  call<op> c;
  op::backward(nullptr, none, c.weight.data(), nullptr, nullptr, c.grad_weight.data(), c.grad_bias.data(), c.scratch);
  REQUIRE(c.untouched());
}

TEMPLATE_TEST_CASE_SIG("an input without voxels has a gradient of zero, by every algorithm", "[backward]",
                       ((esp::algorithm Algorithm), Algorithm), esp::algorithm::direct, esp::algorithm::winograd) {
  // Outputs see padding alone.
  using op = esp::convolution<esp::conv3d{
      .in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 2, .algorithm = Algorithm}>;
  constexpr esp::dims5 without{1, 16, 4, 4, 0};
  std::vector<float> weight(static_cast<std::size_t>(op::weights.size()), 1), grad_weight(weight.size(), 7),
      grad_bias(16, 0), grad_x(1, 7), grad_y(static_cast<std::size_t>(op::output_shape(without).size()), 1),
      scratch(static_cast<std::size_t>(op::backward_scratch_size(without)));
  op::backward(nullptr, without, weight.data(), grad_y.data(), grad_x.data(), grad_weight.data(), grad_bias.data(),
               std::span<float>(scratch));
  REQUIRE(std::all_of(grad_weight.begin(), grad_weight.end(), [](float v) { return v == 7; }));
  REQUIRE(std::all_of(grad_bias.begin(), grad_bias.end(), [](float v) { return v == 6 * 6 * 2; }));
  REQUIRE(grad_x[0] == 7);
}

TEST_CASE("a call that was planned before is the same call", "[backward]") {
  using op = esp::convolution<config, esp::modes::unit_l2>;
  call<op> once, planned;
  once.run();
  const auto plan = op::plan_backward(input);
  REQUIRE(plan.scratch == static_cast<index_t>(planned.scratch.size()));
  op::backward(plan, planned.x.data(), planned.weight.data(), planned.grad_y.data(), planned.grad_x.data(),
               planned.grad_weight.data(), planned.grad_bias.data(), std::span<float>(planned.scratch));
  REQUIRE((planned.grad_x == once.grad_x && planned.grad_weight == once.grad_weight));
  std::vector<float> y(planned.grad_y.size()), again(y.size());
  const auto forward = op::plan_forward(input, 2);
  REQUIRE(forward.scratch == op::scratch_size(input, 2));
  std::vector<float> scratch(static_cast<std::size_t>(forward.scratch));
  op::forward(once.x.data(), input, once.weight.data(), once.grad_bias.data(), y.data(), std::span<float>(scratch));
  for (int call = 0; call < 2; ++call) {
    op::forward(forward, once.x.data(), once.weight.data(), once.grad_bias.data(), again.data(),
                std::span<float>(scratch), esp::threads{2});
    REQUIRE(again == y);
  }
}

TEST_CASE("scratch may start at any element, and one element less is refused", "[backward]") {
  using op = esp::convolution<config, esp::modes::unit_l2>;
  call<op> expected;
  expected.run();
  for (std::size_t start = 0; start < 17; ++start) {
    call<op> c;
    std::vector<float> memory(c.scratch.size() + start);
    const auto scratch = std::span(memory).subspan(start);
    const auto run = [&](std::span<float> s) {
      op::backward(c.x.data(), input, c.weight.data(), c.grad_y.data(), c.grad_x.data(), c.grad_weight.data(),
                   c.grad_bias.data(), s);
    };
    REQUIRE(throws([&] { run(scratch.first(scratch.size() - 1)); }, "ESP-105", std::to_string(scratch.size()),
                   "ask backward_scratch_size(input, workers)"));
    REQUIRE(c.untouched());
    run(scratch);
    REQUIRE(c.grad_x == expected.grad_x);
    REQUIRE(c.grad_weight == expected.grad_weight);
    REQUIRE(c.grad_bias == expected.grad_bias);
  }
}

TEST_CASE("null pointers, overlaps and wrong shapes are refused and nothing is written", "[backward]") {
  using op = esp::convolution<config, esp::modes::max_l2<esp::param<"c">>>;
  call<op> c;
  op::parameters_type named;
  named.set<"c">(1);
  struct operands {
    const float *x, *weight, *grad_y;
    float *grad_x, *grad_weight, *grad_bias;
  };
  const operands all{c.x.data(),      c.weight.data(),      c.grad_y.data(),
                     c.grad_x.data(), c.grad_weight.data(), c.grad_bias.data()};
  const auto refused = [&](const operands& o, const char* id, esp::dims5 dims = input) {
    return throws(
               [&] {
                 op::backward(o.x, dims, o.weight, o.grad_y, o.grad_x, o.grad_weight, o.grad_bias, c.scratch,
                              esp::serial{}, named);
               },
               id) &&
           c.untouched();
  };
  const auto with = [&](auto member, auto pointer) {
    operands o = all;
    o.*member = pointer;
    return o;
  };
  REQUIRE(refused(with(&operands::x, nullptr), "ESP-106"));
  REQUIRE(refused(with(&operands::weight, nullptr), "ESP-106"));
  REQUIRE(refused(with(&operands::grad_y, nullptr), "ESP-106"));
  REQUIRE(refused(with(&operands::grad_weight, nullptr), "ESP-106"));
  REQUIRE(refused(with(&operands::grad_bias, nullptr), "ESP-106"));

  REQUIRE(refused(with(&operands::x, all.grad_x), "ESP-108"));
  REQUIRE(refused(with(&operands::grad_y, all.grad_x + 1), "ESP-108"));
  REQUIRE(refused(with(&operands::weight, all.grad_weight), "ESP-108"));
  REQUIRE(refused(with(&operands::weight, all.grad_x + input.size() - 1), "ESP-108"));
  REQUIRE(refused(with(&operands::grad_bias, all.grad_weight), "ESP-108"));
  REQUIRE(refused(with(&operands::grad_weight, all.grad_x), "ESP-108"));

  REQUIRE(refused(all, "ESP-101", {2, 3, 4, 5, 9}));
  REQUIRE(refused(all, "ESP-102", {2, 4, 0, 5, 9}));
  REQUIRE(refused(all, "ESP-104", {-2, 4, 4, 5, 9}));
  REQUIRE(throws([&] { static_cast<void>(op::backward_scratch_size(input, std::numeric_limits<index_t>::max())); },
                 "ESP-103", "workers"));
  named = {};
  REQUIRE(refused(all, "ESP-110"));
}

TEST_CASE("an activation's gradient takes its scratch and its output, checked as the others", "[backward]") {
  constexpr esp::conv3d rectified{
      .in_channels = 4, .out_channels = 6, .kernel_size = 1, .activation = esp::activation::relu};
  using op = esp::convolution<rectified, esp::modes::none>;
  using plain = esp::convolution<esp::conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = 1}, esp::modes::none>;
  const index_t outputs = op::output_shape(input).size();
  REQUIRE(op::scratch_size(input, 2) == plain::scratch_size(input, 2));
  REQUIRE(op::backward_scratch_size(input, 2) >= plain::backward_scratch_size(input, 2) + outputs);
  REQUIRE(op::backward_scratch_size(input, 2) < plain::backward_scratch_size(input, 2) + outputs + 64);

  call<op> c;
  const std::vector<float> y(static_cast<std::size_t>(outputs), 1);
  const auto run = [&](const float* output, const float* grad_y, std::span<float> scratch) {
    op::backward(c.x.data(), input, c.weight.data(), output, grad_y, c.grad_x.data(), c.grad_weight.data(),
                 c.grad_bias.data(), scratch);
  };
  const auto refused = [&](const float* output, const char* id, const char* part) {
    return throws([&] { run(output, c.grad_y.data(), c.scratch); }, id, part) && c.untouched();
  };
  REQUIRE(refused(nullptr, "ESP-106", "y, grad_y"));
  REQUIRE(refused(c.grad_x.data(), "ESP-108", "gradient overlaps"));
  REQUIRE(refused(c.grad_weight.data(), "ESP-108", "gradient overlaps"));
  REQUIRE(throws([&] { run(y.data(), c.grad_y.data(), std::span(c.scratch).first(c.scratch.size() - 1)); }, "ESP-105"));
  REQUIRE(c.untouched());

  // y passes everywhere; it may be the memory of grad_y, since both are read alone.
  call<plain> expected;
  expected.run();
  run(y.data(), c.grad_y.data(), c.scratch);
  REQUIRE(c.grad_x == expected.grad_x);
  REQUIRE(c.grad_weight == expected.grad_weight);
  REQUIRE(c.grad_bias == expected.grad_bias);
  REQUIRE_NOTHROW(run(c.grad_y.data(), c.grad_y.data(), c.scratch));

  constexpr esp::dims5 large{1, 4, index_t{1} << 14, index_t{1} << 14, index_t{1} << 12};
  REQUIRE(op::backward_scratch_size(large) > 6 * (index_t{1} << 40));
}
