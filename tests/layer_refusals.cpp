// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/layer_refusals.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::dims5, esp::tensor;

constexpr esp::conv3d plain{.in_channels = 1, .out_channels = 1, .kernel_size = 1};
constexpr esp::conv3d rectified{
    .in_channels = 1, .out_channels = 1, .kernel_size = 1, .activation = esp::activation::relu};

/// The calls of a layer, each of which says that it was reached. What they do not take is refused, which tests/reject
/// shows: it does not compile.
template <esp::conv3d Config>
struct layer : private esp::layer_refusals<Config, float> {
  using refused = typename layer::layer_refusals;
  using refused::backward, refused::backward_weights, refused::get, refused::set, refused::operator();

  template <int... Names>
  int set(double) {
    return 1;
  }
  template <int Name>
  int get() const {
    return 2;
  }
  template <class X>
  requires(!std::is_arithmetic_v<X>)
  int operator()(const X&, const int& = 0) const {
    return 3;
  }
  template <class X, class Y, class G>
  int backward(const X&, const Y&, const G&) {
    return 4;
  }
  template <class X, class G>
  requires(Config.activation == esp::activation::none)
  int backward(const X&, const G&) {
    return 5;
  }
  int backward(const float*, dims5, const float*, const float*, float*) { return 6; }
  template <class X, class Y, class G>
  int backward_weights(const X&, const Y&, const G&) {
    return 7;
  }
};

template <esp::conv3d Config>
void check_calls() {
  layer<Config> conv;
  const tensor<float, 5> x({1, 1, 1, 1, 1}, 0.0F);
  float value = 0;
  REQUIRE(conv.template set<1>(0.5) == 1);
  REQUIRE(conv.template get<1>() == 2);
  REQUIRE(conv(x) == 3);
  REQUIRE(conv(x, 4) == 3);
  REQUIRE(conv.backward(x, x, x) == 4);
  REQUIRE(conv.backward(&value, dims5{1, 1, 1, 1, 1}, &value, &value, &value) == 6);
  REQUIRE(conv.backward_weights(x, x, x) == 7);
}

}  // namespace

TEST_CASE("a layer's own calls come before those that are refused", "[layer]") {
  check_calls<plain>();
  check_calls<rectified>();
  const tensor<float, 5> x({1, 1, 1, 1, 1}, 0.0F);
  REQUIRE(layer<plain>{}.backward(x, x) == 5);
}

TEST_CASE("what is refused takes no memory in a layer", "[layer]") {
  static_assert(std::is_empty_v<esp::layer_refusals<plain, float>>);
  static_assert(std::is_empty_v<layer<rectified>>);
  REQUIRE(std::is_empty_v<layer<plain>>);
}
