// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <espalier/layer_tensors.hpp>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

namespace {

constexpr esp::conv3d config{.in_channels = 4, .out_channels = 6, .kernel_size = {1, 3, 5}, .groups = 2};
constexpr esp::conv3d without_bias{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .bias = false};

/// What a layer of a configuration stores, by itself.
template <esp::conv3d Config>
struct stored : esp::layer_tensors<Config, float> {};
/// The same of a layer whose kernel is known.
struct without_weight : esp::layer_tensors<config, float> {
  without_weight() : layer_tensors(false) {}
};

template <class Call>
bool refuses(const Call& call, const std::string& words) {
  try {
    call();
  } catch (const esp::error& e) {
    return e.id() == std::string("ESP-109") && std::string(e.what()).find(words) != std::string::npos;
  }
  return false;
}
template <class Tensor>
bool is_zero(const Tensor& t) {
  return std::all_of(t.begin(), t.end(), [](float v) { return v == 0; });
}

}  // namespace

TEST_CASE("the tensors have the configuration's shapes", "[layer_tensors]") {
  stored<config> s;
  REQUIRE(s.weight().shape() == std::array<std::size_t, 5>{6, 2, 1, 3, 5});
  REQUIRE(s.bias().shape() == std::array<std::size_t, 1>{6});
  REQUIRE(s.weight_gradient().shape() == s.weight().shape());
  REQUIRE(s.bias_gradient().shape() == s.bias().shape());
  REQUIRE_NOTHROW(s.require_shapes());
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<stored<config>>);
}

TEST_CASE("gradients take memory at their first use, as zeros, and keep it", "[layer_tensors]") {
  stored<config> s;
  REQUIRE_FALSE(s.has_gradients());
  REQUIRE(is_zero(std::as_const(s).weight_gradient()));
  REQUIRE(is_zero(std::as_const(s).bias_gradient()));
  REQUIRE_FALSE(s.has_gradients());
  s.zero_gradients();
  REQUIRE_FALSE(s.has_gradients());
  s.weight_gradient().fill(2);
  s.bias_gradient().fill(3);
  REQUIRE(s.has_gradients());
  REQUIRE(std::as_const(s).weight_gradient()(5, 1, 0, 2, 4) == 2);
  REQUIRE(std::as_const(s).bias_gradient()(5) == 3);
  const float* const before = s.weight_gradient().data();
  s.zero_gradients();
  REQUIRE(s.weight_gradient().data() == before);
  REQUIRE(is_zero(s.weight_gradient()));
  REQUIRE(is_zero(s.bias_gradient()));
}

TEST_CASE("a tensor of another shape is refused, whichever it is", "[layer_tensors]") {
  const auto of = [](auto change) {
    stored<config> s;
    change(s);
    return refuses([&] { s.require_shapes(); }, "the weight or the bias");
  };
  REQUIRE(of([](auto& s) { s.weight().resize({6, 2, 1, 3, 4}); }));
  REQUIRE(of([](auto& s) { s.bias().resize({5}); }));
  REQUIRE(of([](auto& s) { const auto moved = std::move(s.weight()); }));
  REQUIRE_FALSE(of([](auto& s) { s.weight().fill(1); }));
  const auto of_gradients = [](auto change) {
    stored<config> s;
    change(s);
    return refuses([&] { s.require_gradients(); }, "a gradient");
  };
  REQUIRE(of_gradients([](auto& s) { s.weight_gradient().resize({1, 1, 1, 1, 1}); }));
  REQUIRE(of_gradients([](auto& s) { s.bias_gradient().resize({7}); }));
  REQUIRE_FALSE(of_gradients([](auto& s) { s.weight_gradient().fill(1); }));
}

TEST_CASE("without a bias nothing of it is stored", "[layer_tensors]") {
  stored<without_bias> s;
  REQUIRE_NOTHROW(s.require_shapes());
  REQUIRE_NOTHROW(s.require_gradients());
  REQUIRE(s.has_gradients());
  const auto has_bias = [](auto& of) { return requires { of.bias(); } || requires { of.bias_gradient(); }; };
  stored<config> with;
  REQUIRE_FALSE(has_bias(s));
  REQUIRE(has_bias(with));
}

TEST_CASE("without a weight its tensors have no filters, and a bias is stored all the same", "[layer_tensors]") {
  without_weight s;
  REQUIRE(s.weight().shape() == std::array<std::size_t, 5>{0, 2, 1, 3, 5});
  REQUIRE(s.bias().shape() == std::array<std::size_t, 1>{6});
  REQUIRE_NOTHROW(s.require_shapes());
  REQUIRE_FALSE(s.has_gradients());
  s.zero_gradients();
  REQUIRE(std::as_const(s).weight_gradient().shape() == s.weight().shape());
  REQUIRE_FALSE(s.has_gradients());
  REQUIRE(s.bias_gradient().shape() == s.bias().shape());
  REQUIRE(s.weight_gradient().shape() == s.weight().shape());
  REQUIRE_NOTHROW(s.require_gradients());
  REQUIRE(s.has_gradients());
  without_weight moved = std::move(s);
  REQUIRE_NOTHROW(moved.require_shapes());
  REQUIRE(refuses([&] { s.require_shapes(); }, "the weight or the bias"));  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("a weight where none is stored is refused by its own number", "[layer_tensors]") {
  without_weight s;
  s.weight().resize({6, 2, 1, 3, 5});
  try {
    s.require_shapes();
    FAIL("not refused");
  } catch (const esp::error& e) {
    REQUIRE(e.id() == std::string("ESP-242"));
  }
}
