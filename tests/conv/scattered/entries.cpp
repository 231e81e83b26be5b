// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/reference.hpp>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/executor.hpp>
#include <espalier/prior/column_tile.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::dims5, esp::index_t;

constexpr esp::conv3d config{.in_channels = 6,
                             .out_channels = 4,
                             .kernel_size = {2, 1, 3},
                             .dilation = {1, 1, 50},
                             .padding = {1, 0, 50},
                             .groups = 2,
                             .activation = esp::activation::relu};
constexpr dims5 input{2, 6, 3, 2, 5};

template <class T>
std::vector<T> counted(index_t count, int from) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& v : values) v = static_cast<T>(from++ % 7 - 3);  // sums of products are exact
  return values;
}

template <class Sink, class T>
void copies(const Sink& sink, const std::vector<T>& weight, const std::vector<T>& packed, index_t length) {
  esp::copy_columns(weight.data(), length, sink);
  REQUIRE(packed == weight);
}

}  // namespace

TEMPLATE_TEST_CASE("a plan has the shapes of its call and asks for no scratch", "[scattered]", float, double) {
  using forward = esp::detail::scattered_forward<config, TestType>;
  const dims5 output = esp::output_dims(config, input);
  for (const index_t workers : {index_t{1}, index_t{1} << 60}) {
    const auto plan = forward::plan(input, output, workers);
    REQUIRE((plan.input == input && plan.output == output && plan.scratch == 0));
  }
}

TEMPLATE_TEST_CASE("entries compute what the reference does", "[scattered]", float, double) {
  using T = TestType;
  const esp::conv_problem p(config, input);
  const auto x = counted<T>(input.size(), 1), weight = counted<T>(p.weight().size(), 2);
  const auto bias = counted<T>(config.out_channels, 3), grad_y = counted<T>(p.output.size(), 4);
  std::vector<T> y(grad_y.size()), grad_x(x.size()), grad_w(weight.size()), grad_b(bias.size());
  auto got_y = y, got_x = grad_x, got_w = grad_w;
  esp::reference_forward(p, x.data(), weight.data(), bias.data(), y.data());
  esp::reference_backward_data(p, grad_y.data(), weight.data(), grad_x.data());
  esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), grad_b.data());

  using forward = esp::detail::scattered_forward<config, T>;
  using data = esp::detail::scattered_backward_data<config, T>;
  using weights = esp::detail::scattered_backward_weights<config, T>;
  const auto plan = forward::plan(input, p.output, 1);
  T* const none = nullptr;
  forward::run(plan, x.data(), weight.data(), bias.data(), got_y.data(), none, esp::serial{});
  REQUIRE(got_y == y);
  data::run(data::plan(input, p.output, 1), grad_y.data(), weight.data(), got_x.data(), none, esp::serial{});
  REQUIRE(got_x == grad_x);
  weights::run(weights::plan(input, p.output, 1), x.data(), grad_y.data(), got_w.data(), false, none, esp::serial{});
  REQUIRE(got_w == grad_w);
  weights::run(weights::plan(input, p.output, 1), x.data(), grad_y.data(), got_w.data(), true, none, esp::serial{});
  for (std::size_t i = 0; i < grad_w.size(); ++i) REQUIRE(got_w[i] == 2 * grad_w[i]);
}

TEMPLATE_TEST_CASE("taps that are not kept are passed over", "[scattered]", float, double) {
  using T = TestType;
  constexpr index_t taps = config.kernel_size.volume();
  constexpr esp::kept_taps kept = [] {
    esp::kept_taps k;
    k.drop(1);
    k.drop(5);
    return k;
  }();
  const esp::conv_problem p(config, input);
  const auto x = counted<T>(input.size(), 1), grad_y = counted<T>(p.output.size(), 4);
  const auto bias = counted<T>(config.out_channels, 3);
  auto weight = counted<T>(p.weight().size(), 2), zeros = weight;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    if (kept.has(static_cast<index_t>(i) % taps)) continue;
    weight[i] = std::numeric_limits<T>::quiet_NaN();
    zeros[i] = 0;
  }
  std::vector<T> y(grad_y.size()), grad_x(x.size()), grad_w(weight.size()), got_w(weight.size(), T(3));
  auto got_y = y, got_x = grad_x;
  esp::reference_forward(p, x.data(), zeros.data(), bias.data(), y.data());
  esp::reference_backward_data(p, grad_y.data(), zeros.data(), grad_x.data());
  esp::reference_backward_weights(p, x.data(), grad_y.data(), grad_w.data(), static_cast<T*>(nullptr));
  const esp::scattered_plan plan{input, p.output, esp::pads_of(p.config).before, 0};
  T* const none = nullptr;
  esp::scattered_forward<config, T, kept>::run(plan, x.data(), weight.data(), bias.data(), got_y.data(), none,
                                               esp::threads{2});
  esp::scattered_backward_data<config, T, kept>::run(plan, grad_y.data(), weight.data(), got_x.data(), none,
                                                     esp::serial{});
  REQUIRE((got_y == y && got_x == grad_x));
  for (const bool accumulate : {false, true}) {
    esp::scattered_backward_weights<config, T, kept>::run(plan, x.data(), grad_y.data(), got_w.data(), accumulate, none,
                                                          esp::threads{3});
    for (std::size_t i = 0; i < got_w.size(); ++i) {
      const bool dropped = !kept.has(static_cast<index_t>(i) % taps);
      REQUIRE(got_w[i] == (dropped ? T(0) : grad_w[i] * static_cast<T>(accumulate ? 2 : 1)));
    }
  }
}

TEMPLATE_TEST_CASE("sinks leave a weight in the order in which it is stored", "[scattered]", float, double) {
  using T = TestType;
  using kernel = esp::detail::scattered_backward_data<config, T>;
  STATIC_REQUIRE((esp::ColumnSink<decltype(kernel::block_sink(nullptr)), T> && kernel::packed_size() == 4 * 3 * 6));
  const auto weight = counted<T>(kernel::packed_size(), 5);
  std::vector<T> blocks(weight.size()), filters(weight.size());
  copies(kernel::block_sink(blocks.data()), weight, blocks, 6);
  copies(kernel::filter_sink(filters.data()), weight, filters, 3 * 6);
}
