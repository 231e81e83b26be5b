// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/backward_activation.hpp>
#include <espalier/conv/reference.hpp>
#include <espalier/convolution.hpp>

#include "conv/drawn_backward.hpp"
#include "conv/drawn_forward.hpp"
#include "support/reference.hpp"

namespace {

using drawn::fenced, esp::index_t;

/// One operation behind function pointers, so that the test's own code is compiled once a type.
template <class T>
struct operation {
  esp::conv3d config;
  index_t (*scratch_size)(esp::dims5, index_t);
  /// Team 0 is `esp::serial`. Pointers to x, weight, y, grad_y, grad_x, grad_weight, grad_bias.
  void (*run)(const T*, esp::dims5, const T*, const T*, const T*, T*, T*, T*, std::span<T>, index_t);
};

template <esp::conv3d Config, class T>
operation<T> operation_for() {
  using op = esp::convolution<Config, esp::identity, T>;
  return {Config, &op::backward_scratch_size,
          [](const T* x, esp::dims5 input, const T* weight, const T* y, const T* grad_y, T* grad_x, T* grad_weight,
             T* grad_bias, std::span<T> scratch, index_t team) {
            const auto run = [&](const auto& executor) {
              op::backward(x, input, weight, y, grad_y, grad_x, grad_weight, grad_bias, scratch, executor);
            };
            team == 0 ? run(esp::serial{}) : run(esp::threads{team});
          }};
}

template <class T>
struct gradients {
  fenced<T> x, weight, bias;

  explicit gradients(const esp::conv_problem& p)
      : x(p.input.size()), weight(p.weight().size()), bias(p.config.out_channels) {
    std::fill_n(weight.data(), weight.size(), T(0));
    std::fill_n(bias.data(), bias.size(), T(0));
  }
};

/// From a scratch of the very size, filled with NaN.
template <class T>
gradients<T> run(const operation<T>& op, const drawn::gradient_problem<T>& p, const fenced<T>& y,
                 const fenced<T>& grad_y, index_t team) {
  gradients<T> g(p.shape);
  fenced<T> scratch(op.scratch_size(p.shape.input, team));
  op.run(p.x.data(), p.shape.input, p.weight.data(), y.data(), grad_y.data(), g.x.data(), g.weight.data(),
         g.bias.data(), {scratch.data(), static_cast<std::size_t>(scratch.size())}, team);
  REQUIRE((scratch.intact() && y.intact() && grad_y.intact() && g.x.intact() && g.weight.intact() && g.bias.intact()));
  return g;
}

/// What forward returns, as the loops compute it.
template <class T>
fenced<T> output_of(const drawn::gradient_problem<T>& p, const fenced<T>& bias) {
  fenced<T> y(p.shape.output.size());
  reference::forward(p.shape, p.x.data(), p.weight.data(), p.shape.config.bias ? bias.data() : nullptr, y.data());
  return y;
}

template <class T>
fenced<T> passed(const drawn::gradient_problem<T>& p, const fenced<T>& y) {
  fenced<T> grad_sum(y.size());
  esp::reference_backward_activation(p.shape, y.data(), p.grad_y.data(), grad_sum.data());
  return grad_sum;
}

/// Integers against the loops, exactly; reals against the layer without activation on the masked gradient, bit for bit.
template <class T>
index_t check(const operation<T>& op, const operation<T>& plain, unsigned seed, index_t count, bool exact) {
  std::mt19937 engine(seed);
  return drawn::draw_problems<T>(op.config, seed, count, [&](const drawn::gradient_problem<T>& p, index_t team) {
    const auto y = output_of(p, drawn::draw<T>(p.shape.config.out_channels, engine, true));
    const auto grad_sum = passed(p, y);
    if (exact) {
      const auto found = run(op, p, y, p.grad_y, team);
      gradients<T> expected(p.shape);
      reference::backward_data(p.shape, grad_sum.data(), p.weight.data(), expected.x.data());
      reference::backward_weights(p.shape, p.x.data(), grad_sum.data(), expected.weight.data(),
                                  p.shape.config.bias ? expected.bias.data() : nullptr);
      drawn::require_equal(found.x, expected.x);
      drawn::require_equal(found.weight, expected.weight);
      drawn::require_equal(found.bias, expected.bias);
    }
    const drawn::gradient_problem<T> real(p.shape.config, p.shape.input, engine, false);
    const auto real_y = output_of(real, drawn::draw<T>(p.shape.config.out_channels, engine, false));
    const auto found = run(op, real, real_y, real.grad_y, team);
    const auto expected = run(plain, real, real_y, passed(real, real_y), 0);
    REQUIRE(found.x.same_bits(expected.x));
    REQUIRE(found.weight.same_bits(expected.weight));
    REQUIRE(found.bias.same_bits(expected.bias));
  });
}

template <esp::conv3d... Configs>
void check_all(unsigned seed) {
  const auto exact = [](const esp::conv3d& c) { return c.algorithm != esp::algorithm::winograd_f43; };
  drawn::in_both_types<Configs...>(seed, 22, [&]<esp::conv3d Config, class T>(unsigned own, esp::index_t count) {
    check(operation_for<drawn::rectified(Config), T>(), operation_for<Config, T>(), own, count, exact(Config));
    return count;
  });
}

}  // namespace

TEMPLATE_TEST_CASE("the gradient passes where the output did, and a NaN of the output hides nothing",
                   "[conv][backward]", float, double) {
  using T = TestType;
  constexpr T nan = std::numeric_limits<T>::quiet_NaN(), infinite = std::numeric_limits<T>::infinity();
  constexpr T tiny = std::numeric_limits<T>::denorm_min();
  const std::vector<T> outputs{T(0), T(-0.0), tiny, T(3), infinite, nan, T(-1)};
  for (const index_t count : {0, 1, 7, 16, 63, 16384, 40001}) {
    for (const index_t team : {1, 3}) {
      fenced<T> y(count), grad_y(count), grad_sum(count);
      for (index_t i = 0; i < count; ++i) {
        y.data()[i] = outputs[static_cast<std::size_t>(i) % outputs.size()];
        grad_y.data()[i] = i % 5 == 4 ? nan : static_cast<T>(i - 9);
      }
      esp::backward_relu(y.data(), grad_y.data(), count, grad_sum.data(), esp::threads{team});
      REQUIRE(grad_sum.intact());
      index_t wrong = 0;
      for (index_t i = 0; i < count; ++i) {
        const std::size_t kind = static_cast<std::size_t>(i) % outputs.size();
        const T expected = kind < 2 || kind == 6 ? T(0) : grad_y.data()[i], found = grad_sum.data()[i];
        wrong += (found == expected && !std::signbit(found - expected)) || (std::isnan(found) && std::isnan(expected))
                     ? 0
                     : 1;
      }
      REQUIRE(wrong == 0);
    }
  }
}

TEST_CASE("backward with an activation, by the direct kernels", "[conv][backward]") {
  check_all<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
            esp::conv3d{.in_channels = 4,
                        .out_channels = 6,
                        .kernel_size = {3, 2, 3},
                        .stride = {1, 2, 3},
                        .dilation = {2, 1, 1},
                        .padding = {{0, 2}, {1, 0}, {3, 2}},
                        .groups = 2,
                        .bias = false},
            esp::conv3d{.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 1, .groups = 3},
            esp::conv3d{.in_channels = 5, .out_channels = 3, .kernel_size = 1}>(41000);
}

TEST_CASE("backward with an activation, of many channels and after a step", "[conv][backward]") {
  check_all<esp::conv3d{.in_channels = 31,
                        .out_channels = 32,
                        .kernel_size = {1, 3, 2},
                        .padding = 1,
                        .enforce = esp::enforcement::post_step},
            esp::conv3d{.in_channels = 32,
                        .out_channels = 31,
                        .kernel_size = 2,
                        .stride = 2,
                        .bias = false,
                        .enforce = esp::enforcement::post_step}>(42000);
}

TEST_CASE("backward with an activation, by Winograd", "[conv][backward][winograd]") {
  constexpr esp::conv3d cube{.in_channels = 6,
                             .out_channels = 8,
                             .kernel_size = 3,
                             .padding = 1,
                             .groups = 2,
                             .algorithm = esp::algorithm::winograd};
  constexpr esp::conv3d column{.in_channels = 3,
                               .out_channels = 5,
                               .kernel_size = {3, 1, 1},
                               .bias = false,
                               .enforce = esp::enforcement::post_step,
                               .algorithm = esp::algorithm::winograd_f43};
  constexpr esp::conv3d tall{
      .in_channels = 3, .out_channels = 5, .kernel_size = 3, .algorithm = esp::algorithm::winograd_f43};
  check_all<cube, column, tall>(43000);
}
