// SPDX-License-Identifier: BSD-3-Clause
// One unit of the program. On raw pointers: xtensor's own functions are shared by all units that instantiate them.
#include <espalier/convolution.hpp>
#include <espalier/modes.hpp>
#include <espalier/weights/initialize.hpp>
#include <memory>

#define ESPALIER_TEST_JOIN(a, b) a##b
#define ESPALIER_TEST_NAME(a, b) ESPALIER_TEST_JOIN(a, b)

double ESPALIER_TEST_NAME(work_, ESPALIER_TEST_UNIT)();
void ESPALIER_TEST_NAME(fail_, ESPALIER_TEST_UNIT)();
bool ESPALIER_TEST_NAME(catch_, ESPALIER_TEST_UNIT)(void (*)());

namespace {

using operations = esp::convolution<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                    esp::modes::unit_l2>;
constexpr esp::dims5 input{1, 4, 4, 6, 19}, output{1, 8, 4, 6, 19};

}  // namespace

/// Sum of the squares of an output.
double ESPALIER_TEST_NAME(work_, ESPALIER_TEST_UNIT)() {
  const auto memory = [](esp::index_t count) { return std::make_unique<float[]>(static_cast<std::size_t>(count)); };
  const esp::index_t room = operations::scratch_size(input, 2);
  const auto weight = memory(operations::weights.size()), bias = memory(8), x = memory(input.size());
  const auto y = memory(output.size()), scratch = memory(room);
  esp::detail::initialize(weight.get(), operations::weights, bias.get(), esp::seed{42});
  for (esp::index_t i = 0; i < input.size(); ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(i * i % 7) - 3.0F;
  operations::forward(x.get(), input, weight.get(), bias.get(), y.get(),
                      {scratch.get(), static_cast<std::size_t>(room)}, esp::threads{2});
  double sum = 0;
  for (esp::index_t i = 0; i < output.size(); ++i) {
    const double value = static_cast<double>(y[static_cast<std::size_t>(i)]);
    sum += value * value;
  }
  return sum;
}

void ESPALIER_TEST_NAME(fail_, ESPALIER_TEST_UNIT)() { static_cast<void>(operations::scratch_size({1, 3, 4, 4, 4})); }

bool ESPALIER_TEST_NAME(catch_, ESPALIER_TEST_UNIT)(void (*fail)()) {
  try {
    fail();
  } catch (const esp::error& e) {
    return e.id()[4] == '1' && e.what()[0] == 'E';
  } catch (...) {
  }
  return false;
}
