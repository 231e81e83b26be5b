// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Runs a layer on a case of tests/golden and compares what it computes with what is recorded.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <espalier/layer.hpp>
#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/golden_cases.hpp"
#include "support/npy.hpp"

namespace golden {

/// The folder of all cases.
inline std::filesystem::path root() { return std::filesystem::path(ESPALIER_TEST_DATA).parent_path() / "golden"; }

/// The arrays of one case.
class folder {
 public:
  explicit folder(std::string_view name) : path_(root() / name) {}

  [[nodiscard]] npy::array operator[](const char* array) const {
    return npy::read((path_ / (std::string(array) + ".npy")).string());
  }
  /// The same array as a tensor of `T`.
  template <class T, std::size_t Rank>
  [[nodiscard]] esp::tensor<T, Rank> tensor(const char* name) const {
    const npy::array from = (*this)[name];
    REQUIRE(from.shape.size() == Rank);
    std::array<std::size_t, Rank> shape{};
    std::copy(from.shape.begin(), from.shape.end(), shape.begin());
    esp::tensor<T, Rank> result(shape);
    std::transform(from.values.begin(), from.values.end(), result.begin(), [](double v) { return static_cast<T>(v); });
    return result;
  }

 private:
  std::filesystem::path path_;
};

/// Largest difference between a tensor and a recorded array, divided by the largest magnitude in the array (or by 1
/// where all of it is zero); NaN where the tensor has one, infinity for another shape.
template <class Tensor>
[[nodiscard]] double difference(const Tensor& found, const npy::array& recorded) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!std::equal(found.shape().begin(), found.shape().end(), recorded.shape.begin(), recorded.shape.end())) {
    return infinity;
  }
  double largest = 0, worst = 0;
  auto value = found.cbegin();
  for (const double expected : recorded.values) {
    const double d = std::fabs(static_cast<double>(*value++) - expected);
    if (!(d <= worst)) worst = d;
    if (std::isnan(worst)) return worst;
    largest = std::max(largest, std::fabs(expected));
  }
  return worst / (largest > 0 ? largest : 1);
}

/// One case in element type `T`.
template <class Case, class T>
void check() {
  const folder recorded(Case::name.view());
  esp::constrained_conv3d<Case::config, Case::prior, T> conv;
  conv.weight() = recorded.tensor<T, 5>("weight");
  if constexpr (Case::config.bias) conv.bias() = recorded.tensor<T, 1>("bias");
  const auto x = recorded.tensor<T, 5>("x");
  const npy::array y = recorded["y"];
  const double tolerance = sizeof(T) == sizeof(float) || y.single ? 1e-5 : 1e-12;
  INFO(Case::name.view() << (sizeof(T) == sizeof(float) ? " in float" : " in double"));

  const auto one = conv(x, esp::threads{1});
  REQUIRE(difference(one, y) <= tolerance);
  REQUIRE(std::ranges::equal(one, conv(x, esp::threads{2})));

  if constexpr (Case::config.enforce == esp::enforcement::forward) {
    REQUIRE(difference(conv.constrained_weight(), recorded["constrained_weight"]) <= tolerance);
  } else {
    // Forward used the stored weight.
    REQUIRE(difference(conv.weight(), recorded["constrained_weight"]) <= tolerance);
    REQUIRE(difference(conv.constrained_weight(), recorded["projected_weight"]) <= tolerance);
    conv.project();
    REQUIRE(difference(conv.weight(), recorded["projected_weight"]) <= tolerance);
  }
}

/// A build that repeats another's tests sees one element type: both take the same way through a layer.
#ifdef ESPALIER_TEST_ONE_TYPE
inline constexpr bool both_types = false;
#else
inline constexpr bool both_types = true;
#endif

template <class... Cases>
void check_all(list<Cases...>) {
  if constexpr (both_types) (check<Cases, double>(), ...);
  (check<Cases, float>(), ...);
}

}  // namespace golden
