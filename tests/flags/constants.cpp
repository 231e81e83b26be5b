// SPDX-License-Identifier: BSD-3-Clause
// Layers with every way to use a formula at run time: what their object holds of it is measured.
#include <espalier/espalier.hpp>
#include <espalier/io/checkpoint.hpp>

namespace {

constexpr esp::conv3d config{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};
constexpr auto is_in_front = [](esp::tap_index t) { return t.d == 0; };
constexpr auto front = esp::mask<is_in_front>;
constexpr auto regional = esp::modes::nonneg >> esp::on<front>(esp::subtract<esp::mean>);
using plain = esp::constrained_conv3d<config, esp::modes::unit_l2>;
using named = esp::constrained_conv3d<config, esp::cap<esp::l2, esp::param<"c">>>;
using masked = esp::constrained_conv3d<config, regional>;
using whole = esp::constrained_conv3d<config, esp::whole_weight(esp::modes::zero_mean), double>;

template <class Layer>
double work(Layer& conv) {
  const esp::tensor<float, 5> x(std::array<std::size_t, 5>{1, 4, 4, 6, 19}, 1.0F);
  const auto y = conv(x);
  static_cast<void>(conv.backward(x, y));
  esp::optimizer optimise(esp::adam{.learning_rate = 0.01}, conv);
  optimise.step();
  conv.project();
  esp::save("layer", conv);
  esp::load("layer", conv);
  return static_cast<double>(y(0, 0, 0, 0, 0));
}

}  // namespace

int main() {
  plain a;
  named b;
  masked c;
  whole d;
  b.set<"c">(0.5F);
  const double sum = work(a) + work(b) + work(c) + work(d) + static_cast<double>(b.get<"c">());
  return sum == sum ? 0 : 1;
}
