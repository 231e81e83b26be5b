// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <espalier/aligned_buffer.hpp>
#include <espalier/conv/backward_data.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/conv/winograd/backward_data.hpp>
#include <espalier/conv/winograd/forward.hpp>
#include <espalier/dsl.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/known_taps.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/weights/packing.hpp>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/sweep.hpp"

// A sweep that packs gives the bits of a sweep and a packing after it.

namespace {

using esp::index_t;

constexpr esp::conv3d layer(index_t in, index_t out, esp::extents kernel, index_t groups = 1, esp::extents stride = 1) {
  return {.in_channels = in, .out_channels = out, .kernel_size = kernel, .stride = stride, .groups = groups};
}

constexpr esp::conv3d with_f43(esp::conv3d config) {
  config.algorithm = esp::algorithm::winograd_f43;
  return config;
}

/// Packs on the library's way, and with a copy in between; compares the elements that are never written too.
template <class F, class Kernel, class T>
void compare(const std::vector<T>& weight, const T* parameters) {
  using packing = esp::weight_packing<F, Kernel, T>;
  using sweep = esp::sweep<F, T>;
  support::guarded_lines<T> expected(Kernel::packed_size()), packed(Kernel::packed_size());
  support::guarded_lines<T> constrained(F::value.shape.size()), scratch(sweep::scratch_size);
  sweep::run(weight.data(), constrained.data(), parameters, scratch.data());
  Kernel::pack(constrained.data(), expected.data());

  support::guarded_lines<T> copy(packing::copy_size), room(packing::scratch_size);
  packing::run(weight.data(), parameters, packed.data(), copy.data(), room.data());
  REQUIRE((expected.intact() && packed.intact() && scratch.intact() && copy.intact() && room.intact()));
  REQUIRE(std::memcmp(expected.data(), packed.data(), static_cast<std::size_t>(Kernel::packed_size()) * sizeof(T)) ==
          0);
}

template <esp::conv3d Config, class F, class T>
void compare_kernels(const std::vector<T>& weight) {
  const T parameters[1]{T(0.75)};
  compare<F, esp::direct_forward<Config, T>>(weight, parameters);
  compare<F, esp::direct_backward_data<Config, T>>(weight, parameters);
  if constexpr (esp::winograd_serves(Config)) {
    compare<F, esp::winograd_forward<Config, T>>(weight, parameters);
    compare<F, esp::winograd_backward_data<Config, T>>(weight, parameters);
  }
  if constexpr (esp::winograd_f43_serves(Config)) {
    constexpr esp::conv3d tall = with_f43(Config);
    compare<F, esp::winograd_forward<tall, T>>(weight, parameters);
    compare<F, esp::winograd_backward_data<tall, T>>(weight, parameters);
  }
}

/// Drawn weights, and the same with some blocks at the ends of the range: those are computed on another way.
template <auto Prior, esp::conv3d Config, class T>
void check() {
  constexpr esp::weight_shape shape = esp::weight_shape_of(Config);
  using formula = esp::formula<esp::to_policy_t<std::remove_const_t<decltype(Prior)>>, shape>;
  std::vector<T> weight = support::drawn_weight<T>(shape, 7);
  compare_kernels<Config, formula>(weight);
  const auto taps = static_cast<std::size_t>(shape.kernel.volume());
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const std::size_t block = i / taps;
    if (block % 4 == 1) weight[i] = std::ldexp(weight[i], std::numeric_limits<T>::max_exponent - 5);
    if (block % 9 == 2) weight[i] = std::ldexp(weight[i], std::numeric_limits<T>::min_exponent + 9);
  }
  compare_kernels<Config, formula>(weight);
}

/// Groups whose blocks of channels fill no register, and channels that fill several.
template <auto Prior, class T>
void check_prior() {
  check<Prior, layer(8, 10, 3, 2), T>();
  check<Prior, layer(4, 21, {1, 3, 3}), T>();
}
template <auto Prior, class T>
void check_strided() {
  check<Prior, layer(10, 12, {3, 2, 5}, 2, 2), T>();
}

/// The same for kernels that hold the taps that the prior keeps.
template <auto Prior, esp::conv3d Config, class T>
void check_kept() {
  constexpr esp::weight_shape shape = esp::weight_shape_of(Config);
  using formula = esp::formula<esp::to_policy_t<std::remove_const_t<decltype(Prior)>>, shape>;
  constexpr esp::kept_taps kept = esp::known_taps<formula, T>::kept;
  using forward = esp::direct_forward<Config, T, kept>;
  using backward = esp::direct_backward_data<Config, T, kept>;
  static_assert(forward::packed_size() < esp::direct_forward<Config, T>::packed_size());
  const std::vector<T> weight = support::drawn_weight<T>(shape, 7);
  compare<formula, forward, T>(weight, nullptr);
  compare<formula, backward, T>(weight, nullptr);
}

constexpr auto box = esp::clamp<-0.5, 2>;
constexpr auto several_passes = esp::modes::zero_mean >> box >> esp::modes::unit_l2 >>
                                esp::on<esp::neighbors>(esp::subtract<esp::mean>);
constexpr auto masked_block = esp::modes::unit_l2 >> esp::masked<'B'>;
constexpr auto masked_filter = esp::per_filter(esp::modes::unit_l2) >> esp::masked<'A'>;
constexpr auto two_scopes = esp::modes::unit_l2 >> esp::per_filter(esp::subtract<esp::mean>);
constexpr auto three_scopes = esp::modes::nonneg >>
                              esp::whole_weight(esp::normalize<esp::sum>) >> esp::per_filter(esp::modes::unit_l2);

}  // namespace

TEMPLATE_TEST_CASE("the eight modes are packed as they are computed", "[weights][sweep]", float, double) {
  using T = TestType;
  check_prior<esp::modes::none, T>();
  check_prior<esp::modes::nonneg, T>();
  check_prior<esp::modes::sum_to_one, T>();
  check_prior<esp::modes::zero_mean, T>();
  check_prior<esp::modes::nonneg_sum1, T>();
  check_prior<esp::modes::unit_l2, T>();
  check_prior<esp::modes::max_l2<esp::param<"c">>, T>();
  check<esp::modes::fixed_center<>, layer(8, 10, 3, 2), T>();
  check_strided<esp::modes::unit_l2, T>();
  check_strided<several_passes, T>();
}

TEMPLATE_TEST_CASE("filters and whole weights are packed as they are computed", "[weights][sweep]", float, double) {
  using T = TestType;
  check_prior<esp::per_filter(esp::modes::unit_l2), T>();
  check_prior<two_scopes, T>();
  check_prior<esp::whole_weight(esp::modes::zero_mean), T>();
  check_prior<three_scopes, T>();
  check_strided<three_scopes, T>();
}

TEMPLATE_TEST_CASE("kept taps are packed as they are computed", "[weights][sweep][taps]", float, double) {
  using T = TestType;
  check_kept<esp::masked<'A'>, layer(8, 10, 3, 2), T>();
  check_kept<esp::masked<'B'>, layer(4, 21, {1, 3, 3}), T>();
  check_kept<masked_block, layer(8, 10, {5, 1, 3}), T>();
  check_kept<masked_filter, layer(8, 10, 5), T>();
}

TEST_CASE("a copy of the constrained weight is made only where its tiles do not suit the kernel", "[weights]") {
  constexpr esp::conv3d config = layer(8, 10, 3, 2), few = layer(2, 2, 3);
  constexpr esp::weight_shape shape = esp::weight_shape_of(config), few_shape = esp::weight_shape_of(few);
  using block = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape>;
  using filter = esp::formula<esp::to_policy_t<decltype(esp::per_filter(esp::modes::unit_l2))>, shape>;
  using none = esp::formula<esp::to_policy_t<decltype(esp::modes::none)>, shape>;
  using few_block = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, few_shape>;
  using few_none = esp::formula<esp::to_policy_t<decltype(esp::modes::none)>, few_shape>;
  using forward = esp::direct_forward<config, float>;
  using backward = esp::direct_backward_data<config, float>;
  using rows = esp::direct_forward<few, float>;
  STATIC_REQUIRE(esp::weight_packing<block, forward, float>::copy_size == 0);
  STATIC_REQUIRE(esp::weight_packing<block, backward, float>::copy_size == 0);
  STATIC_REQUIRE(esp::weight_packing<filter, forward, float>::copy_size == 0);
  STATIC_REQUIRE(esp::weight_packing<filter, backward, float>::copy_size == shape.size());
  STATIC_REQUIRE(esp::weight_packing<filter, backward, float, false>::copy_size == 0);
  STATIC_REQUIRE(esp::weight_packing<few_block, rows, float>::copy_size == few_shape.size());
  // Nothing to compute: neither a copy nor a sweep.
  STATIC_REQUIRE(esp::weight_packing<few_none, rows, float>::copy_size == 0);
  STATIC_REQUIRE(esp::weight_packing<none, forward, float>::scratch_size == 0);
}

TEMPLATE_TEST_CASE("a kernel that reads the weight as it is stored gets it, or what the sweep makes of it", "[weights]",
                   float, double) {
  using T = TestType;
  constexpr esp::conv3d config = layer(5, 6, 3);
  constexpr esp::weight_shape shape = esp::weight_shape_of(config);
  using kernel = esp::detail::scattered_forward<config, T>;
  using none = esp::formula<esp::to_policy_t<decltype(esp::modes::none)>, shape>;
  using block = esp::formula<esp::to_policy_t<decltype(esp::modes::unit_l2)>, shape>;
  using filter = esp::formula<esp::to_policy_t<decltype(esp::per_filter(esp::modes::unit_l2))>, shape>;
  const std::vector<T> weight = support::drawn_weight<T>(shape, 9);

  STATIC_REQUIRE(esp::weight_packing<none, kernel, T>::packed_size == 0);
  STATIC_REQUIRE(esp::weight_packing<block, kernel, T, false>::packed_size == 0);
  REQUIRE(esp::weight_packing<none, kernel, T>::run(weight.data(), nullptr, nullptr, nullptr, nullptr) ==
          weight.data());

  const auto compare = [&]<class F>(F) {
    using packing = esp::weight_packing<F, kernel, T>;
    STATIC_REQUIRE((packing::packed_size == shape.size() && packing::copy_size == 0 && packing::packs_tiles));
    support::guarded_lines<T> expected(shape.size()), packed(shape.size()), scratch(packing::scratch_size);
    esp::sweep<F, T>::run(weight.data(), expected.data(), nullptr, scratch.data());
    REQUIRE(packing::run(weight.data(), nullptr, packed.data(), nullptr, scratch.data()) == packed.data());
    REQUIRE((expected.intact() && packed.intact() && scratch.intact()));
    REQUIRE(std::memcmp(expected.data(), packed.data(), static_cast<std::size_t>(shape.size()) * sizeof(T)) == 0);
  };
  compare(block{});
  compare(filter{});
}
