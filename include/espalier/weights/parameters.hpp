// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The named parameters of a prior, as a layer carries them.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/graph.hpp>
#include <espalier/text.hpp>
#include <limits>
#include <string>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// Rejects a name that the prior's formula does not use.
template <class F, fixed_string Name>
concept PriorNamesParameter = [] {
  for (int i = 0; i < F::value.parameter_count; ++i) {
    if (F::value.parameters[static_cast<std::size_t>(i)] == Name.view()) return true;
  }
  return false;
}();

/// Values of the names in formula `F`, in the order of `F::value.parameters`. A name is NaN until it is set.
template <class F, class T>
class parameters {
  // Apart from the graph, all of which a program would carry for the sake of one name.
  static constexpr auto names = F::value.parameters;

 public:
  constexpr parameters() { values_.fill(std::numeric_limits<T>::quiet_NaN()); }

  /// The value of `Name`; refused at compile time if the formula has no such name (ESP-045).
  template <fixed_string Name>
  constexpr void set(T value) {
    values_[index_of<Name>()] = value;
  }
  template <fixed_string Name>
  [[nodiscard]] constexpr T get() const {
    return values_[index_of<Name>()];
  }

  [[nodiscard]] constexpr const T* data() const { return values_.data(); }

  /// The names in the order of `F::value.parameters`, for programs that store the values.
  [[nodiscard]] static constexpr int count() { return F::value.parameter_count; }
  [[nodiscard]] static constexpr std::string_view name(int i) {
    return names[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] constexpr T& operator[](int i) { return values_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] constexpr const T& operator[](int i) const { return values_[static_cast<std::size_t>(i)]; }

  /// Throws ESP-110 for a name that was never set.
  void require_all() const {
    for (int i = 0; i < F::value.parameter_count; ++i) {
      if (std::isnan(values_[static_cast<std::size_t>(i)])) {
        const std::string name(names[static_cast<std::size_t>(i)]);
        throw error("ESP-110", "the parameter \"" + name + "\" of the prior has no value; call set<\"" + name +
                                   "\">(value) before the first forward");
      }
    }
  }

 private:
  template <fixed_string Name>
  [[nodiscard]] static constexpr std::size_t index_of() {
    static_assert(
        PriorNamesParameter<F, Name>,
        "ESP-045: the prior has no parameter of this name; use a name that stands in its formula as param<\"name\">");
    for (int i = 0; i < F::value.parameter_count; ++i) {
      if (names[static_cast<std::size_t>(i)] == Name.view()) return static_cast<std::size_t>(i);
    }
    return 0;
  }

  // One element more, so that a prior without parameters needs no special case.
  std::array<T, static_cast<std::size_t>(F::value.parameter_count) + 1> values_{};
};

}  // namespace esp::inline ESPALIER_ABI
