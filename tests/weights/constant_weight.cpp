// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <espalier/conv/backward_data.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/conv/winograd/backward_data.hpp>
#include <espalier/conv/winograd/forward.hpp>
#include <espalier/dsl.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/weights/constant_weight.hpp>
#include <espalier/weights/packing.hpp>
#include <type_traits>
#include <vector>

#include "support/sweep.hpp"

// A constant weight is what the sweep makes of any stored one, to the last bit, and is packed without one.

namespace {

using esp::constant_weight, esp::index_t;

constexpr esp::conv3d layer(index_t in, index_t out, esp::extents kernel, index_t groups = 1, esp::extents stride = 1) {
  return {.in_channels = in, .out_channels = out, .kernel_size = kernel, .stride = stride, .groups = groups};
}
constexpr esp::conv3d with_f43(esp::conv3d config) {
  config.algorithm = esp::algorithm::winograd_f43;
  return config;
}
template <auto Prior, esp::conv3d Config>
using formula_of = esp::formula<esp::to_policy_t<std::remove_const_t<decltype(Prior)>>, esp::weight_shape_of(Config)>;

constexpr auto bell = esp::gaussian<1.5>;
/// Every tap another number, of both signs.
constexpr auto ramp = [](auto) {
  return esp::at<[](esp::tap_index t) { return static_cast<double>(9 * t.d - 7 * t.h + t.w) / 10; }>;
};
/// Hidden taps are 0 whatever is stored; the others are 2.
constexpr auto half_hidden = esp::on<esp::mask<[](esp::tap_index t) { return t.w == 0; }>>(esp::assign<0>) >>
                             esp::on<esp::mask<[](esp::tap_index t) { return t.w != 0; }>>(esp::assign<2>);
constexpr auto scaled = esp::whole_weight(esp::normalize<esp::l2>);

template <class T>
bool same_bits(const T* a, const T* b, index_t count) {
  return std::memcmp(a, b, static_cast<std::size_t>(count) * sizeof(T)) == 0;
}

template <class F, class Kernel, class T>
void compare_packed(const T* constrained) {
  using packing = esp::weight_packing<F, Kernel, T>;
  STATIC_REQUIRE(std::is_same_v<typename packing::sweep_type, constant_weight<F, T>>);
  support::guarded_lines<T> expected(Kernel::packed_size()), packed(Kernel::packed_size());
  support::guarded_lines<T> copy(packing::copy_size), room(packing::scratch_size);
  Kernel::pack(constrained, expected.data());
  packing::run(nullptr, nullptr, packed.data(), copy.data(), room.data());
  REQUIRE((expected.intact() && packed.intact() && copy.intact() && room.intact()));
  REQUIRE(same_bits(expected.data(), packed.data(), Kernel::packed_size()));
}

template <auto Prior, esp::conv3d Config, class T>
void check() {
  using formula = formula_of<Prior, Config>;
  using constant = constant_weight<formula, T>;
  using sweep = esp::sweep<formula, T>;
  constexpr index_t size = formula::value.shape.size();
  const std::vector<T> weight = support::drawn_weight<T>(formula::value.shape, 7);
  support::guarded_lines<T> expected(size), found(size), scratch(sweep::scratch_size);
  sweep::run(weight.data(), expected.data(), nullptr, scratch.data());
  constant::run(nullptr, found.data(), nullptr, nullptr);
  REQUIRE((expected.intact() && found.intact() && scratch.intact()));
  REQUIRE(same_bits(expected.data(), found.data(), size));

  compare_packed<formula, esp::direct_forward<Config, T>, T>(expected.data());
  compare_packed<formula, esp::direct_backward_data<Config, T>, T>(expected.data());
  if constexpr (esp::winograd_serves(Config)) {
    compare_packed<formula, esp::winograd_forward<Config, T>, T>(expected.data());
    compare_packed<formula, esp::winograd_backward_data<Config, T>, T>(expected.data());
  }
  if constexpr (esp::winograd_f43_serves(Config)) {
    constexpr esp::conv3d tall = with_f43(Config);
    compare_packed<formula, esp::winograd_forward<tall, T>, T>(expected.data());
    compare_packed<formula, esp::winograd_backward_data<tall, T>, T>(expected.data());
  }
  // What reads a weight as it is stored gets one.
  using packing = esp::weight_packing<formula, esp::scattered_forward<Config, T>, T>;
  support::guarded_lines<T> packed(packing::packed_size), room(packing::scratch_size);
  REQUIRE(packing::run(nullptr, nullptr, packed.data(), nullptr, room.data()) == packed.data());
  REQUIRE((packed.intact() && room.intact()));
  REQUIRE(same_bits(expected.data(), packed.data(), size));
}

template <auto Prior, class T>
void check_prior() {
  check<Prior, layer(8, 10, 3, 2), T>();
  check<Prior, layer(4, 21, {1, 3, 3}), T>();
  check<Prior, layer(2, 2, 3), T>();
  check<Prior, layer(10, 12, {3, 2, 5}, 2, 2), T>();
}

}  // namespace

TEMPLATE_TEST_CASE("a constant weight is that of the sweep, and packed as it is", "[weights]", float, double) {
  using T = TestType;
  check_prior<bell, T>();
  check_prior<ramp, T>();
  check_prior<half_hidden, T>();
  check<esp::laplacian<2>, layer(8, 10, 3, 2), T>();
  check<(bell >> scaled), layer(4, 21, {1, 3, 3}), T>();
}

TEST_CASE("a sweep is replaced where a layer computes a constant weight, and nowhere else", "[weights]") {
  constexpr esp::conv3d config = layer(8, 10, 3);
  using known = formula_of<bell, config>;
  using learned = formula_of<esp::modes::unit_l2, config>;
  STATIC_REQUIRE(std::is_same_v<esp::constrains_with<known, float, true>::type, constant_weight<known, float>>);
  STATIC_REQUIRE(std::is_same_v<esp::constrains_with<known, float, false>::type, esp::sweep<known, float>>);
  STATIC_REQUIRE(std::is_same_v<esp::constrains_with<learned, float, true>::type, esp::sweep<learned, float>>);
  STATIC_REQUIRE(constant_weight<known, float>::scratch_size == 0);
}

TEST_CASE("a block of as many taps as one number fills is a constant too", "[weights]") {
  using large = formula_of<esp::box, layer(1, 1, 27)>;
  REQUIRE(constant_weight<large, float>::block[19682] == 1.0F / 19683);
  REQUIRE(constant_weight<large, double>::block[0] == 1.0 / 19683);
}
