// SPDX-License-Identifier: BSD-3-Clause
// The three directions against plain loops, optimised as programs are. The unit tests are compiled with less, where
// compilers vectorise no stores: g++ 12 copied constants wrongly that were stored as a vector
// (conv/cut/gradient_shares.hpp).
#include <cstdio>
#include <espalier/espalier.hpp>
#include <initializer_list>
#include <string>
#include <vector>

namespace {

int failures = 0;

/// Small whole numbers: every sum is exact in any order.
std::vector<float> numbers(esp::index_t count, int seed) {
  std::vector<float> result(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<float>((static_cast<int>(i) * 7 + seed) % 5 - 2);
  return result;
}

void compare(const char* what, const esp::conv3d& config, const std::vector<float>& found,
             const std::vector<float>& expected) {
  if (found == expected) return;
  ++failures;
  std::printf("%s of %d > %d channels, kernel %d, stride %d is wrong\n", what, static_cast<int>(config.in_channels),
              static_cast<int>(config.out_channels), static_cast<int>(config.kernel_size.h),
              static_cast<int>(config.stride.h));
}

template <esp::conv3d Config>
void check(esp::index_t size) {
  using layer = esp::convolution<Config>;
  const esp::dims5 input{2, Config.in_channels, size, size + 1, size + 3};
  const esp::conv_problem problem(Config, input);
  const auto x = numbers(input.size(), 1), w = numbers(layer::weights.size(), 2), g = numbers(problem.output.size(), 3);
  std::vector<float> y(g.size()), grad_x(x.size()), grad_w(w.size()), unused;
  auto expected_y = y, expected_x = grad_x, expected_w = grad_w;
  std::vector<float> scratch(
      static_cast<std::size_t>(layer::backward_scratch_size(input) + layer::scratch_size(input)));
  layer::forward(x.data(), input, w.data(), nullptr, y.data(), scratch);
  layer::backward(x.data(), input, w.data(), g.data(), grad_x.data(), grad_w.data(), nullptr, scratch);
  esp::reference_forward<float>(problem, x.data(), w.data(), nullptr, expected_y.data());
  esp::reference_backward_data<float>(problem, g.data(), w.data(), expected_x.data());
  esp::reference_backward_weights<float>(problem, x.data(), g.data(), expected_w.data(), nullptr);
  compare("forward", Config, y, expected_y);
  compare("the gradient of the input", Config, grad_x, expected_x);
  compare("the gradient of the weight", Config, grad_w, expected_w);
}

/// Every family, without a border, whose zeros follow the ones of stride and dilation, and with one.
template <esp::index_t In, esp::index_t Out, esp::index_t Kernel, esp::index_t Stride = 1>
void check_borders() {
  constexpr auto direct = esp::algorithm::direct;
  check<esp::conv3d{.in_channels = In,
                    .out_channels = Out,
                    .kernel_size = Kernel,
                    .stride = Stride,
                    .bias = false,
                    .algorithm = direct}>(9);
  check<esp::conv3d{.in_channels = In,
                    .out_channels = Out,
                    .kernel_size = Kernel,
                    .stride = Stride,
                    .padding = Kernel / 2,
                    .bias = false,
                    .algorithm = direct}>(9);
}

/// The same with a replicated border.
template <esp::index_t In, esp::index_t Out, esp::index_t Kernel, esp::index_t Stride = 1,
          esp::algorithm Algorithm = esp::algorithm::direct>
void check_replicated() {
  check<esp::conv3d{.in_channels = In,
                    .out_channels = Out,
                    .kernel_size = Kernel,
                    .stride = Stride,
                    .padding = {{1, 2}, {2, 1}, {1, 3}},
                    .bias = false,
                    .algorithm = Algorithm,
                    .boundary = esp::boundary::replicate}>(9);
}

}  // namespace

int main() {
  check_borders<1, 1, 5>();     // rows, products of rows
  check_borders<2, 5, 3>();     // planes
  check_borders<5, 2, 3, 2>();  // planes, phases
  check_borders<16, 16, 3>();   // channels
  check_borders<16, 32, 2, 2>();
  check_borders<3, 8, 1>();  // one tap
  check_borders<4, 6, 3>();
  check<esp::conv3d{
      .in_channels = 16, .out_channels = 16, .kernel_size = 3, .bias = false, .algorithm = esp::algorithm::winograd}>(
      9);
  check<esp::conv3d{.in_channels = 2,
                    .out_channels = 3,
                    .kernel_size = 3,
                    .dilation = 100000,
                    .padding = esp::same,
                    .bias = false,
                    .boundary = esp::boundary::replicate}>(9);
  check<esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = 3, .groups = 4, .bias = false}>(9);
  check_replicated<1, 1, 5>();
  check_replicated<2, 5, 3>();
  check_replicated<5, 2, 3, 2>();
  check_replicated<16, 16, 3>();
  check_replicated<3, 8, 1>();
  check_replicated<16, 16, 3, 1, esp::algorithm::winograd>();
  return failures;
}
