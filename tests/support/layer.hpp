// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What tests of layers share: drawn tensors, comparison of bits, and the sentence of an error.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <espalier/error.hpp>
#include <espalier/layer.hpp>
#include <random>
#include <string>

#include "support/catch.hpp"

namespace support {

using shape5 = std::array<std::size_t, 5>;

/// Numbers uniform in [-1, 1), rounded to 2^-20: exact in float, so that a test can compare float with double.
template <class T = float>
esp::tensor<T, 5> drawn(const shape5& shape, unsigned seed = 1) {
  std::mt19937 engine(seed);
  esp::tensor<T, 5> result(shape);
  for (T& value : result) value = static_cast<T>(static_cast<double>(engine() >> 11) * 0x1p-20 - 1);
  return result;
}

/// Equal shapes and equal bits.
template <class A, class B>
bool same(const A& a, const B& b) {
  using T = typename A::value_type;
  static_assert(std::is_same_v<T, typename B::value_type>);
  return std::equal(a.shape().begin(), a.shape().end(), b.shape().begin(), b.shape().end()) &&
         (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// The sentence of the error that `body` throws; empty if it throws none.
template <class Body>
std::string sentence(const Body& body) {
  try {
    body();
  } catch (const esp::error& e) {
    const std::string what = e.what();
    REQUIRE(what.substr(0, 9) == std::string(e.id()) + ": ");
    return what;
  }
  return "";
}

/// Whether `body` throws an error with this id whose sentence has all of these parts.
template <class Body, class... Parts>
bool throws(const Body& body, const char* id, const Parts&... parts) {
  const std::string found = sentence(body);
  const bool good = found.starts_with(std::string(id) + ": ") && ((found.find(parts) != std::string::npos) && ...);
  if (!good) UNSCOPED_INFO("found: \"" << found << "\"");
  return good;
}

/// The gradients of `sum(conv(x) g)`, as `backward` derives them, against central differences: of every fifth weight,
/// of every bias, of every third element of x.
template <class Layer>
void check_against_differences(Layer& conv, esp::tensor<double, 5>& x, const esp::tensor<double, 5>& g) {
  const auto loss = [&] {
    const auto y = conv(x);
    double total = 0;
    for (std::size_t i = 0; i < y.size(); ++i) total += y.data()[i] * g.data()[i];
    return total;
  };
  const auto grad_x = conv.backward(x, conv(x), g);
  const auto check = [&](double& value, double derived) {
    const double kept = value;
    value = kept + 1e-7;
    const double above = loss();
    value = kept - 1e-7;
    const double difference = (above - loss()) / 2e-7;
    value = kept;
    REQUIRE(std::fabs(derived - difference) <= 1e-5 + 1e-4 * std::fabs(difference));
  };
  for (std::size_t i = 0; i < conv.weight().size(); i += 5) {
    check(conv.weight().data()[i], conv.weight_gradient().data()[i]);
  }
  for (std::size_t i = 0; i < conv.bias().size(); ++i) check(conv.bias()(i), conv.bias_gradient()(i));
  for (std::size_t i = 0; i < x.size(); i += 3) check(x.data()[i], grad_x.data()[i]);
}

}  // namespace support
