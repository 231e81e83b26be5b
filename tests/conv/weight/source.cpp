// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <espalier/conv/weight/source.hpp>
#include <espalier/convolution.hpp>
#include <espalier/dsl.hpp>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/sweep.hpp"

// A weight that is packed where it is used gives the bits of one that is packed before.

namespace {

using esp::index_t;

constexpr esp::conv3d layer(index_t in, index_t out, index_t groups = 1,
                            esp::enforcement enforce = esp::enforcement::forward) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = 3,
          .padding = 1,
          .groups = groups,
          .bias = false,
          .enforce = enforce,
          .algorithm = esp::algorithm::direct};
}

template <class T>
std::vector<T> drawn(index_t count, index_t period) {
  std::vector<T> result(static_cast<std::size_t>(count));
  for (index_t i = 0; i < count; ++i) {
    result[static_cast<std::size_t>(i)] = static_cast<T>((i * 7919) % period) / T(64) - T(1);
  }
  return result;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Whether a call packs parts of the weight where it reads them. Which kernels can depends on the machine's registers.
template <class Kernel>
bool reads_once(const esp::dims5& input, const esp::dims5& output) {
  if constexpr (Kernel::takes_parts) return Kernel::part_size(Kernel::plan(input, output, 1)) > 0;
  return false;
}

/// The layer's results against those of kernels that get the packed weight.
template <esp::conv3d Config, auto Prior, class T>
void check(esp::dims5 input, const std::vector<T>& weight, bool once) {
  using whole = esp::convolution<Config, Prior, T>;
  using forward = esp::direct_forward<Config, T>;
  using backward = esp::direct_backward_data<Config, T>;
  constexpr esp::weight_shape shape = esp::weight_shape_of(Config);
  using formula = esp::formula<esp::to_policy_t<std::remove_const_t<decltype(Prior)>>, shape>;
  using sweep = esp::sweep<formula, T>;
  const esp::dims5 output = esp::output_dims(Config, input);
  REQUIRE(reads_once<forward>(input, output) == (once && forward::takes_parts));
  REQUIRE(reads_once<backward>(input, output) == (once && backward::takes_parts));
  const auto x = drawn<T>(input.size(), 117), grad_y = drawn<T>(output.size(), 131);
  std::vector<T> constrained = weight;
  if constexpr (Config.enforce == esp::enforcement::forward) {
    support::guarded_lines<T> scratch(sweep::scratch_size);
    sweep::run(weight.data(), constrained.data(), nullptr, scratch.data());
  }
  const auto by = [&](auto kernel, const std::vector<T>& in, index_t size, auto run) {
    using type = decltype(kernel);
    std::vector<T> packed(static_cast<std::size_t>(type::packed_size())), result(static_cast<std::size_t>(size));
    std::vector<T> scratch(static_cast<std::size_t>(type::scratch_size(input, 1)));
    type::pack(constrained.data(), packed.data());
    run(in.data(), packed.data(), result.data(), scratch.data());
    return result;
  };
  const auto y = by(forward{}, x, output.size(), [&](const T* in, const T* packed, T* result, T* scratch) {
    forward::run(in, input, packed, nullptr, result, scratch, esp::serial{});
  });
  const auto grad_x = by(backward{}, grad_y, input.size(), [&](const T* in, const T* packed, T* result, T* scratch) {
    backward::run(in, input, packed, result, scratch, esp::serial{});
  });
  for (const index_t team : {1, 2, 3, 64}) {
    const esp::threads executor{team};
    std::vector<T> scratch(static_cast<std::size_t>(whole::scratch_size(input, team)));
    std::vector<T> result(static_cast<std::size_t>(output.size()));
    whole::forward(x.data(), input, weight.data(), nullptr, result.data(), scratch, executor);
    REQUIRE(same(result, y));
    std::vector<T> grad_weight(weight.size()), grad(static_cast<std::size_t>(input.size()));
    scratch.resize(static_cast<std::size_t>(whole::backward_scratch_size(input, team)));
    whole::backward(x.data(), input, weight.data(), grad_y.data(), grad.data(), grad_weight.data(), nullptr, scratch,
                    executor);
    REQUIRE(same(grad, grad_x));
  }
}

template <esp::conv3d Config, auto Prior, class T>
void check(esp::dims5 input, bool once) {
  check<Config, Prior, T>(input, drawn<T>(esp::weight_shape_of(Config).size(), 97), once);
}

}  // namespace

TEMPLATE_TEST_CASE("a part of a packed weight is what the whole has there", "[conv]", float, double) {
  using T = TestType;
  constexpr esp::conv3d config = layer(10, 2 * 90, 2);
  constexpr index_t tile = 2 * esp::lanes<T>, inputs = 5, taps = 27, blocks = (90 + tile - 1) / tile;
  const auto weight = drawn<T>(esp::weight_shape_of(config).size(), 97);
  std::vector<T> packed(static_cast<std::size_t>(2 * blocks * tile * inputs * taps));
  const auto sink = esp::detail::forward_columns(esp::weight_shape_of(config), 2, tile, false, packed.data());
  esp::copy_columns(weight.data(), taps, sink);
  for (const esp::weight_part p : {esp::weight_part{0, 0, 0, 5}, {0, 1, 2, 3}, {1, 0, 4, 1}, {1, blocks - 1, 1, 2}}) {
    std::vector<T> part(static_cast<std::size_t>(p.inputs * taps * tile));
    esp::copy_columns(weight.data(), taps, sink.part(p, part.data()));
    const auto at = ((p.group * blocks + p.block) * inputs + p.input) * taps * tile;
    REQUIRE(std::memcmp(part.data(), packed.data() + at, part.size() * sizeof(T)) == 0);
  }
}

TEMPLATE_TEST_CASE("weights that are read once are packed where they are used", "[conv]", float, double) {
  using T = TestType;
  check<layer(96, 64), esp::modes::unit_l2, T>({1, 96, 4, 4, 4}, true);
  check<layer(96, 80, 2), esp::modes::zero_mean, T>({1, 96, 3, 9, 11}, true);
  check<layer(64, 64), esp::modes::none, T>({1, 64, 4, 5, 6}, true);
  check<layer(64, 64, 1, esp::enforcement::post_step), esp::modes::unit_l2, T>({1, 64, 2, 4, 4}, true);
  check<layer(64, 64), esp::per_filter(esp::modes::unit_l2), T>({1, 64, 4, 4, 4}, true);
  check<layer(64, 64), esp::modes::unit_l2, T>({2, 64, 4, 4, 4}, false);
}

TEST_CASE("a weight that is not finite reaches the border from a part too", "[conv]") {
  for (const std::size_t tap : {std::size_t{0}, std::size_t{96 * 64 * 27 - 1}}) {
    auto weight = drawn<float>(96 * 64 * 27, 97);
    weight[tap] = std::numeric_limits<float>::infinity();
    using whole = esp::convolution<layer(96, 64), esp::modes::none, float>;
    const esp::dims5 input{1, 96, 4, 4, 4};
    const auto x = drawn<float>(input.size(), 117);
    std::vector<float> y(64 * 64), scratch(static_cast<std::size_t>(whole::scratch_size(input)));
    whole::forward(x.data(), input, weight.data(), nullptr, y.data(), scratch);
    const std::size_t channel = tap == 0 ? 0 : 63;
    for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::isfinite(y[i]) == (i / 64 != channel));
  }
}
